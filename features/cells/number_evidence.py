"""What the cells of a column prove about how its numbers are written: decimal sign, currencies, percent signs."""

from dataclasses import dataclass

import pandas as pd

from icp_fit.features.cells.numbers import COMMA, PLAIN, POINT, DecimalSign, take_apart

_MAYBE_THOUSANDS = r"[1-9]\d{0,2}[.,]\d{3}"


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
    is_plain = texts.str.fullmatch(PLAIN).to_numpy(bool)
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
    comma, point = (digits.str.fullmatch(pattern).to_numpy(bool) for pattern in (COMMA, rf"{POINT}|{PLAIN}"))
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
