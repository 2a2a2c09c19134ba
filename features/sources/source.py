"""What every source of deals can do, and what is said where it cannot be read."""

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa

from icp_fit.features.errors import DealsError
from icp_fit.features.sources.column_letters import column_letter

CHUNK = 32_768  # rows
MOST_SHOWN = 3  # rows that are no deals
NO_DEALS = "Rows that are no deals"  # how the sentence on them begins
ROW = "row"  # the name of the index that holds the numbers of rows


@dataclass(frozen=True)
class SkippedRow:
    """A row that is no deal, such as the footer of a report: the source's number, why, and its cells as text."""

    row: int
    reason: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Chunk:
    """Some rows of a source in their order: `rows` are the source's numbers of them, shape (rows,).

    `skipped` are the rows among them that are no deals. `done` is the share of the source that is read with this
    chunk, from 0 to 1, where it can be known.
    """

    cells: pa.RecordBatch
    rows: np.ndarray
    done: float
    skipped: tuple[SkippedRow, ...] = ()


@dataclass(frozen=True)
class RawTable:
    """All raw cells of a source, whose index holds the source's numbers of the rows, and the rows that are no deals."""

    cells: pd.DataFrame
    skipped: tuple[SkippedRow, ...] = ()


class Source(Protocol):
    """A table that can be read whole or in chunks, as often as needed; `rows` is None where only reading tells.

    Rows have the numbers that a spreadsheet shows, where the header is row 1 unless something is above it; those of
    Parquet, of a query and of a table in memory, which have no such header, count from 1.
    """

    @property
    def names(self) -> Sequence[str]:
        """The names of the columns, each once."""
        ...

    @property
    def rows(self) -> int | None: ...

    @property
    def notes(self) -> Sequence[str]:
        """What to know of how the table was found: its sheet, its header."""
        ...

    def holds_text(self, column: str) -> bool:
        """Whether some cell of a column may be text; only such columns have formats to be found."""
        ...

    def chunks(self, columns: Sequence[str], repeating: Collection[str] = (), strict: bool = True) -> Iterator[Chunk]:
        """Some columns of all rows, at most `CHUNK` rows at once; in `repeating` ones few cells are distinct.

        Unless `strict`, what is wrong elsewhere in a row may be overlooked, and rows that are no deals be left out
        untold, where that makes reading faster. Raises DealsError where the source breaks, naming the row, or holds
        no row at all.
        """
        ...

    def table(self) -> RawTable:
        """All raw cells; raises DealsError as `chunks` does."""
        ...


def skipped_frame(skipped: Iterable[SkippedRow], names: Sequence[str]) -> pd.DataFrame:
    """Rows that are no deals as a table: row, reason, then their cells; ours come first where names clash."""
    rows = list(skipped)
    ours = pd.DataFrame({"row": [s.row for s in rows], "reason": [s.reason for s in rows]})
    theirs = pd.DataFrame([s.cells for s in rows], columns=list(names)).drop(columns=[*ours], errors="ignore")
    return pd.concat([ours, theirs], axis=1)


def skipped_notes(skipped: Sequence[SkippedRow]) -> Iterator[str]:
    """A sentence on the rows that are no deals, if there are any, with the first of them."""
    if skipped:
        shown = " ".join(f"Row {row.row:,}: {row.reason}" for row in skipped[:MOST_SHOWN])
        more = f" ... and {len(skipped) - MOST_SHOWN:,} more." if len(skipped) > MOST_SHOWN else ""
        yield f"{NO_DEALS}, left out: {len(skipped):,}. {shown}{more}"


def row_numbers(first: int, count: int) -> pd.RangeIndex:
    """The index of rows that follow each other, of which the first has this number."""
    return pd.RangeIndex(first, first + count, name=ROW)


def check_names(names: Iterable[Hashable], source: str) -> None:
    """Raise DealsError where a name stands over more than one column; blank names do not count."""
    places: dict[Hashable, list[int]] = {}
    for place, name in enumerate(names):
        places.setdefault(name, []).append(place)
    for name, found in places.items():
        if name != "" and len(found) > 1:
            where = " and ".join(f"{place + 1} ({column_letter(place)})" for place in found)
            raise DealsError(
                f"{source} has more than one column `{name}`: columns {where}. Rename or remove all but one of them in "
                "the file."
            )


def check_rows(rows: int, source: str) -> None:
    if not rows:
        raise DealsError(f"{source} holds no deals. Give a table with a header and at least one row.")


def unreadable(source: str, remedy: str) -> DealsError:
    """The error for a source that cannot be read at all."""
    return DealsError(f"{source} cannot be read as a table. {remedy}")


def broken(source: str, row: int, reason: str, remedy: str) -> DealsError:
    """The error for a source that can be read up to a row and no further."""
    return DealsError(f"{source} cannot be read from row {row:,} on: {reason}. {remedy}")


def reason_of(error: BaseException | None) -> str:
    """What a server says is wrong, as the middle of a sentence of ours."""
    return " ".join(str(error).split()).rstrip(".")
