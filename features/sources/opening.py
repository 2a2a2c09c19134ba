"""Opening a source by what it is: the one place that knows every kind."""

from pathlib import Path

import pandas as pd

from icp_fit.features.errors import DealsError
from icp_fit.features.sources.csv_file import CsvSource
from icp_fit.features.sources.database import open_database
from icp_fit.features.sources.excel_file import open_excel
from icp_fit.features.sources.frame import FrameSource
from icp_fit.features.sources.parquet_file import ParquetSource
from icp_fit.features.sources.source import Source

PACKED = (".xls", ".xlsb", ".ods", ".numbers", ".zip", ".gz")


def open_source(source: str | Path | pd.DataFrame, query: str | None = None) -> Source:
    """Open a file (CSV, Excel, Parquet), a table in memory or, with a query, a database given by its SQLAlchemy URL.

    Parquet, CSV and databases can be read chunk by chunk; Excel is read whole. Raises DealsError, naming the source and
    the remedy, where there is no table to be read.
    """
    if isinstance(source, pd.DataFrame):
        return FrameSource(source, "The table")
    if "://" in str(source):
        return open_database(str(source), query)
    if query:
        raise DealsError(f"A query needs a database URL such as sqlite:///deals.db, got the file `{source}`.")
    path = Path(source)
    _check_file(path)
    match path.suffix.lower():
        case ".parquet" | ".pq":
            return ParquetSource(path)
        case ".xlsx" | ".xlsm":
            return open_excel(path)
        case _:
            return CsvSource(path)


def read_table(source: str | Path | pd.DataFrame, query: str | None = None) -> pd.DataFrame:
    """Read a source whole, as raw cells; raises DealsError as `open_source` does."""
    return open_source(source, query).table()


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise DealsError(
            f"There is no file `{path}`. Give the path of a CSV, Excel or Parquet file, or a database URL."
        )
    if path.stat().st_size == 0:
        raise DealsError(f"`{path}` is empty. Give a table with a header and at least one row.")
    if path.suffix.lower() in PACKED:
        raise DealsError(f"`{path}` cannot be read as it is. Save it as .xlsx, CSV or Parquet.")
