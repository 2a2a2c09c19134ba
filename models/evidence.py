"""Evidence: how many of the deals trained on gave which answer, and how many of those were won.

Answers are counted in groups: yes and no, each level, each value, and up to five ranges of a number, which end at
numbers that people use.
"""

from dataclasses import dataclass

import numpy as np

from icp_fit.features.encoder import signed_log
from icp_fit.features.factors import Factor, Profile
from icp_fit.models.prior import scale_ends

MOST_GROUPS = 5
# Fewer deals than this are no evidence, so no more groups are made than can have as many.
FEWEST_DEALS = 5
# By how much of the deals a group may be larger or smaller, so that it ends at a rounder number.
SLACK = 0.05
# Enough deals to place the ends of groups by.
ENOUGH_DEALS = 20_000


@dataclass(frozen=True)
class Evidence:
    """For each factor its groups of answers, with the deals that gave them, those won, and a typical answer.

    Answers are numbers as of `features.encoder.answer_numbers`. `groups[factor]` holds the highest answer of every
    group but the last, which is open; the arrays of `deals`, `won` and `typical` have one entry a group. `n_deals` and
    `n_won` are all deals trained on, answered or not.
    """

    groups: tuple[np.ndarray, ...]
    typical: tuple[np.ndarray, ...]
    deals: tuple[np.ndarray, ...]
    won: tuple[np.ndarray, ...]
    n_deals: int
    n_won: int

    def of(self, factor: int, number: float | np.ndarray) -> np.ndarray:
        """The group of one answer or many, -1 where unanswered; `factor` is its position in the profile."""
        return np.where(np.isnan(number), -1, np.searchsorted(self.groups[factor], number))

    def span(self, factor: int, group: int) -> tuple[float, float]:
        """Between which numbers a group's answers are: above the first, up to the second; infinite where open."""
        ends = [-np.inf, *self.groups[factor].tolist(), np.inf]
        return ends[group], ends[group + 1]


def count_evidence(profile: Profile, numbers: np.ndarray, won: np.ndarray) -> Evidence:
    """Group and count the answers of the deals trained on.

    Parameters
    ----------
    numbers : (deals, factors), NaN where unanswered
    won : (deals,) 1 or true where the deal was won
    """
    some = numbers[:: max(1, len(numbers) // ENOUGH_DEALS)]
    groups, typical = zip(*(_groups(factor, some[:, j]) for j, factor in enumerate(profile.factors)), strict=True)
    won = np.asarray(won, dtype=np.intp)
    counts = [_counts(edges, numbers[:, j], won) for j, edges in enumerate(groups)]
    return Evidence(
        groups=groups,
        typical=typical,
        deals=tuple(lost_and_won.sum(axis=0) for lost_and_won in counts),
        won=tuple(lost_and_won[1] for lost_and_won in counts),
        n_deals=len(won),
        n_won=int(won.sum()),
    )


def trained_questions(profile: Profile, evidence: Evidence) -> tuple[str, ...]:
    """The factors that some deal trained on answered; without any, all that can be asked of an open deal."""
    answered = [factor.id for factor, deals in zip(profile.factors, evidence.deals, strict=True) if deals.sum()]
    return tuple(answered or [factor.id for factor in profile.factors if factor.known_at == "qualification"])


def _counts(edges: np.ndarray, numbers: np.ndarray, won: np.ndarray) -> np.ndarray:
    """Lost and won deals in each group, shape (2, groups)."""
    cells = len(edges) + 2  # the last one is for unanswered, which searchsorted puts beyond all numbers
    cell = np.searchsorted(edges, numbers) + np.isnan(numbers)
    return np.bincount(cell + cells * won, minlength=2 * cells).reshape(2, cells)[:, :-1]


def _groups(factor: Factor, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The ends of a factor's groups of answers, and a typical answer of each."""
    if not factor.is_number:
        typical = np.arange(len(factor.choices) or 2, dtype=float)
        return typical[:-1], typical
    answers = np.sort(numbers[~np.isnan(numbers)])
    if len(answers) < 2 * FEWEST_DEALS and factor.scale is not None:
        return _groups_of_scale(factor)
    ends = _quantile_ends(answers, min(MOST_GROUPS, len(answers) // FEWEST_DEALS))
    below, first = np.unique(np.searchsorted(answers, ends, side="right"), return_index=True)
    inside = (below > 0) & (below < len(answers))
    parts = np.split(answers, below[inside])
    without_answers = factor.lowest or 0.0
    typical = np.array([part[(len(part) - 1) // 2] if len(part) else without_answers for part in parts])
    return ends[first[inside]], typical


def _quantile_ends(answers: np.ndarray, groups: int) -> np.ndarray:
    """Where so many groups of sorted answers end, each about as large as the others."""
    at = np.arange(1, groups) / max(groups, 1)
    ranks = len(answers) * np.stack([at - SLACK, at, at + SLACK]) - [[1], [1], [0]]
    low, middle, high = answers[np.clip(ranks, 0, max(len(answers) - 1, 0)).astype(int)]
    return np.array([_roundest(*ends) for ends in zip(low, middle, high, strict=True)])


def _groups_of_scale(factor: Factor) -> tuple[np.ndarray, np.ndarray]:
    """Groups around answers that are evenly spread over a factor's scale, as the profile's weight is."""
    typical = np.unique([_round_number(factor, place) for place in np.linspace(*scale_ends(factor), MOST_GROUPS)])
    places = signed_log(typical)
    middle = [_round_number(factor, place) for place in (places[:-1] + places[1:]) / 2]
    return np.array([_roundest(*ends) for ends in zip(typical[:-1], middle, typical[1:], strict=True)]), typical


def _round_number(factor: Factor, place: float) -> float:
    """The number that has this signed log, rounded as people would."""
    number = float(np.sign(place) * np.expm1(np.abs(place)))
    return float(np.rint(number)) if factor.kind == "count" and number < 100 else _rounded(number, 2)


def _roundest(low: float, middle: float, high: float) -> float:
    """The number of the fewest digits from `low` to below `high`, and of these the one nearest to `middle`."""
    for digits in range(1, 16):
        rounded = [_rounded(number, digits) for number in (low, middle, high)]
        fitting = [number for number in rounded if low <= number < high]
        if fitting:
            return min(fitting, key=lambda number: abs(number - middle))
    return float(low)


def _rounded(number: float, digits: int) -> float:
    return float(f"{number:.{digits - 1}e}")
