"""A first profile, and the mapping that goes with it, from a table of won and lost deals.

A draft knows kinds and answers, but nothing of directions and weights: those are for an expert to fill in.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from icp_fit.features.cell_parsing import fold
from icp_fit.features.cells.dates import ISO
from icp_fit.features.closing import check_tells_lost, find_closing, read_closed
from icp_fit.features.documents import shipped_names
from icp_fit.features.drafting.factor_draft import draft_factor, find_decimal, number_notes
from icp_fit.features.drafting.source_column import SourceColumn, read_column
from icp_fit.features.errors import DealsError, ProfileError
from icp_fit.features.factors import Dimension, Factor, Profile
from icp_fit.features.mapping import DEAL_COLUMNS, IS_CLOSED, Mapping, read_mapping
from icp_fit.features.missingness import find_missingness
from icp_fit.features.outcomes import Outcomes, OutcomeWord
from icp_fit.features.quoting import did_you_mean, quoted


@dataclass(frozen=True)
class Draft:
    """A drafted profile and its mapping, the ignored columns with the reason, and what an expert should look at.

    `outcome_words` are the words that say won, lost or open, with their counts.
    """

    profile: Profile
    mapping: Mapping
    ignored: dict[str, str]
    notes: tuple[str, ...]
    outcome_words: tuple[OutcomeWord, ...]


def draft_profile(
    table: pd.DataFrame,
    outcome: str,
    *,
    name: str = "drafted",
    won: Collection[str] = (),
    lost: Collection[str] = (),
    still_open: Collection[str] = (),
) -> Draft:
    """Draft a profile with a factor for each column that can be a question.

    `table` has one row a deal, as exported or already typed; `outcome` names the column of outcomes; `won`, `lost` and
    `still_open` list the words for these where they are unusual, of which `"*"` stands for any other word. Raises
    DealsError where the outcomes cannot be read, ProfileError where no column can be a question.
    """
    if outcome not in table:
        known = [str(column) for column in table]
        raise DealsError(
            f"There is no column `{outcome}`.{did_you_mean(outcome, known)} The table has {quoted(known, 30)}."
        )
    outcomes = Outcomes().adding(won, lost, still_open)
    closing = find_closing(table, outcome)
    is_closed = read_closed(table[closing], Mapping()) if closing else None
    read, words = outcomes.read(table[outcome], is_closed, as_options=True)
    if not closing:
        check_tells_lost(table[outcome], read, table.drop(columns=outcome))
    won_closed = read.map({"won": True, "lost": False})
    is_won = won_closed.dropna().to_numpy(bool)

    columns = [read_column(str(column), table[column]) for column in table if column not in (outcome, closing)]
    mapping, notes = _map_deal_columns(columns)
    if closing:
        notes.insert(
            0, f"`{closing}` says whether a deal is closed: one that is not is open, whatever `{outcome}` says."
        )
    others = [column for column in columns if column.name not in mapping.columns.values()]
    mapping = replace(mapping, decimal=find_decimal(others))
    factors: dict[str, Factor] = {}
    ignored: dict[str, str] = {}
    for column in others:
        factor = draft_factor(column, mapping.decimal, taken={*DEAL_COLUMNS, *factors})
        if isinstance(factor, str):
            ignored[column.name] = factor
            continue
        notes += number_notes(column, factor, mapping.decimal)
        if missingness := find_missingness(column.blank[won_closed.notna()], is_won):
            factor = replace(factor, unanswered="informative")
            notes.append(
                f"`{column.name}` {missingness}: drafted as informative. Make sure nobody fills it in after the sale."
            )
        factors[factor.id] = factor
    if not factors:
        reasons = "; ".join(f"`{column}` {reason}" for column, reason in ignored.items()) or "there is no other column"
        raise ProfileError(f"No column can be a question: {reasons}. Give a table that has answers to train on.")

    profile = Profile(
        name=name,
        version="1",
        label=(name[:1].upper() + name[1:]).replace("_", " "),
        summary=f"Drafted from {len(table):,} deals: directions, weights and questions are for an expert to fill in.",
        win_rate=_win_rate(is_won),
        dimensions=(Dimension("deal", "The deal", "All questions, not yet grouped.", tuple(factors.values())),),
    )
    ours = mapping.columns | {"outcome": outcome} | ({IS_CLOSED: closing} if closing else {})
    ours |= {factor.id: factor.source for factor in factors.values()}
    return Draft(profile, replace(mapping, columns=ours, outcome=outcomes), ignored, tuple(notes), words)


def _map_deal_columns(columns: list[SourceColumn]) -> tuple[Mapping, list[str]]:
    """The columns that every deal may have, found by the names they have here and in the shipped mappings."""
    mappings = [Mapping(), *map(read_mapping, shipped_names("mappings"))]
    found: dict[str, str | tuple[str, ...]] = {}
    notes, date_format = [], ""
    for ours in DEAL_COLUMNS:
        names = {fold(name) for mapping in mappings for name in mapping.names(ours)}
        for column in [column for column in columns if fold(column.name) in names]:
            formats = column.date_formats()
            fits = column.is_unique if ours == "deal_id" else bool(formats) or not ours.endswith("_on")
            if fits and ours not in found and column.name not in found.values():
                found[ours] = column.name
                date_format = formats[0] if formats and formats[0] != ISO else date_format
                if len(formats) > 1:
                    notes.append(f"`{column.name}` may put month or day first; the mapping says `{date_format}`.")
    for column in [column for column in columns if column.name not in found.values()]:
        if column.is_identifier and column.is_unique:
            found.setdefault("deal_id", column.name)
        elif (column.is_identifier or column.is_account) and "account_id" not in found:
            found["account_id"] = column.name
            if not column.is_unique:
                notes.append(f"`{column.name}` repeats, so it names no deal; deals that share it are kept together.")
    return Mapping(columns=found, date_format=date_format), notes


def _win_rate(won: np.ndarray) -> float:
    """The share of won deals, with one more of each outcome so that it is never 0 or 1."""
    return float(np.clip(round((won.sum() + 1) / (len(won) + 2), 3), 0.001, 0.999))
