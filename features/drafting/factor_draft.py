"""A factor drafted from a column: its kind, its answers and its id, or the reason why it can be none."""

import re
import unicodedata
from collections.abc import Collection
from typing import Literal

import numpy as np

from icp_fit.features.cell_parsing import fold
from icp_fit.features.cells.words import NO, YES
from icp_fit.features.drafting.source_column import MOST_VALUES, SourceColumn
from icp_fit.features.factors import Factor, Kind
from icp_fit.features.quoting import quoted

_MONEY = re.compile(r"\b(amount|price|budget|usd|eur)\b", re.IGNORECASE)
_QUESTIONS: dict[Kind, str] = {
    "yes_no": "yes or no?",
    "count": "how many?",
    "amount": "how much?",
    "category": "which one?",
}


def find_decimal(columns: list[SourceColumn]) -> Literal["", ","]:
    """A decimal comma where a column proves it and all numbers can be read with it: `12.500` is then 12,500.

    Otherwise nothing, and each column is read by what it proves itself.
    """
    numbers = [column for column in columns if _is_number(column)]
    proven = any(column.decimal == "," for column in numbers)
    return "," if proven and all(_is_number(column, ",") for column in numbers) else ""


def _is_number(column: SourceColumn, decimal: Literal["", ".", ","] = "") -> bool:
    return column.mostly(np.isfinite(column.numbers(decimal)))


def draft_factor(column: SourceColumn, decimal: Literal["", ".", ","], taken: Collection[str]) -> Factor | str:
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


def _kind(column: SourceColumn, decimal: Literal["", ".", ","]) -> Kind:
    if len(column.answers) <= len(YES | NO) and set(column.answers.map(fold)) <= YES | NO:
        return "yes_no"
    if column.is_named_identifier or not _is_number(column, decimal):
        return "category"
    numbers = column.numbers(decimal)
    is_count = (column.numbers(decimal, money=False) >= 0) & (numbers % 1 == 0)
    return "count" if is_count[np.isfinite(numbers)].all() and not _MONEY.search(column.words) else "amount"


def _values(column: SourceColumn) -> tuple[str, ...]:
    """The answers, the commonest first, each in its commonest spelling."""
    values = column.answers.iloc[np.argsort(-column.counts, kind="stable")]
    return tuple(values[~values.map(fold).duplicated()])


def number_notes(column: SourceColumn, factor: Factor, decimal: Literal["", ".", ","]) -> list[str]:
    unreadable = column.answers[~np.isfinite(column.numbers(decimal))]
    if not factor.is_number or unreadable.empty:
        return []
    return [f"`{column.name}` holds numbers, but for {quoted(unreadable, 3)}: say in the mapping what these mean."]


def _unused_id(words: str, taken: Collection[str]) -> str:
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    stem = stem if stem[:1].isalpha() else f"factor_{stem}".strip("_")
    return next(new for new in (stem, *(f"{stem}_{n}" for n in range(2, len(taken) + 3))) if new not in taken)
