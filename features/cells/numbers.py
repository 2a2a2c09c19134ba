"""Numbers as people and programs write them: thousands, negatives, money, percentages, thousands and millions in words.

What no cell says alone, which of point and comma is the decimal sign, is told by all cells of a column together
(`number_evidence`). A cell that is no number in the column's style comes back missing: nothing is guessed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from icp_fit.features.cells.affixes import NO_AFFIXES, Affixes, read_affixes

DecimalSign = Literal[".", ","]

_SPACES = " \u00a0\u2009\u202f"
_GAP = f"[{_SPACES}'\u2019]"  # separates thousands in either style: 1 250 000 and 1'250'000
PLAIN = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
# Digits as each decimal sign allows them, without a sign; 12,34,567 as in India
POINT = (
    rf"\d+|\d*\.\d+|[1-9]\d{{0,2}}(?:(?:,\d{{3}})+|(?:{_GAP}\d{{3}})+)(?:\.\d+)?|[1-9]\d?(?:,\d\d)+,\d{{3}}(?:\.\d+)?"
)
COMMA = rf"\d+|\d*,\d+|[1-9]\d{{0,2}}(?:(?:\.\d{{3}})+|(?:{_GAP}\d{{3}})+)(?:,\d+)?"
_AROUND = f"^(?P<before>[^0-9]*)(?P<digits>[0-9][0-9.,{_GAP[1:-1]}]*)(?P<behind>(?:[^0-9.,{_GAP[1:-1]}][^0-9]*)?)$"
MOST_LETTERS = 60  # of a number; longer cells are remarks


@dataclass(frozen=True)
class Written:
    """What texts say beside their digits: one entry a text, missing or empty where a text is no number.

    `factors` are what the digits are to be multiplied with: the sign, and the scale such as 1,000 for "k".
    """

    digits: pd.Series
    factors: np.ndarray
    currencies: pd.Series
    percent: np.ndarray


def take_apart(texts: pd.Series) -> Written:
    """Take texts apart into digits and what stands around them; `5`, `($5)`, `5,00- EUR`, `1.2M` and `15 %` alike."""
    short = texts.where(texts.str.len() <= MOST_LETTERS, "")
    found = pc.extract_regex(pa.array(short, pa.string()), _AROUND)
    before, digits, behind = (
        pd.Series(pc.struct_field(found, i).to_pandas(), dtype="str").fillna("") for i in range(3)
    )
    digits = digits.str.rstrip(f"{_SPACES}'\u2019")
    marked = digits.str.endswith((".", ","))
    if marked.any():  # 1'250.- has a dash for no cents
        behind, digits = behind.mask(marked, digits.str[-1:] + behind), digits.mask(marked, digits.str[:-1])
    codes, affixes = _affixes(before, behind)
    known = [affix or NO_AFFIXES for affix in affixes]
    if any(affix.mark or affix.cents for affix in known):
        digits = _each(known, "mark")[codes] + digits + _each(known, "cents")[codes]
    refused = np.array([affix is None for affix in affixes])[codes] | (digits == "").to_numpy()
    return Written(
        digits=digits.mask(refused).set_axis(texts.index),
        factors=np.array([affix.factor for affix in known])[codes],
        currencies=pd.Series(_each(known, "currency")[codes], texts.index, dtype="str"),
        percent=np.array([affix.percent for affix in known], dtype=bool)[codes],
    )


def _affixes(before: pd.Series, behind: pd.Series) -> tuple[np.ndarray, list[Affixes | None]]:
    """Each text's position among the distinct pairs of what stands around digits, and these."""
    (left, lefts), (right, rights) = pd.factorize(before), pd.factorize(behind)
    codes, pairs = pd.factorize(left.astype(np.int64) * len(rights) + right)
    places = [divmod(int(pair), len(rights)) for pair in pairs]
    return codes, [read_affixes(str(lefts[i]), str(rights[j])) for i, j in places]


def _each(affixes: list[Affixes], part: str) -> np.ndarray:
    return np.array([getattr(affix, part) for affix in affixes], dtype=object)


def read_numbers(
    texts: pd.Series,
    decimal: DecimalSign = ".",
    *,
    bare: bool = False,
    rate_of: Callable[[str], float | None] = lambda currency: 1.0,
) -> pd.Series:
    """Numbers, NaN where a text is none; what is no decimal sign separates thousands, and 15% is 15.

    `bare` ones have neither currency nor percent sign. `rate_of` gives what a currency, as it is written, is multiplied
    with; NaN too where it gives nothing.
    """
    plain = texts.str.fullmatch(PLAIN if decimal == "." else r"[+-]?\d+")
    numbers = texts.where(plain).astype("float64")
    others = texts[~plain & texts.str.contains(r"\d")]
    if len(others):
        numbers[others.index] = _read_written(take_apart(others), decimal, bare, rate_of)
    return numbers


def _read_written(
    written: Written, decimal: DecimalSign, bare: bool, rate_of: Callable[[str], float | None]
) -> np.ndarray:
    readable = written.digits.str.fullmatch(POINT if decimal == "." else COMMA).fillna(False).astype(bool)
    if bare:
        readable &= (written.currencies == "") & ~written.percent
    digits = written.digits.where(readable)
    rates = written.currencies.map({name: rate_of(name) for name in written.currencies.unique()}).to_numpy(float)
    digits = digits.str.replace(rf"[{',' if decimal == '.' else '.'}]|{_GAP}", "", regex=True)
    return digits.str.replace(",", ".").astype("float64").to_numpy() * written.factors * rates
