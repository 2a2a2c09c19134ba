"""Where commands print: results on standard output, all else on standard error."""

import json
import sys

from rich.console import Console

out, err = Console(), Console(stderr=True)


def print_json(value: object) -> None:
    """One object, for a machine to read."""
    json.dump(value, sys.stdout, indent=2, default=str)
    sys.stdout.write("\n")
