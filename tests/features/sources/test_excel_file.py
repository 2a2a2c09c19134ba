"""A workbook: which sheet is read, what its cells are, and where its rows stand."""

import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from icp_fit.features.errors import DealsError
from icp_fit.features.sources.opening import list_sheets, open_source, read_table

DEALS = [["Deal ID", "Stage", "Amount"], *[[f"D-{n}", "won", n * 1000] for n in range(1, 6)]]
NOTES = [["Word", "Meaning"], ["won", "signed"], ["lost", "gone"], ["open", "neither"]]


def write(folder: Path, name: str = "deals.xlsx", **sheets: list[list[object]]) -> Path:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    workbook.save(folder / name)
    return folder / name


def test_the_only_sheet_is_read_without_a_word(tmp_path: Path):
    path = write(tmp_path, Deals=DEALS)
    assert read_table(path).index.tolist() == [2, 3, 4, 5, 6]
    assert open_source(path).notes == ()
    assert list_sheets(path) == ("Deals",)


def test_the_sheet_that_looks_like_a_table_is_read_and_the_others_are_told(tmp_path: Path):
    source = open_source(write(tmp_path, Notes=NOTES, Empty=[], Deals=DEALS))
    assert list(source.names) == ["Deal ID", "Stage", "Amount"]
    [note] = source.notes
    assert note.startswith("The sheet `Deals` was read; there are others: `Notes` (4 rows, 2 columns)")


def test_several_tables_are_refused_with_their_sizes_unless_one_is_named(tmp_path: Path):
    path = write(tmp_path, Old=DEALS[:4], Deals=DEALS)
    with pytest.raises(
        DealsError, match=r"`Old` \(4 rows, 3 columns\), `Deals` \(6 rows, 3 columns\)\. Say which with"
    ):
        open_source(path)
    assert open_source(path, sheet="Old").rows == 3
    assert open_source(path, sheet="deals").rows == 5
    with pytest.raises(DealsError, match=r"has no sheet `Deal`\. Did you mean `Deals`\?"):
        open_source(path, sheet="Deal")


def test_sheets_without_any_table_are_refused(tmp_path: Path):
    with pytest.raises(DealsError, match="several sheets, none of which looks like a table"):
        open_source(write(tmp_path, One=[["x"]], Two=[["y"]]))


def test_a_hidden_sheet_is_read_only_by_its_name(tmp_path: Path):
    path = write(tmp_path, Deals=DEALS, Lists=DEALS)
    workbook = openpyxl.load_workbook(path)
    workbook["Lists"].sheet_state = "hidden"
    workbook.save(path)
    assert open_source(path).notes == ()
    assert open_source(path, sheet="Lists").rows == 5


def test_hidden_tables_are_told_where_no_sheet_that_shows_has_one(tmp_path: Path):
    path = write(tmp_path, Cover=[["Hello"]], Deals=DEALS)
    workbook = openpyxl.load_workbook(path)
    workbook["Deals"].sheet_state = "hidden"
    workbook.save(path)
    with pytest.raises(DealsError, match=r"hidden ones may hold the deals: `Deals` \(6 rows, 3 columns\)"):
        open_source(path)
    assert read_table(path, sheet="Deals").index.tolist() == [2, 3, 4, 5, 6]


def test_a_file_without_sheets_refuses_the_name_of_one(tmp_path: Path):
    (tmp_path / "deals.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DealsError, match="has no sheets, so --sheet cannot be used"):
        open_source(tmp_path / "deals.csv", sheet="Deals")
    assert list_sheets(tmp_path / "deals.csv") == ()


def test_titles_totals_and_rows_have_the_numbers_that_the_sheet_shows(tmp_path: Path):
    rows = [["Deals of the year"], [], *DEALS[:3], [], *DEALS[3:], ["Total", None, 15000]]
    table = open_source(write(tmp_path, Deals=rows)).table()
    assert table.cells.index.tolist() == [4, 5, 6, 7, 8, 9]
    assert [row.row for row in table.skipped] == [10]


def test_cells_are_what_they_are_in_the_sheet(tmp_path: Path):
    when = dt.datetime(2025, 1, 2, 3, 4)
    rows = [["id", "n", "share", "day", "at", "ok"], ["007", 3, 0.25, dt.datetime(2025, 1, 2), when, True]]
    assert read_table(write(tmp_path, Deals=rows)).values.tolist() == [
        ["007", 3, 0.25, dt.date(2025, 1, 2), when, True]
    ]


def test_a_merged_cell_counts_for_all_its_rows(tmp_path: Path):
    path = write(tmp_path, Deals=[["Stage", "Deal ID"], ["won", "D-1"], [None, "D-2"], ["lost", "D-3"], [None, "D-4"]])
    workbook = openpyxl.load_workbook(path)
    workbook["Deals"].merge_cells("A2:A3")
    workbook.save(path)
    assert read_table(path)["Stage"].tolist() == ["won", "won", "lost", ""]


def test_a_cell_without_a_column_is_named(tmp_path: Path):
    rows = [*DEALS, *[["D-9", "won", 1]] * 1_100, ["D-10", "won", 1, "what?"]]
    with pytest.raises(DealsError, match=r'from row 1,107 on: column D holds "what\?" there and has no name'):
        open_source(write(tmp_path, Deals=rows))


@pytest.mark.parametrize("name", ["deals.csv", "deals.xls"])
def test_a_workbook_is_read_whatever_its_name_says(tmp_path: Path, name: str):
    write(tmp_path, Deals=DEALS).rename(tmp_path / name)
    assert len(read_table(tmp_path / name)) == 5


def test_errors_stay_in_their_cells_and_formulas_without_a_value_are_told(tmp_path: Path):
    path = write(
        tmp_path, Other=[["x"]], **{"Deals & co": [*DEALS[:4], ["D-9", "won", "=1+1"], ["D-8", "#REF!", "#N/A"]]}
    )
    workbook = openpyxl.load_workbook(path)
    for cell in ("B6", "C6"):
        workbook["Deals & co"][cell].data_type = "e"
    workbook.save(path)
    source = open_source(path, sheet="Deals & co")
    assert source.table().cells.values.tolist()[3:] == [["D-9", "won", ""], ["D-8", "#REF!", "#N/A"]]
    [note] = source.notes
    assert note.startswith("Formulas without a value, read as blank: 1 (C5). Open the file in a spreadsheet")


HTML = """<html><table><tr><td>Won &amp; lost</td></tr></table>
<table><tr><th>Deal ID<th>Name<th>Stage</tr><tr><td>D-1<td>Caf&eacute;<br>M&uuml;ller<td>won</tr>
<tr><td>D-2</td><td><b>No</b>va</td><td></td></tr><tr><td colspan=2>Total</td><td>2</td></tr></table></html>"""


def test_a_web_page_that_is_called_a_workbook_is_read(tmp_path: Path):
    (tmp_path / "report.xls").write_text(HTML, encoding="cp1252")
    source = open_source(tmp_path / "report.xls")
    table = source.table()
    assert table.cells.values.tolist() == [["D-1", "Café\nMüller", "won"], ["D-2", "Nova", ""]]
    assert [row.row for row in table.skipped] == [4]
    assert source.notes[0] == "`report.xls` is a web page; its longest table was read."


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([6586.22, 12, -3], "float64"),
        ([6586.22, None, "n/a"], "float64"),
        ([6586.22, "many"], "object"),
        ([6586.22, "#REF!"], "object"),
        ([True, 6586.22], "object"),
        ([2**53 + 2, 6586.22], "object"),
        ([None, "n/a"], "object"),
    ],
    ids=str,
)
def test_a_column_of_numbers_has_no_decimal_sign_to_be_found(tmp_path: Path, cells: list[object], kind: str):
    rows = [["Deal ID", "Amount"], *[[f"D-{n}", cell] for n, cell in enumerate(cells)]]
    assert read_table(write(tmp_path, Deals=rows))["Amount"].dtype == kind
    assert open_source(tmp_path / "deals.xlsx").holds_text("Amount") == (kind == "object")
