"""Formats: how the cells of a source are written, found over all of them before any is read as an answer.

Only then does the same cell mean the same in every row, wherever chunks end.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Named
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa
from pandas.api.types import is_numeric_dtype

from icp_fit.features.cells.numbers import DecimalSign, NumberEvidence, find_number_evidence
from icp_fit.features.factors import Profile
from icp_fit.features.mapping import Mapping
from icp_fit.features.sources.arrow_cells import as_arrow, distinct_cells, is_number, texts_of
from icp_fit.features.sources.source import Source


@dataclass(frozen=True)
class Formats:
    """What the mapping says of how numbers are written, and what the columns of numbers prove, by factor id."""

    decimal: DecimalSign | None = None
    evidence: Named[str, NumberEvidence] = field(default_factory=dict)

    def decimal_of(self, factor_id: str) -> DecimalSign:
        """The decimal sign of a factor's column."""
        return self.decimal or self.evidence.get(factor_id, NumberEvidence()).sign

    def notes(self) -> Iterator[str]:
        """A sentence for each column whose numbers are read in a way that the mapping should confirm."""
        for factor_id, evidence in {} if self.decimal else self.evidence.items():
            if evidence.sign == ",":
                yield f'`{factor_id}` is read with a decimal comma. Say so in a mapping: decimal = ",".'
            elif example := evidence.thousands:
                yield (
                    f'`{factor_id}` is read with a decimal point, "{example}" as {float(example):g}. If its points '
                    'separate thousands, say so in a mapping: decimal = ",".'
                )


def find_source_formats(source: Source, profile: Profile, columns: Named[str, str], mapping: Mapping) -> Formats:
    """Find the formats of a source, which is read for it only where its numbers may be written as text.

    `columns` gives the source's name for each factor that has one.
    """
    numbers = [factor.id for factor in profile.factors if factor.is_number and factor.id in columns]
    texts = {factor_id: columns[factor_id] for factor_id in numbers if source.holds_text(columns[factor_id])}
    if mapping.decimal or not texts:
        return Formats(mapping.decimal or None)
    wanted = list(dict.fromkeys(texts.values()))
    return find_formats((chunk.cells for chunk in source.chunks(wanted, wanted, strict=False)), profile, texts, mapping)


def find_formats(
    chunks: Iterable[pa.RecordBatch], profile: Profile, columns: Named[str, str], mapping: Mapping
) -> Formats:
    """Find the formats of all chunks of a table; `columns` gives its name for each factor that has one."""
    if mapping.decimal:
        return Formats(mapping.decimal)
    factors = [factor for factor in profile.factors if factor.is_number and factor.id in columns]
    evidence = {factor.id: NumberEvidence() for factor in factors}
    for cells in chunks:
        factors = [factor for factor in factors if not evidence[factor.id].is_settled]
        if not factors:
            break
        for factor in factors:
            column = cells.column(columns[factor.id])
            if not is_number(column.type):
                texts = texts_of(distinct_cells(column)[1])
                evidence[factor.id] |= find_number_evidence(
                    mapping.translate(factor.id, texts), bare=factor.kind == "count"
                )
    return Formats(None, evidence)


def find_table_formats(table: pd.DataFrame, profile: Profile, mapping: Mapping) -> Formats:
    """Find the formats of a table in memory, whose columns have the names of the factors."""
    numbers = [factor.id for factor in profile.factors if factor.is_number and factor.id in table]
    columns = {factor_id: factor_id for factor_id in numbers if not is_numeric_dtype(table[factor_id])}
    return find_formats([as_arrow(table[list(columns)])], profile, columns, mapping)
