"""Raw cells, as a file or a database gives them, read as text, numbers, yes or no, choices and dates.

Each distinct cell is read once, so that a million rows cost little more than their distinct answers. What cannot be
read comes back missing: a reader guesses nothing beyond separators, currency signs and spelling.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

# Cells that mean that nobody answered. Not "None" and "NA", which can be answers: no competitor, North America.
UNANSWERED = ("", "Unknown", "Select", "--None--", "N/A", "#N/A", "NaN", "null", "Not specified", "-", "--", "?")
DecimalSign = Literal[".", ","]
YES = frozenset({"yes", "y", "true", "1", "1.0"})
NO = frozenset({"no", "n", "false", "0", "0.0"})
YES_NO_POSITIONS = {word: int(word in YES) for word in YES | NO}

_SEPARATOR = re.compile(r"(?<=[^\W\d_])[\s_-]+|[\s_-]+(?=[^\W\d_])")  # next to a letter: `-1` and `1-10` stay
_GAP = "[ \u00a0\u202f'\u2019]"  # separates thousands in either style: 1 250 000 and 1'250'000
_PLAIN = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_POINT = rf"[+-]?\d{{1,3}}(?:(?:,\d{{3}})+|(?:{_GAP}\d{{3}})+)(?:\.\d+)?"
_COMMA = rf"[+-]?(?:\d+|\d{{1,3}}(?:\.\d{{3}})+|\d{{1,3}}(?:{_GAP}\d{{3}})+)(?:,\d+)?"
_CURRENCY = "[$€£¥₹]"
_SIGNED = rf"^([+-]?)\s*(?:{_CURRENCY}\s*(.*)|(.*?)\s*{_CURRENCY})$"


def fold(text: str) -> str:
    """A name as it is compared: upper and lower case, and spaces, `_` and `-` between words make no difference."""
    return _SEPARATOR.sub("", text).strip().casefold()


def distinct_texts(column: pd.Series) -> tuple[np.ndarray, pd.Series]:
    """Each row's position among the distinct cells (-1 where missing), and these as trimmed text.

    A whole number reads the same from a database (`3.0`) as from a file (`3`).
    """
    if column.dtype == object:
        column = column.map(cell_text, na_action="ignore")
    codes, cells = pd.factorize(column)
    if not isinstance(cells.dtype, pd.StringDtype):
        cells = pd.Index([cell_text(cell) for cell in cells], dtype="str")
    return codes, pd.Series(cells).str.strip()


def spread(codes: np.ndarray, values: pd.Series) -> pd.Series:
    """What was read from the distinct cells, one value a row."""
    return values.reindex(codes).reset_index(drop=True)


def is_word(texts: pd.Series, words: Iterable[str]) -> pd.Series:
    return texts.str.lower().isin([word.lower() for word in words])


def without_currency(texts: pd.Series) -> pd.Series:
    """The same sums without a currency sign in front or behind."""
    signed = texts.str.contains(_CURRENCY)
    if not signed.any():
        return texts
    return texts.mask(signed, texts[signed].map(lambda text: re.sub(_SIGNED, r"\1\2\3", text)))


def read_numbers(texts: pd.Series, decimal: DecimalSign = ".") -> pd.Series:
    """Numbers, NaN where a text is none; what is no decimal sign separates thousands."""
    if decimal == ",":
        numbers = texts.where(texts.str.fullmatch(_COMMA))
        return numbers.str.replace(rf"\.|{_GAP}", "", regex=True).str.replace(",", ".").astype("float64")
    plain = texts.str.fullmatch(_PLAIN)
    others = texts[~plain]
    others = others.where(others.str.fullmatch(_POINT)).str.replace(rf",|{_GAP}", "", regex=True)
    return texts.where(plain, others).astype("float64")


@dataclass(frozen=True)
class DecimalEvidence:
    """What the texts of a column prove about its decimal sign; evidence of some of its texts adds up to that of all.

    `comma` and `point` say that some text is a number only with that decimal sign. `pointed` is a number with one
    point, which may separate thousands where `grouped`: where every other point of the column may, too.
    """

    comma: bool = False
    point: bool = False
    pointed: str = ""
    grouped: bool = True

    @property
    def sign(self) -> DecimalSign:
        """A comma where the column proves one and nothing against it; else a point."""
        return "," if self.comma and not self.point else "."

    @property
    def thousands(self) -> str:
        """A number that is read with a decimal point although its point may separate thousands; else nothing."""
        return self.pointed if self.grouped and self.sign == "." else ""

    @property
    def is_settled(self) -> bool:
        """Whether no further text of the column can change what is proved."""
        return self.point and not self.grouped

    def __or__(self, other: "DecimalEvidence") -> "DecimalEvidence":
        return DecimalEvidence(
            self.comma or other.comma,
            self.point or other.point,
            self.pointed or other.pointed,
            self.grouped and other.grouped,
        )


def find_decimal_evidence(texts: pd.Series) -> DecimalEvidence:
    """What these texts prove, such as `12,5` and `1.250.000` a comma, and `12.5` a point."""
    texts = texts[~texts.str.isdigit()]
    if texts.empty:
        return DecimalEvidence()
    plain, comma, point = (texts.str.fullmatch(pattern) for pattern in (_PLAIN, _COMMA, _POINT))
    pointed = texts[texts.str.contains(".", regex=False)]
    return DecimalEvidence(
        comma=bool((comma & ~plain & ~point).any()),
        point=bool(((plain | point) & ~comma).any()),
        pointed=str(pointed.iloc[0]) if len(pointed) else "",
        grouped=bool(pointed.str.fullmatch(r"[+-]?[1-9]\d{0,2}\.\d{3}").all()),
    )


def choice_positions(choices: Collection[str]) -> dict[str, int]:
    """The position of each choice by its folded spelling."""
    return {fold(choice): position for position, choice in enumerate(choices)}


def read_dates(texts: pd.Series, date_format: str = "") -> pd.Series:
    """Dates without time zone (UTC where one is given), NaT where a text is none; ISO 8601 or the given format."""
    iso = texts.where(texts.str.fullmatch(r"\d{4}-?\d\d-?\d\d(?:[T ].*)?"))
    dates = pd.to_datetime(iso, format="ISO8601", utc=True, errors="coerce")
    if date_format:
        dates = dates.fillna(pd.to_datetime(texts, format=date_format, utc=True, errors="coerce"))
    return dates.dt.tz_localize(None).dt.as_unit("us")


def cell_text(cell: object) -> str:
    if isinstance(cell, float | np.floating) and float(cell).is_integer() and abs(float(cell)) < 1e15:
        return str(int(cell))
    return str(cell)
