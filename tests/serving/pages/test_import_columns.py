"""A column of a file has a label that fits a page and is its own."""

import pandas as pd
import pytest

from icp_fit.serving.pages.import_columns import find_column, list_columns, shorten


def test_columns_have_labels_of_their_own_and_some_of_their_cells() -> None:
    cells = pd.DataFrame([["1", "x", "y", "z"], ["2", "x", "", "w"]], columns=["a\nb", "a b", "x" * 99, ""])
    columns = list_columns(cells)
    assert [column.label for column in columns] == ["a b", "a b (2)", "x" * 59 + "…", "Column 4"]
    assert [column.samples for column in columns] == [("1", "2"), ("x",), ("y",), ("z", "w")]
    assert find_column(columns, "a b") is columns[1]
    assert find_column(columns, None) is None


@pytest.mark.parametrize(
    ("cells", "is_unique"),
    [(["1", "2"], True), (["1", "1"], False), (["1", ""], False), (["1", None], False), ([1, 2.0], True)],
    ids=["different", "twice", "blank", "missing", "numbers"],
)
def test_id_differs_in_every_row(cells: list[object], is_unique: bool) -> None:
    assert list_columns(pd.DataFrame({"a": pd.Series(cells, dtype=object)}))[0].is_unique == is_unique


@pytest.mark.parametrize(
    ("text", "shown"), [(" a\x00b\n c ", "a b c"), ("x" * 60, "x" * 60), ("x" * 61, "x" * 59 + "…"), (12, "12")]
)
def test_text_is_shortened_to_a_line(text: object, shown: str) -> None:
    assert shorten(text) == shown
