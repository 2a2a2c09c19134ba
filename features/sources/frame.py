"""A table that is in memory already."""

from collections.abc import Collection, Iterator, Sequence

import pandas as pd

from icp_fit.features.sources import source
from icp_fit.features.sources.arrow_cells import as_arrow
from icp_fit.features.sources.source import Chunk, check_names, check_rows


class FrameSource:
    """Rows count from 1 whatever the table's index; `name` names the table in errors."""

    def __init__(self, table: pd.DataFrame, name: str) -> None:
        self._table = table.rename(columns=str).reset_index(drop=True)
        self.names: Sequence[str] = [str(name) for name in self._table]
        self.rows = len(table)
        check_names(self.names, name)
        check_rows(self.rows, name)

    def holds_text(self, column: str) -> bool:
        return not pd.api.types.is_numeric_dtype(self._table[column])

    def chunks(self, columns: Sequence[str], repeating: Collection[str] = (), strict: bool = True) -> Iterator[Chunk]:
        for start in range(0, self.rows, source.CHUNK):
            rows = self._table.iloc[start : start + source.CHUNK]
            yield Chunk(as_arrow(rows[list(columns)]), start + 1, (start + len(rows)) / self.rows)

    def table(self) -> pd.DataFrame:
        return self._table
