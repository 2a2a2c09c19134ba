"""How an import is shown: which column feeds which question, what outcomes mean, the first deals as understood."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from icp_fit.features.encoder import answer_numbers
from icp_fit.features.factors import Profile
from icp_fit.features.mapping import write_mapping
from icp_fit.features.outcomes import ANY_OTHER
from icp_fit.features.splitting import split_columns
from icp_fit.features.unseen import count_unseen
from icp_fit.serving.pages.import_columns import FileColumn, shorten
from icp_fit.serving.pages.import_findings import (
    FaultLine,
    UnseenLine,
    count_deals,
    find_obstacles,
    list_faults,
    list_notes,
    list_unseen,
)
from icp_fit.serving.pages.import_form import is_undecided, shown_unseen, shown_words
from icp_fit.serving.pages.import_reading import ImportReading
from icp_fit.serving.pages.import_rows import (
    DEAL_LABELS,
    MOST_LETTERS,
    ColumnGroup,
    build_deal_row,
    build_factor_row,
    deal_answer_text,
    factor_answer_text,
)

MOST_OPTIONS = 6_000  # of all lists of columns on a page; where there would be more, columns are typed
MOST_COMPLETED = 2_000  # columns that are completed while they are typed
MOST_UNREAD = 200  # columns that nothing reads, which are shown
MOST_DEALS = 4  # that are shown as they were understood
MOST_TOML = 50_000  # letters of a mapping that is shown
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
class WordRow:
    """A word of the outcome's column and what it is taken for: empty where nobody said."""

    place: int
    word: str
    count: int
    outcome: str
    is_fixed: bool
    says_so: bool


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
    unseen: tuple[UnseenLine, ...]
    more_unseen: int
    notes: tuple[str, ...]
    obstacles: tuple[str, ...]
    toml: str | None

    @property
    def columns(self) -> tuple[FileColumn, ...]:
        return self.reading.columns

    @property
    def completed(self) -> tuple[FileColumn, ...]:
        """The columns that are completed while they are typed."""
        return self.columns[:MOST_COMPLETED] if self.is_typed else ()

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

    @property
    def shown_unread(self) -> list[FileColumn]:
        return self.unread[:MOST_UNREAD]


def view_import(reading: ImportReading, profile: Profile) -> ImportView:
    table = reading.deals.table.head(len(reading.first)) if reading.deals else pd.DataFrame()
    numbers = answer_numbers(profile, table) if len(table) else np.empty((0, len(profile.factors)))
    answers = dict(zip(profile.factor_ids, numbers.T, strict=True))
    rows = {ours: build_deal_row(reading, ours, table) for ours in DEAL_LABELS}
    groups = [
        ColumnGroup(d.label, tuple(build_factor_row(reading, factor, answers[factor.id]) for factor in d.factors))
        for d in profile.dimensions
    ]
    words, toml = shown_words(reading), write_mapping(reading.given)
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
        counts=count_deals(reading),
        faults=tuple(list_faults(reading)),
        unseen=tuple(list_unseen(reading, profile)),
        more_unseen=len(count_unseen(reading.deals.unseen)) - len(shown_unseen(reading)) if reading.deals else 0,
        notes=(*reading.doubts, *list_notes(reading)),
        obstacles=tuple(find_obstacles(reading)),
        toml=toml if len(toml) <= MOST_TOML else None,
    )


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
            yield label, tuple(deal_answer_text(ours, value) for value in first[ours])
    for factor in profile.factors:
        if factor.id in reading.matched and len(first):
            yield (
                factor.label,
                tuple(factor_answer_text(factor, number) for number in answers[factor.id][:MOST_DEALS].tolist()),
            )
