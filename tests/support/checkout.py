"""Where the checkout is, and the folder beside it that holds inputs which not every machine has."""

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
SHARED = CHECKOUT.parent / "shared"
