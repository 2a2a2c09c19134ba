"""Output: tables that are written under another name beside their place, and renamed into it when whole.

Until then what was there before stays as it was. What a killed run leaves behind, the next run into the same
file removes.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from icp_fit.models.store_paths import sync_folder
from icp_fit.serving.errors import OutputError

ROW_GROUP = 131_072  # rows of a Parquet file that are written together


class Sink(Protocol):
    def write(self, rows: pa.RecordBatch) -> None: ...

    def close(self) -> None: ...


def check_output(path: Path, source: Path | None) -> None:
    """Raise OutputError where no table can be written to the path, or where it would replace what is read."""
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise OutputError(f"`{path}` must end in .csv or .parquet, the two kinds of table that can be written.")
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise OutputError(f"`{path}` cannot be written. Give a file in a folder that exists and may be written to.")
    if source is not None and source.resolve() in (path.resolve(), rejected_path(path).resolve()):
        raise OutputError(f"`{path}` would replace `{source}`, which is read. Give the scores another name.")


def rejected_path(path: Path) -> Path:
    """Where the rows that could not be scored are written, beside the scores."""
    return path.with_name(f"{path.stem}.rejected.csv")


def open_sink(path: Path, kind: str, schema: pa.Schema) -> Sink:
    """Open a table of the kind that the suffix `kind` names."""
    if kind.lower() == ".parquet":
        return ParquetSink(path, schema)
    return pa.csv.CSVWriter(path, schema, write_options=pa.csv.WriteOptions(quoting_style="needed"))


class ParquetSink:
    """Gathers rows into groups, and writes each group with a dictionary for every column.

    What a factor adds has few distinct values where the model has no interactions: a dictionary makes the file a third
    of the size and writing faster. Where values are many, Parquet drops a column's dictionary by itself.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.writer = pq.ParquetWriter(path, schema, compression="zstd", compression_level=1, write_statistics=False)
        self.waiting: list[pa.RecordBatch] = []

    def write(self, rows: pa.RecordBatch) -> None:
        self.waiting.append(rows)
        if sum(len(batch) for batch in self.waiting) >= ROW_GROUP:
            self._flush()

    def close(self) -> None:
        self._flush()
        self.writer.close()

    def _flush(self) -> None:
        if self.waiting:
            self.writer.write_table(pa.Table.from_batches(self.waiting))
            self.waiting = []


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A name to write to, which is renamed to `path` on leaving, or removed where leaving is due to an error.

    Where nothing was written, no file is left, not even the one that was there before.
    """
    _sweep(path)
    partial = path.with_name(f".{path.name}-{uuid4().hex}.partial")
    with partial.open("wb") as file:
        # The lock goes with the process: without it, the file is of a run that was killed.
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield partial
            os.fsync(file.fileno())
            partial.replace(path) if partial.stat().st_size else path.unlink(missing_ok=True)
            sync_folder(path.parent)
        finally:
            partial.unlink(missing_ok=True)


def _sweep(path: Path) -> None:
    for partial in path.parent.glob(f".{path.name}-*.partial"):
        with partial.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            partial.unlink(missing_ok=True)
