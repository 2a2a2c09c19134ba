"""Imports: files that were read and wait to be scored, in memory for an hour."""

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
from icp_fit.serving.http.requests import tidy
from icp_fit.serving.pages.answers import region_of
from icp_fit.serving.pages.import_reading import ImportReading, Upload

MOST_IMPORTS = 8  # that wait at once; the oldest makes room
LIFETIME = 60 * 60  # seconds


@dataclass
class DealImport:
    """A file with its latest reading, which somebody looks at, corrects and confirms before anything is scored.

    `asked` are the questions that the model was trained on.
    Once it is scored, `scores` is the table of results as CSV, `grades` counts the open deals by grade, and `closed`
    counts the deals of the list that this import showed to be won or lost. `ended` counts those that it shows as open,
    and that were recorded as won or lost before.
    """

    session_id: str
    upload: Upload
    profile: Profile
    asked: tuple[str, ...]
    reading: ImportReading
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    read_at: float = field(default_factory=time.monotonic)
    scores: bytes | None = None
    grades: dict[str, int] = field(default_factory=dict)
    closed: int = 0
    ended: int = 0

    @property
    def filename(self) -> str:
        return self.upload.filename

    def read_again(self, upload: Upload, reading: ImportReading) -> None:
        """Take another reading instead of the one before, which may have been scored."""
        self.upload, self.reading = upload, reading
        self.scores, self.grades, self.closed, self.ended = None, {}, 0, 0


@dataclass(frozen=True)
class ImportedDeals:
    """Deals as they are scored: `numbers` (deals, factors), and `about` with id, name, owner, region and outcome."""

    numbers: np.ndarray
    about: pd.DataFrame

    @property
    def open(self) -> np.ndarray:
        """Whether each deal is still open, shape (deals,)."""
        return self.about["outcome"].isna().to_numpy()


class DealImports:
    """Finds an import for the session that brought it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._by_id: dict[str, DealImport] = {}
        self._lock = Lock()

    def add(self, deal_import: DealImport) -> None:
        with self._lock:
            now = self._clock()
            fresh = [other for other in self._by_id.values() if now - other.read_at < LIFETIME]
            latest = sorted(fresh, key=lambda other: other.read_at)[-(MOST_IMPORTS - 1) :]
            self._by_id = {one.id: one for one in (*latest, deal_import)}

    def find(self, id: str, session_id: str) -> DealImport | None:
        deal_import = self._by_id.get(id)
        return deal_import if deal_import is not None and deal_import.session_id == session_id else None


def build_deals(deals: Deals, profile: Profile) -> ImportedDeals:
    """Deals that were read, each with the id that its file gives it; raises KeyError where the file gives none."""
    table = deals.table
    numbers = answer_numbers(profile, table)
    blank = pd.Series(pd.NA, index=table.index, dtype="object")
    about = pd.DataFrame(
        {
            "deal_id": table["deal_id"].astype(str).to_numpy(),
            "name": table.get("name", blank).to_numpy(object),
            "owner": table.get("owner", blank).to_numpy(object),
            "region": [region_of(profile, deal) for deal in numbers],
            "outcome": table.get("outcome", blank).to_numpy(object),
        },
    )
    for column in ("deal_id", "name", "owner"):
        about[column] = about[column].map(tidy, na_action="ignore")
    return ImportedDeals(numbers, about)
