"""The formats of a deal's dates, found over all cells before any is read, and held against later tables."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from icp_fit.features.cell_parsing import distinct_texts, is_word
from icp_fit.features.cells.date_formats import DateEvidence, find_date_format, proven_order
from icp_fit.features.cells.dates import read_dates, swap_order
from icp_fit.features.errors import DealsError
from icp_fit.features.mapping import Mapping

DATES = ("created_on", "closed_on")
LEAST_READABLE = 0.5  # of a column that is said to hold dates; what else it holds is a problem of its rows
MOST_SHOWN = 3
FEWEST_CONVERTED = 5  # distinct dates of each kind, for a spreadsheet to be suspected


@dataclass(frozen=True)
class DateColumn:
    """A column of dates: each row's position among its distinct answers (-1 where unanswered), and these.

    `rows` are the source's numbers of the rows.
    """

    codes: np.ndarray
    answers: pd.Series
    rows: np.ndarray

    @property
    def counts(self) -> np.ndarray:
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.answers))

    def rows_of(self, places: np.ndarray) -> str:
        """Some cells among the distinct answers, as an error shows them, with their rows."""
        shown = [
            f'"{self.answers.iloc[p]}" in row {self.rows[np.flatnonzero(self.codes == p)[0]]:,}'
            for p in places[:MOST_SHOWN]
        ]
        return ", ".join(shown)


@dataclass(frozen=True)
class DateFormats:
    """The mapping with the formats of dates filled in, the columns that stay unread, and notes on these."""

    mapping: Mapping
    unread: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def find_date_formats(raw: pd.DataFrame, others: pd.DataFrame, mapping: Mapping, required: bool) -> DateFormats:
    """Find the format of each column of dates that `raw` has.

    `others` are all columns of the source, of which another may prove whether the day or the month comes first. Where
    nothing does, or cells are no dates, DealsError says what to put into the mapping; unless dates are not `required`,
    which then stay unread with a note.
    """
    columns = {
        name: read_date_column(raw[name], others.index, mapping)
        for name in DATES
        if name in raw and not is_typed(raw[name])
    }
    columns = {name: column for name, column in columns.items() if len(column.answers)}
    given = {name: mapping.date_format_of(name) for name in columns if mapping.date_format_of(name)}
    for name, date_format in given.items():
        _check_order(name, columns[name], date_format)
    found = {
        name: find_date_format(column.answers, column.counts, least=LEAST_READABLE)
        for name, column in columns.items()
        if name not in given
    }
    order = proven_order([*found.values(), *(DateEvidence((date_format,)) for date_format in given.values())])
    if not order and any(len(evidence.formats) > 1 and not evidence.conflict for evidence in found.values()):
        order = proven_order(_evidence_of_others(others, mapping))
    formats = {name: evidence.settle(order) for name, evidence in found.items()}
    problems = {name: _problem(name, columns[name], found[name]) for name in formats if not formats[name]}
    halves = {
        name: _half_converted(name, columns[name], date_format) for name, date_format in (formats | given).items()
    }
    problems |= {name: problem for name, problem in halves.items() if problem}
    if problems and required:
        raise DealsError("\n".join(problems.values()))
    told = mapping.date_format if isinstance(mapping.date_format, dict) else given
    known = {name: date_format for name, date_format in formats.items() if date_format}
    filled = replace(mapping, date_format={**told, **known}) if known else mapping
    return DateFormats(filled, tuple(problems), tuple(f"Not read: {problem}" for problem in problems.values()))


def is_typed(cells: pd.Series) -> bool:
    """Whether a column holds dates as such, which have no format."""
    return pd.api.types.is_datetime64_any_dtype(cells)


def read_date_column(cells: pd.Series, rows: pd.Index, mapping: Mapping) -> DateColumn:
    codes, texts = distinct_texts(cells)
    answered = ~is_word(texts, ("", *mapping.unanswered)).to_numpy(bool)
    places = np.append(np.where(answered, np.cumsum(answered) - 1, -1), -1)
    return DateColumn(places[codes], texts[answered].reset_index(drop=True), rows.to_numpy())


def undated_note(names: Iterable[str], columns: dict[str, str]) -> Iterator[str]:
    """A sentence where deals have no date to judge a model by, with the columns that are called like one."""
    if set(DATES) & set(columns):
        return
    alike = [name for name in names if any(word in name.lower() for word in ("clos", "date", "datum", "fecha", "data"))]
    hint = f" It may be {', '.join(f'`{name}`' for name in alike[:MOST_SHOWN])}." if alike else ""
    yield (
        "There is no column `closed_on` or `created_on`: a model can only be judged on deals drawn at random, not by "
        "time, on the newest, which is harder. Say in the mapping which column holds the date: "
        f"columns.closed_on = ...{hint}"
    )


def _check_order(name: str, column: DateColumn, date_format: str) -> None:
    """Raise DealsError where the cells prove that day and month stand the other way round than the mapping says."""
    swapped = swap_order(date_format)
    if not swapped:
        return
    unread = read_dates(column.answers, date_format).isna()
    if not unread.any():
        return
    other = read_dates(column.answers, swapped).notna()
    if (other & unread).any() and not (~other & ~unread).any():
        raise DealsError(
            f"`{name}` is written as {date_format}, says the mapping, but "
            f"{column.rows_of(np.flatnonzero(other & unread))} can "
            f'only be read as {swapped}. Export the table as before, or correct the mapping: date_format = "{swapped}".'
        )


def _half_converted(name: str, column: DateColumn, date_format: str) -> str:
    """A problem where a spreadsheet took the day for the month in those cells that can be read so, and left the others.

    Its own dates then never have a day after the 12th, and what stayed text always has.
    """
    if not swap_order(date_format):
        return ""
    iso = column.answers.str.match(r"\d{4}-").to_numpy(bool)
    dates = read_dates(column.answers, date_format)
    converted, texts = dates[iso].dropna().dt.day, dates[~iso].dropna()
    swappable = read_dates(column.answers[~iso], swap_order(date_format)).notna()
    if min(len(converted), len(texts)) < FEWEST_CONVERTED or (converted > 12).any() or swappable.any():
        return ""
    return (
        f"`{name}` was half converted by a spreadsheet: {column.rows_of(np.flatnonzero(~iso)[:1])} is text, and all "
        f"dates that could be read with day and month swapped are of another kind, such as "
        f"{column.rows_of(np.flatnonzero(iso)[:1])}, and probably are swapped. Export the table again, and read it "
        "without opening it in a spreadsheet."
    )


def _problem(name: str, column: DateColumn, evidence: DateEvidence) -> str:
    if evidence.conflict:
        places = np.flatnonzero(column.answers.isin(evidence.conflict))
        return (
            f"`{name}` has dates with the day first and dates with the month first: {column.rows_of(places)}. Write "
            f'all in one way; or say in the mapping which is right, date_format = "{evidence.formats[0]}" or '
            f'"{evidence.formats[1]}", and the others are set aside.'
        )
    if evidence.formats:
        ways = " or ".join(f'date_format = "{date_format}"' for date_format in evidence.formats)
        days = [f"{read_dates(column.answers[:1], f).iloc[0]:%d %B %Y}" for f in evidence.formats]
        return (
            f'`{name}` can be read in two ways: "{column.answers.iloc[0]}" may be {" or ".join(days)}, and no date '
            f"of the table says which. Say in the mapping: {ways}."
        )
    return (
        f"`{name}` is not recognised as dates, such as {column.rows_of(np.arange(len(column.answers)))}, so that "
        "nothing can be judged by time. Say in the mapping how they are written, as in "
        'date_format = "%d.%m.%Y", or map another column.'
    )


def _evidence_of_others(table: pd.DataFrame, mapping: Mapping) -> Iterator[DateEvidence]:
    """What the other columns of text prove of the order of day and month."""
    for name in table:
        if pd.api.types.is_string_dtype(table[name]) or table[name].dtype == object:
            column = read_date_column(table[name], table.index, mapping)
            yield find_date_format(column.answers, column.counts, serials=False)
