"""Tables: a CSV, Excel or Parquet file, or the result of a database query, read into a table of raw cells.

Cells of a CSV stay text, so that "None", "NA" and "007" are still there for the mapping and the profile to judge.
"""

import csv
import io
import warnings
import zipfile
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from pathlib import Path

import pandas as pd
from charset_normalizer import from_bytes
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from icp_fit.features.errors import DealsError

DELIMITERS = ",;\t|"
SAMPLE = 200_000  # bytes, enough to tell delimiter and encoding by
# Central European is left out: short texts do not tell it from Western.
ENCODINGS = ("cp1252", "cp1251", "cp1253", "cp932", "gb18030", "big5", "euc_kr")
UNREADABLE = (ValueError, OSError, KeyError, csv.Error, zipfile.BadZipFile, pd.errors.ParserWarning)


def read_table(source: str | Path, query: str | None = None) -> pd.DataFrame:
    """Read a table from a file (CSV, Excel, Parquet) or, with a query, from a database given by its SQLAlchemy URL.

    Raises DealsError, naming the source and the remedy, where there is no table to be read.
    """
    if "://" in str(source):
        table, name = _read_database(str(source), query), "The query's result"
    elif query:
        raise DealsError(f"A query needs a database URL such as sqlite:///deals.db, got the file `{source}`.")
    else:
        table, name = _read_file(Path(source)), f"`{source}`"
    check_names(table.columns, name)
    if table.empty:
        raise DealsError(f"{name} holds no deals. Give a table with a header and at least one row.")
    return table


def _read_file(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise DealsError(
            f"There is no file `{path}`. Give the path of a CSV, Excel or Parquet file, or a database URL."
        )
    if path.stat().st_size == 0:
        raise DealsError(f"`{path}` is empty. Give a table with a header and at least one row.")
    if path.suffix.lower() in (".xls", ".xlsb", ".ods", ".numbers", ".zip", ".gz"):
        raise DealsError(f"`{path}` cannot be read as it is. Save it as .xlsx, CSV or Parquet.")
    try:
        match path.suffix.lower():
            case ".parquet" | ".pq":
                return pd.read_parquet(path)
            case ".xlsx" | ".xlsm":
                return pd.read_excel(path, dtype=object, keep_default_na=False)
            case _:
                return _read_csv(path)
    except DealsError:
        raise
    except UNREADABLE as error:
        raise DealsError(
            f"`{path}` cannot be read as a table: {reason_of(error)}. Correct it, or export it again as CSV in UTF-8."
        ) from error


def _read_csv(path: Path) -> pd.DataFrame:
    encoding = find_encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        head = file.read(SAMPLE)
    delimiter = find_delimiter(head)
    # pandas renames repeated columns, so they have to be found before
    check_names((name for name in next(find_records(head, delimiter)) if name), f"`{path}`")
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # rows that are longer than the header
        return pd.read_csv(path, sep=delimiter, encoding=encoding, dtype=str, keep_default_na=False, index_col=False)


def find_encoding(path: Path) -> str:
    """The encoding in which the whole file is valid: UTF-8 where possible, else what its characters look like.

    Raises DealsError where the file holds no text.
    """
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in head:
        raise DealsError(
            f"`{path}` holds no text, as a CSV would. Name an Excel file .xlsx and a Parquet file .parquet; "
            "export anything else as CSV in UTF-8."
        )
    try:
        with path.open(encoding="utf-8-sig") as text_file:
            while text_file.read(1 << 24):
                pass
        return "utf-8-sig"
    except UnicodeDecodeError:
        with path.open("rb") as file:
            telling = b"".join(line for line in file if not line.isascii())[:SAMPLE]
        possible = [match.encoding for match in from_bytes(telling, cp_isolation=list(ENCODINGS))]
        return possible[0] if possible and "cp1252" not in possible else "cp1252"


def find_delimiter(head: str) -> str:
    """The delimiter that splits most records into as many cells as the header, and the more cells the better."""

    def fitness(delimiter: str) -> tuple[float, int]:
        widths = [len(record) for record in find_records(head, delimiter)]
        return (widths.count(widths[0]) / len(widths), widths[0]) if widths and widths[0] > 1 else (0, 0)

    return max(DELIMITERS, key=fitness)


def find_records(head: str, delimiter: str) -> Iterator[list[str]]:
    lines = head if len(head) < SAMPLE else head[: head.rfind("\n")]
    return filter(None, csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter))


def _read_database(address: str, query: str | None) -> pd.DataFrame:
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise DealsError(
            "That is no database URL. Write it as in sqlite:///deals.db or postgresql://host/name."
        ) from error
    if not query:
        raise DealsError(f"`{url}` is a database; say what to read from it with a query, such as SELECT * FROM deals.")
    check_sqlite(url)
    try:
        engine = create_engine(url)
        with engine.connect() as connection:
            return pd.read_sql_query(text(query), connection)
    except (SQLAlchemyError, pd.errors.DatabaseError, ImportError) as error:
        cause = error.__cause__ if isinstance(error, pd.errors.DatabaseError) else error
        reason = reason_of(getattr(cause, "orig", None) or cause)
        raise DealsError(f"The query could not be run on `{url}`: {reason}. Check the URL and the query.") from error


def check_sqlite(url: URL) -> None:
    """SQLite would create a database that is not there."""
    path = url.database
    if url.get_backend_name() == "sqlite" and not (path and Path(path).is_file()):
        raise DealsError(f"There is no database `{path}`. Give the path of a SQLite file after sqlite:///.")


def check_names(names: Iterable[Hashable], source: str) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise DealsError(f"{source} has more than one column `{repeated[0]}`. Rename or remove all but one.")


def reason_of(error: BaseException | None) -> str:
    """What a library says is wrong, as the middle of a sentence of ours."""
    return " ".join(str(error).split()).rstrip(".")
