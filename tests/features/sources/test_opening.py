import gzip
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from icp_fit.features.errors import DealsError
from icp_fit.features.sources.arrow_cells import as_pandas
from icp_fit.features.sources.opening import open_source, read_table
from tests.support.raw_deals import HEADER, ROWS


def write(folder: Path, text: str, encoding: str = "utf-8", name: str = "deals.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def test_cells_of_a_csv_stay_text(tmp_path: Path):
    table = read_table(write(tmp_path, "id,a,b\n007,None,NA\n008,,1.0\n"))
    assert table.to_numpy().tolist() == [["007", "None", "NA"], ["008", "", "1.0"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("text", ["plain", "a, b; c | d", "1.250,75", 'say "no"', "two\nlines"])
def test_a_delimiter_is_found_whatever_the_cells_hold(tmp_path: Path, delimiter: str, text: str):
    table = pd.DataFrame({"deal id": ["1", "2", "3"], "remark": [text, "", "x"], "size": ["1,5", "2", ""]})
    table.to_csv(tmp_path / "deals.csv", sep=delimiter, index=False)
    read = read_table(tmp_path / "deals.csv")
    pd.testing.assert_frame_equal(read.reset_index(drop=True), table.astype("str"))
    assert read.index.tolist() == [2, 3, 4]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_an_encoding_is_found(tmp_path: Path, encoding: str):
    table = read_table(write(tmp_path, "Größe,Firma\n1,Café Müller\n", encoding))
    assert table.columns.tolist() == ["Größe", "Firma"]
    assert table["Firma"].tolist() == ["Café Müller"]


@pytest.mark.parametrize(("name", "encoding"), [("Müller", "cp1252"), ("Газпром", "cp1251"), ("株式会社", "cp932")])
def test_a_single_name_tells_the_encoding(tmp_path: Path, name: str, encoding: str):
    assert read_table(write(tmp_path, f"name,size\n{name},1\n", encoding))["name"].tolist() == [name]


def test_a_delimiter_is_found_though_the_header_has_more_of_another(tmp_path: Path):
    table = read_table(write(tmp_path, "street, number, city;size\nRing 1;2\nPark 5, Bonn;3\n"))
    assert list(table) == ["street, number, city", "size"]


def test_one_column_is_a_table_too(tmp_path: Path):
    assert read_table(write(tmp_path, "outcome\nwon\nlost\n")).shape == (2, 1)


@pytest.mark.parametrize("suffix", ["csv", "parquet", "xlsx"])
def test_every_kind_of_file_holds_the_same_deals(tmp_path: Path, suffix: str):
    table = pd.DataFrame({"deal_id": ["a", "b"], "amount": [1.5, None], "portal": ["None", "NA"]})
    path = tmp_path / f"deals.{suffix}"
    {"csv": table.to_csv, "parquet": table.to_parquet, "xlsx": table.to_excel}[suffix](path, index=False)
    read = read_table(path)
    assert read["deal_id"].tolist() == ["a", "b"]
    assert read["portal"].tolist() == ["None", "NA"]
    assert str(read["amount"].iloc[0]) == "1.5"
    assert pd.isna(read["amount"].iloc[1]) or read["amount"].iloc[1] == ""


def write_kind(table: pd.DataFrame, folder: Path, kind: str) -> tuple[Path | str | pd.DataFrame, str | None]:
    """The table as a source of a kind, with the query that a database needs."""
    path = folder / f"deals.{kind}"
    match kind:
        case "csv":
            table.to_csv(path, index=False)
        case "parquet":
            table.to_parquet(path)
        case "xlsx":
            table.to_excel(path, index=False)
        case "db":
            with closing(sqlite3.connect(path)) as connection:
                table.to_sql("deals", connection, index=False)
            return f"sqlite:///{path}", "SELECT * FROM deals"
        case "frame":
            return table.set_axis([7] * len(table)), None
    return path, None


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx", "db", "frame"])
def test_chunks_hold_the_cells_of_the_table_and_count_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
):
    monkeypatch.setattr("icp_fit.features.sources.source.CHUNK", 2)
    table = pd.DataFrame({"deal_id": list("abcde"), "portal": ["NA", "", "no", "x", "x"], "size": [1, 2, 3, 4, 5]})
    source = open_source(*write_kind(table, tmp_path, kind))
    chunks = list(source.chunks(["size", "portal"], ["portal"]))
    first = 2 if kind in ("csv", "xlsx") else 1
    assert [chunk.rows.tolist() for chunk in chunks] == [[first, first + 1], [first + 2, first + 3], [first + 4]]
    assert source.rows in (None, 5)
    assert chunks[-1].done == (0.0 if kind == "db" else 1.0)
    found = pd.concat([as_pandas(chunk.cells) for chunk in chunks], ignore_index=True)
    assert found.columns.tolist() == ["size", "portal"]
    whole = source.table().cells
    assert found.astype("str").to_numpy().tolist() == whole[["size", "portal"]].astype("str").values.tolist()
    assert whole.index.tolist() == [first + place for place in range(5)]


@pytest.mark.parametrize(
    ("kind", "text", "number"),
    [("csv", True, True), ("parquet", True, False), ("xlsx", True, False), ("db", True, True), ("frame", True, False)],
)
def test_a_source_says_which_columns_may_hold_text(tmp_path: Path, kind: str, text: bool, number: bool):
    table = pd.DataFrame({"portal": ["yes", "no"], "size": [1.5, 2.5]})
    source = open_source(*write_kind(table, tmp_path, kind))
    assert [source.holds_text("portal"), source.holds_text("size")] == [text, number]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "crm.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE deals (deal_id TEXT, amount REAL)")
        connection.execute("INSERT INTO deals VALUES ('D-1', 12.5), ('D-2', NULL)")
        connection.commit()
    return path


def test_a_query_reads_a_database(database: Path):
    table = read_table(f"sqlite:///{database}", "SELECT * FROM deals ORDER BY deal_id")
    assert table["deal_id"].tolist() == ["D-1", "D-2"]
    assert table["amount"].tolist()[0] == 12.5


def test_a_query_that_writes_leaves_the_database_as_it_was(database: Path):
    with pytest.raises(DealsError, match="could not be run"):
        read_table(f"sqlite:///{database}", "DELETE FROM deals")
    assert len(read_table(f"sqlite:///{database}", "SELECT * FROM deals")) == 2


@pytest.mark.parametrize(
    ("url", "query", "message"),
    [
        ("sqlite:///{database}", None, "say what to read from it with a query"),
        ("sqlite:///{database}", "SELECT * FROM leads", "no such table: leads"),
        ("sqlite:///{database}", "SELECT * FROM deals WHERE 0", "The query's result holds no deals"),
        ("sqlite:///{database}", "SELECT deal_id, deal_id FROM deals", "more than one column `deal_id`"),
        ("sqlite:///missing/crm.db", "SELECT 1", "There is no database `missing/crm.db`"),
        ("nonsense://user:secret@host/db", "SELECT 1", r"could not be run on `nonsense://user:\*\*\*@host/db`"),
        ("postgresql+psycopg://user:secret@127.0.0.1:1/db", "SELECT 1", r"user:\*\*\*@127.0.0.1"),
        ("://", "SELECT 1", "That is no database URL"),
    ],
)
def test_a_database_that_cannot_be_read_is_named_without_its_password(
    database: Path, url: str, query: str | None, message: str
):
    with pytest.raises(DealsError, match=message) as caught:
        read_table(url.format(database=database), query)
    assert "secret" not in str(caught.value)


def test_a_missing_database_is_not_created(tmp_path: Path):
    with pytest.raises(DealsError, match="There is no database"):
        read_table(f"sqlite:///{tmp_path / 'new.db'}", "SELECT 1")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        (HEADER, "holds no deals"),
        (f"{HEADER},portal\n{ROWS[0]},no", "more than one column `portal`"),
        (
            f"{HEADER}\n{ROWS[0]}\n{ROWS[2]},one,too,many",
            'cannot be read from row 3 on: the row has 12 cells, the header 9; .*begins with "D-3',
        ),
        (f'{HEADER}\n"{ROWS[0]}', r'cannot be read from row 2 on: a quote \("\) that opens there is never closed'),
    ],
    ids=["empty", "header only", "repeated column", "row too long", "open quote"],
)
def test_a_file_without_a_table_is_refused(tmp_path: Path, text: str, message: str):
    with pytest.raises(DealsError, match=message):
        read_table(write(tmp_path, text))


@pytest.mark.filterwarnings("default")
def test_rows_that_are_all_longer_than_the_header_are_refused(tmp_path: Path):
    with pytest.raises(DealsError, match="cannot be read from row 2 on: the row has 3 cells, the header 2"):
        read_table(write(tmp_path, "a,b\n1,2,3\n4,5,6\n"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("deals.parquet", b"no such thing"),
        ("deals.csv", b"PAR1\x15\0\x81\x9d"),
        ("deals.xlsx", b"PK\x03\x04 no such thing"),
        ("deals.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        ("deals.xls", b"<html><body>Sign in</body></html>"),
    ],
)
def test_a_file_that_is_damaged_is_refused_in_our_own_words(tmp_path: Path, name: str, content: bytes):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DealsError, match=rf"{name}` cannot be read as a table\. It is (no|a) .*\.$"):
        read_table(tmp_path / name)


@pytest.mark.parametrize("open_table", [read_table, open_source])
def test_a_file_without_text_is_no_csv(tmp_path: Path, open_table: Callable[[Path], object]):
    (tmp_path / "deals.csv").write_bytes(b"\x89PNG\r\n\0\0\x9d")
    with pytest.raises(DealsError, match=r"deals\.csv` holds no text, as a CSV would\. .*UTF-8\.$"):
        open_table(tmp_path / "deals.csv")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (gzip.compress(b"a,b\n1,2\n"), "is compressed. Unpack it first"),
        (b'<?xml version="1.0"?><Workbook/>', "holds XML. Open it in Excel and save it as .xlsx"),
    ],
    ids=["gzip", "xml"],
)
def test_a_file_that_must_be_unpacked_or_saved_again_says_so(tmp_path: Path, content: bytes, says: str):
    (tmp_path / "deals.csv").write_bytes(content)
    with pytest.raises(DealsError, match=says):
        read_table(tmp_path / "deals.csv")


def test_an_archive_is_no_table(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "deals.zip", "w") as archive:
        archive.writestr("deals.csv", "a,b\n1,2\n")
    with pytest.raises(DealsError, match=r"deals\.zip` is an archive\. Unpack it"):
        read_table(tmp_path / "deals.zip")


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(DealsError, match=r"There is no file `.*deals\.csv`"):
        read_table(tmp_path / "deals.csv")
    with pytest.raises(DealsError, match="A query needs a database URL"):
        read_table(write(tmp_path, "a,b\n1,2\n"), "SELECT 1")
