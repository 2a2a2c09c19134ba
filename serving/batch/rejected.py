"""Rows that cannot be scored: counted, set aside with their reasons, and refused where they are too many."""

from dataclasses import dataclass, field
from math import inf
from pathlib import Path

import pandas as pd

from icp_fit.features.answers import Problem
from icp_fit.features.errors import DealsError
from icp_fit.features.problems import Problems, problem_rows

OURS = ["row", "deal_id", "reason"]


@dataclass
class RejectedRows:
    """What was set aside so far, written to `path` as it comes: row, deal_id, reason, then the cells as they were.

    `count` are rows that cannot be scored, `skipped` those that are no deals, which are never too many.
    """

    path: Path
    columns: list[str]
    count: int = 0
    skipped: int = 0
    _problems: Problems = field(default_factory=Problems)

    def add(self, problems: list[Problem], cells: pd.DataFrame, skipped: pd.DataFrame | None = None) -> None:
        """Set aside the rows of problems, and rows that are no deals; `cells` are those of the former, in order."""
        no_deals = pd.DataFrame() if skipped is None else skipped
        if not problems and no_deals.empty:
            return
        self._problems.add(problems)
        ours = problem_rows(problems)
        theirs = cells.reset_index(drop=True).drop(columns=OURS, errors="ignore")
        rejected = pd.concat([ours, theirs], axis=1)
        rows = pd.concat([rejected, no_deals]) if len(no_deals) else rejected
        rows = rows.sort_values("row", kind="stable").reindex(columns=list(dict.fromkeys([*OURS, *self.columns])))
        rows.to_csv(self.path, mode="a", header=not self.count + self.skipped, index=False)
        self.count += len(rejected)
        self.skipped += len(no_deals)

    def check(self, read: int, rows: int | None, allowed: float) -> None:
        """Raise DealsError where more than the share `allowed` of all rows are set aside, of which `read` were read.

        Where the number of `rows` is not known yet, the share may still turn out to be allowed.
        """
        most = allowed * rows if rows is not None else inf if allowed else 0
        if self.count <= most:
            return
        among = f"{rows:,} rows" if read == rows else f"the first {read:,} rows"
        raise DealsError(
            f"{self.count:,} of {among} cannot be scored, more than the {allowed:.0%} allowed, so that nothing was "
            "written:\n" + "\n".join(f"  {line}" for line in self._problems.lines()) + "\nCorrect these cells, say in "
            "a mapping what they mean, or allow more with --max-rejected: such rows are set aside, with their reasons, "
            "beside the scores."
        )
