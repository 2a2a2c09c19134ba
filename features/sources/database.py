"""The result of a database query."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import CursorResult, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from icp_fit.features.errors import DealsError
from icp_fit.features.sources import source
from icp_fit.features.sources.arrow_cells import as_arrow
from icp_fit.features.sources.source import Chunk, RawTable, check_names, check_rows, reason_of, row_numbers

_RESULT = "The query's result"


def open_database(address: str, query: str | None) -> "QuerySource":
    """Open what a query selects; `address` is a URL of SQLAlchemy, whose password no error shows."""
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise DealsError(
            "That is no database URL. Write it as in sqlite:///deals.db or postgresql://host/name."
        ) from error
    if not query:
        raise DealsError(f"`{url}` is a database; say what to read from it with a query, such as SELECT * FROM deals.")
    return QuerySource(url, query)


class QuerySource:
    """The result is fetched in chunks; each reading runs the query again, the first one to learn its columns."""

    rows = None
    notes: Sequence[str] = ()

    def __init__(self, url: URL, query: str) -> None:
        self.url = url
        self.query = query

    @property
    def names(self) -> Sequence[str]:
        return [str(name) for name in self._first]

    def holds_text(self, column: str) -> bool:
        # SQLite alone lets each cell have a type of its own
        is_sqlite = self.url.get_backend_name() == "sqlite"
        return is_sqlite or not pd.api.types.is_numeric_dtype(self._first[column])

    def chunks(self, columns: Sequence[str], repeating: Collection[str] = (), strict: bool = True) -> Iterator[Chunk]:
        row = 1
        with self._result() as result:
            names = list(result.keys())
            for rows in result.partitions(source.CHUNK):
                table = _frame(rows, names)
                yield Chunk(as_arrow(table[list(columns)]), row_numbers(row, len(table)).to_numpy(), 0.0)
                row += len(table)
        check_rows(row - 1, _RESULT)

    def table(self) -> RawTable:
        with self._result() as result:
            names = list(result.keys())
            check_names(names, _RESULT)
            table = _frame(result.all(), names)
        check_rows(len(table), _RESULT)
        return RawTable(table.set_axis(row_numbers(1, len(table))))

    @cached_property
    def _first(self) -> pd.DataFrame:
        """The first rows, which tell the columns and their types."""
        with self._result() as result:
            names = list(result.keys())
            check_names(names, _RESULT)
            return _frame(result.fetchmany(source.CHUNK), names)

    @contextmanager
    def _result(self) -> Iterator[CursorResult[Any]]:
        try:
            _check_sqlite(self.url)
            with create_engine(self.url).connect() as connection:
                yield connection.execution_options(stream_results=True).execute(text(self.query))
        except (SQLAlchemyError, ImportError) as error:
            reason = reason_of(getattr(error, "orig", None) or error)
            raise DealsError(
                f"The query could not be run on `{self.url}`: {reason}. Check the URL and the query."
            ) from error


def _frame(rows: Iterable[Any], names: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame.from_records(list(map(tuple, rows)), columns=list(names), coerce_float=True)


def _check_sqlite(url: URL) -> None:
    """SQLite would create a database that is not there."""
    path = url.database
    if url.get_backend_name() == "sqlite" and not (path and Path(path).is_file()):
        raise DealsError(f"There is no database `{path}`. Give the path of a SQLite file after sqlite:///.")
