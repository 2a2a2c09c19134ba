"""The rows of a source that may be deals: neither blank nor the same as a row before, each under its number."""

from dataclasses import dataclass

import pandas as pd

from icp_fit.features.cell_parsing import find_blank_rows
from icp_fit.features.column_match import ColumnMatch, match_columns
from icp_fit.features.factors import Profile
from icp_fit.features.mapping import Mapping
from icp_fit.features.repeated_deals import find_copies
from icp_fit.features.sources.frame import FrameSource
from icp_fit.features.sources.source import SkippedRow, Source, skipped_notes
from icp_fit.features.splitting import split_notes, split_table


@dataclass(frozen=True)
class DealRows:
    """Raw cells, indexed by the number that a spreadsheet shows for their row, and which column is which of ours.

    `skipped` are the rows that are no deals; `notes` tell of these, of blank rows and of what the source is.
    """

    cells: pd.DataFrame
    match: ColumnMatch
    skipped: tuple[SkippedRow, ...]
    notes: tuple[str, ...]


def read_deal_rows(source: Source, profile: Profile, mapping: Mapping, outcome_required: bool) -> DealRows:
    """All rows of a source that may be deals; raises DealsError as `match_columns` and the source do."""
    table = source.table()
    new_values = split_notes(FrameSource(table.cells, "The table"), mapping) if mapping.split else ()
    cells = split_table(table.cells, mapping)
    match = match_columns(cells, profile, mapping, outcome_required)
    blank = find_blank_rows(cells)
    if blank.any():
        cells = cells[~blank]
    copies = find_copies(cells[[*table.cells]], match.columns.get("deal_id"))
    if copies:
        cells = cells.drop(index=[copy.row for copy in copies])
    skipped = (*table.skipped, *copies)
    blanks = [f"Blank rows that were skipped: {blank.sum():,}."] if blank.any() else []
    notes = (*source.notes, *skipped_notes(skipped), *blanks, *match.notes, *new_values)
    return DealRows(cells, match, skipped, notes)
