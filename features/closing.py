"""Whether deals are closed: read from the column that says so, or shown by columns beside an outcome of yes and no.

A column such as `IsWon` says no of open deals too, so that alone it would make lost ones of them.
"""

import re
from collections.abc import Iterator
from collections.abc import Mapping as Named
from datetime import date

import numpy as np
import pandas as pd

from icp_fit.features.cell_parsing import distinct_texts, fold, is_word
from icp_fit.features.cells.numbers import read_numbers
from icp_fit.features.cells.words import NO, YES
from icp_fit.features.errors import DealsError
from icp_fit.features.mapping import IS_CLOSED, Mapping
from icp_fit.features.outcome_endings import find_ending
from icp_fit.features.outcomes import OutcomeWord
from icp_fit.features.quoting import quoted

MOST_STAGES = 200  # distinct words of a column that can be a stage
LEAST_CLOSED = 0.95  # of the won deals, that a stage shows as closed
_PROBABILITY = re.compile(r"probab|wahrschein|prob[aá]bil|waarschijn|\bprob\b", re.IGNORECASE)
_NAMED_OPEN = re.compile(r"\b(?:open|offen|ouverte?|abiert[oa]|abert[oa]|apert[oa])\b", re.IGNORECASE)
_STAGE = re.compile(r"stage|status|phase|state|stufe|[ée]tape|etapa|fase|stadi", re.IGNORECASE)
_OPEN = frozenset(
    map(fold, ("open", "active", "in progress", "offen", "aktiv", "ouvert", "ouverte", "en cours", "abierto", "abierta",
               "aberto", "aberta", "aperto", "aperta", "lopend"))
)  # fmt: skip


def read_closed(column: pd.Series, mapping: Mapping) -> pd.Series:
    """Whether each deal is closed, one a row: yes or no, or words like closed and open; an empty cell is no.

    Raises DealsError with the words that say neither.
    """
    codes, texts = distinct_texts(column)
    said = mapping.translate(IS_CLOSED, texts)
    folded = said.map(fold)
    closed = folded.isin(YES) | said.map(lambda text: find_ending(text) is not None)
    open_ = folded.isin(NO | _OPEN) | is_word(said, ("", *mapping.unanswered))
    unknown = texts[~closed & ~open_]
    if len(unknown):
        raise DealsError(
            f"`{column.name}` must say whether a deal is closed, yes or no, got {quoted(unknown)}. Say in a mapping "
            f'what they mean, under [values.{IS_CLOSED}]: "{unknown.iloc[0]}" = "no".'
        )
    return pd.Series(np.append(closed, False)[codes], index=column.index)


def read_outcomes(
    cells: pd.DataFrame, columns: Named[str, str], mapping: Mapping, required: bool
) -> tuple[pd.Series, tuple[OutcomeWord, ...]]:
    """The outcome of each deal (won, lost or missing while open), and the words that say so.

    `columns` gives the source's name for each column of ours. Raises DealsError where `required`, to train on, and it
    cannot be told which deals were lost.
    """
    said = cells[columns["outcome"]]
    is_closed = read_closed(cells[columns[IS_CLOSED]], mapping) if IS_CLOSED in columns else None
    outcomes, words = mapping.outcome.read(said, is_closed, required=required)
    if required and is_closed is None:
        check_tells_lost(said, outcomes, cells.drop(columns=[*columns.values()]))
    return outcomes, words


def outcome_notes(words: tuple[OutcomeWord, ...], has_closed: bool) -> Iterator[str]:
    """What is to be known of outcomes that the mapping does not settle, or that two columns tell differently."""
    for word in words:
        if word.reason == "says so":
            yield f'"{word.word}" ({word.count:,}) is read as {word.outcome}; list it under [outcome] in the mapping.'
        elif word.reason == "any other" and find_ending(word.word):
            yield (
                f'"{word.word}" ({word.count:,}) says that deals ended, but not how: they count as open. List it under '
                "[outcome] in the mapping."
            )
        elif word.reason == "not closed" and find_ending(word.word):
            said = f'"{word.word}"'
            yield f"Deals that are not closed although their outcome is {said}, and count as open: {word.count:,}."
        elif has_closed and word.outcome == "open" and word.reason != "not closed":
            said = f'"{word.word}"' if word.word else "empty"
            yield f"Deals that are closed although their outcome is {said}, and count as open: {word.count:,}."


def close_date_notes(deals: pd.DataFrame, today: date) -> Iterator[str]:
    """Closed deals that close in the future, and open ones that should have closed in the past, counted."""
    if not {"closed_on", "outcome"} <= set(deals):
        return
    is_open, day = deals["outcome"].isna(), pd.Timestamp(today)
    future = int((~is_open & (deals["closed_on"] >= day + pd.Timedelta(days=1))).sum())
    if future:
        yield (
            f"Closed deals with a `closed_on` in the future, after {day:%Y-%m-%d}: {future:,}. Make sure that it is "
            "the day on which they were closed, and that they are."
        )
    overdue = int((is_open & (deals["closed_on"] < day)).sum())
    if overdue:
        yield (
            f"Open deals with a `closed_on` in the past, before {day:%Y-%m-%d}: {overdue:,}. Make sure that they are "
            "open."
        )


def without_expected_dates(deals: pd.DataFrame) -> pd.DataFrame:
    """The same without the expected date of an open deal, which CRMs keep in the column of the day it was closed."""
    if not {"closed_on", "outcome"} <= set(deals):
        return deals
    return deals.assign(closed_on=deals["closed_on"].mask(deals["outcome"].isna()))


def find_closing(table: pd.DataFrame, outcome: str) -> str | None:
    """The column that says whether a deal is closed: by its name, or, beside an outcome of yes and no, by its words."""
    others = [str(name) for name in table if name != outcome]
    names = {fold(name) for name in Mapping().names(IS_CLOSED)}
    by_name = [name for name in others if fold(name) in names]
    if not by_name and is_yes_no(table[outcome]):
        won = _is_yes(table[outcome])
        by_name = [
            name
            for name in others
            if (says_closed(table[name]) or _is_named_closed(table[name])) and _closes(table[name], won)
        ]
    return by_name[0] if by_name else None


def _is_yes(column: pd.Series) -> np.ndarray:
    codes, texts = distinct_texts(column)
    return np.append(texts.map(fold).isin(YES).to_numpy(bool), False)[codes]


def _closes(column: pd.Series, won: np.ndarray) -> bool:
    """Whether nearly all won deals are closed by this column, as they are by one that speaks of deals."""
    return bool(read_closed(column, Mapping())[won].mean() >= LEAST_CLOSED) if won.any() else False


def is_yes_no(column: pd.Series) -> bool:
    """Whether a column has no other words than yes and no."""
    return set(distinct_texts(column)[1].map(fold)) <= YES | NO | {""}


def says_closed(column: pd.Series) -> bool:
    """Whether a column has words like open and closed, both, and no others."""
    codes, texts = distinct_texts(column)
    found = {_ending_or_open(text) for text in texts[np.unique(codes[codes >= 0])] if text}
    return len(texts) <= MOST_STAGES and found >= {"open", "closed"} and None not in found


def _is_named_closed(column: pd.Series) -> bool:
    """Whether a column of yes and no is called as what says that a deal is closed."""
    return find_ending(str(column.name)) == "closed" and is_yes_no(column)


def check_tells_lost(outcome: pd.Series, outcomes: pd.Series, others: pd.DataFrame) -> None:
    """Raise DealsError where the outcome's words are yes and no alone and another column shows some deals as open.

    `outcome` has the raw cells, `outcomes` what they were read as, `others` the other columns of the source, as they
    are.
    """
    if not is_yes_no(outcome) or outcomes.isna().any():
        return
    won = (outcomes == "won").to_numpy(bool)
    for name in others:
        shown = dict(_open_stages(others[name], won))
        if shown:
            by = ", ".join(f'"{word}" {count:,}' for word, count in list(shown.items())[:5])
            tells = says_closed(others[name]) or _is_named_closed(others[name])
            named = f'is_closed = "{name}"' if tells else 'is_closed = "..."'
            raise DealsError(
                f"`{outcome.name}` says no of {sum(shown.values()):,} deals that `{name}` shows as open ({by}): alone, "
                f"it cannot tell lost deals from open ones. Take `{name}` as the outcome, or name the column that says "
                f"whether a deal is closed, under [columns] in a mapping: {named}."
            )


def _open_stages(column: pd.Series, won: np.ndarray) -> Iterator[tuple[str, int]]:
    """The words of a stage that say no ending, with the rows that are not won, where the column is a stage."""
    codes, texts = distinct_texts(column)
    if not won.any() or not 2 <= len(texts) <= MOST_STAGES:
        return
    if is_yes_no(column):
        yield from _open_by_yes_no(column, won)
        return
    if _PROBABILITY.search(str(column.name)):
        yield from _open_by_probability(column, won)
        return
    ended = np.array([find_ending(text) is not None for text in texts] + [False])[codes]
    said = np.append((texts != "").to_numpy(), False)[codes]
    n_won = max(int((won & said).sum()), 1)
    names_stage = bool(_STAGE.search(str(column.name))) or bool((ended & ~won).any())
    if (won & ended).sum() >= LEAST_CLOSED * n_won and (won & ended).any() and names_stage:
        counts = np.bincount(codes[~won & ~ended & said], minlength=len(texts))
        yield from sorted(((texts[j], int(n)) for j, n in enumerate(counts) if n), key=lambda item: -item[1])


def _open_by_yes_no(column: pd.Series, won: np.ndarray) -> Iterator[tuple[str, int]]:
    """The rows that a column of yes and no shows as open, where it is called lost, closed or open."""
    says_yes, ending = _is_yes(column), find_ending(str(column.name))
    if ending == "lost" and says_yes.any() and (count := int((~won & ~says_yes).sum())):
        yield "neither won nor lost", count
    if ending == "closed" and _closes(column, won) and (count := int((~won & ~says_yes).sum())):
        yield "no", count
    is_named_open = _NAMED_OPEN.search(re.sub(r"_|(?<=[a-z])(?=[A-Z])", " ", str(column.name)))
    if is_named_open and (~says_yes[won]).mean() >= LEAST_CLOSED and (count := int((~won & says_yes).sum())):
        yield "yes", count


def _open_by_probability(column: pd.Series, won: np.ndarray) -> Iterator[tuple[str, int]]:
    """The rows with a probability between none and that of won deals, which nearly all have one and the highest."""
    codes, texts = distinct_texts(column)
    chances = np.append(read_numbers(texts), np.nan)[codes]
    sure = np.nanmax(chances, initial=0.0)
    between = ~won & (chances > 0) & (chances < sure)
    if (chances[won] == sure).mean() >= LEAST_CLOSED and between.any() and (chances[~won] == 0).any():
        yield "a probability between", int(between.sum())


def _ending_or_open(text: str) -> str | None:
    return "open" if fold(text) in _OPEN else "closed" if find_ending(text) else None
