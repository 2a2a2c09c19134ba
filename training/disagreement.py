"""Where the deals disagree with the profile: each factor's weight by the deals alone, beside the profile's.

The served members keep to the declared directions: an answer whose true direction is the other one looks flat in them.
Here a logistic regression without bounds is fitted to all factors at once, each on the profile's own scale, so that its
coefficients are weights. It lives in `training`, for it needs outcomes, and nothing that is served depends on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import false_discovery_control, t
from threadpoolctl import threadpool_limits

from icp_fit.features.encoder import AnswerEncoder
from icp_fit.features.factors import Factor
from icp_fit.training.factor_scale import find_factor_scale
from icp_fit.training.splits import Ints
from icp_fit.training.statistics import LEVEL, Floats, Interval

Finding = Literal[
    "points the other way",
    "no effect found",
    "stronger than declared",
    "weaker than declared",
    "matters without a weight",
    "agrees",
    "too few deals to tell",
]
# Of the disagreements that are listed, at most this share is expected to be chance (Benjamini and Hochberg 1995).
FALSE_FINDINGS = 0.05
# Before any deal a weight may lie 1 above or below the declared one; a few hundred deals drown that.
PRECISION = 1.0
MOST_DEALS = 50_000
MOST_STEPS = 30


@dataclass(frozen=True)
class LearnedWeight:
    """A factor's weight by the deals beside the profile's, in log-odds of the most favourable answer.

    `declared` is the profile's, 0 where it gives none. Then `learned` is positive if more of a number wins, and of a
    category half of what lies between two values, the better one first in `values`. `chance` is the probability of such
    a difference if the declared weight were right (the p-value); `deals` counts those that gave an answer.
    """

    factor: str
    label: str
    declared: float
    learned: Interval
    finding: Finding
    chance: float
    deals: int
    values: tuple[str, ...] = ()

    @property
    def disagrees(self) -> bool:
        is_consistent = self.finding in ("agrees", "too few deals to tell")
        return not is_consistent and (self.declared > 0 or self.finding != "no effect found")


@dataclass(frozen=True)
class _Regression:
    """Weights (columns,), their covariance (columns, columns), and the degrees of freedom that it has, in accounts."""

    weights: Floats
    covariance: Floats
    freedom: float


@dataclass(frozen=True)
class _WeightComparison:
    """A factor's weight by the deals, the chance of it if the declared weight were right, and a category's values."""

    learned: Interval
    chance: float
    values: tuple[str, ...]


def weigh_factors(encoder: AnswerEncoder, answers: pd.DataFrame, won: Floats, accounts: Ints) -> list[LearnedWeight]:
    """The weight of every factor by the deals, the most certain disagreement first.

    Parameters
    ----------
    encoder : fitted on the answers
    answers : (deals, factors) typed
    won : (deals,) 1 where the deal was won, else 0
    accounts : (deals,) the account of each deal, whose deals are one piece of evidence together
    """
    factors, some = encoder.profile.factors, slice(None, None, max(len(answers) // MOST_DEALS, 1))
    with threadpool_limits(1):  # on matrices as small as these, threads wait for each other longer than they work
        scale = find_factor_scale(encoder, answers.iloc[some])
        declared = np.array([factors[j].weight if j >= 0 else 0.0 for j in scale.factor])
        regression = _fit(scale.matrix, declared, won[some], accounts[some])
    owned = [np.flatnonzero(scale.factor == j) for j in range(len(factors))]
    columns = [(factor, own) for factor, own in zip(factors, owned, strict=True) if len(own)]
    compared = [_compare(regression, own, factor.weight, scale.values) for factor, own in columns]
    chances = [comparison.chance for comparison in compared]
    significant = false_discovery_control(chances) <= FALSE_FINDINGS if chances else ()
    weights = [
        _weigh(factor, comparison, bool(sure), int(answers[factor.id].notna().sum()))
        for (factor, _), comparison, sure in zip(columns, compared, significant, strict=True)
    ]
    return sorted(weights, key=lambda weight: (not weight.disagrees, weight.chance))


def _fit(matrix: Floats, declared: Floats, won: Floats, accounts: Ints) -> _Regression:
    """Newton's method on the log-likelihood, with a penalty that pulls toward the declared weights.

    The covariance is the sandwich over accounts (Liang and Zeger 1986), to which the penalty adds its own precision.
    """
    matrix = np.column_stack([matrix, np.ones(len(won))])
    start = np.append(declared, logit((won.sum() + 0.5) / (len(won) + 1)))
    penalty = np.append(np.full(len(declared), PRECISION), 0.01)
    weights = start.copy()
    for _ in range(MOST_STEPS):
        p = expit(matrix @ weights)
        curvature = (matrix.T * (p * (1 - p))) @ matrix
        inverse = np.linalg.inv(curvature + np.diag(penalty))
        step = inverse @ (matrix.T @ (won - p) - penalty * (weights - start))
        weights += step
        if np.abs(step).max() < 1e-6:
            break
    by_account = _sums(matrix * (won - p)[:, None], accounts)
    freedom = max(len(by_account) - float(np.trace(inverse @ curvature)), 1.0)
    spread = by_account.T @ by_account * len(by_account) / freedom + np.diag(penalty)
    return _Regression(weights[:-1], (inverse @ spread @ inverse)[:-1, :-1], freedom)


def _sums(scores: Floats, accounts: Ints) -> Floats:
    """The sum of each account's rows, shape (accounts, columns)."""
    order = np.argsort(accounts, kind="stable")
    starts = np.flatnonzero(np.diff(accounts[order], prepend=-1))
    return np.add.reduceat(scores[order], starts)


def _compare(regression: _Regression, own: Ints, declared: float, values: Sequence[str]) -> _WeightComparison:
    """A factor's weight against the declared one; of a category, the two values that differ with the least doubt."""
    weights, covariance = regression.weights[own], regression.covariance[np.ix_(own, own)]
    contrasts = _contrasts(len(own))
    learned = contrasts @ weights
    errors = np.sqrt(((contrasts @ covariance) * contrasts).sum(axis=1))
    best = int(np.abs((learned - declared) / errors).argmax())
    value, error, contrast = float(learned[best]), float(errors[best]), contrasts[best]
    # The most certain of many pairs differs by chance more often than any one of them (Bonferroni).
    chance = 2 * t.sf(abs(value - declared) / error, regression.freedom) * len(contrasts)
    half_width = error * float(t.isf((1 - LEVEL) / 2 / len(contrasts), regression.freedom))
    if not any(values[column] for column in own):
        return _WeightComparison(Interval(value, value - half_width, value + half_width), min(float(chance), 1.0), ())
    better, worse = (values[own[column]] for column in np.argsort(-np.sign(value) * contrast)[[0, -1]])
    value = abs(value)
    return _WeightComparison(
        Interval(value, value - half_width, value + half_width), min(float(chance), 1.0), (better, worse)
    )


def _contrasts(count: int) -> Floats:
    """Half the difference of every two columns, one pair a row; a single column stands for itself."""
    if count == 1:
        return np.ones((1, 1))
    one, other = np.triu_indices(count, 1)
    return (np.eye(count)[one] - np.eye(count)[other]) / 2


def _weigh(factor: Factor, comparison: _WeightComparison, sure: bool, deals: int) -> LearnedWeight:
    finding = _judge(factor, comparison.learned, sure)
    return LearnedWeight(
        factor.id, factor.label, factor.weight, comparison.learned, finding, comparison.chance, deals, comparison.values
    )


def _judge(factor: Factor, learned: Interval, sure: bool) -> Finding:
    """The finding; `sure` says that the difference from the declared weight is significant among so many factors."""
    without = learned.low <= 0 <= learned.high
    if sure and factor.sign and learned.high < 0:
        return "points the other way"
    if sure and not factor.weight:
        return "matters without a weight"
    if not sure and not factor.weight:
        return "no effect found" if without else "too few deals to tell"
    if sure and without:
        return "no effect found"
    if sure:
        return "stronger than declared" if learned.value > factor.weight else "weaker than declared"
    agrees = learned.low <= factor.weight <= learned.high and not without
    return "agrees" if agrees else "too few deals to tell"
