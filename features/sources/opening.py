"""Opening a source by what it is, whatever its name says: the one place that knows every kind."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from icp_fit.features.errors import DealsError
from icp_fit.features.sources.csv_file import CsvSource
from icp_fit.features.sources.database import open_database
from icp_fit.features.sources.excel_file import list_visible, open_excel
from icp_fit.features.sources.frame import FrameSource
from icp_fit.features.sources.html_file import open_html
from icp_fit.features.sources.parquet_file import ParquetSource
from icp_fit.features.sources.source import Source

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".ods")  # a .xls may be text or a web page
_PARQUET, _ZIP, _OLD_OFFICE, _GZIP = b"PAR1", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b"
_WORKBOOK = re.compile(r"xl/workbook\.(xml|bin)|content\.xml")
_HTML = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype html|html|head|body|table|meta|style)\b", re.IGNORECASE)
_XML = re.compile(rb"(\xef\xbb\xbf)?\s*<\?xml")


def open_source(
    source: str | Path | pd.DataFrame | Source, query: str | None = None, sheet: str | None = None
) -> Source:
    """Open a file (CSV, Excel, Parquet), a table in memory or, with a query, a database given by its SQLAlchemy URL.

    Parquet, CSV and databases can be read chunk by chunk; Excel is read whole: its sheet `sheet`, or the one that
    looks like a table. A source that is open already is returned. Raises DealsError, naming the source and the remedy,
    where there is no table to be read.
    """
    if isinstance(source, pd.DataFrame):
        return FrameSource(source, "The table")
    if not isinstance(source, str | Path):
        return source
    if "://" in str(source):
        return open_database(str(source), query)
    if query:
        raise DealsError(f"A query needs a database URL such as sqlite:///deals.db, got the file `{source}`.")
    path = Path(source)
    kind = _kind(path)
    if kind == "excel":
        return open_excel(path, sheet)
    if sheet is not None:
        raise DealsError(f"`{path}` has no sheets, so --sheet cannot be used with it. Leave it out.")
    openers: dict[str, Callable[[Path], Source]] = {"parquet": ParquetSource, "html": open_html, "csv": CsvSource}
    return openers[kind](path)


def read_table(
    source: str | Path | pd.DataFrame | Source, query: str | None = None, sheet: str | None = None
) -> pd.DataFrame:
    """Read a source whole, as raw cells without the rows that are no deals; the index holds the numbers of the rows.

    Raises DealsError as `open_source` does.
    """
    return open_source(source, query, sheet).table().cells


def list_sheets(path: Path) -> tuple[str, ...]:
    """The names of the sheets that a workbook shows; none for any other file. Raises DealsError as `open_source`."""
    return list_visible(path) if _kind(path) == "excel" else ()


def _kind(path: Path) -> str:
    """What a file is by its first bytes; raises DealsError where it is nothing that can be read."""
    if not path.is_file():
        raise DealsError(
            f"There is no file `{path}`. Give the path of a CSV, Excel or Parquet file, or a database URL."
        )
    if path.stat().st_size == 0:
        raise DealsError(f"`{path}` is empty. Give a table with a header and at least one row.")
    with path.open("rb") as file:
        head = file.read(1_000)
    if head.startswith(_PARQUET) or path.suffix.lower() in (".parquet", ".pq"):
        return "parquet"
    if head.startswith((_ZIP, _OLD_OFFICE)):
        if head.startswith(_ZIP) and not _is_workbook(path):
            raise DealsError(f"`{path}` is an archive. Unpack it, or save the table in it as .xlsx, CSV or Parquet.")
        return "excel"
    if path.suffix.lower() in WORKBOOKS:
        return "excel"  # which will say that it is none
    if head.startswith(_GZIP):
        raise DealsError(f"`{path}` is compressed. Unpack it first, for example with gunzip.")
    if _HTML.match(head):
        return "html"
    if _XML.match(head):
        raise DealsError(f"`{path}` holds XML. Open it in Excel and save it as .xlsx, or export the deals as CSV.")
    return "csv"


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(map(_WORKBOOK.fullmatch, archive.namelist()))
    except (zipfile.BadZipFile, OSError):
        return path.suffix.lower() in WORKBOOKS
