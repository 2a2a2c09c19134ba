"""Numbers as people and programs write them: thousands, negatives, money, percentages, thousands and millions in words.

What no cell says alone, which of point and comma is the decimal sign, is told by all cells of a column together
(`NumberEvidence`). A cell that is no number in the column's style comes back missing: nothing is guessed.
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
_PLAIN = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
# Digits as each decimal sign allows them, without a sign; 12,34,567 as in India
_POINT = (
    rf"\d+|\d*\.\d+|[1-9]\d{{0,2}}(?:(?:,\d{{3}})+|(?:{_GAP}\d{{3}})+)(?:\.\d+)?|[1-9]\d?(?:,\d\d)+,\d{{3}}(?:\.\d+)?"
)
_COMMA = rf"\d+|\d*,\d+|[1-9]\d{{0,2}}(?:(?:\.\d{{3}})+|(?:{_GAP}\d{{3}})+)(?:,\d+)?"
_MAYBE_THOUSANDS = r"[1-9]\d{0,2}[.,]\d{3}"
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
    plain = texts.str.fullmatch(_PLAIN if decimal == "." else r"[+-]?\d+")
    numbers = texts.where(plain).astype("float64")
    others = texts[~plain & texts.str.contains(r"\d")]
    if len(others):
        numbers[others.index] = _read_written(take_apart(others), decimal, bare, rate_of)
    return numbers


def _read_written(
    written: Written, decimal: DecimalSign, bare: bool, rate_of: Callable[[str], float | None]
) -> np.ndarray:
    readable = written.digits.str.fullmatch(_POINT if decimal == "." else _COMMA).fillna(False).astype(bool)
    if bare:
        readable &= (written.currencies == "") & ~written.percent
    digits = written.digits.where(readable)
    rates = written.currencies.map({name: rate_of(name) for name in written.currencies.unique()}).to_numpy(float)
    digits = digits.str.replace(rf"[{',' if decimal == '.' else '.'}]|{_GAP}", "", regex=True)
    return digits.str.replace(",", ".").astype("float64").to_numpy() * written.factors * rates


@dataclass(frozen=True)
class NumberEvidence:
    """What the texts of a column prove about its numbers; evidence of some of its texts adds up to that of all.

    `comma` and `point` say that some text is a number only with that decimal sign. `pointed` and `commaed` are numbers
    with one point or comma, which may separate thousands where `grouped`: where every other one of the column may, too.
    `currencies` are those that cells name, as they write them; `percent` is a percentage, `plain` a number that is not.
    """

    comma: bool = False
    point: bool = False
    pointed: str = ""
    commaed: str = ""
    grouped: bool = True
    currencies: frozenset[str] = frozenset()
    percent: str = ""
    plain: str = ""

    @property
    def sign(self) -> DecimalSign:
        """A comma where the column proves one and nothing against it; else a point."""
        return "," if self.comma and not self.point else "."

    @property
    def is_proven(self) -> bool:
        """Whether some text can be read in one way only."""
        return self.comma or self.point

    @property
    def is_told(self) -> bool:
        """Whether some text has a point or a comma at all, so that the decimal sign makes a difference."""
        return bool(self.is_proven or self.pointed or self.commaed)

    @property
    def thousands(self) -> str:
        """A number whose point may be the decimal sign or separate thousands, and no cell says which; else nothing."""
        return self.pointed if self.grouped and not self.is_proven else ""

    @property
    def is_settled(self) -> bool:
        """Whether no further text of the column can change the decimal sign."""
        return self.point and not self.grouped

    @property
    def mixes_percentages(self) -> bool:
        """Whether some cells have a percent sign and others, though not 0, have none."""
        return bool(self.percent and self.plain)

    def __or__(self, other: "NumberEvidence") -> "NumberEvidence":
        return NumberEvidence(
            self.comma or other.comma,
            self.point or other.point,
            _more_telling(self.pointed, other.pointed),
            _more_telling(self.commaed, other.commaed),
            self.grouped and other.grouped,
            self.currencies | other.currencies,
            self.percent or other.percent,
            self.plain or other.plain,
        )


def find_number_evidence(texts: pd.Series, *, bare: bool = False) -> NumberEvidence:
    """What these texts prove, such as `12,5` and `1.250.000` a comma, and `12.5` a point; `bare` as above."""
    whole = texts.str.isdigit().to_numpy(bool)
    plain = _first(texts[whole & ~texts.str.fullmatch("0+").to_numpy(bool)])
    texts = texts[~whole & texts.str.contains(r"\d").to_numpy(bool)]
    if texts.empty:
        return NumberEvidence(plain=plain)
    is_plain = texts.str.fullmatch(_PLAIN).to_numpy(bool)
    digits = texts[is_plain].str.lstrip("+-")
    plain = plain or _first(digits[~digits.str.fullmatch(r"[0.]+").to_numpy(bool)])
    currencies: frozenset[str] = frozenset()
    percent = ""
    if not is_plain.all():
        others = texts[~is_plain]
        written = take_apart(others)
        usable = written.digits.notna().to_numpy()
        if bare:
            usable = usable & (written.currencies == "").to_numpy() & ~written.percent
        digits = pd.concat([digits, written.digits[usable]])
        currencies = frozenset(written.currencies[usable]) - {""}
        percent = _first(others[written.percent & usable])
        plain = plain or _first(others[~written.percent & usable & written.digits.str.contains("[1-9]").fillna(False)])
    comma, point = (digits.str.fullmatch(pattern).to_numpy(bool) for pattern in (_COMMA, rf"{_POINT}|{_PLAIN}"))
    marked = {mark: digits[digits.str.contains(mark, regex=False).to_numpy(bool)] for mark in ".,"}
    return NumberEvidence(
        comma=bool((comma & ~point).any()),
        point=bool((point & ~comma).any()),
        pointed=_most_telling(marked["."]),
        commaed=_most_telling(marked[","]),
        grouped=bool(pd.concat([*marked.values()]).str.fullmatch(_MAYBE_THOUSANDS).all()),
        currencies=currencies,
        percent=percent,
        plain=plain,
    )


def _first(texts: pd.Series) -> str:
    return str(texts.iloc[0]) if len(texts) else ""


def _most_telling(digits: pd.Series) -> str:
    """One of these numbers, of which `1.250` says more than `1.000`, which is whole in either reading."""
    return _more_telling(_first(digits[~digits.str.endswith("000").to_numpy(bool)]), _first(digits))


def _more_telling(one: str, other: str) -> str:
    return other if not one or (one.endswith("000") and other and not other.endswith("000")) else one
