"""What if: the score that other answers would give, and what a seller can do about the answers that there are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import expit

from icp_fit.features.deal_reader import DealReader, answer_of
from icp_fit.features.factors import Factor
from icp_fit.models.compiled import CompiledModel
from icp_fit.models.evidence import Evidence
from icp_fit.models.explain import Explanation, explain_numbers, path_slope

LEAST_GAIN = 0.5  # points
# Answers whose scores differ by less than this many points are worth the same.
ALIKE = 1e-9


@dataclass(frozen=True)
class WhatIf:
    """A deal as it is and as it would be, each explained, with the difference that every factor makes."""

    before: Explanation
    after: Explanation

    @property
    def log_odds_by_factor(self) -> np.ndarray:
        """What each factor's part in the log-odds rises by, shape (factors,)."""
        return self.after.log_odds_by_factor[0] - self.before.log_odds_by_factor[0]

    @cached_property
    def points_by_factor(self) -> np.ndarray:
        """The same in points of the score, on the straight path between the two deals, shape (factors,)."""
        return self.log_odds_by_factor * path_slope(self.before.log_odds, self.after.log_odds)

    @property
    def points(self) -> float:
        """What the score rises by, before it is rounded: the sum over the factors."""
        return 100 * float(self.after.win_probability[0] - self.before.win_probability[0])


@dataclass(frozen=True)
class Action:
    """A better answer within reach: from which answer to which, and the score before and after.

    `points` is the gain before scores are rounded.
    """

    factor: Factor
    answer: bool | float | int | str | None
    better: bool | float | int | str | None
    score_before: int
    score_after: int
    points: float

    @property
    def advice(self) -> str:
        return self.factor.advice


def what_if(compiled: CompiledModel, numbers: np.ndarray, changes: Mapping[str, object]) -> WhatIf:
    """Change some answers of a deal, shape (factors,), as JSON gives them; None takes an answer away.

    Raises AnswerError for a change that cannot be used.
    """
    changed = DealReader(compiled.profile).change(numbers, changes)
    both = explain_numbers(compiled, np.stack([numbers, changed]))
    return WhatIf(both[0], both[1])


def actions(compiled: CompiledModel, numbers: np.ndarray) -> list[Action]:
    """What a seller can do about a deal, shape (factors,), the change that adds most first.

    It takes a factor with advice, a direction and an answer: without an answer there is a question to ask first, and
    without a direction nobody says where the advice leads. Changes worth less than half a point are left out.
    """
    options = list(_options(compiled.profile.factors, numbers, compiled.model.evidence_))
    deals = np.tile(numbers, (len(options) + 1, 1))
    for row, (factor, better) in enumerate(options, start=1):
        deals[row, factor] = better
    score = 100 * expit(compiled.log_odds(deals))
    found = []
    for factor in dict.fromkeys(factor for factor, _ in options):
        rows = [row for row, (changed, _) in enumerate(options, start=1) if changed == factor]
        # Of answers that are worth the same, the nearest one: it is listed first.
        best = next(row for row in rows if score[row] >= score[rows].max() - ALIKE)
        if score[best] - score[0] >= LEAST_GAIN:
            found.append(_action(compiled.profile.factors[factor], deals[[0, best], factor], score[[0, best]]))
    return sorted(found, key=lambda action: -action.points)


def _options(factors: tuple[Factor, ...], numbers: np.ndarray, evidence: Evidence) -> Iterator[tuple[int, float]]:
    """Positions of factors with the better answers within reach, the nearest first."""
    for j, factor in enumerate(factors):
        if factor.advice and factor.sign and not np.isnan(numbers[j]):
            better = _next_group(factor, j, numbers[j], evidence) if factor.is_number else _beyond(factor, numbers[j])
            yield from ((j, number) for number in better)


def _beyond(factor: Factor, number: float) -> list[float]:
    """Levels, or yes and no, beyond an answer in the factor's direction."""
    last = len(factor.choices or "ny") - 1
    ahead = range(int(number) + 1, last + 1) if factor.sign > 0 else range(int(number) - 1, -1, -1)
    return [float(answer) for answer in ahead]


def _next_group(factor: Factor, j: int, number: float, evidence: Evidence) -> list[float]:
    """The typical number of the next group of answers; in the outermost group its own, if that is better."""
    typical = evidence.typical[j]
    group = int(evidence.of(j, number)) + factor.sign
    better = float(typical[np.clip(group, 0, len(typical) - 1)])
    return [better] if (better - number) * factor.sign > 0 else []


def _action(factor: Factor, numbers: np.ndarray, score: np.ndarray) -> Action:
    before, after = np.rint(score).astype(int).tolist()
    return Action(
        factor=factor,
        answer=answer_of(factor, numbers[0]),
        better=answer_of(factor, numbers[1]),
        score_before=before,
        score_after=after,
        points=float(score[1] - score[0]),
    )
