"""A first profile, and the mapping that goes with it, from a table of won and lost deals.

A draft knows kinds and answers, but nothing of directions and weights: those are for an expert to fill in.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from icp_fit.features.cell_parsing import find_blank_rows, fold
from icp_fit.features.closing import check_tells_lost, find_closing, read_closed
from icp_fit.features.drafting.deal_column_draft import find_deal_columns
from icp_fit.features.drafting.factor_draft import find_decimal
from icp_fit.features.drafting.questions import Questions, draft_questions
from icp_fit.features.drafting.source_column import SourceColumn, read_column
from icp_fit.features.errors import DealsError, ProfileError
from icp_fit.features.factors import Dimension, Profile
from icp_fit.features.mapping import IS_CLOSED, Mapping
from icp_fit.features.missingness import Missingness, find_missingness
from icp_fit.features.outcomes import ANY_OTHER, Outcomes, OutcomeWord
from icp_fit.features.quoting import did_you_mean, quoted
from icp_fit.features.sources.header import MOST_TITLES
from icp_fit.features.sources.source import ROW


@dataclass(frozen=True)
class Draft:
    """A drafted profile and its mapping, the ignored columns with the reason, and what an expert should look at.

    What a reason says of its column in particular stands behind a colon. `informative` has the questions that are
    drafted so because whether they are answered goes with the outcome. `outcome_words` are the words that say won,
    lost or open, with their counts.
    """

    profile: Profile
    mapping: Mapping
    ignored: dict[str, str]
    notes: tuple[str, ...]
    informative: dict[str, Missingness]
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
    `still_open` list more words for these, of which `"*"` stands for any other word that says no ending. Raises
    DealsError where the outcomes cannot be read, ProfileError where no column can be a question.
    """
    if outcome not in table:
        known = [str(column) for column in table]
        raise DealsError(
            f"There is no column `{outcome}`.{did_you_mean(outcome, known)} The table has {quoted(known, 30)}."
            f"{_lower_header(table, outcome)}"
        )
    table = table if table.index.name == ROW else table.reset_index(drop=True)
    table = table[~find_blank_rows(table)]
    outcomes = Outcomes().adding(won, lost, still_open)
    closing = find_closing(table, outcome)
    read, words = outcomes.read(
        table[outcome], read_closed(table[closing], Mapping()) if closing else None, as_options=True
    )
    if not closing:
        check_tells_lost(table[outcome], read, table.drop(columns=outcome))

    columns = [read_column(str(column), table[column]) for column in table if column not in (outcome, closing)]
    found = find_deal_columns(columns, _row_numbers(table))
    others = [column for column in columns if column.name not in found.columns.values()]
    decimal = find_decimal(others)
    questions = draft_questions(others, table, decimal)
    if not questions.factors:
        reasons = "; ".join(f"`{column}` {reason}" for column, reason in questions.ignored.items())
        raise ProfileError(
            f"No column can be a question: {reasons or 'there is no other column'}. Give a table that has answers to "
            "train on."
        )
    is_closed, won_closed = read.notna().to_numpy(), (read == "won").to_numpy(bool)
    informative = _find_informative(questions, columns, is_closed, won_closed[is_closed])
    factors = tuple(
        replace(factor, unanswered="informative") if factor.source in informative else factor
        for factor in questions.factors.values()
    )
    profile = Profile(
        name=name,
        version="1",
        label=(name[:1].upper() + name[1:]).replace("_", " "),
        summary=f"Drafted from {len(table):,} deals: directions, weights and questions are for an expert to fill in.",
        win_rate=_win_rate(won_closed[is_closed]),
        dimensions=(Dimension("deal", "The deal", "All questions, not yet grouped.", factors),),
    )
    ours = {**found.columns, "outcome": outcome, **({IS_CLOSED: closing} if closing else {})}
    mapping = Mapping(
        columns={**ours, **{factor.id: factor.source for factor in factors}},
        values=questions.words,
        outcome=outcomes,
        date_format=found.date_format,
        decimal=decimal,
        split=questions.split,
    )
    together = f"`{closing}` says whether a deal is closed: one that is not is open, whatever `{outcome}` says."
    undated = (
        "No column of dates was recognised, so that a model can be judged by accounts alone and not by time: name "
        "`created_on` and `closed_on` under [columns] in the mapping, and how they are written as `date_format`."
    )
    given = [word for word in (*won, *lost, *still_open) if word != ANY_OTHER]
    unheard = [word for word in given if fold(word) not in {fold(found_word.word) for found_word in words}]
    notes = (
        *([f"No deal says {quoted(unheard)} in `{outcome}`."] if unheard else []),
        *([together] if closing else []),
        *found.notes,
        *([] if {"created_on", "closed_on"} & set(found.columns) else [undated]),
        *questions.notes,
    )
    return Draft(profile, mapping, questions.ignored, notes, informative, words)


def _find_informative(
    questions: Questions, columns: list[SourceColumn], is_closed: np.ndarray, won: np.ndarray
) -> dict[str, Missingness]:
    """The columns of questions whose blanks predict the outcome; a blank that means no is an answer."""
    answers_blank = {factor_id for factor_id, words in questions.words.items() if "" in words}
    asked = {factor.source for factor in questions.factors.values() if factor.id not in answers_blank}
    found = {c.name: find_missingness(c.blank[is_closed], won) for c in columns if c.name in asked}
    return {name: missingness for name, missingness in found.items() if missingness}


def _row_numbers(table: pd.DataFrame) -> np.ndarray:
    """The source's number of each row: its index, where that holds them, else its place, from 1."""
    return table.index.to_numpy() if table.index.name == ROW else table.index.to_numpy() + 1


def _lower_header(table: pd.DataFrame, outcome: str) -> str:
    """Where a row below names the column, as the header below a wide title does; nothing where none does."""
    first = table.head(MOST_TITLES)
    named = (first.map(lambda cell: fold(str(cell))) == fold(outcome)).any(axis=1).to_numpy(bool)
    if not named.any():
        return ""
    row = _row_numbers(first)[np.flatnonzero(named)[0]]
    return f" Row {row:,} has a cell `{outcome}`: if it is the header, remove what stands above it."


def _win_rate(won: np.ndarray) -> float:
    """The share of won deals, with one more of each outcome so that it is never 0 or 1."""
    return float(np.clip(round((won.sum() + 1) / (len(won) + 2), 3), 0.001, 0.999))
