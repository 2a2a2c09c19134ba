"""Whether predicted win probabilities come true: on average, in their spread, and in groups of like deals."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from icp_fit.training.accuracy import HeldOutScores
from icp_fit.training.statistics import Floats, Interval, build_means, estimate, log_losses, win_rate

DEALS_A_BIN = 40


@dataclass(frozen=True)
class Calibration:
    """Mean predicted probability and actual win rate, and what lies between them; rates from 0 to 1.

    `gap` is predicted minus actual (calibration in the large). `slope` is 1 where scores spread as they should, less
    where they are too extreme, more where they lie too close together (Cox 1958). `drift` is the actual win rate minus
    that of the deals trained on.
    """

    predicted: float
    won: Interval
    gap: Interval
    slope: Interval
    drift: Interval


@dataclass(frozen=True)
class ReliabilityBin:
    """Deals of like win probability: what was predicted, and how many were won."""

    predicted: float
    won: Interval
    deals: int


def measure_calibration(scored: HeldOutScores, seed: int = 0) -> Calibration:
    """How the predicted win probabilities compare with the wins; the slope is not-a-number with one outcome only."""
    predicted, before = expit(scored.model), expit(scored.base_rate)
    mean = build_means({"won": scored.won, "gap": predicted - scored.won, "drift": scored.won - before})
    slope = _slope(scored.model, scored.won)
    intervals = estimate(lambda weights: {**mean(weights), "slope": slope(weights)}, scored.cluster, seed)
    return Calibration(float(predicted.mean()), **intervals)


def measure_reliability(scored: HeldOutScores) -> tuple[ReliabilityBin, ...]:
    """The reliability curve: deals in three to ten groups of equal size by win probability, each of 40 or more.

    Equal size and not equal width, so that no group is too small to say anything (Bröcker and Smith 2007). Deals of one
    win probability are never divided, so there may be fewer groups.
    """
    predicted = expit(scored.model)
    bins = int(np.clip(len(predicted) / scored.repeats // DEALS_A_BIN, 3, 10))
    edges = np.unique(np.quantile(predicted, np.arange(1, bins) / bins))
    places = np.searchsorted(edges, predicted, side="right")
    return tuple(
        ReliabilityBin(
            predicted=float(predicted[inside].mean()),
            won=win_rate(scored.won[inside], scored.repeats),
            deals=scored.count(inside),
        )
        for inside in (places == place for place in np.unique(places))
    )


def _slope(log_odds: Floats, won: Floats) -> Callable[[Floats], Floats]:
    """The slope of a logistic regression of the outcome on the log-odds (Cox 1958).

    Each resample takes one Newton step from the fit to all deals, which is as exact as an interval needs.
    """
    if np.ptp(log_odds) < 1e-9 or np.ptp(won) == 0:
        return lambda weights: np.full(len(weights), np.nan)
    intercept, slope = minimize(_loss, np.array([0.0, 1.0]), (log_odds, won), method="BFGS", jac=True).x
    rate = expit(intercept + slope * log_odds)
    spread, error = rate * (1 - rate), won - rate
    steps = np.column_stack([spread, spread * log_odds, spread * log_odds**2, error, error * log_odds])

    def statistic(weights: Floats) -> Floats:
        h00, h01, h11, g0, g1 = (weights @ steps).T
        return np.asarray(slope + (h00 * g1 - h01 * g0) / (h00 * h11 - h01**2))

    return statistic


def _loss(at: Floats, log_odds: Floats, won: Floats) -> tuple[float, Floats]:
    """Log loss and its gradient; the slight pull to (0, 1) keeps the slope finite where the score divides perfectly."""
    margin, pull = at[0] + at[1] * log_odds, 0.01 * (at - [0.0, 1.0])
    error = expit(margin) - won
    loss = log_losses(margin, won).sum() + 50 * (pull @ pull)
    return float(loss), np.array([error.sum(), error @ log_odds]) + pull
