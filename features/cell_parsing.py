"""Raw cells, as a file or a database gives them, read as text, numbers, yes or no, choices and dates.

Each distinct cell is read once, so that a million rows cost little more than their distinct answers. What cannot be
read comes back missing: a reader guesses nothing beyond separators, currency signs and spelling.
"""

import re
from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd

# Cells that mean that nobody answered. Not "None" and "NA", which can be answers: no competitor, North America.
UNANSWERED = ("", "Unknown", "Select", "--None--", "N/A", "#N/A", "NaN", "null", "Not specified", "-", "--", "?")
YES = frozenset({"yes", "y", "true", "1", "1.0"})
NO = frozenset({"no", "n", "false", "0", "0.0"})

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
        column = column.map(_text, na_action="ignore")
    codes, cells = pd.factorize(column)
    if not isinstance(cells.dtype, pd.StringDtype):
        cells = pd.Index([_text(cell) for cell in cells], dtype="str")
    return codes, pd.Series(cells).str.strip()


def spread(codes: np.ndarray, values: pd.Series) -> pd.Series:
    """What was read from the distinct cells, one value a row."""
    return values.reindex(codes).reset_index(drop=True)


def is_word(texts: pd.Series, words: Iterable[str]) -> pd.Series:
    return texts.str.lower().isin([word.lower() for word in words])


def read_numbers(texts: pd.Series, decimal: str = "", money: bool = False) -> pd.Series:
    """Numbers, NaN where a text is none; with `money`, a currency sign in front or behind makes no difference.

    Without `decimal` a comma separates thousands, unless the column proves otherwise: some of its texts can only be
    read with a decimal comma (`12,5`, `1.250.000`) and none only with a point.
    """
    if money and (signed := texts.str.contains(_CURRENCY)).any():
        texts = texts.mask(signed, texts[signed].map(lambda text: re.sub(_SIGNED, r"\1\2\3", text)))
    if (decimal or decimal_of(texts)) == ",":
        numbers = texts.where(texts.str.fullmatch(_COMMA))
        return numbers.str.replace(rf"\.|{_GAP}", "", regex=True).str.replace(",", ".").astype("float64")
    plain = texts.str.fullmatch(_PLAIN)
    others = texts[~plain]
    others = others.where(others.str.fullmatch(_POINT)).str.replace(rf",|{_GAP}", "", regex=True)
    return texts.where(plain, others).astype("float64")


def decimal_of(texts: pd.Series) -> str:
    """The decimal sign that a column of numbers proves to use; a point where it proves nothing."""
    plain = texts.str.fullmatch(_PLAIN)
    others = texts[~plain]
    if not (others.str.fullmatch(_COMMA) & ~others.str.fullmatch(_POINT)).any():
        return "."
    with_point = texts[plain | texts.str.fullmatch(_POINT)]
    return "," if with_point.str.fullmatch(_COMMA).all() else "."


def grouped_by_points(texts: pd.Series) -> str:
    """A number whose point may separate thousands, if every point of the column may; else nothing."""
    pointed = texts[texts.str.contains(".", regex=False)]
    return str(pointed.iloc[0]) if len(pointed) and pointed.str.fullmatch(r"[+-]?[1-9]\d{0,2}\.\d{3}").all() else ""


def read_yes_no(texts: pd.Series) -> pd.Series:
    folded = texts.map(fold)
    return folded.isin(YES).astype("boolean").mask(~folded.isin(YES | NO))


def read_choices(texts: pd.Series, choices: Collection[str], ordered: bool = False) -> pd.Series:
    """The choice that each text names, in whatever spelling; missing where a text names none."""
    known = {fold(choice): choice for choice in choices}
    named = texts.map(lambda text: known.get(fold(text)))
    return pd.Series(pd.Categorical(named, categories=list(choices), ordered=ordered), index=texts.index)


def read_dates(texts: pd.Series, date_format: str = "") -> pd.Series:
    """Dates without time zone (UTC where one is given), NaT where a text is none; ISO 8601 or the given format."""
    iso = texts.where(texts.str.fullmatch(r"\d{4}-?\d\d-?\d\d(?:[T ].*)?"))
    dates = pd.to_datetime(iso, format="ISO8601", utc=True, errors="coerce")
    if date_format:
        dates = dates.fillna(pd.to_datetime(texts, format=date_format, utc=True, errors="coerce"))
    return dates.dt.tz_localize(None).dt.as_unit("us")


def _text(cell: object) -> str:
    if isinstance(cell, float | np.floating) and float(cell).is_integer() and abs(float(cell)) < 1e15:
        return str(int(cell))
    return str(cell)
