"""Text files as people have them: titles, blank lines, footers and all hold the same deals."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from icp_fit.features.errors import DealsError
from icp_fit.features.sources.arrow_cells import as_pandas
from icp_fit.features.sources.opening import open_source

HEADER = ["Deal ID", "Name", "Stage", "Amount"]
words = st.text(st.sampled_from("abc ,;\n\"'é|5"), min_size=1, max_size=12).map(lambda text: f"x{text}".strip())
deals = st.lists(st.tuples(words, st.sampled_from(["won", "lost"]), st.integers(0, 99)), min_size=1, max_size=8)


def build(rows: list[tuple[str, str, int]]) -> pd.DataFrame:
    return pd.DataFrame([(f"D-{n}", *map(str, row)) for n, row in enumerate(rows, 101)], columns=HEADER, dtype="str")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    deals,
    st.sampled_from(",;\t|"),
    st.sampled_from(["", "Deals of the year\n\n", "Report\nAs of 2025\n\n\n"]),
    st.sampled_from(["", "\n\nCopyright (c) 2024 vendor\nExample Corp\n"]),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_stands_around_a_table_changes_none_of_its_deals(
    tmp_path: Path, rows: list[tuple[str, str, int]], delimiter: str, title: str, footer: str, named: bool, end: str
):
    table, path = build(rows), tmp_path / "deals.csv"
    text = title + table.to_csv(index=False, sep=delimiter) + footer
    path.write_text((f"sep={delimiter}\n" if named else "") + text, encoding="utf-8", newline=end)
    read = open_source(path).table()
    found = read.cells[read.cells["Deal ID"] != ""]
    expected = table.replace("\n", end, regex=True) if end != "\n" else table
    assert found.values.tolist() == expected.values.tolist()
    assert found.index[0] == title.count("\n") + 2
    assert len(read.skipped) == (2 if footer else 0)


def test_rows_of_chunks_and_of_the_whole_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("icp_fit.features.sources.source.CHUNK", 3)
    lines = [",".join(HEADER), *[f"D-{n},x,won,5" for n in range(9)], "", "Total,,,45", "D-77,,,"]
    (tmp_path / "deals.csv").write_text("\n".join(lines))
    source = open_source(tmp_path / "deals.csv")
    chunks, whole = list(source.chunks(HEADER)), source.table()
    assert [int(row) for chunk in chunks for row in chunk.rows] == whole.cells.index.tolist() == [*range(2, 12), 13]
    assert pd.concat(as_pandas(chunk.cells) for chunk in chunks).values.tolist() == whole.cells.values.tolist()
    assert [row for chunk in chunks for row in chunk.skipped] == list(whole.skipped)
    assert [row.row for row in whole.skipped] == [12]
    loose = [int(row) for chunk in source.chunks(["Amount"], strict=False) for row in chunk.rows]
    assert loose == [*range(2, 11), 13]


def test_a_line_break_in_quotes_moves_no_row(tmp_path: Path):
    (tmp_path / "deals.csv").write_text('id,name\nD-1,"two\nlines"\nD-2,x\n')
    assert open_source(tmp_path / "deals.csv").table().cells.index.tolist() == [2, 3]


def test_a_cell_of_any_length_is_read(tmp_path: Path):
    long = "x, y; z\n" * 20_000
    build([(long, "won", 1), ("x", "lost", 2)]).to_csv(tmp_path / "deals.csv", index=False)
    assert open_source(tmp_path / "deals.csv").table().cells["Name"].tolist() == [long, "x"]


@pytest.mark.parametrize("where", ["header", "rows", "both"])
def test_a_delimiter_at_the_end_of_each_row_makes_no_column(tmp_path: Path, where: str):
    lines = build([("x", "won", 1), ("y", "lost", 2)]).to_csv(index=False).splitlines()
    ended = [
        line + "," if (place > 0) == (where == "rows") or where == "both" else line for place, line in enumerate(lines)
    ]
    (tmp_path / "deals.csv").write_text("\n".join(ended))
    source = open_source(tmp_path / "deals.csv")
    assert list(source.names) == HEADER
    assert source.table().cells["Amount"].tolist() == ["1", "2"]


def test_rows_that_lack_their_last_cells_are_read(tmp_path: Path):
    (tmp_path / "deals.csv").write_text("id,stage,size,region\nD-1,won\nD-2,lost,5\n")
    source = open_source(tmp_path / "deals.csv")
    assert source.table().cells.values.tolist() == [["D-1", "won", "", ""], ["D-2", "lost", "5", ""]]
    assert [chunk.cells.num_rows for chunk in source.chunks(["stage"], strict=False)] == [2]


def test_rows_may_end_in_more_delimiters_than_others_but_not_in_a_cell(tmp_path: Path):
    path = tmp_path / "deals.csv"
    path.write_text("Deal ID,Stage\nD-1,won,,\nD-2,lost\nD-3,won,\n", encoding="utf-8")
    assert open_source(path).table().cells.values.tolist() == [["D-1", "won"], ["D-2", "lost"], ["D-3", "won"]]
    path.write_text("Deal ID,Stage\nD-1,won,,\nD-2,lost\nD-3,won,5\n", encoding="utf-8")
    with pytest.raises(DealsError, match="row 4 on: the row has 3 cells, the header 2"):
        open_source(path).table()


@pytest.mark.parametrize(
    ("encoding", "told"), [("cp1252", True), ("utf-8", False), ("utf-16", False), ("utf-32", False)]
)
def test_an_encoding_that_is_guessed_is_told_with_an_example(tmp_path: Path, encoding: str, told: bool):
    path = tmp_path / "deals.csv"
    path.write_text("Deal ID,Account\nD-1,Müller\nD-2,Søby\n", encoding=encoding)
    source = open_source(path)
    assert source.table().cells["Account"].tolist() == ["Müller", "Søby"]
    assert [f'{encoding}, as in "Müller"' in note for note in source.notes] == [True] * told


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "cp1252"])
def test_text_without_a_mark_of_its_encoding_is_read(tmp_path: Path, encoding: str):
    (tmp_path / "deals.csv").write_bytes("id,name\nD-1,Müller\n".encode(encoding))
    assert open_source(tmp_path / "deals.csv").table().cells["name"].tolist() == ["Müller"]


def test_old_line_ends_are_read(tmp_path: Path):
    (tmp_path / "deals.csv").write_bytes(b"id,name\rD-1,x\r\rD-2,y\r")
    assert open_source(tmp_path / "deals.csv").table().cells.index.tolist() == [2, 3, 4]


def read_all(path: Path, whole: bool) -> None:
    source = open_source(path)
    source.table() if whole else list(source.chunks(list(source.names)))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id,name\nD-1,a,b\n", "from row 2 on: the row has 3 cells, the header 2; "),
        ("id,name\nD-1,a\nD-2,a,b\n", 'from row 3 on: .*begins with "D-2,a,b". Put a cell that holds "," in quotes'),
        ("id,name,\nD-1,a,\nD-2,a,,b\n", "from row 3 on: the row has 4 cells, the header 2; "),
        ('id,name\nD-1,a\nD-2,"a\nD-3,b\n', r'from row 3 on: a quote \("\) that opens there is never closed'),
        ("id,name,id\nD-1,a,b\n", r"more than one column `id`: columns 1 \(A\) and 3 \(C\)\. Rename or remove"),
        ("id,name\n\n\n", "holds no deals"),
        ("\n\n", "holds no deals"),
    ],
)
@pytest.mark.parametrize("whole", [True, False], ids=["whole", "in chunks"])
def test_what_cannot_be_read_is_named_in_our_own_words(tmp_path: Path, text: str, says: str, whole: bool):
    (tmp_path / "deals.csv").write_text(text)
    with pytest.raises(DealsError, match=says) as caught:
        read_all(tmp_path / "deals.csv", whole)
    assert not any(word in str(caught.value) for word in ("pandas", "tokeniz", "C error", "Expected"))
