"""Drafting: a first profile, and the mapping that goes with it, from a table of won and lost deals.

A draft knows kinds and answers, but nothing of directions and weights: those are for an expert to fill in.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from icp_fit.features.cell_parsing import NO, YES, decimal_of, fold, read_numbers
from icp_fit.features.columns import MOST_VALUES, SourceColumn, read_column
from icp_fit.features.documents import shipped_names
from icp_fit.features.errors import DealsError, ProfileError
from icp_fit.features.factors import Dimension, Factor, Kind, Profile
from icp_fit.features.mapping import DEAL_COLUMNS, Mapping, Outcomes, did_you_mean, quoted, read_mapping
from icp_fit.features.missingness import find_missingness

_NAME_OUTCOMES = 'Say what they mean with --won, --lost and --open; `--open "*"` takes any other word for an open deal.'
_MONEY = re.compile(r"\b(amount|price|budget|usd|eur)\b", re.IGNORECASE)
_QUESTIONS: dict[Kind, str] = {
    "yes_no": "yes or no?",
    "count": "how many?",
    "amount": "how much?",
    "category": "which one?",
}


@dataclass(frozen=True)
class Draft:
    """A drafted profile and its mapping, the columns left out with the reason, and what an expert should look at."""

    profile: Profile
    mapping: Mapping
    left_out: dict[str, str]
    notes: tuple[str, ...]


def draft_profile(
    table: pd.DataFrame,
    outcome: str,
    *,
    name: str = "drafted",
    won: Collection[str] = (),
    lost: Collection[str] = (),
    still_open: Collection[str] = (),
) -> Profile:
    """The profile of a draft; see `draft` for the arguments."""
    return draft(table, outcome, name=name, won=won, lost=lost, still_open=still_open).profile


def draft(
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
    outcomes = Outcomes(
        won=tuple(won) or Outcomes.won,
        lost=tuple(lost) or Outcomes.lost,
        open=("", *still_open) if still_open else Outcomes.open,
    )
    won_closed = outcomes.read(table[outcome], _NAME_OUTCOMES).map({"won": True, "lost": False})
    is_won = won_closed.dropna().to_numpy(bool)

    columns = [read_column(str(column), table[column]) for column in table if column != outcome]
    mapping, notes = _map_deal_columns(columns)
    others = [column for column in columns if column.name not in mapping.columns.values()]
    mapping = replace(mapping, decimal=_find_decimal(others))
    factors: dict[str, Factor] = {}
    left_out: dict[str, str] = {}
    for column in others:
        factor = _draft_factor(column, mapping.decimal, taken={*DEAL_COLUMNS, *factors})
        if isinstance(factor, str):
            left_out[column.name] = factor
            continue
        notes += _number_notes(column, factor, mapping.decimal)
        if blanks := find_missingness(column.blank[won_closed.notna()], is_won):
            factor = replace(factor, unanswered="informative")
            notes.append(
                f"`{column.name}` {blanks}: drafted as informative. Make sure nobody fills it in after the sale."
            )
        factors[factor.id] = factor
    if not factors:
        reasons = "; ".join(f"`{column}` {reason}" for column, reason in left_out.items()) or "there is no other column"
        raise ProfileError(f"No column can be a question: {reasons}. Give a table that has answers to learn from.")

    profile = Profile(
        name=name,
        version="1",
        label=(name[:1].upper() + name[1:]).replace("_", " "),
        summary=f"Drafted from {len(table):,} deals: directions, weights and questions are for an expert to fill in.",
        win_rate=_win_rate(is_won),
        dimensions=(Dimension("deal", "The deal", "All questions, not yet grouped.", tuple(factors.values())),),
    )
    ours = mapping.columns | {"outcome": outcome} | {factor.id: factor.source for factor in factors.values()}
    return Draft(profile, replace(mapping, columns=ours, outcome=outcomes), left_out, tuple(notes))


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
                date_format = formats[0] if formats and formats[0] else date_format
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


def _find_decimal(columns: list[SourceColumn]) -> Literal["", ","]:
    """A decimal comma where a column proves it and all numbers can be read with it: `12.500` is then 12,500.

    Otherwise nothing, and each column is read by what it proves itself.
    """
    numbers = [column for column in columns if _is_number(column)]
    proven = any(decimal_of(column.answers) == "," for column in numbers)
    return "," if proven and all(_is_number(column, ",") for column in numbers) else ""


def _is_number(column: SourceColumn, decimal: str = "") -> bool:
    return column.mostly(np.isfinite(read_numbers(column.answers, decimal, money=True)))


def _draft_factor(column: SourceColumn, decimal: str, taken: Collection[str]) -> Factor | str:
    """A factor whose `source` is the column, or the reason why the column cannot be one."""
    n_answers = len(column.answers)
    if n_answers == 0:
        return "is empty"
    if n_answers > 1 and column.is_identifier:
        return "is an identifier"
    if n_answers > 1 and column.date_formats():
        return "is a date"
    kind = _kind(column, decimal)
    if kind == "category" and n_answers > max(2, min(MOST_VALUES, column.counts.sum() / 2)):
        return f"has {n_answers:,} distinct answers, too many to choose from"
    values = () if kind in ("count", "amount") else _values(column)
    if n_answers == 1 or len(values) == 1:
        return f"holds only {quoted(values or tuple(column.answers))}"
    question = f"{column.words}: {_QUESTIONS[kind]}"
    choices = values if kind == "category" else ()
    return Factor(_unused_id(column.words, taken), kind, column.words, question, values=choices, source=column.name)


def _kind(column: SourceColumn, decimal: str) -> Kind:
    if len(column.answers) <= len(YES | NO) and set(column.answers.map(fold)) <= YES | NO:
        return "yes_no"
    if column.is_named_identifier or not _is_number(column, decimal):
        return "category"
    numbers = read_numbers(column.answers, decimal, money=True)
    is_count = (read_numbers(column.answers, decimal) >= 0) & (numbers % 1 == 0)
    return "count" if is_count[np.isfinite(numbers)].all() and not _MONEY.search(column.words) else "amount"


def _values(column: SourceColumn) -> tuple[str, ...]:
    """The answers, the commonest first, each in its commonest spelling."""
    values = column.answers.iloc[np.argsort(-column.counts, kind="stable")]
    return tuple(values[~values.map(fold).duplicated()])


def _number_notes(column: SourceColumn, factor: Factor, decimal: str) -> list[str]:
    unreadable = column.answers[~np.isfinite(read_numbers(column.answers, decimal, money=True))]
    if not factor.is_number or unreadable.empty:
        return []
    return [f"`{column.name}` holds numbers, but for {quoted(unreadable, 3)}: say in the mapping what these mean."]


def _win_rate(won: np.ndarray) -> float:
    """The share of won deals, with one more of each outcome so that it is never 0 or 1."""
    return float(np.clip(round((won.sum() + 1) / (len(won) + 2), 3), 0.001, 0.999))


def _unused_id(words: str, taken: Collection[str]) -> str:
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    stem = stem if stem[:1].isalpha() else f"factor_{stem}".strip("_")
    return next(new for new in (stem, *(f"{stem}_{n}" for n in range(2, len(taken) + 3))) if new not in taken)
