"""What stands before and behind the digits of a number: its sign, a currency, a percent sign, thousands or millions."""

import re
from dataclasses import dataclass
from functools import lru_cache

from icp_fit.features.cells.currencies import BEFORE, BEHIND, is_same_currency

_SCALES = {
    1e3: "k tsd. tsd thousand thsd",
    1e5: "lakhs lakh lac",
    1e6: "m mm mio. mio mln. mln mill. million millions millionen millones milhões milhão milioni milione miljoen",
    1e7: "crores crore",  # not "cr", which is credit as well
    1e9: "b bn mrd. mrd mds md mld. mld billion milliarden milliarde milliards milliard miljard",
}
_FACTORS = {word: scale for scale, words in _SCALES.items() for word in words.split()}
_SCALE = "(?i:" + "|".join(re.escape(word) for word in sorted(_FACTORS, key=len, reverse=True)) + ")"
_PERCENT = "(?:%|(?i:percent|per cent|prozent|pct|procent|pour ?cent|por ?cento|por ciento|per cento))"
_MINUS = "[-\u2212\u2013]"
_BEFORE = re.compile(
    rf"\s*(?P<open>\(?)\s*(?P<sign>\+|{_MINUS})?\s*(?P<currency>{BEFORE})?\s*(?P<inner>\(?)(?P<inner_sign>\+|{_MINUS})?\s*"
    r"(?P<mark>[.,]?)"
)
_BEHIND = re.compile(
    rf"(?P<dash>[.,/][-\u2212\u2013\u2014]{{1,2}})?\s*(?P<scale>{_SCALE})?\s*(?P<percent>{_PERCENT}?)\s*(?P<trail>{_MINUS})?\s*"
    rf"(?P<currency>{BEHIND})?\s*(?P<last>{_MINUS})?\s*(?P<close>\)?)\s*"
)


@dataclass(frozen=True)
class Affixes:
    """What surrounds digits: what to multiply them with, the currency as it is written, and whether they are percent.

    `mark` is a decimal sign without a digit before it, as in `$.50`; `cents` stands for those of `1,250.-`.
    """

    factor: float = 1
    currency: str = ""
    percent: bool = False
    mark: str = ""
    cents: str = ""


NO_AFFIXES = Affixes()


@lru_cache(maxsize=10_000)
def read_affixes(before: str, behind: str) -> Affixes | None:
    """Read what stands around digits; None where these are no number then.

    >>> read_affixes("(USD ", "k)"), read_affixes("", " pcs")
    (Affixes(factor=-1000.0, currency='USD', percent=False, mark='', cents=''), None)
    """
    left, right = _BEFORE.fullmatch(before), _BEHIND.fullmatch(behind)
    if left is None or right is None:
        return None
    if left["currency"] and right["currency"] and not is_same_currency(left["currency"], right["currency"]):
        return None
    opened = left["open"] + left["inner"]
    signs = [sign for sign in (left["sign"], left["inner_sign"], right["trail"], right["last"], opened) if sign]
    if len(signs) > 1 or len(opened) != len(right["close"]):
        return None
    scale = _FACTORS[right["scale"].lower()] if right["scale"] else 1.0
    return Affixes(
        factor=-scale if signs and signs[0] != "+" else scale,
        currency=right["currency"] or left["currency"] or "",  # in "$5 CAD" the code says more
        percent=bool(right["percent"]),
        mark=left["mark"],
        cents=f"{right['dash'][0]}00" if right["dash"] and right["dash"][0] != "/" else "",
    )
