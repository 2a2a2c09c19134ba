"""Imports: tables of deals that were read and wait to be scored, kept in memory for a while."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
import pandas as pd

from icp_fit.features.deals import Deals
from icp_fit.features.encoder import answer_numbers
from icp_fit.features.factors import Profile
from icp_fit.serving.http.requests import MOST_LETTERS
from icp_fit.serving.pages.answers import region_of

MOST = 8  # imports that wait at once; the oldest makes room
LASTS = 60 * 60  # seconds


@dataclass
class Import:
    """A table as it was read: `numbers` (deals, factors), and of each deal its id, name, owner, region and outcome.

    `scores` is the table of results, as CSV, once it was scored; `grades` then counts the open deals by grade.
    """

    session_id: str
    filename: str
    profile: Profile
    numbers: np.ndarray
    about: pd.DataFrame
    rejected: pd.DataFrame
    absent: list[str]
    ignored: list[str]
    notes: list[str]
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    since: float = field(default_factory=time.monotonic)
    scores: bytes | None = None
    grades: dict[str, int] = field(default_factory=dict)
    became: int = 0

    @property
    def count(self) -> int:
        return len(self.numbers)

    @property
    def open(self) -> np.ndarray:
        """Whether each deal is still open, shape (deals,)."""
        return self.about["outcome"].isna().to_numpy()


class Imports:
    """Finds an import for the session that brought it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[str, Import] = {}
        self._lock = Lock()

    def add(self, found: Import) -> None:
        with self._lock:
            now = self._clock()
            kept = {id: one for id, one in self._kept.items() if now - one.since < LASTS}
            latest = sorted(kept.values(), key=lambda one: one.since)[-(MOST - 1) :]
            self._kept = {one.id: one for one in (*latest, found)}

    def find(self, id: str, session_id: str) -> Import | None:
        found = self._kept.get(id)
        return found if found is not None and found.session_id == session_id else None


def build_import(deals: Deals, cells: pd.DataFrame, profile: Profile, session_id: str, filename: str) -> Import:
    """An import of deals that were read from a table of cells; a deal without an id is called after its row."""
    table, count = deals.table, len(deals.table)
    outside = cells.index.difference((deals.rejected["row"] - 1).tolist())
    rows = pd.Series(outside[:count] + 1) if len(outside) == count else pd.Series(np.arange(1, count + 1))
    stem = filename.rpartition(".")[0] or filename
    ids = table["deal_id"] if "deal_id" in table else stem[:100] + " row " + rows.astype(str)
    numbers = answer_numbers(profile, table)
    blank = pd.Series(pd.NA, index=table.index, dtype="object")
    about = pd.DataFrame(
        {
            "deal_id": ids.astype(str).to_numpy(),
            "name": table.get("name", blank).to_numpy(object),
            "owner": table.get("owner", blank).to_numpy(object),
            "region": [region_of(profile, deal) for deal in numbers],
            "outcome": table.get("outcome", blank).to_numpy(object),
        },
    )
    for column in ("deal_id", "name", "owner"):
        about[column] = about[column].map(_tidy, na_action="ignore")
    labels = {factor.id: factor.label for factor in profile.factors}
    return Import(
        session_id=session_id,
        filename=filename,
        profile=profile,
        numbers=numbers,
        about=about,
        rejected=deals.rejected,
        absent=[labels[factor_id] for factor_id in deals.absent],
        ignored=list(deals.ignored),
        notes=list(deals.notes),
    )


def _tidy(text: object) -> str:
    """A text that may be stored and shown: of a sensible length, without control characters."""
    letters = "".join(letter if letter.isprintable() else " " for letter in str(text))
    return " ".join(letters.split())[:MOST_LETTERS]
