"""Raw cells, as a file or a database gives them, as text: each distinct cell once, and folded where names are compared.

A million rows then cost little more than their distinct answers; `icp_fit.features.cells` reads these.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd

_SEPARATOR = re.compile(r"(?<=[^\W\d_])[\s_-]+|[\s_-]+(?=[^\W\d_])")  # next to a letter: `-1` and `1-10` stay


def fold(text: str) -> str:
    """A name as it is compared: upper and lower case, and spaces, `_` and `-` between words make no difference."""
    return _SEPARATOR.sub("", text).strip().casefold()


def without_accents(text: str) -> str:
    """The same letters without accents: `Übergabe` becomes `Ubergabe`."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


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


def find_blank_rows(table: pd.DataFrame) -> np.ndarray:
    """Which rows have no cell that says anything, shape (rows,)."""
    blank = np.ones(len(table), bool)
    for name in table:
        if not blank.any():
            break
        codes, texts = distinct_texts(table[name])
        blank &= np.append((texts == "").to_numpy(), True)[codes]
    return blank


def spread(codes: np.ndarray, values: pd.Series) -> pd.Series:
    """What was read from the distinct cells, one value a row."""
    return values.reindex(codes).reset_index(drop=True)


def is_word(texts: pd.Series, words: Iterable[str]) -> pd.Series:
    return texts.str.lower().isin([word.lower() for word in words])


def choice_positions(choices: Collection[str]) -> dict[str, int]:
    """The position of each choice by its folded spelling."""
    return {fold(choice): position for position, choice in enumerate(choices)}


def cell_text(cell: object) -> str:
    if isinstance(cell, float | np.floating) and float(cell).is_integer() and abs(float(cell)) < 1e15:
        return str(int(cell))
    return str(cell)
