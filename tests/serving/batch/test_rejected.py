"""Rows are set aside up to the share that is allowed, and not one more."""

from pathlib import Path

import pandas as pd
import pytest

from icp_fit.features.answers import Problem
from icp_fit.features.errors import DealsError
from icp_fit.features.problems import MOST_SHOWN
from icp_fit.serving.batch.rejected import RejectedRows


def set_aside(path: Path, *rows: int, column: str = "systems") -> RejectedRows:
    rejected = RejectedRows(path / "rejected.csv", ["deal_id", "systems", "portal"])
    add(rejected, *rows, column=column)
    return rejected


def add(rejected: RejectedRows, *rows: int, column: str = "systems") -> None:
    problems = [Problem(row, f"D-{row}", column, f"`{column}` is wrong in its way {row}.") for row in rows]
    rejected.add(problems, pd.DataFrame({"deal_id": [f"D-{row}" for row in rows], column: "many"}))


@pytest.mark.parametrize(
    ("count", "rows", "allowed"),
    [(2, 100, 0.02), (0, 100, 0.0), (100, 100, 1.0), (3, None, 0.01), (0, None, 0.0)],
    ids=["exactly the share", "none", "all", "rows unknown", "rows unknown, none"],
)
def test_rows_within_the_allowed_share_pass(tmp_path: Path, count: int, rows: int | None, allowed: float) -> None:
    set_aside(tmp_path, *range(1, count + 1)).check(50, rows, allowed)


@pytest.mark.parametrize(
    ("count", "rows", "allowed", "says"),
    [
        (3, 100, 0.02, "3 of 100 rows cannot be scored, more than the 2% allowed"),
        (1, 100, 0.0, "1 of 100 rows cannot be scored, more than the 0% allowed"),
        (1, None, 0.0, "1 of the first 100 rows cannot be scored"),
    ],
    ids=["one more than the share", "one more than none", "rows unknown, and none allowed"],
)
def test_one_row_more_is_refused(tmp_path: Path, count: int, rows: int | None, allowed: float, says: str) -> None:
    rejected = set_aside(tmp_path, *range(1, count + 1))
    with pytest.raises(DealsError, match=f"^{says}"):
        rejected.check(100, rows, allowed)


def test_rows_of_a_table_that_is_not_read_to_its_end_are_called_the_first(tmp_path: Path) -> None:
    rejected = set_aside(tmp_path, 1, 2)
    with pytest.raises(DealsError, match=r"^2 of the first 50 rows"):
        rejected.check(50, 100, 0.01)


@pytest.mark.parametrize("more", [0, 1])
def test_refusal_shows_a_few_problems_of_each_column_and_counts_the_rest(tmp_path: Path, more: int) -> None:
    rejected = set_aside(tmp_path, *range(1, MOST_SHOWN + more + 1))
    add(rejected, 70, column="portal")
    with pytest.raises(DealsError) as caught:
        rejected.check(100, 100, 0.0)
    lines = str(caught.value).splitlines()
    assert sum("`systems` is wrong" in line for line in lines) == MOST_SHOWN
    assert ("  ... and 1 more in `systems`" in lines) is (more == 1)
    assert "  row 70, deal D-70: `portal` is wrong in its way 70." in lines


def test_row_with_two_problems_counts_once_and_has_both_reasons(tmp_path: Path) -> None:
    rejected = RejectedRows(tmp_path / "rejected.csv", ["deal_id", "systems", "portal"])
    problems = [Problem(4, None, column, f"`{column}` is wrong.") for column in ("systems", "portal")]
    rejected.add(problems, pd.DataFrame({"systems": ["many"], "portal": ["maybe"]}))
    rejected.check(100, 100, 0.01)
    written = pd.read_csv(tmp_path / "rejected.csv")
    assert written["reason"].tolist() == ["`systems` is wrong. `portal` is wrong."]
    assert (written["row"].tolist(), written["portal"].tolist()) == ([4], ["maybe"])


def test_rows_of_later_parts_are_appended_under_one_header(tmp_path: Path) -> None:
    rejected = set_aside(tmp_path, 3)
    rejected.add([], pd.DataFrame())
    add(rejected, 8, 9)
    assert pd.read_csv(tmp_path / "rejected.csv")["row"].tolist() == [3, 8, 9]
    assert rejected.count == 3
