"""Blank cells of a group are filled where the report proves the group, and nowhere else."""

import pandas as pd
import pytest

from icp_fit.features.sources.csv_file import CsvSource
from icp_fit.features.sources.opening import read_table

HEADER = "Stage,Deal ID,Amount\n"
SUBTOTALS = "Won,D-1,5\n,D-2,6\n,D-3,7\nSubtotal,,18\nLost,D-4,5\n,D-5,6\nSubtotal,,11\nTotal,,29\n"
COUNTS = "Won (3),D-1,5\n,D-2,6\n,D-3,7\nLost (2),D-4,5\n\n,D-5,6\n"
NEITHER = "Won,D-1,5\n,D-2,6\n,D-3,7\nLost,D-4,5\n,D-5,6\n"


def read(tmp_path, text: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    (tmp_path / "deals.csv").write_text(HEADER + text)
    return read_table(tmp_path / "deals.csv"), tuple(CsvSource(tmp_path / "deals.csv").notes)


@pytest.mark.parametrize("text", [SUBTOTALS, COUNTS], ids=["a subtotal ends each group", "each name counts its rows"])
def test_groups_that_are_proved_are_filled(tmp_path, text: str):
    table, notes = read(tmp_path, text)
    assert table["Stage"].tolist() == ["Won"] * 3 + ["Lost"] * 2
    assert table["Deal ID"].tolist() == ["D-1", "D-2", "D-3", "D-4", "D-5"]
    assert notes == ("The rows are grouped by `Stage`: the blank cells there were filled.",)


def test_groups_are_filled_across_chunks(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("icp_fit.features.sources.source.CHUNK", 2)
    (tmp_path / "deals.csv").write_text(HEADER + SUBTOTALS)
    chunks = list(CsvSource(tmp_path / "deals.csv").chunks(["Stage"]))
    assert [cell for chunk in chunks for cell in chunk.cells.column("Stage").to_pylist()] == ["Won"] * 3 + ["Lost"] * 2
    assert [int(row) for chunk in chunks for row in chunk.rows] == [2, 3, 4, 6, 7]


def test_a_group_without_proof_stays_as_it_is_and_is_told(tmp_path):
    table, notes = read(tmp_path, NEITHER)
    assert table["Stage"].tolist() == ["Won", "", "", "Lost", ""]
    assert "`Stage` is blank in many rows below a name, as in a grouped report" in notes[0]


@pytest.mark.parametrize(
    "text",
    [
        "Won,D-1,5\n,D-2,6\nWon,D-3,7\n,D-4,5\n",
        ",D-1,5\nWon,D-2,6\n,D-3,7\n,D-4,5\n",
        "Won (4),D-1,5\n,D-2,6\n,D-3,7\nLost (2),D-4,5\nOpen,D-5,6\n",
    ],
    ids=["a name follows itself", "the first is blank", "a count is wrong"],
)
def test_a_column_that_is_often_blank_is_no_group(tmp_path, text: str):
    table, notes = read(tmp_path, text)
    assert "" in table["Stage"].tolist()
    assert not any("were filled" in note for note in notes)
