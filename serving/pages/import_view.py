"""How an import is shown: which column feeds which question, what outcomes mean, the first deals as understood."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from icp_fit.features.cell_parsing import cell_text
from icp_fit.features.closing import outcome_notes
from icp_fit.features.encoder import answer_numbers
from icp_fit.features.factors import Factor, Profile
from icp_fit.features.mapping import IS_CLOSED, write_mapping
from icp_fit.features.outcomes import ANY_OTHER
from icp_fit.features.splitting import split_columns
from icp_fit.serving.pages.form_fields import answer_label
from icp_fit.serving.pages.import_columns import MOST_SAMPLES, FileColumn, find_column, shorten
from icp_fit.serving.pages.import_form import (
    DATES,
    MOST_FAULTS,
    is_undecided,
    shown_faults,
    shown_words,
)
from icp_fit.serving.pages.import_reading import ImportReading

MOST_OPTIONS = 6_000  # of all lists of columns on a page; where there would be more, columns are typed
MOST_UNREAD = 200  # columns that nothing reads, which are shown
MOST_DEALS = 4  # that are shown as they were understood
MOST_LETTERS = 40  # of a cell
TOLD_BY_FAULTS = "Rows that are no deals"  # the beginning of a note that says what lines of faults say better
MOST_IDS = 5  # columns that may be the deal's id, which are named
MOST_ROWS = 5  # of a fault, whose numbers are shown
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
DATE_FORMATS = (
    ("%d.%m.%Y", "31.12.2026"),
    ("%d/%m/%Y", "31/12/2026, the day first"),
    ("%m/%d/%Y", "12/31/2026, the month first"),
    ("%d-%m-%Y", "31-12-2026"),
    ("%d %b %Y", "31 Dec 2026"),
    ("%d/%m/%Y %H:%M", "31/12/2026 23:59, the day first"),
    ("%m/%d/%Y %H:%M", "12/31/2026 23:59, the month first"),
    ("iso", "2026-12-31"),
    ("excel", "46387, as Excel counts days"),
    ("epoch_s", "1798675200, in seconds"),
    ("epoch_ms", "1798675200000, in milliseconds"),
)


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


@dataclass(frozen=True)
class WordRow:
    """A word of the outcome's column and what it is taken for: empty where nobody said."""

    place: int
    word: str
    count: int
    outcome: str
    is_fixed: bool
    says_so: bool


@dataclass(frozen=True)
class FaultLine:
    """One kind of fault, with how many rows have it and where the first of them are.

    `cell` is the word that somebody can say means unanswered, and `place` its number in the form; None where none.
    """

    count: int
    reason: str
    where: str
    cell: str | None = None
    place: int | None = None


@dataclass(frozen=True)
class ImportView:
    """An import as its page shows it; `first` are rows of the answers of `first_ids`, a label and an answer a deal."""

    reading: ImportReading
    deal_columns: ColumnGroup
    groups: tuple[ColumnGroup, ...]
    words: tuple[WordRow, ...]
    more_words: int
    takes_others: bool
    first_ids: tuple[str, ...]
    first: tuple[tuple[str, tuple[str, ...]], ...]
    counts: dict[str, int]
    faults: tuple[FaultLine, ...]
    notes: tuple[str, ...]
    obstacles: tuple[str, ...]
    toml: str

    @property
    def columns(self) -> tuple[FileColumn, ...]:
        return self.reading.columns

    @property
    def is_typed(self) -> bool:
        """Whether columns are typed, with completion, because lists of them would be too long."""
        rows = len(self.deal_columns.rows) + sum(len(group.rows) for group in self.groups)
        return rows * len(self.columns) > MOST_OPTIONS

    @property
    def questions(self) -> int:
        return sum(len(group.rows) for group in self.groups)

    @property
    def matched(self) -> int:
        return sum(group.matched for group in self.groups)

    @property
    def unread(self) -> list[FileColumn]:
        """The columns of the file that nothing reads."""
        read = {*self.reading.matched.values()}
        read |= split_columns([column.name for column in self.columns], self.reading.given)
        return [column for column in self.columns if column.name not in read]


def view_import(reading: ImportReading, profile: Profile) -> ImportView:
    table = reading.deals.table.head(len(reading.first)) if reading.deals else pd.DataFrame()
    numbers = answer_numbers(profile, table) if len(table) else np.empty((0, len(profile.factors)))
    answers = dict(zip(profile.factor_ids, numbers.T, strict=True))
    rows = {ours: _deal_row(reading, ours, table) for ours in DEAL_LABELS}
    groups = [
        ColumnGroup(d.label, tuple(_factor_row(reading, factor, answers[factor.id]) for factor in d.factors))
        for d in profile.dimensions
    ]
    words = shown_words(reading)
    every = reading.deals.outcome_words if reading.deals else ()
    return ImportView(
        reading=reading,
        deal_columns=ColumnGroup("The deal", tuple(rows.values())),
        groups=tuple(groups),
        words=tuple(_word_rows(reading)),
        more_words=len(every) - len(words),
        takes_others=ANY_OTHER in reading.given.outcome.open,
        first_ids=tuple(_first_ids(table)),
        first=tuple(_first_answers(reading, profile, table, answers)),
        counts=_counts(reading),
        faults=tuple(list_faults(reading)),
        notes=(*reading.doubts, *_notes(reading)),
        obstacles=tuple(find_obstacles(reading)),
        toml=write_mapping(reading.given),
    )


def find_obstacles(reading: ImportReading) -> Iterator[str]:
    """What must be settled before anything can be scored."""
    if reading.problem:
        yield reading.problem
    deals = reading.deals
    if deals is not None and not len(deals.table):
        yield "No row can be used. Correct the columns below, or the file."
    if reading.columns and "deal_id" not in reading.matched:
        unique = [f"“{column.label}”" for column in reading.columns if column.is_unique][:MOST_IDS]
        hint = f" These differ in every row: {', '.join(unique)}." if unique else " No column differs in every row."
        yield f"Choose the column that holds the deal id, so that each deal is found again.{hint}"
    if deals is None:
        return
    undecided = [word for word in deals.outcome_words if is_undecided(word, reading.given.outcome)]
    if undecided:
        shown = ", ".join(f"“{shorten(word.word)}” ({word.count:,})" for word in undecided[:5])
        more = f" and {len(undecided) - 5:,} more" if len(undecided) > 5 else ""
        yield f"Say below what these outcomes mean, won, lost or open: {shown}{more}."


def list_faults(reading: ImportReading) -> Iterator[FaultLine]:
    """A line for each kind of fault, those of the most rows first, then for each kind of row that is no deal."""
    if reading.deals is None:
        return
    for place, fault in enumerate(shown_faults(reading)):
        where = _rows(fault.rows, fault.count)
        cell = None if fault.cell is None else shorten(fault.cell, MOST_LETTERS)
        yield FaultLine(fault.count, fault.message, where, cell, None if cell is None else place)
    if others := reading.deals.faults[MOST_FAULTS:]:
        count = sum(fault.count for fault in others)
        yield FaultLine(count, f"Something else, of {len(others):,} kinds: the download has all of it.", "")
    skipped = sorted(reading.deals.skipped.groupby("reason")["row"], key=lambda group: -len(group[1]))
    for reason, rows in skipped[:MOST_FAULTS]:
        yield FaultLine(len(rows), f"No deal: {reason}", _rows(rows.head(MOST_ROWS).tolist(), len(rows)))


def _rows(first: Sequence[int], count: int) -> str:
    more = ", …" if count > len(first) else ""
    return f"{'row' if count == 1 else 'rows'} {', '.join(f'{row:,}' for row in first)}{more}"


def _notes(reading: ImportReading) -> Iterator[str]:
    """What else is to be known, without what the page shows of the outcomes' words."""
    if reading.deals is None:
        return
    words = [word for word in reading.deals.outcome_words if word.reason in ("says so", "any other")]
    shown = set(outcome_notes(tuple(words), IS_CLOSED in reading.matched))
    yield from (note for note in reading.deals.notes if note not in shown and not note.startswith(TOLD_BY_FAULTS))


def _counts(reading: ImportReading) -> dict[str, int]:
    if reading.deals is None:
        return dict.fromkeys(("deals", "won", "lost", "open", "rejected", "skipped"), 0)
    won = reading.deals.won
    n_won, n_lost = int(won.fillna(False).sum()), int((~won).fillna(False).sum())
    return {
        "deals": len(won),
        "won": n_won,
        "lost": n_lost,
        "open": len(won) - n_won - n_lost,
        "rejected": len(reading.deals.rejected),
        "skipped": len(reading.deals.skipped),
    }


def _deal_row(reading: ImportReading, ours: str, table: pd.DataFrame) -> ColumnRow:
    column = find_column(reading.columns, reading.matched.get(ours))
    label, question = DEAL_LABELS[ours]
    answers = [_deal_answer(ours, value) for value in table[ours]] if ours in table else None
    date_format = reading.mapping.date_format_of(ours) if ours in DATES and column else None
    return ColumnRow(ours, label, question, column, tuple(_samples(reading, column, answers)), date_format)


def _factor_row(reading: ImportReading, factor: Factor, numbers: np.ndarray) -> ColumnRow:
    column = find_column(reading.columns, reading.matched.get(factor.id))
    answers = (_answer(factor, number) for number in numbers.tolist()) if len(numbers) else None
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


def _answer(factor: Factor, number: float) -> str:
    if np.isnan(number):
        return ""
    return f"{number:,.12g}" if factor.is_number else shorten(answer_label(factor, number), MOST_LETTERS)


def _deal_answer(ours: str, value: Any) -> str:
    if ours == "outcome":
        return "Open" if pd.isna(value) else str(value).capitalize()
    if pd.isna(value):
        return ""
    return f"{value:%-d %b %Y}" if ours in DATES else shorten(value, MOST_LETTERS)


def _word_rows(reading: ImportReading) -> Iterator[WordRow]:
    for place, word in enumerate(shown_words(reading)):
        undecided = is_undecided(word, reading.given.outcome)
        yield WordRow(
            place,
            shorten(word.word),
            word.count,
            "" if undecided else word.outcome,
            is_fixed=word.reason == "not closed",
            says_so=word.reason == "says so",
        )


def _first_ids(table: pd.DataFrame) -> Iterator[str]:
    for place in range(min(MOST_DEALS, len(table))):
        deal_id = table["deal_id"].iloc[place] if "deal_id" in table else None
        yield f"Deal {place + 1}" if deal_id is None else shorten(deal_id, MOST_LETTERS)


def _first_answers(
    reading: ImportReading, profile: Profile, table: pd.DataFrame, answers: dict[str, np.ndarray]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A label and the answers of the first deals, for each of our columns that the file has."""
    first = table.head(MOST_DEALS)
    for ours, (label, _) in DEAL_LABELS.items():
        if ours in first and ours != "deal_id":
            yield label, tuple(_deal_answer(ours, value) for value in first[ours])
    for factor in profile.factors:
        if factor.id in reading.matched and len(first):
            yield factor.label, tuple(_answer(factor, number) for number in answers[factor.id][:MOST_DEALS].tolist())
