"""Ordered answers: bands of numbers such as "11-50" and "1000+", and words such as low and high, in their order."""

import re
from collections.abc import Sequence
from itertools import pairwise
from math import inf

from icp_fit.features.cell_parsing import without_accents

_NUMBER = r"\d[\d.,'\u2019\u00a0 ]*"
_UNIT = r"(?:%|k|m|mm|mn|mio\.?|mrd\.?|bn|b|tsd\.?|million(?:en|s|es)?|billion|thousand|mille|mil)?"
_SIGN = r"(?:us\$|[$€£¥]|usd|eur|gbp|chf|euros?)?"
_SUM = rf"{_SIGN}\s*({_NUMBER})\s*({_UNIT})(?!\w)\s*{_SIGN}"
_REST = r"(?:\s*[a-zà-ÿ.() ]*)"  # of what: employees, Mitarbeiter
_BETWEEN = r"\s*(?:-|\u2013|\u2014|to|bis|a|à|ate|hasta|tot|until|and|et|und|y|e|en)\s*"
_BELOW = (
    r"(?:<=?|\u2264|less than|under|below|up to|fewer than|at most|max\.?|weniger als|unter|bis(?: zu)?|hochstens|"
    r"moins de|jusqu'a|menos de|hasta|ate|meno di|fino a|minder dan|tot|onder)"
)
_ABOVE = (
    r"(?:>=?|\u2265|more than|over|above|at least|from|min\.?|mehr als|uber|ab|mindestens|plus de|a partir de|mas de|"
    r"desde|mais de|piu di|oltre|da|meer dan|boven|vanaf)"
)
_MORE = (
    r"(?:\+|and (?:more|above|over|up)|or more|und mehr|et plus|ou plus|y mas|o mas|e mais|ou mais|e oltre|o piu|"
    r"en meer|of meer)"
)
_BANDS = (
    (
        "between",
        re.compile(rf"(?:between|zwischen|entre|tra|tussen|von|from|de|da|van)?\s*{_SUM}{_BETWEEN}{_SUM}{_REST}"),
    ),
    ("above", re.compile(rf"{_SUM}\s*{_MORE}{_REST}")),
    ("above", re.compile(rf"{_ABOVE}\s*{_SUM}{_REST}")),
    ("below", re.compile(rf"{_BELOW}\s*{_SUM}{_REST}")),
    ("one", re.compile(rf"{_SUM}{_REST}")),
)
_FACTORS = {
    "%": 1.0,
    "k": 1e3,
    "tsd": 1e3,
    "thousand": 1e3,
    "mille": 1e3,
    "mil": 1e3,
    "bn": 1e9,
    "b": 1e9,
    "mrd": 1e9,
    "billion": 1e9,
}
# One scale a row, from least to most; the words of a row that mean the same stand together.
_SCALES = tuple(
    tuple(tuple(word.split("/")) for word in row.split())
    for row in (
        "very_low/lowest low medium/med/mid/moderate/normal high very_high/highest",
        "tiny/micro small medium/med/mid/midsize/mid_size large/big huge/very_large",
        "xxs xs s m l xl xxl xxxl",
        "extra_small/x_small small medium large extra_large/x_large",
        "sehr_niedrig/sehr_gering niedrig/gering mittel/mittelhoch hoch sehr_hoch",
        "sehr_klein klein mittel/mittelgroß/mittelgross groß/gross/gros sehr_groß/sehr_gross/sehr_gros",
        "tres_faible/tres_bas faible/bas/basse moyen/moyenne eleve/elevee/haut/haute tres_eleve/tres_elevee",
        "tres_petit/tres_petite petit/petite moyen/moyenne grand/grande tres_grand/tres_grande",
        "muy_bajo/muy_baja bajo/baja medio/media alto/alta muy_alto/muy_alta",
        "pequeno/pequena/chico mediano/mediana/medio/media grande muy_grande",
        "muito_baixo/muito_baixa baixo/baixa medio/media alto/alta muito_alto/muito_alta",
        "piccolo/piccola medio/media grande molto_grande",
        "molto_basso/molto_bassa basso/bassa medio/media alto/alta molto_alto/molto_alta",
        "zeer_laag laag gemiddeld/midden/middel hoog zeer_hoog",
        "klein/kleine middel/middelgroot/gemiddeld groot/grote zeer_groot",
    )
)


def order_levels(values: Sequence[str]) -> tuple[str, ...] | None:
    """The values in their order, from least to most, where all of them are bands or words of one scale; else None.

    >>> order_levels(["1000+", "<10", "10 bis 50", "51-999"])
    ('<10', '10 bis 50', '51-999', '1000+')
    >>> order_levels(["L", "S", "M"]), order_levels(["north", "low"])
    (('S', 'M', 'L'), None)
    """
    return _order_bands(values) or _order_words(values)


def _order_bands(values: Sequence[str]) -> tuple[str, ...] | None:
    bands = [_read_band(value) for value in values]
    known = [band for band in bands if band is not None]
    if len(known) < max(2, len(values)) or all(low == high for low, high in known):
        return None
    order = sorted(range(len(known)), key=lambda place: known[place])
    in_order = [known[place] for place in order]
    apart = all(one[1] <= other[0] and one != other for one, other in pairwise(in_order))
    return tuple(values[place] for place in order) if apart else None


def _read_band(text: str) -> tuple[float, float] | None:
    """The lowest and highest number of a band, or None."""
    plain = without_accents(text.strip().casefold())
    for kind, pattern in _BANDS:
        if found := pattern.fullmatch(plain):
            numbers = _numbers(found.groups())
            if kind == "between":
                return (numbers[0], numbers[1]) if numbers[0] <= numbers[1] else None
            return {"above": (numbers[0], inf), "below": (-inf, numbers[0]), "one": (numbers[0], numbers[0])}[kind]
    return None


def _numbers(groups: Sequence[str]) -> list[float]:
    """Numbers with their units; in "1-5M" both are millions."""
    texts, units = groups[::2], list(groups[1::2])
    if len(units) == 2 and units[1] and not units[0]:
        units[0] = units[1]
    return [_number(text) * _factor(unit) for text, unit in zip(texts, units, strict=True)]


def _number(text: str) -> float:
    """A round number as bands have it: groups of three digits are thousands, any other sign a decimal one."""
    digits = re.sub(r"[\s'\u2019\u00a0]|[.,](?=\d{3}(?:\D|$))", "", text.strip()).rstrip(".,").replace(",", ".")
    return float(digits) if re.fullmatch(r"\d+(?:\.\d+)?", digits) else inf


def _factor(unit: str) -> float:
    return _FACTORS.get(unit.rstrip("."), 1e6) if unit else 1.0


def _order_words(values: Sequence[str]) -> tuple[str, ...] | None:
    plain = [re.sub(r"[\s_-]+", "_", without_accents(value.strip().casefold())) for value in values]
    for scale in _SCALES:
        place = {word: at for at, words in enumerate(scale) for word in words}
        if (
            len(values) > 1
            and all(word in place for word in plain)
            and len({place[word] for word in plain}) == len(plain)
        ):
            return tuple(value for _, value in sorted(zip((place[word] for word in plain), values, strict=True)))
    return None
