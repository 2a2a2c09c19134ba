"""A factor drafted from a column: its kind, its answers and its id, or the reason why it can be none."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from textwrap import shorten
from typing import Literal

import numpy as np

from icp_fit.features.cell_parsing import fold
from icp_fit.features.drafting.bands import order_levels
from icp_fit.features.drafting.checkboxes import find_yes_no
from icp_fit.features.drafting.column_checks import is_named_date
from icp_fit.features.drafting.references import find_reference, is_free_text, is_named_id
from icp_fit.features.drafting.source_column import SourceColumn
from icp_fit.features.factors import Factor, Kind
from icp_fit.features.quoting import quoted

FEW = 50  # values that a seller can look through; with more, deals must share them
MOST_VALUES = 5_000  # of a category; with more, hardly a deal shares its own with others
LEAST_SHARED = 0.5  # of the deals, that share a value with another deal where values are many
MOST_LEVELS = 30
LONGEST = 80  # characters of a choice; what is longer is a remark
LEAST_ANSWERS = 20  # fewer, in less than 5% of the deals, teach nothing
NEARLY_EMPTY = 0.05
LEAST_NUMBERS = 0.8  # of the answers, where the others are the same few words over and over
MOST_WORDS = 3

_MONEY = re.compile(r"\b(amount|price|budget|usd|eur)\b", re.IGNORECASE)
_QUESTIONS: dict[Kind, str] = {
    "yes_no": "yes or no?",
    "count": "how many?",
    "amount": "how much?",
    "category": "which one?",
    "ordinal": "which one?",
}
Decimal = Literal["", ".", ","]


@dataclass(frozen=True)
class FactorDraft:
    """A factor, what the source's words mean in its column where that needs saying, and notes for the expert."""

    factor: Factor
    words: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def find_decimal(columns: list[SourceColumn]) -> Literal["", ","]:
    """A decimal comma where a column proves it and all numbers can be read with it: `12.500` is then 12,500.

    Otherwise nothing, and each column is read by what it proves itself.
    """
    numbers = [column for column in columns if column.mostly(np.isfinite(column.numbers()))]
    proven = any(column.decimal == "," for column in numbers)
    all_read = all(column.mostly(np.isfinite(column.numbers(","))) for column in numbers)
    return "," if proven and all_read else ""


def draft_factor(column: SourceColumn, decimal: Decimal, taken: Collection[str]) -> FactorDraft | str:
    """A factor whose `source` is the column, or the reason why the column cannot be one.

    What a reason says of this column in particular stands behind its colon.
    """
    n_rows, n_answers = len(column.codes), column.n_answered
    if n_answers == 0:
        return "is empty"
    if n_answers < min(LEAST_ANSWERS, NEARLY_EMPTY * n_rows):
        return f"is nearly empty: {n_answers:,} answers"
    if column.dates.formats:
        return "is a date"
    if is_named_date(column):
        return f"is named like a date, in a format that is not known: {quoted(tuple(column.answers[:1]))}"
    if reason := find_reference(column):
        return reason
    found = _read_choices(column) or _read_number(column, decimal)
    if isinstance(found, str):
        return found
    kind, choices, words, notes = found or ("category", _values(column), {}, [])
    if kind == "category" and (reason := _why_no_category(column)):
        return reason
    if len(choices or column.answers) == 1 and "" not in words:
        return f"holds one value: {quoted([shorten(value, 40) for value in choices or column.answers])}"
    if n_answers < NEARLY_EMPTY * n_rows and "" not in words:
        notes = [*notes, f"`{column.name}` is nearly empty: {n_answers:,} of {n_rows:,} deals have an answer."]
    levels, values = (choices, ()) if kind == "ordinal" else ((), choices if kind == "category" else ())
    factor = Factor(
        unused_id(column.words, taken), kind, column.words, f"{column.words}: {_QUESTIONS[kind]}",
        levels=levels, values=values, source=column.name,
    )  # fmt: skip
    return FactorDraft(factor, words, tuple(notes))


Found = tuple[Kind, tuple[str, ...], dict[str, str], list[str]]


def _read_choices(column: SourceColumn) -> Found | None:
    """A checkbox, or choices that have an order; None where the answers are neither."""
    if len(column.answers) > MOST_LEVELS:
        return None
    words = find_yes_no(tuple(column.answers), bool(column.blank.any()))
    if words is not None:
        return "yes_no", (), words, []
    values = _values(column)
    levels = order_levels(values) if len(values) > 1 else None
    return ("ordinal", levels, {}, []) if levels else None


def _read_number(column: SourceColumn, decimal: Decimal) -> Found | None:
    """A count or an amount; None where the answers are no numbers."""
    numbers = column.numbers(decimal)
    finite = np.isfinite(numbers)
    words = column.answers[~finite]
    few_words = (
        len(words) <= MOST_WORDS and not words.str.contains(r"\d").any() and column.share(finite) >= LEAST_NUMBERS
    )
    if is_named_id(column) or not (column.mostly(finite) or few_words):
        return None
    is_count = (column.numbers(decimal, money=False) >= 0) & (numbers % 1 == 0)
    kind: Kind = "count" if is_count[finite].all() and not _MONEY.search(column.words) else "amount"
    again = [word for word, count in zip(words, column.counts[~finite.to_numpy()], strict=True) if count > 1]
    notes = []
    if again:
        notes.append(f"`{column.name}` holds numbers; {quoted(again, 3)} is read as unanswered.")
    if odd := [word for word in words if word not in again]:
        notes.append(f"`{column.name}` holds numbers, but for {quoted(odd, 3)}: say in the mapping what these mean.")
    if (example := column.number_evidence.thousands) and not decimal:
        notes.append(
            f'`{column.name}` can be read in two ways: "{example}" may be {float(example):g} or '
            f'{example.replace(".", ",")}. Say in the mapping: decimal = "." or decimal = ",".'
        )
    return kind, (), dict.fromkeys(again, ""), notes


def _why_no_category(column: SourceColumn) -> str:
    """Why the answers are no choices; nothing where they are."""
    n_values = len(column.answers)
    if is_free_text(column.answers, column.counts, LONGEST):
        return f"holds free text: {n_values:,} distinct answers"
    shared = column.counts[column.counts > 1].sum() / column.n_answered
    if n_values > max(2, column.n_answered / 2) or (n_values > FEW and shared < LEAST_SHARED):
        return f"has an answer of its own for nearly every deal: {n_values:,} distinct ones"
    return f"has too many distinct answers: {n_values:,}" if n_values > MOST_VALUES else ""


def _values(column: SourceColumn) -> tuple[str, ...]:
    """The answers, the commonest first, each in its commonest spelling."""
    values = column.answers.iloc[np.argsort(-column.counts, kind="stable")]
    return tuple(values[~values.map(fold).duplicated()])


def unused_id(words: str, taken: Collection[str]) -> str:
    """An id made of these words that is not taken."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    stem = stem if stem[:1].isalpha() else f"factor_{stem}".strip("_")
    return next(new for new in (stem, *(f"{stem}_{n}" for n in range(2, len(taken) + 3))) if new not in taken)
