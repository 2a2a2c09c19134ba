"""Streams: tables larger than memory, read in chunks of raw cells that mean what `features.tables` says they mean."""

import csv
import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import CursorResult, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from icp_fit.features.cell_parsing import distinct_texts, spread
from icp_fit.features.errors import DealsError
from icp_fit.features.tables import (
    SAMPLE,
    UNREADABLE,
    check_names,
    check_sqlite,
    find_delimiter,
    find_encoding,
    find_records,
    read_table,
    reason_of,
)

CHUNK = 32_768  # rows
READ_AHEAD = 1 << 20  # bytes of each Parquet column, so that a row group is never in memory whole
SHOWN = 60  # characters of a row that breaks a file


@dataclass(frozen=True)
class Chunk:
    """Some rows of a table in their order; `row` is the source's number of the first, from 1.

    `done` is the share of the source that is read with this chunk, from 0 to 1, where it can be known.
    """

    cells: pa.RecordBatch
    row: int
    done: float


class Stream(Protocol):
    """A table that can be read in chunks, as often as needed; `rows` is None where only reading tells."""

    @property
    def names(self) -> Sequence[str]: ...

    @property
    def rows(self) -> int | None: ...

    def chunks(self, columns: Sequence[str], repeating: Collection[str] = ()) -> Iterator[Chunk]:
        """Some columns of all rows; in `repeating` ones the same cells return, so that each may be kept once.

        Raises DealsError where the source breaks, naming the row, or holds no row at all.
        """
        ...


def open_stream(source: str | Path | pd.DataFrame, query: str | None = None) -> Stream:
    """Open a file, a database or a table in memory; raises DealsError, as `read_table` does, where there is no table.

    Parquet, CSV and databases are read chunk by chunk, Excel whole.
    """
    if isinstance(source, pd.DataFrame):
        return TableStream(source, "The table")
    if query and (url := _database(str(source))):
        return QueryStream(url, query)
    path = Path(source)
    if query or not path.is_file() or not path.stat().st_size:
        return TableStream(read_table(source, query), f"`{source}`")
    match path.suffix.lower():
        case ".parquet" | ".pq":
            return ParquetStream(path)
        case ".csv" | ".tsv" | ".txt":
            return CsvStream(path)
        case _:
            return TableStream(read_table(path), f"`{source}`")


class ParquetStream:
    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.schema: pa.Schema = pq.read_schema(path)
            self.names: Sequence[str] = self.schema.names
            self.rows: int = pq.read_metadata(path).num_rows
        except (pa.ArrowException, OSError) as error:
            raise DealsError(
                f"`{path}` cannot be read as a table: {reason_of(error)}. It may be cut short: write it again."
            ) from error
        check_names(self.names, f"`{path}`")
        _check_any(self.rows, f"`{path}`")

    def chunks(self, columns: Sequence[str], repeating: Collection[str] = ()) -> Iterator[Chunk]:
        # As positions in a dictionary, which is what the file has, text is never spelled out row by row.
        texts = [name for name in repeating if is_text(self.schema.field(name).type)]
        row = 1
        try:
            with pq.ParquetFile(
                self.path, read_dictionary=texts, buffer_size=READ_AHEAD, page_checksum_verification=True
            ) as file:
                for cells in file.iter_batches(CHUNK, columns=list(columns)):
                    yield Chunk(cells, row, (row - 1 + len(cells)) / self.rows)
                    row += len(cells)
        except (pa.ArrowException, OSError) as error:
            raise _broken(f"`{self.path}`", row, reason_of(error)) from error


class CsvStream:
    """Cells stay text. Reading goes over the file once to tell its encoding, before anything else."""

    rows = None

    def __init__(self, path: Path) -> None:
        self.path = path
        self.encoding = find_encoding(path)
        with path.open(encoding=self.encoding, newline="") as file:
            head = file.read(SAMPLE)
        self.delimiter = find_delimiter(head)
        # pandas renames repeated columns, so they have to be found before
        check_names((name for name in next(find_records(head, self.delimiter), []) if name), f"`{path}`")
        with path.open("rb") as raw, self._reader(raw) as reader:
            first = self._next(reader)
        self.names: Sequence[str] = [] if first is None else [str(name) for name in first]

    def chunks(self, columns: Sequence[str], repeating: Collection[str] = ()) -> Iterator[Chunk]:
        row, size = 1, self.path.stat().st_size
        with self.path.open("rb") as file, self._reader(file) as reader:
            while (table := self._next(reader)) is not None:
                yield Chunk(as_arrow(table[list(columns)]), row, file.tell() / size)
                row += len(table)
        _check_any(row - 1, f"`{self.path}`")

    def _reader(self, file: BinaryIO) -> Any:
        # All columns are read: with `usecols`, pandas overlooks rows that are too long.
        return pd.read_csv(
            file, sep=self.delimiter, encoding=self.encoding, dtype=str, keep_default_na=False, index_col=False,
            chunksize=CHUNK,
        )  # fmt: skip

    def _next(self, reader: Iterator[pd.DataFrame]) -> pd.DataFrame | None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", pd.errors.ParserWarning)  # rows that are longer than the header
                return next(reader, None)
        except UNREADABLE as error:
            raise self._broken(error) from error

    def _broken(self, error: Exception) -> DealsError:
        """What is wrong, with the row that pandas only counts in lines, and how it begins."""
        row, record = 0, [""]
        with self.path.open(encoding=self.encoding, newline="") as file, suppress(csv.Error):
            records = filter(None, csv.reader(file, delimiter=self.delimiter))
            next(records)
            for row, record in enumerate(records, start=1):  # noqa: B007
                if len(record) > len(self.names):
                    break
        begins = self.delimiter.join(record)[:SHOWN]
        return _broken(f"`{self.path}`", row, f'{reason_of(error)}; the row begins with "{begins}"')


class TableStream:
    """A table that is in memory already."""

    def __init__(self, table: pd.DataFrame, name: str) -> None:
        self.table = table.rename(columns=str)
        self.names: Sequence[str] = [str(name) for name in table]
        self.rows = len(table)
        check_names(self.names, name)
        _check_any(self.rows, name)

    def chunks(self, columns: Sequence[str], repeating: Collection[str] = ()) -> Iterator[Chunk]:
        for start in range(0, self.rows, CHUNK):
            table = self.table.iloc[start : start + CHUNK]
            yield Chunk(as_arrow(table[list(columns)]), start + 1, (start + len(table)) / self.rows)


class QueryStream:
    """The result of a database query, fetched in chunks; each reading runs the query."""

    rows = None

    def __init__(self, url: URL, query: str) -> None:
        self.url = url
        self.query = query

    @cached_property
    def names(self) -> Sequence[str]:
        with self._result() as result:
            names = list(result.keys())
        check_names(names, "The query's result")
        return names

    def chunks(self, columns: Sequence[str], repeating: Collection[str] = ()) -> Iterator[Chunk]:
        row = 1
        with self._result() as result:
            for rows in result.partitions(CHUNK):
                table = pd.DataFrame.from_records(list(map(tuple, rows)), columns=list(self.names), coerce_float=True)
                yield Chunk(as_arrow(table[list(columns)]), row, 0.0)
                row += len(table)
        _check_any(row - 1, "The query's result")

    @contextmanager
    def _result(self) -> Iterator[CursorResult[Any]]:
        try:
            check_sqlite(self.url)
            with create_engine(self.url).connect() as connection:
                yield connection.execution_options(stream_results=True).execute(text(self.query))
        except (SQLAlchemyError, ImportError) as error:
            reason = reason_of(getattr(error, "orig", None) or error)
            raise DealsError(
                f"The query could not be run on `{self.url}`: {reason}. Check the URL and the query."
            ) from error


def as_arrow(table: pd.DataFrame) -> pa.RecordBatch:
    """Raw cells as columns of Arrow; cells of mixed types, as Excel has them, become the text that they are read as."""
    columns = {str(name): _as_array(table[name]) for name in table}
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def as_pandas(cells: pa.RecordBatch) -> pd.DataFrame:
    """A few rows as raw cells; what comes as positions in a dictionary is spelled out, for it may name a cell twice."""
    columns = [c.dictionary_decode() if pa.types.is_dictionary(c.type) else c for c in cells.columns]
    return pd.DataFrame({name: c.to_pandas() for name, c in zip(cells.schema.names, columns, strict=True)})


def _as_array(cells: pd.Series) -> pa.Array:
    if cells.dtype != object:
        column = pa.array(cells, from_pandas=True)
        return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return pa.array(spread(*distinct_texts(cells)), pa.string(), from_pandas=True)


def _database(address: str) -> URL | None:
    try:
        return make_url(address)
    except ArgumentError:
        return None


def is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _check_any(rows: int, name: str) -> None:
    if not rows:
        raise DealsError(f"{name} holds no deals. Give a table with a header and at least one row.")


def _broken(name: str, row: int, reason: str) -> DealsError:
    return DealsError(
        f"{name} cannot be read from row {row:,} on: {reason}. Correct it there, or write the table again."
    )
