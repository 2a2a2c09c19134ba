"""Our columns as the page of an import shows them: what feeds each, some of its cells, and what these are read as."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from icp_fit.features.cell_parsing import cell_text
from icp_fit.features.deal_dates import DATES
from icp_fit.features.factors import Factor
from icp_fit.features.mapping import IS_CLOSED
from icp_fit.serving.pages.form_fields import answer_label
from icp_fit.serving.pages.import_columns import MOST_SAMPLES, FileColumn, find_column, shorten
from icp_fit.serving.pages.import_reading import ImportReading

MOST_LETTERS = 40  # of a cell
DEAL_LABELS = {
    "deal_id": ("Deal id", "Which deal it is, the same in each export"),
    "name": ("Name", "What the deal is called"),
    "owner": ("Owner", "Who sells"),
    "account_id": ("Account", "The buyer"),
    "created_on": ("Created on", "When the deal began"),
    "closed_on": ("Closed on", "When it was won or lost"),
    "outcome": ("Outcome", "Whether it was won or lost, or is open"),
    IS_CLOSED: ("Is closed", "Whether the outcome is final, where the file says so in a column of its own"),
}


@dataclass(frozen=True)
class Sample:
    """A cell, and what it is read as; empty where it is no answer, None where that is not known."""

    cell: str
    answer: str | None


@dataclass(frozen=True)
class ColumnRow:
    """One of our columns with the file's column that feeds it; formats are None where it has none to be told."""

    ours: str
    label: str
    question: str
    column: FileColumn | None
    samples: tuple[Sample, ...]
    date_format: str | None = None
    decimal: str | None = None


@dataclass(frozen=True)
class ColumnGroup:
    label: str
    rows: tuple[ColumnRow, ...]

    @property
    def matched(self) -> int:
        return sum(row.column is not None for row in self.rows)


def build_deal_row(reading: ImportReading, ours: str, table: pd.DataFrame) -> ColumnRow:
    column = find_column(reading.columns, reading.matched.get(ours))
    label, question = DEAL_LABELS[ours]
    answers = [deal_answer_text(ours, value) for value in table[ours]] if ours in table else None
    date_format = reading.mapping.date_format_of(ours) if ours in DATES and column else None
    return ColumnRow(ours, label, question, column, tuple(_samples(reading, column, answers)), date_format)


def build_factor_row(reading: ImportReading, factor: Factor, numbers: np.ndarray) -> ColumnRow:
    column = find_column(reading.columns, reading.matched.get(factor.id))
    answers = (factor_answer_text(factor, number) for number in numbers.tolist()) if len(numbers) else None
    samples = tuple(_samples(reading, column, answers))
    may_be_either = factor.is_number and any(re.search(r"\d[.,]\d", sample.cell) for sample in samples)
    decimal = reading.mapping.decimal_of(factor.id) or "" if may_be_either else None
    return ColumnRow(factor.id, factor.label, factor.question, column, samples, decimal=decimal)


def _samples(reading: ImportReading, column: FileColumn | None, answers: Iterable[str] | None) -> Iterator[Sample]:
    """Some distinct cells of a column with what they are read as or, where that is not known, as they are."""
    if column is None:
        return
    if answers is None or not len(reading.first):
        yield from (Sample(cell, None) for cell in column.samples)
        return
    seen: dict[str, Sample] = {}
    for cell, answer in zip(reading.first[column.name], answers, strict=True):
        if len(seen) == MOST_SAMPLES:
            break
        text = "" if pd.isna(cell) else shorten(cell_text(cell), MOST_LETTERS)
        if text and text not in seen:
            seen[text] = Sample(text, answer)
    yield from seen.values()


def factor_answer_text(factor: Factor, number: float) -> str:
    if np.isnan(number):
        return ""
    return f"{number:,.12g}" if factor.is_number else shorten(answer_label(factor, number), MOST_LETTERS)


def deal_answer_text(ours: str, value: Any) -> str:
    if ours == "outcome":
        return "Open" if pd.isna(value) else str(value).capitalize()
    if pd.isna(value):
        return ""
    return f"{value:%-d %b %Y}" if ours in DATES else shorten(value, MOST_LETTERS)
