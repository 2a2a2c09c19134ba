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

    @property
    def file(self) -> Path:
        """The file to score; the test is skipped where it is absent."""
        return self._path(self.scored or self.table)

    def draft(self) -> Draft:
        table = read_table(self._path(self.table))
        return draft_profile(table, self.outcome, won=self.won, lost=self.lost, still_open=("*",))

    def _path(self, name: str) -> Path:
        path = SHARED / "cases" / self.folder / name
        if not path.is_file():
            pytest.skip(f"needs the shared case {self.folder}")
        return path
