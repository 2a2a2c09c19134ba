"""Picklists with several values in a cell, such as `SSO;Audit`, read as one column of yes and no a value.

The columns are made by the source, so that everything after it sees ordinary ones: `Features: SSO` of `Features`.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

from icp_fit.features.cell_parsing import distinct_texts, fold, is_word
from icp_fit.features.errors import DealsError
from icp_fit.features.mapping import Mapping
from icp_fit.features.sources.arrow_cells import as_array, distinct_cells, texts_of
from icp_fit.features.sources.source import Chunk, RawTable, Source

MOST_SHOWN = 8


def value_column(column: str, value: str) -> str:
    """The name of the column that says whether a cell of `column` lists the value."""
    return f"{column}: {value}"


def split_values(text: str, separator: str) -> list[str]:
    """The values that a cell lists."""
    return [value for part in text.split(separator) if (value := part.strip())]


class ValueSplit:
    """How one column is split: into the values that the mapping's columns name; others are counted as new."""

    def __init__(self, column: str, named_as: str, mapping: Mapping) -> None:
        self.column = column
        self._separator = mapping.split[named_as]
        self._unanswered = ("", *mapping.unanswered)
        named = [name for ours in mapping.columns for name in mapping.names(ours)]
        start = value_column(named_as, "")
        self.values = {fold(name[len(start) :]): name for name in named if name.startswith(start)}

    def read(self, texts: pd.Series) -> tuple[dict[str, pd.Series], list[list[str]]]:
        """For distinct cells: yes, no or missing by name of column, and the values of each that no column is for."""
        cells = [split_values(text, self._separator) for text in texts]
        folded = [{fold(value) for value in values} for values in cells]
        blank = is_word(texts, self._unanswered).to_numpy(bool)
        new = [[value for value in values if fold(value) not in self.values] for values in cells]
        new = [[] if empty else values for values, empty in zip(new, blank, strict=True)]
        columns = {
            name: pd.Series(["yes" if value in listed else "no" for listed in folded], dtype="str").mask(blank)
            for value, name in self.values.items()
        }
        return columns, new


def find_splits(names: Collection[str], mapping: Mapping) -> list[ValueSplit]:
    """The splits of a mapping whose column is there, in that very spelling or in one like it."""
    theirs = {fold(name): name for name in names} | {name: name for name in names}
    found = {theirs.get(column, theirs.get(fold(column), "")): column for column in mapping.split}
    return [ValueSplit(name, column, mapping) for name, column in found.items() if name]


def split_columns(names: Collection[str], mapping: Mapping) -> set[str]:
    """The columns that are split, which are read although no factor has their name."""
    return {split.column for split in find_splits(names, mapping)}


def split_table(table: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    """The same cells with a column for each value of the columns that the mapping splits."""
    for split in find_splits([str(name) for name in table], mapping):
        codes, texts = distinct_texts(table[split.column])
        columns, _ = split.read(texts)
        table = table.assign(**{name: _spread(codes, values) for name, values in columns.items()})
    return table


class SplitSource:
    """A source with a column for each value of the columns that a mapping splits."""

    def __init__(self, source: Source, mapping: Mapping) -> None:
        self._source = source
        self._mapping = mapping
        self._splits = find_splits(source.names, mapping)
        self._origin = {name: split for split in self._splits for name in split.values.values()}
        self.names: Sequence[str] = [*source.names, *self._origin]
        self.notes: Sequence[str] = source.notes

    @property
    def rows(self) -> int | None:
        return self._source.rows

    def holds_text(self, column: str) -> bool:
        return column in self._origin or self._source.holds_text(column)

    def chunks(self, columns: Sequence[str], repeating: Collection[str] = (), strict: bool = True) -> Iterator[Chunk]:
        wanted = self._read_from(columns)
        for chunk in self._source.chunks(wanted, self._read_from(repeating), strict):
            made = {column: chunk.cells.column(column) for column in columns if column not in self._origin}
            for split in self._splits:
                if any(name in columns for name in split.values.values()):
                    codes, cells = distinct_cells(chunk.cells.column(split.column))
                    made |= {
                        name: as_array(pd.Series(_spread(codes, values), dtype="str"))
                        for name, values in split.read(texts_of(cells))[0].items()
                        if name in columns
                    }
            cells = pa.RecordBatch.from_arrays([made[column] for column in columns], names=list(columns))
            yield replace(chunk, cells=cells)

    def table(self) -> RawTable:
        raw = self._source.table()
        return replace(raw, cells=split_table(raw.cells, self._mapping))

    def _read_from(self, columns: Iterable[str]) -> list[str]:
        """The columns of the source that hold these."""
        return list(dict.fromkeys(self._origin[name].column if name in self._origin else name for name in columns))


def split_source(source: Source, mapping: Mapping) -> Source:
    """The source, with the columns of the values that the mapping splits, if it splits any."""
    return SplitSource(source, mapping) if find_splits(source.names, mapping) else source


def split_notes(source: Source, mapping: Mapping) -> Iterator[str]:
    """A sentence for each column that is split and lists values which no factor is for, with their counts."""
    for split in find_splits(source.names, mapping):
        counts: Counter[str] = Counter()
        for chunk in source.chunks([split.column], [split.column], strict=False):
            codes, cells = distinct_cells(chunk.cells.column(split.column))
            rows = np.bincount(codes[codes >= 0], minlength=len(cells))
            for values, count in zip(split.read(texts_of(cells))[1], rows.tolist(), strict=True):
                counts.update(dict.fromkeys(values, count))
        if counts := Counter({value: count for value, count in counts.items() if count}):
            shown = ", ".join(f'"{value}" ({count:,})' for value, count in counts.most_common(MOST_SHOWN))
            more = f" and {len(counts) - MOST_SHOWN:,} more" if len(counts) > MOST_SHOWN else ""
            yield f"`{split.column}` lists values that no factor is for, which are left out: {shown}{more}."


def refuse_new_values(source: Source, mapping: Mapping) -> None:
    """Raise DealsError where a column that is split lists values which no factor is for."""
    if lines := list(split_notes(source, mapping)):
        raise DealsError(
            "\n".join(lines) + "\nDraft the profile again with them, and train; without --strict they are left out."
        )


def _spread(codes: np.ndarray, values: pd.Series) -> np.ndarray:
    return np.append(values.to_numpy(object), [None])[codes]
