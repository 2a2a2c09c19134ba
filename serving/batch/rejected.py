"""Rows that cannot be scored: counted, set aside with their reasons, and refused where they are too many."""

from dataclasses import dataclass, field
from math import inf
from pathlib import Path

import pandas as pd

from icp_fit.features.answers import Problem
from icp_fit.features.errors import DealsError

MOST_SHOWN = 5  # problems of a column


@dataclass
class RejectedRows:
    """What was set aside so far, written to `path` as it comes: row, deal_id, reason, then the cells as they were."""

    path: Path
    count: int = 0
    _problems: dict[str, int] = field(default_factory=dict)
    _shown: dict[str, list[str]] = field(default_factory=dict)

    def add(self, problems: list[Problem], cells: pd.DataFrame) -> None:
        """Set aside the rows of problems; `cells` are these rows, in order."""
        if not problems:
            return
        for problem in problems:
            self._problems[problem.column] = self._problems.get(problem.column, 0) + 1
            shown = self._shown.setdefault(problem.column, [])
            if len(shown) < MOST_SHOWN:
                shown.append(f"  {problem}")
        ours = pd.DataFrame(
            [(problem.row, problem.deal_id, problem.message) for problem in problems],
            columns=["row", "deal_id", "reason"],
        )
        ours = ours.groupby("row", as_index=False).agg({"deal_id": "first", "reason": " ".join})
        theirs = cells.reset_index(drop=True).drop(columns=[*ours], errors="ignore")
        rows = pd.concat([ours, theirs], axis=1)
        rows.to_csv(self.path, mode="a", header=not self.count, index=False)
        self.count += len(rows)

    def check(self, read: int, rows: int | None, allowed: float) -> None:
        """Raise DealsError where more than the share `allowed` of all rows are set aside, of which `read` were read.

        Where the number of `rows` is not known yet, the share may still turn out to be allowed.
        """
        most = allowed * rows if rows is not None else inf if allowed else 0
        if self.count <= most:
            return
        lines = []
        for column, shown in self._shown.items():
            more = self._problems[column] - len(shown)
            lines += [*shown, *([f"  ... and {more:,} more in `{column}`"] if more else [])]
        among = f"{rows:,} rows" if read == rows else f"the first {read:,} rows"
        raise DealsError(
            f"{self.count:,} of {among} cannot be scored, more than the {allowed:.0%} allowed, so that nothing was "
            "written:\n" + "\n".join(lines) + "\nCorrect these cells, say in a mapping what they mean, or allow more "
            "with --max-rejected: such rows are set aside, with their reasons, beside the scores."
        )
