"""Columns of a source, as a draft sees them before it knows what they mean."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from icp_fit.features.cell_parsing import distinct_texts, is_word
from icp_fit.features.cells.date_formats import DateEvidence, find_date_format
from icp_fit.features.cells.numbers import DecimalSign, find_number_evidence, read_numbers
from icp_fit.features.cells.words import UNANSWERED

LEAST_READABLE = 0.95  # of the answers, for a column to be one of numbers, dates or identifiers
MOST_VALUES = 50  # a text with more distinct answers is a name, an id or a remark, not a choice
# Numbers are dates, as 45123 is in a spreadsheet, only in a column of such a name.
_DATE = re.compile(
    r"\b(date|day|time|timestamp|created|closed|modified|updated|on|at|datum|tag|zeitpunkt|erstellt|geschlossen|jour|fecha|data)\b",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"(account|customer|client|company|buyer|organi[sz]ation)( (name|id|key|number|no|nr))?", re.IGNORECASE
)
_IDENTIFIER = re.compile(r"\b(id|uuid|guid|key|number|no|nr)$", re.IGNORECASE)


@dataclass(frozen=True)
class SourceColumn:
    """A column's distinct answers as text, how many deals gave each (in the same order), and which deals gave none."""

    name: str
    answers: pd.Series
    counts: np.ndarray
    blank: np.ndarray

    @property
    def words(self) -> str:
        """The name as words: `User_Profiles__c` and `userProfiles` become `User Profiles`."""
        words = re.sub(r"(?<=[a-z])(?=[A-Z])|[\s_]+", " ", self.name.removesuffix("__c")).strip()
        return words[:1].upper() + words[1:] or self.name

    @property
    def is_unique(self) -> bool:
        return not self.blank.any() and bool(self.counts.max(initial=0) == 1)

    @property
    def is_named_identifier(self) -> bool:
        return bool(_IDENTIFIER.search(self.words))

    @property
    def is_identifier(self) -> bool:
        return self.is_named_identifier and len(self.answers) > LEAST_READABLE * self.counts.sum()

    @property
    def is_account(self) -> bool:
        """Whether it names the buyer; with few answers it may say what kind of buyer, as new or current."""
        return bool(_ACCOUNT.fullmatch(self.words)) and len(self.answers) > MOST_VALUES

    def mostly(self, readable: pd.Series) -> bool:
        """Whether nearly all answers could be read, given which of the distinct ones could."""
        return bool(self.counts[readable.to_numpy(bool)].sum() >= LEAST_READABLE * max(self.counts.sum(), 1))

    @property
    def decimal(self) -> DecimalSign:
        """The decimal sign that the answers prove; a point where they prove nothing."""
        return find_number_evidence(self.answers).sign

    def numbers(self, decimal: Literal["", ".", ","] = "", money: bool = True) -> pd.Series:
        """The answers as numbers, NaN where one is none; without `decimal` by the sign that they prove."""
        return read_numbers(self.answers, decimal or self.decimal, bare=not money)

    @cached_property
    def dates(self) -> DateEvidence:
        """What the answers prove of the format in which they are dates, if they are."""
        return find_date_format(self.answers, self.counts, serials=bool(_DATE.search(self.words)))

    def date_formats(self) -> list[str]:
        """The formats in which the answers are dates, none if they are not; several if month and day may be swapped."""
        return list(self.dates.formats)


def read_column(name: str, cells: pd.Series) -> SourceColumn:
    codes, texts = distinct_texts(cells)
    unanswered = is_word(texts, UNANSWERED).to_numpy()
    blank = np.append(unanswered, True)[codes]
    counts = np.bincount(codes[~blank], minlength=len(texts))
    return SourceColumn(name, texts[~unanswered], counts[~unanswered], blank)
