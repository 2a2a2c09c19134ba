"""Words for answers: one answer as a seller reads it, in a sentence, and beside the answer that is usual.

A *side* is what an answer does to the score: 1 it is a strength, -1 a risk, 0 neither.
"""

from math import isnan

from icp_fit.features.factors import Factor


def answer_text(factor: Factor, number: float) -> str:
    """An answer, given as a number, as a person writes it."""
    if isnan(number):
        return "not answered"
    if factor.kind == "yes_no":
        return "yes" if number else "no"
    return factor.choices[int(number)].replace("_", " ") if factor.choices else number_text(number)


def number_text(number: float) -> str:
    """A number with as many digits as are read at a glance: whole from 100 on, else with up to two decimals."""
    if abs(number) >= 100 or number == int(number):
        return f"{number:,.0f}"
    return f"{number:,.2f}".rstrip("0").rstrip(".") if abs(number) >= 1 else f"{number:.2g}"


def answer_clause(factor: Factor, number: float) -> str:
    """What the deal is like when this is the answer, without a full stop; by the label without phrases."""
    if isnan(number) or not factor.phrases:
        return f"{factor.label}: {answer_text(factor, number)}"
    if factor.is_number:
        return factor.phrases[-1 if number == 1 else 0].replace("{answer}", number_text(number))
    return factor.phrases[int(number)]


def answer_sentence(factor: Factor, number: float, side: int, usual: float | None) -> tuple[str, str | None]:
    """The sentence of a reason, and the usual answer where the sentence compares with it.

    Points are relative to the average deal. So an answer that is good by itself can lower a score, which would
    look like a mistake if the sentence did not say that other deals have a better one.
    """
    clause = answer_clause(factor, number)
    if isnan(number):
        return f"{clause}, which this profile counts as a sign of its own.", None
    if contradicts(factor, number, side):
        return f"{clause}, although the profile counts it the other way.", None
    compare = _beside_usual_number if factor.is_number else _beside_usual_level
    compared = "" if usual is None else compare(factor, number, side, usual)
    if usual is not None and compared:
        return f"{clause}{compared}.", answer_text(factor, usual)
    return f"{clause}{_better(factor, number) if side < 0 else ''}.", None


def contradicts(factor: Factor, number: float, side: int) -> bool:
    """Whether the best answer by the profile's direction counts against a deal, or the worst one for it."""
    if factor.is_number or not factor.sign or not side:
        return False  # no number is the best
    best, worst = _ends(factor)
    return number == (worst if side > 0 else best)


def _beside_usual_number(factor: Factor, number: float, side: int, usual: float) -> str:
    text = number_text(usual)
    if text == number_text(number):
        return ""
    is_more = number > usual
    if factor.sign * side and is_more != (factor.sign * side > 0):
        return ""  # it stands on the other side of the average than of the usual answer
    return f", {'more' if is_more else _less(factor)} than the usual {text}"


def _beside_usual_level(factor: Factor, number: float, side: int, usual: float) -> str:
    is_better = (number - usual) * factor.sign * side > 0
    # the best and the worst level explain themselves
    return f" (usual answer: {answer_text(factor, usual)})" if is_better and number not in _ends(factor) else ""


def _better(factor: Factor, number: float) -> str:
    """Which answer would score higher, of a factor that points somewhere."""
    if not factor.sign:
        return ""
    if factor.is_number:
        return f"; {'more' if factor.sign > 0 else _less(factor)} would score higher"
    best, worst = _ends(factor)
    return "" if number == worst else f" (“{answer_text(factor, best)}” would score higher)"


def _less(factor: Factor) -> str:
    return "fewer" if factor.kind == "count" else "less"


def _ends(factor: Factor) -> tuple[int, int]:
    """The best and the worst answer by the direction of a factor."""
    last = len(factor.levels) - 1 if factor.levels else 1
    return (last, 0) if factor.sign > 0 else (0, last)
