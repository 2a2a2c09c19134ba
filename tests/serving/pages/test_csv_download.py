"""A table that is downloaded computes nothing in a spreadsheet, and its numbers stay numbers."""

import io

import pandas as pd
import pytest

from icp_fit.serving.pages.csv_download import write_csv


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+49 123 x", "'+49 123 x"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("\t=1", "'\t=1"),
        ("-12.5", "-12.5"),
        ("+1,234", "+1,234"),
        ("-5%", "-5%"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_cell_that_a_spreadsheet_would_compute_becomes_a_text(cell: str, written: str) -> None:
    table = write_csv(pd.DataFrame({"name": [cell], "score": [-7]}))
    read = pd.read_csv(io.BytesIO(table), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    assert read.to_dict("records") == [{"name": written, "score": "-7"}]


def test_name_of_a_column_that_a_spreadsheet_would_compute_becomes_a_text() -> None:
    assert write_csv(pd.DataFrame({"=A1": [1]})).decode("utf-8-sig").startswith("'=A1")


def test_missing_cells_stay_empty_and_the_table_is_not_changed() -> None:
    table = pd.DataFrame({"name": ["=1", None], "won": [True, False]})
    assert write_csv(table).decode("utf-8-sig").splitlines() == ["name,won", "'=1,True", ",False"]
    assert table["name"].iloc[0] == "=1"
