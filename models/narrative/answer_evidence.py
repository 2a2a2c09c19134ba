"""The evidence of an answer: what became of the deals trained on that gave it, in a sentence."""

from math import inf

from icp_fit.features.factors import Factor
from icp_fit.models.evidence import FEWEST_DEALS, Evidence
from icp_fit.models.narrative.view import AnswerEvidence
from icp_fit.models.narrative.wording import number_text

# Standard errors by which a group of deals may differ from all without a clear difference.
NOISE = 2.0
# Win rates that are no further apart are as good as the same.
ALIKE = 0.03
# From here on "more than 20,000" reads better than "20,001 or more".
LARGE = 100


def usual_answer(factor: Factor, position: int, evidence: Evidence) -> float | None:
    """The middle one of the answers of the deals trained on, where they have an order and are enough."""
    counts = evidence.deals[position]
    if factor.kind in ("yes_no", "category") or counts.sum() < FEWEST_DEALS:
        return None
    middle = (2 * counts.cumsum() >= counts.sum()).argmax()
    return float(evidence.typical[position][middle])


def count_answers(factor: Factor, position: int, group: int, side: int, evidence: Evidence) -> AnswerEvidence | None:
    """What became of deals with an answer of this group, none where they are too few.

    A number that counts for being high is counted with all that are as high or higher, and one that counts for being
    low likewise: more deals say more.
    """
    first, last = _counted_groups(factor, group, side, len(evidence.deals[position]))
    deals = int(evidence.deals[position][first : last + 1].sum())
    won = int(evidence.won[position][first : last + 1].sum())
    if deals < FEWEST_DEALS:
        return None
    # rounded before they are written, so that the sentence rounds what stands beside it
    rate, overall = round(won / deals, 4), round(evidence.n_won / evidence.n_deals, 4)
    such = "such deals"
    if factor.is_number:
        such = f"deals with {range_text(factor, evidence.span(position, first)[0], evidence.span(position, last)[1])}"
    agrees = side == 0 or ((rate > overall) == (side > 0) and f"{rate:.0%}" != f"{overall:.0%}")
    caveat = "" if agrees else _caveat(rate, overall, deals)
    sentence = f"Won {rate:.0%} of {deals:,} {such}, {overall:.0%} overall{caveat}."
    return AnswerEvidence(deals, won, rate, overall, agrees, sentence)


def range_text(factor: Factor, above: float, to: float) -> str:
    """The numbers above one and up to another, as in "6 or more"."""
    if above == -inf and to == inf:
        return "any answer"
    if factor.kind == "count":
        return _whole_range(above, to)
    return _open_range(above, to)


def _counted_groups(factor: Factor, group: int, side: int, groups: int) -> tuple[int, int]:
    """The first and the last group to count."""
    stands = factor.sign * side if factor.is_number else 0
    first, last = (group, groups - 1) if stands > 0 else (0, group) if stands < 0 else (group, group)
    # a range of all answers says nothing
    return (group, group) if last - first + 1 == groups else (first, last)


def _caveat(rate: float, overall: float, deals: int) -> str:
    """What to add where deals alone do not say what the score says; it knows the other answers and the profile."""
    apart, noise = abs(rate - overall), NOISE * (overall * (1 - overall) / deals) ** 0.5
    if apart > noise:
        return "; these deals alone suggest the opposite"
    return ", no clear difference" if apart < ALIKE else "; too few to tell"


def _whole_range(above: float, to: float) -> str:
    if to == inf and above >= LARGE:
        return f"more than {number_text(above)}"
    first, last = number_text(above // 1 + 1) if above > -inf else "0", number_text(to // 1) if to < inf else ""
    if not last:
        return f"{first} or more"
    if first == last:
        return last
    return f"{first} to {last}" if above > -inf else f"{last} or fewer"


def _open_range(above: float, to: float) -> str:
    if above == -inf:
        return f"{number_text(to)} or less"
    return f"more than {number_text(above)}" + (f" and up to {number_text(to)}" if to < inf else "")
