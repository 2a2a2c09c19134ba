"""A header is found below titles, and names each column once; a plain table begins with its header."""

import pytest

from icp_fit.features.sources.header import find_header

HEADER = ["id", "name", "stage", "amount"]
ROW = ["D-1", "Acme", "won", "12.5"]
ROWS = [ROW, ["D-2", "Nova", "lost", ""], ["D-3", "", "", ""]]


def test_a_plain_table_begins_with_its_header():
    header = find_header([HEADER, *ROWS])
    assert (header.row, header.names, header.titles, header.merged) == (0, tuple(HEADER), (), False)
    assert header.notes() == []


@pytest.mark.parametrize(
    "titles",
    [
        [["Deals of the year"]],
        [["Deals of the year"], ["As of 2025-01-02"], []],
        [["Deals of the year", "", "", ""], ["", "", "", ""]],
        [["Report:", "Deals"], ["As of", "2025-01-02"]],
    ],
    ids=["one", "with a blank line", "as wide as the table", "in pairs"],
)
def test_titles_above_the_header_are_told(titles: list[list[str]]):
    header = find_header([*titles, HEADER, *ROWS])
    assert (header.row, header.names) == (len(titles), tuple(HEADER))
    assert f"The header of the table is in row {len(titles) + 1}" in header.notes()[0]
    assert titles[0][0] in header.notes()[0]


def test_a_row_of_numbers_is_no_header_though_it_is_the_first_that_is_full():
    header = find_header([["id", "name"], ["1", "2", "3", "4", "5"], ["6", "7", "8", "9", "10"]])
    assert (header.row, header.names) == (0, ("id", "name"))


def test_names_are_trimmed_and_lose_the_arrow_of_a_sorted_report():
    assert find_header([[" Close\nDate ", "Stage  ↑"], ["2025-01-02", "won"]]).names == ("Close Date", "Stage")


@pytest.mark.parametrize(
    ("header", "rows", "names"),
    [
        (["id", "", "stage"], [["D-1", "x", "won"]], ("id", "Column B", "stage")),
        (["id", "stage", ""], [["D-1", "won", "x"]], ("id", "stage", "Column C")),
        (["id", "stage", ""], [["D-1", "won", ""]], ("id", "stage")),
    ],
    ids=["in the middle", "last, with something below", "last, with nothing below"],
)
def test_a_column_without_a_name_is_called_by_its_letter(header: list[str], rows: list[list[str]], names: object):
    assert find_header([header, *rows, *rows]).names == names


def test_names_that_repeat_below_merged_cells_are_told_apart_by_them():
    rows = [
        ["", "", "Q1", "", "Q2", ""],
        ["id", "stage", "sum", "count", "sum", "count"],
        ["D-1", "won", "1", "2", "3", "4"],
    ]
    header = find_header(rows)
    assert header.names == ("id", "stage", "Q1 sum", "Q1 count", "Q2 sum", "Q2 count")
    assert (header.row, header.merged) == (1, True)
    assert "The header takes two rows, 1 and 2" in header.notes()[0]


def test_a_header_goes_on_in_the_next_row_where_that_fills_its_blank_cells():
    rows = [["id", "stage", "sum", "", "dates", ""], ["", "", "EUR", "USD", "created", "closed"]]
    deal = ["D-1", "won", "1", "2", "2025-01-02", "2025-02-03"]
    header = find_header([*rows, deal, deal])
    assert header.names == ("id", "stage", "EUR", "USD", "created", "closed")
    assert find_header([rows[0], ["D-0", "", "x", "y", "z", ""], deal]).row == 0, "a deal has its id there"


def test_cells_that_are_merged_over_both_rows_of_a_header_do_not_hide_the_second():
    first, second = ["id", "name", "dates", "", "amount"], ["id", "name", "created", "closed", "amount"]
    rows = [["D-1", "Acme", "2024-01-02", "2024-03-04", "12.5"], ["D-2", "Nova", "2024-01-02", "", ""]]
    header = find_header([first, second, *rows])
    assert (header.row, header.names) == (1, tuple(second))
    plain = find_header([first, ["D-3", "Ben", "won", "lost", "few"], *rows])
    assert plain.row == 0


def test_a_table_of_nothing_has_no_names():
    assert find_header([]).names == find_header([[""], []]).names == ()
