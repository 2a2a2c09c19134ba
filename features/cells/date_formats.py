"""The format of a column of dates, found over all of its cells: the one that reads them all.

Where cells can be read with the day first and with the month first, neither is taken: another column of the table may
prove the order (`proven_order`), else only the user can tell.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from icp_fit.features.cells.dates import EPOCH_MS, EPOCH_S, EXCEL, ISO, read_dates, swap_order, without_time
from icp_fit.features.cells.months import without_words

LEAST_READABLE = 0.95  # of a column's answers, for it to be one of dates
_SAMPLE = 1_000  # distinct cells from which the possible formats are taken
_TIME = r"\d{1,2}:\d\d(?P<second>:\d\d(?P<fraction>[.,]\d+)?)?(?P<half>[AP]M)?(?P<zone> ?(?:[+-]\d\d:?\d\d|Z))?"
_DATE = re.compile(
    r"(?P<a>\d{1,2}|\d{4}|m\d\d)(?P<ab>\D{1,3}?)(?P<b>\d{1,2}|m\d\d)(?P<bc>\D{1,3}?)(?P<c>\d{1,2}|\d{4})"
    rf"(?:(?P<gap>\D{{1,3}}?){_TIME})?"
)
_DIGITS = {EXCEL: r"[2-7]\d{4}(?:\.\d+)?", EPOCH_S: r"\d{9,10}(?:\.\d+)?", EPOCH_MS: r"\d{12,13}"}


@dataclass(frozen=True)
class DateEvidence:
    """What a column's cells prove of its dates.

    `formats` are those that read the most cells, the likeliest first: several where day and month may be swapped, none
    where the column holds no dates. `conflict` are two cells of which one proves the day first, the other the month.
    """

    formats: tuple[str, ...] = ()
    conflict: tuple[str, ...] = ()

    @property
    def date_format(self) -> str:
        """The one format that the cells prove; nothing where they prove none."""
        return self.formats[0] if len(self.formats) == 1 and not self.conflict else ""

    @property
    def order(self) -> str:
        """`day first` or `month first`, where the cells prove it with digits alone; else nothing."""
        return _order(self.date_format) if swap_order(self.date_format) else ""

    def settle(self, order: str) -> str:
        """The format by the order that another column proves; nothing where that does not help either."""
        return self.date_format or next((f for f in self.formats if not self.conflict and _order(f) == order), "")


def find_date_format(
    texts: pd.Series,
    counts: Sequence[int] | np.ndarray | None = None,
    *,
    serials: bool = True,
    least: float = LEAST_READABLE,
) -> DateEvidence:
    """Find the format of a column's distinct answers, given how many cells have each.

    At least the share `least` of the cells must be dates. `serials` are numbers that are dates only if the column is
    said to hold some: a spreadsheet's 45123, or seconds since 1970.
    """
    weights = np.ones(len(texts)) if counts is None else np.asarray(counts, dtype=float)
    needed = least * weights.sum()
    if not len(texts) or weights[texts.str.contains(r"\d").to_numpy(bool)].sum() < needed:
        return DateEvidence()
    if weights[read_dates(texts, ISO).notna().to_numpy()].sum() >= needed:
        return DateEvidence((ISO,))
    for date_format, pattern in _DIGITS.items() if serials else ():
        if weights[texts.str.fullmatch(pattern).to_numpy(bool)].sum() >= needed:
            return DateEvidence((date_format,))
    plain = without_words(texts)
    by_day: dict[str, str] = {}  # the longest format for each way to write a day
    for date_format in sorted(possible_formats(plain), key=len):
        by_day[without_time(date_format)] = date_format
    codes, days = pd.factorize(plain.str.replace(r"\D{1,3}\d{1,2}:\d\d.*$", "", regex=True))
    chosen = _choose(pd.Series(days, dtype="str"), np.bincount(codes, weights), _by_likelihood(by_day), needed)
    examples = [str(texts.iloc[np.flatnonzero(codes == day)[0]]) for day in chosen.conflict]
    return DateEvidence(tuple(by_day[day] for day in chosen.formats), tuple(examples))


def proven_order(columns: Iterable[DateEvidence]) -> str:
    """The order of day and month in a table: the one that some column proves and none contradicts; else nothing."""
    orders = {column.order for column in columns} - {""}
    return orders.pop() if len(orders) == 1 else ""


def possible_formats(texts: pd.Series) -> list[str]:
    """Each format in which the first of these texts, without words, might be dates."""
    formats: dict[str, None] = {}
    for text in texts.str.strip().iloc[:_SAMPLE]:
        if found := _DATE.fullmatch(text):
            formats |= dict.fromkeys(_formats_of(found))
    return list(formats)


@dataclass(frozen=True)
class _Choice:
    """Formats of days, and the positions of two days that prove different orders."""

    formats: tuple[str, ...] = ()
    conflict: tuple[int, ...] = ()


def _choose(days: pd.Series, weights: np.ndarray, formats: Sequence[str], needed: float) -> _Choice:
    reads = {date_format: read_dates(days, date_format).notna().to_numpy() for date_format in formats}
    for one, other in ((f, swap_order(f)) for f in formats if swap_order(f) in reads):
        only_one, only_other = reads[one] & ~reads[other], reads[other] & ~reads[one]
        if only_one.any() and only_other.any() and weights[reads[one] | reads[other]].sum() >= needed:
            return _Choice((one, other), (int(np.argmax(only_one)), int(np.argmax(only_other))))
    shares = {date_format: weights[read].sum() for date_format, read in reads.items()}
    best = max(shares.values(), default=0.0)
    if best < needed:
        return _Choice()
    chosen = [date_format for date_format in formats if shares[date_format] == best]
    if len(chosen) > 1 and _first_varies_most(days):
        chosen = [date_format for date_format in chosen if not date_format.startswith("%y")]
    return _Choice(tuple(chosen))


def _first_varies_most(days: pd.Series) -> bool:
    """Whether what comes first has at least as many values as what comes last: in some years, there are more days."""
    numbers = days.str.extract(r"^(\d+)\D.*\D(\d+)$").dropna()
    return bool(numbers[0].nunique() >= numbers[1].nunique())


def _by_likelihood(formats: Iterable[str]) -> list[str]:
    """The day first before the month first, and a year of two digits first comes last."""
    return sorted(formats, key=lambda f: (f.startswith("%y"), _order(f) == "month first"))


def _formats_of(found: re.Match[str]) -> Iterable[str]:
    a, b, c = (found[place] for place in "abc")
    if a.startswith("m") or b.startswith("m"):
        orders = ["b d Y"] if a.startswith("m") else ["Y b d"] if len(a) == 4 else ["d b Y"]
    else:
        orders = ["Y m d"] if len(a) == 4 else ["d m Y", "m d Y"] if len(c) == 4 else ["d m Y", "m d Y", "Y m d"]
    for order in orders:
        one, two, three = (f"%{letter}" for letter in order.split())
        day = f"{one}{found['ab']}{two}{found['bc']}{three}"
        yield (day if 4 in (len(a), len(c)) else day.replace("%Y", "%y")) + _time_of(found)


def _time_of(found: re.Match[str]) -> str:
    if not found["gap"]:
        return ""
    time = ("%I:%M" if found["half"] else "%H:%M") + (":%S" if found["second"] else "")
    time += f"{found['fraction'][0]}%f" if found["fraction"] else ""
    time += " %p" if found["half"] else ""
    zone = found["zone"] or ""
    return f"{found['gap']}{time}{' ' if zone.startswith(' ') else ''}{'%z' if zone else ''}"


def _order(date_format: str) -> str:
    return "day first" if date_format.find("%d") < date_format.find("%m") else "month first"
