"""Inputs as people have them, from a folder beside the checkout that not every machine has."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from icp_fit.features.drafting.draft import Draft, draft_profile
from icp_fit.features.sources.opening import read_table
from tests.support.checkout import SHARED


@dataclass(frozen=True)
class Case:
    """A table to draft a profile from, its outcome's column, and the table to score, which may be the same."""

    folder: str
    table: str = "deals.csv"
    outcome: str = "Stage"
    scored: str = ""
    won: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    counts: tuple[int, int, int] = (203, 197, 400)  # won, lost, and deals in all
    skipped: int = 0  # rows that are no deals

    @property
    def train_file(self) -> Path:
        """The file to draft a profile from; the test is skipped where it is absent."""
        return self._path(self.table)

    @property
    def file(self) -> Path:
        """The file to score; the test is skipped where it is absent."""
        return self._path(self.scored or self.table)

    def draft(self) -> Draft:
        table = read_table(self.train_file)
        return draft_profile(table, self.outcome, won=self.won, lost=self.lost, still_open=("*",))

    def _path(self, name: str) -> Path:
        path = SHARED / "cases" / self.folder / name
        if not path.is_file():
            pytest.skip(f"needs the shared case {self.folder}")
        return path


# Those that are read rightly; sums in several currencies and stages that nobody listed are told instead.
CASES = (
    Case("dates-dmon-text"),
    Case("dates-dmy-dash"),
    Case("dates-excel-serial"),
    Case("dates-few-prove-dmy"),
    Case("dates-mdy-time"),
    Case("few-accounts-shared-answers", outcome="stage", counts=(2476, 3524, 6000)),
    Case("free-text-huge"),
    Case("id-joined-caps"),
    Case("iswon-with-open", outcome="IsWon", counts=(152, 148, 400)),
    Case("money-code-before"),
    Case("multi-picklist-few"),
    Case("number-read-as-category"),
    Case("percent-strings"),
    Case("repeated-header", skipped=2),
    Case("score-unseen-category", table="train.csv", scored="open.csv"),
    Case("sep-line"),
    Case("sf-report-footer", table="report.csv", skipped=5),
    Case("title-rows"),
    Case("xlsx-second-sheet", table="deals.xlsx"),
)
