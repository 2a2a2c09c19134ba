"""A CSV file. Its cells stay text, so that "None", "NA" and "007" are still there for mapping and profile to judge."""

import csv
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import pandas as pd

from icp_fit.features.errors import DealsError
from icp_fit.features.sources import source
from icp_fit.features.sources.arrow_cells import as_arrow
from icp_fit.features.sources.source import Chunk, broken, check_names, check_rows, reason_of
from icp_fit.features.sources.text_format import find_text_format

SHOWN = 60  # characters of a row that breaks a file
UNREADABLE = (ValueError, OSError, KeyError, csv.Error, pd.errors.ParserWarning)

T = TypeVar("T")


class CsvSource:
    """Opening goes over the file once to tell its encoding, and reads a row to tell its columns."""

    rows = None

    def __init__(self, path: Path) -> None:
        self.path = path
        self.format = find_text_format(path)
        # pandas renames repeated columns, so they have to be found before
        check_names((name for name in self.format.header if name), f"`{path}`")
        self.names: Sequence[str] = []
        self.names = [str(name) for name in self._attempt(lambda: self._read(path, nrows=1))]

    def holds_text(self, column: str) -> bool:
        return True

    def chunks(self, columns: Sequence[str], repeating: Collection[str] = (), strict: bool = True) -> Iterator[Chunk]:
        row, size = 1, self.path.stat().st_size
        # With `usecols`, pandas overlooks rows that are too long.
        options = {"chunksize": source.CHUNK} if strict else {"chunksize": source.CHUNK, "usecols": list(columns)}
        with self.path.open("rb") as file, self._attempt(lambda: self._read(file, **options)) as reader:
            while (rows := self._attempt(lambda: next(reader, None))) is not None:
                yield Chunk(as_arrow(rows[list(columns)]), row, file.tell() / size)
                row += len(rows)
        check_rows(row - 1, f"`{self.path}`")

    def table(self) -> pd.DataFrame:
        table: pd.DataFrame = self._attempt(lambda: self._read(self.path))
        check_rows(len(table), f"`{self.path}`")
        return table

    def _read(self, file: Path | BinaryIO, **options: Any) -> Any:
        return pd.read_csv(
            file, sep=self.format.delimiter, encoding=self.format.encoding, dtype=str, keep_default_na=False,
            index_col=False, **options,
        )  # fmt: skip

    def _attempt(self, read: Callable[[], T]) -> T:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", pd.errors.ParserWarning)  # rows that are longer than the header
                return read()
        except UNREADABLE as error:
            raise self._broken(error) from error

    def _broken(self, error: Exception) -> DealsError:
        """What is wrong, with the row that pandas only counts in lines, and how it begins."""
        row, record = 0, [""]
        with self.path.open(encoding=self.format.encoding, newline="") as file, suppress(csv.Error):
            records = filter(None, csv.reader(file, delimiter=self.format.delimiter))
            next(records, None)
            for row, record in enumerate(records, start=1):  # noqa: B007
                if len(record) > len(self.format.header):
                    break
        begins = self.format.delimiter.join(record)[:SHOWN]
        return broken(f"`{self.path}`", row, f'{reason_of(error)}; the row begins with "{begins}"')
