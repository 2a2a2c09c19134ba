"""Batches: the rows of a table on their way to a score, as numbers, parted from those that have none."""

from collections.abc import Collection, Generator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from icp_fit.features.answers import Problem
from icp_fit.features.chunk_reader import ChunkReader
from icp_fit.features.column_match import match_columns
from icp_fit.features.factors import Profile
from icp_fit.features.formats import find_source_formats
from icp_fit.features.mapping import Mapping, check_mapping
from icp_fit.features.missing_columns import check_columns
from icp_fit.features.sources.arrow_cells import as_pandas, read_texts
from icp_fit.features.sources.opening import open_source
from icp_fit.features.sources.source import Chunk, Source, skipped_frame
from icp_fit.features.splitting import split_columns, split_notes, split_source
from icp_fit.features.unseen import part_unseen

NAMELESS = "`deal_id` must name the deal, got nothing. Give it one."


@dataclass(frozen=True)
class DealBatch:
    """A chunk of deals: ids and numbers of those that can be scored, problems and cells of those that cannot.

    `unseen` are answers of deals that can be scored which the model does not know: they count as unanswered.

    `read` counts the rows of this chunk, `done` is their share of the table with all before. `blank` rows have neither
    id nor answer; `skipped` are no deals.
    """

    read: int
    done: float
    ids: pa.Array
    numbers: np.ndarray
    problems: list[Problem]
    unseen: list[Problem]
    rejected: pd.DataFrame
    blank: int
    skipped: pd.DataFrame


@dataclass(frozen=True)
class DealTable:
    """A table of deals as a profile reads it, chunk by chunk and as often as needed.

    `columns` gives the source's name for `deal_id`, where it has one, and for each factor; `notes` say what else to
    know of the table.
    """

    source: Source
    reader: ChunkReader
    path: Path | None
    columns: dict[str, str]
    unanswered: tuple[str, ...]
    ignored: tuple[str, ...]
    absent: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def rows(self) -> int | None:
        return self.source.rows

    def batches(self) -> Generator[DealBatch, None, None]:
        """All rows in their order; raises DealsError where the source breaks."""
        for chunk in self.source.chunks(self.wanted, self._repeating):
            yield self._batch(chunk)

    @property
    def wanted(self) -> list[str]:
        """The source's columns that are read."""
        currency = self.reader.formats.currency_column
        return list(dict.fromkeys([*self.columns.values(), *([currency] if currency else [])]))

    @property
    def _repeating(self) -> list[str]:
        return [theirs for ours, theirs in self.columns.items() if ours != "deal_id"]

    def _batch(self, chunk: Chunk) -> DealBatch:
        cells, rows = chunk.cells, chunk.rows
        ids = self._ids(chunk)
        numbers, problems = self.reader.read(cells, ids)
        problems, unseen = part_unseen(problems, self.reader.profile)
        usable = np.ones(len(numbers), dtype=bool)
        usable[[problem.row - 1 for problem in problems]] = False
        nameless = np.flatnonzero(ids.is_null().to_numpy(zero_copy_only=False))
        empty = np.isnan(numbers[nameless]) | (numbers[nameless] == self.reader.empty)
        blank = nameless[empty.all(axis=1) & usable[nameless]]
        unnamed = np.setdiff1d(nameless, blank)
        problems += [Problem(int(row) + 1, None, "deal_id", NAMELESS) for row in unnamed]
        usable[unnamed] = False
        rejected = ~usable
        usable[blank] = False
        if not usable.all():
            ids, numbers = ids.filter(pa.array(usable)), numbers[usable]
        return DealBatch(
            read=len(usable),
            done=chunk.done,
            ids=ids,
            numbers=numbers,
            problems=[replace(problem, row=int(rows[problem.row - 1])) for problem in problems],
            unseen=[replace(problem, row=int(rows[problem.row - 1])) for problem in unseen],
            rejected=as_pandas(cells.filter(pa.array(rejected))) if rejected.any() else pd.DataFrame(),
            blank=len(blank),
            skipped=skipped_frame(chunk.skipped, self.source.names),
        )

    def _ids(self, chunk: Chunk) -> pa.Array:
        if "deal_id" in self.columns:
            return read_texts(chunk.cells.column(self.columns["deal_id"]), self.unanswered)
        return pa.array(chunk.rows).cast(pa.string())


def open_deals(
    source: str | Path | pd.DataFrame | Source,
    profile: Profile,
    mapping: Mapping | None = None,
    query: str | None = None,
    asked: Collection[str] | None = None,
    sheet: str | None = None,
) -> DealTable:
    """Open a table of deals, and find how its numbers are written.

    Raises MappingError where the mapping does not fit the profile, and DealsError where no column is a factor, or, with
    `asked`, where most of these factors or the deals' ids have no column.
    """
    mapping = check_mapping(mapping or Mapping(), profile)
    opened = split_source(open_source(source, query, sheet), mapping)
    match = match_columns(opened.names, profile, mapping)
    if asked is not None:
        check_columns(match.columns, asked, match.ignored, profile, mapping)
    factors = {ours: theirs for ours, theirs in match.columns.items() if ours in profile.factor_ids}
    ids = {ours: theirs for ours, theirs in match.columns.items() if ours == "deal_id"}
    formats = find_source_formats(opened, profile, factors, mapping)
    numbered = () if ids else ("There is no column `deal_id`: deals are named by row number.",)
    read = (*split_columns(match.ignored, mapping), formats.currency.column)
    return DealTable(
        source=opened,
        reader=ChunkReader(profile, factors, mapping, formats),
        path=Path(source) if isinstance(source, str | Path) and "://" not in str(source) else None,
        columns=ids | factors,
        unanswered=mapping.unanswered,
        ignored=tuple(name for name in match.ignored if name not in read),
        absent=match.absent,
        notes=(*opened.notes, *numbered, *match.notes, *split_notes(opened, mapping), *formats.notes()),
    )
