"""Chunks of a table on their way to numbers: one row a deal, one column a factor."""

from collections.abc import Mapping as Named
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa

from icp_fit.features.answers import Problem, find_answer_problems, find_currency_problems, find_row_currencies
from icp_fit.features.cell_reader import build_cell_readers
from icp_fit.features.factors import Profile
from icp_fit.features.formats import Formats
from icp_fit.features.mapping import Mapping
from icp_fit.features.sources.arrow_cells import as_pandas


class ChunkReader:
    """Reads chunks of a table by the table's formats; `columns` gives its name for each factor that has one.

    Chunks may be read in any order, by one thread at a time.
    """

    def __init__(self, profile: Profile, columns: Named[str, str], mapping: Mapping, formats: Formats) -> None:
        self.profile = profile
        self.formats = formats
        self._columns = columns
        self._mapping = mapping
        self._readers = build_cell_readers(profile, columns, mapping, formats)

    @cached_property
    def empty(self) -> np.ndarray:
        """The numbers of a row without a cell, shape (factors,): NaN but for what the mapping says of empty cells."""
        readers = [self._readers.get(factor.id) for factor in self.profile.factors]
        return np.array([np.nan if reader is None else reader.missing for reader in readers])

    def read(self, cells: pa.RecordBatch, deal_ids: pa.Array | None = None) -> tuple[np.ndarray, list[Problem]]:
        """Answers as numbers, shape (rows, factors), and a problem for each cell that cannot be used, which is NaN.

        Rows of problems count from 1 within the chunk, in order; `deal_ids`, one a row, name the deals in them.
        """
        numbers = np.full((cells.num_rows, len(self.profile.factors)), np.nan)
        problems: list[Problem] = []
        currencies = find_row_currencies(cells, self._mapping, self.formats)
        for place, factor in enumerate(self.profile.factors):
            if factor.id not in self._readers:
                continue
            name = self._columns[factor.id]
            numbers[:, place] = self._readers[factor.id].read(cells.column(name))
            if currencies and factor.id in self.formats.converted:
                numbers[:, place], unknown = currencies.convert(numbers[:, place])
                named = None if deal_ids is None or not len(unknown) else pd.Series(deal_ids.to_pylist(), dtype=object)
                problems += find_currency_problems(factor, unknown, currencies, named)
            rows = np.flatnonzero(np.isinf(numbers[:, place]))
            if len(rows):
                numbers[rows, place] = np.nan
                refused = as_pandas(cells.select([name]).take(pa.array(rows)))[name]
                ids = None if deal_ids is None else deal_ids.take(pa.array(rows)).to_pylist()
                problems += find_answer_problems(factor, rows, refused, ids)
        return numbers, sorted(problems, key=lambda problem: problem.row)
