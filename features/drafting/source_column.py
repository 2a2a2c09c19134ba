"""Columns of a source, as a draft sees them before it knows what they mean."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from icp_fit.features.cell_parsing import distinct_texts, is_word
from icp_fit.features.cells.date_formats import DateEvidence, find_date_format
from icp_fit.features.cells.number_evidence import NumberEvidence, find_number_evidence
from icp_fit.features.cells.numbers import DecimalSign, read_numbers
from icp_fit.features.cells.words import UNANSWERED

LEAST_READABLE = 0.95  # of the answers, for a column to be one of numbers, dates or identifiers
MOST_REPEATED = 0.001  # of the rows, that may be blank or give an answer again in a column of ids
MOST_KINDS = 50  # a column named like the buyer with more answers names buyers, not kinds of them
# Numbers are dates, as 45123 is in a spreadsheet, only in a column of such a name.
_DATE = re.compile(
    r"\b(date|day|time|timestamp|created|closed|modified|updated|on|at|datum|tag|zeitpunkt|erstellt|geschlossen|jour|fecha|data)\b",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"((potential|parent|primary|associated|related) )?"
    r"(account|customer|client|company|buyer|organi[sz]ation|firma|kunde|kunden|unternehmen|soci[ée]t[ée]|entreprise|"
    r"cliente?|empresa|organizaci[óo]n|organiza[çc][ãa]o|azienda|societ[àa]|klant|bedrijf|organisatie)"
    r"[ -]?(name|id|key|number|no|nr|nummer)?\.?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class SourceColumn:
    """A column's distinct answers as text, how many deals gave each (in the same order), and who gave which.

    `codes` has each deal's position among the answers, -1 where it gave none.
    """

    name: str
    answers: pd.Series
    counts: np.ndarray
    codes: np.ndarray

    @property
    def blank(self) -> np.ndarray:
        """Which deals gave no answer, shape (deals,)."""
        return self.codes < 0

    @property
    def n_answered(self) -> int:
        return int(self.counts.sum())

    @property
    def words(self) -> str:
        """The name as words: `User_Profiles__c` and `userProfiles` become `User Profiles`."""
        words = re.sub(r"(?<=[a-z])(?=[A-Z])|[\s_]+", " ", self.name.removesuffix("__c")).strip()
        return words[:1].upper() + words[1:] or self.name

    @property
    def is_unique(self) -> bool:
        """Whether each deal has an answer of its own, but for very few that have none or stand twice in the table."""
        without = len(self.codes) - len(self.answers)
        return without <= max(2, MOST_REPEATED * len(self.codes)) < len(self.codes) / 10

    @property
    def names_nearly_all(self) -> bool:
        """Whether nearly each deal has an answer of its own: enough for a column that is called the deal's id."""
        without = len(self.codes) - len(self.answers)
        return without <= (1 - LEAST_READABLE) * len(self.codes)

    @property
    def is_account(self) -> bool:
        """Whether it names the buyer; with few answers it may say what kind of buyer, as new or current."""
        return bool(_ACCOUNT.fullmatch(self.words)) and len(self.answers) > MOST_KINDS

    def share(self, of: pd.Series) -> float:
        """The share of the deals that answered which gave one of these answers, given which of the distinct ones."""
        return float(self.counts[of.to_numpy(bool)].sum() / max(self.n_answered, 1))

    def mostly(self, readable: pd.Series) -> bool:
        """Whether nearly all answers could be read, given which of the distinct ones could."""
        return self.n_answered > 0 and self.share(readable) >= LEAST_READABLE

    @cached_property
    def number_evidence(self) -> NumberEvidence:
        """What the answers prove of how numbers are written."""
        return find_number_evidence(self.answers)

    @property
    def decimal(self) -> DecimalSign:
        """The decimal sign that the answers prove; a point where they prove nothing."""
        return self.number_evidence.sign

    def numbers(self, decimal: Literal["", ".", ","] = "", money: bool = True) -> pd.Series:
        """The answers as numbers, NaN where one is none; without `decimal` by the sign that they prove."""
        return read_numbers(self.answers, decimal or self.decimal, bare=not money)

    @cached_property
    def dates(self) -> DateEvidence:
        """What the answers prove of the format in which they are dates, if they are."""
        return find_date_format(self.answers, self.counts, serials=bool(_DATE.search(self.words)))


def read_column(name: str, cells: pd.Series) -> SourceColumn:
    """The column of these cells, without the words that mean unanswered."""
    codes, texts = distinct_texts(cells)
    # Cells that differ in blanks around them alone are one answer.
    merged, distinct = pd.factorize(texts)
    codes = np.append(merged, -1)[codes]
    texts = pd.Series(distinct, dtype="str")
    unanswered = is_word(texts, UNANSWERED).to_numpy(bool)
    places = np.append(np.where(unanswered, -1, np.cumsum(~unanswered) - 1), -1)
    codes = places[codes]
    return SourceColumn(
        name,
        texts[~unanswered].reset_index(drop=True),
        np.bincount(codes[codes >= 0], minlength=int((~unanswered).sum())),
        codes,
    )
