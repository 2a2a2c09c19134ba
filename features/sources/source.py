"""What every source of deals can do, and what is said where it cannot be read."""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import pandas as pd
import pyarrow as pa

from icp_fit.features.errors import DealsError

CHUNK = 32_768  # rows


@dataclass(frozen=True)
class Chunk:
    """Some rows of a source in their order; `row` is the source's number of the first, from 1.

    `done` is the share of the source that is read with this chunk, from 0 to 1, where it can be known.
    """

    cells: pa.RecordBatch
    row: int
    done: float


class Source(Protocol):
    """A table that can be read whole or in chunks, as often as needed; `rows` is None where only reading tells."""

    @property
    def names(self) -> Sequence[str]:
        """The names of the columns, each once."""
        ...

    @property
    def rows(self) -> int | None: ...

    def holds_text(self, column: str) -> bool:
        """Whether some cell of a column may be text; only such columns have formats to be found."""
        ...

    def chunks(self, columns: Sequence[str], repeating: Collection[str] = (), strict: bool = True) -> Iterator[Chunk]:
        """Some columns of all rows, at most `CHUNK` rows at once; in `repeating` ones few cells are distinct.

        Unless `strict`, what is wrong elsewhere in a row may be overlooked where that makes reading faster.
        Raises DealsError where the source breaks, naming the row, or holds no row at all.
        """
        ...

    def table(self) -> pd.DataFrame:
        """All raw cells; raises DealsError as `chunks` does."""
        ...


def check_names(names: Iterable[Hashable], source: str) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise DealsError(f"{source} has more than one column `{repeated[0]}`. Rename or remove all but one.")


def check_rows(rows: int, source: str) -> None:
    if not rows:
        raise DealsError(f"{source} holds no deals. Give a table with a header and at least one row.")


def unreadable(source: str, error: BaseException, remedy: str) -> DealsError:
    """The error for a source that cannot be read at all."""
    return DealsError(f"{source} cannot be read as a table: {reason_of(error)}. {remedy}")


def broken(source: str, row: int, reason: str) -> DealsError:
    """The error for a source that can be read up to a row, from 1, and no further."""
    return DealsError(
        f"{source} cannot be read from row {row:,} on: {reason}. Correct it there, or write the table again."
    )


def reason_of(error: BaseException | None) -> str:
    """What a library says is wrong, as the middle of a sentence of ours."""
    return " ".join(str(error).split()).rstrip(".")
