"""Statistics of deals, each with a 95% interval.

Every interval comes from the Bayesian bootstrap (Rubin 1981, Annals of Statistics 9): clusters, which are accounts
where these are known, get weights drawn from the exponential distribution, and the interval is between the 2.5% and
97.5% quantiles of the statistic over the draws. Deals of one account so move together, and no resample ever loses an
outcome. All statistics of one call share their resamples, which makes differences between them paired.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from icp_fit.training.splits import Ints

Floats = NDArray[np.float64]
# From weights, positive, of shape (resamples, deals), to a value a resample, shape (resamples,), for each name.
Statistic = Callable[[Floats], Mapping[str, Floats]]

LEVEL = 0.95
MIN_ACCOUNTS = 20  # an interval from fewer is too narrow
TOP = 0.1  # the share of the deals that lift is about
# About this many weights are drawn in all, which keeps a million deals within seconds, and so many at once.
DRAWS, CHUNK = 20_000_000, 2_000_000


@dataclass(frozen=True)
class Interval:
    """A value and the bounds of its 95% interval; not-a-number where it cannot be computed."""

    value: float
    low: float
    high: float

    @property
    def unbounded(self) -> "Interval":
        """The value without bounds: where all deals ended alike, resampling them says nothing of the other outcome."""
        return Interval(self.value, math.nan, math.nan)


def estimate(statistic: Statistic, clusters: Ints, seed: int = 0) -> dict[str, Interval]:
    """Each value of the statistic on all deals, with its interval by resampling clusters.

    `clusters` numbers the group of each deal, shape (deals,): those of one number get one weight in a resample. There
    are 200 to 1,000 resamples, the fewer the more deals there are. The value is that of equal weights.
    """
    codes = np.unique(clusters, return_inverse=True)[1]
    values = statistic(np.ones((1, len(codes))))
    resamples = int(np.clip(DRAWS // len(codes), 200, 1_000))
    rows = max(1, CHUNK // len(codes))
    rng = np.random.default_rng(seed)
    resampled: dict[str, list[Floats]] = {name: [] for name in values}
    for start in range(0, resamples, rows):
        weights = rng.standard_exponential((min(rows, resamples - start), codes.max() + 1))[:, codes]
        for name, values_drawn in statistic(weights).items():
            resampled[name].append(values_drawn)
    tails = (1 - LEVEL) / 2, (1 + LEVEL) / 2
    bounds = {name: np.quantile(np.concatenate(parts), tails) for name, parts in resampled.items()}
    return {name: Interval(float(values[name][0]), float(low), float(high)) for name, (low, high) in bounds.items()}


def build_means(columns: Mapping[str, Floats]) -> Statistic:
    """The statistic that is the mean of each column; columns have the shape (deals,)."""
    matrix = np.column_stack(list(columns.values()))

    def statistic(weights: Floats) -> Mapping[str, Floats]:
        return dict(zip(columns, ((weights @ matrix) / weights.sum(axis=1, keepdims=True)).T, strict=True))

    return statistic


def log_losses(log_odds: Floats, won: Floats) -> Floats:
    """The log loss of each deal in nats, shape (deals,): log(1 + exp(-log-odds)) of the outcome that came.

    From log-odds, so that no certainty has to be clipped.
    """
    return np.logaddexp(0.0, np.where(won > 0, -log_odds, log_odds))


def build_ranking(log_odds: Floats, won: Floats) -> Callable[[Floats], tuple[Floats, Floats]]:
    """AUC, and lift in the top decile, of a score for weights of shape (resamples, deals); each (resamples,).

    Both come from the walk from the best score down. AUC is the area under wins against losses by the trapezoidal rule,
    which counts ties half (Bamber 1975). Deals tied across the edge of the top decile count in proportion.
    Not-a-number with one outcome only.
    """
    walk = walk_down(log_odds, won)

    def statistic(weights: Floats) -> tuple[Floats, Floats]:
        deals, wins = walk(weights)
        losses = deals - wins
        with np.errstate(invalid="ignore", divide="ignore"):
            auc = np.trapezoid(wins, losses, axis=1) / (wins[:, -1] * losses[:, -1])
            wins_in_top = [np.interp(TOP * d[-1], d, w) / w[-1] for d, w in zip(deals, wins, strict=True)]
        return auc, np.array(wins_in_top) / TOP

    return statistic


def walk_down(log_odds: Floats, won: Floats) -> Callable[[Floats], tuple[Floats, Floats]]:
    """Deals and wins so far, after each distinct score from the best down, starting from none.

    Both have the shape (resamples, 1 + distinct scores). Deals of equal score come in one step, so that their order
    does not matter.
    """
    order = np.argsort(-log_odds, kind="stable")
    steps = np.flatnonzero(np.diff(log_odds[order], prepend=np.inf))
    won = won[order]

    def so_far(weights: Floats) -> Floats:
        return np.pad(np.add.reduceat(weights, steps, axis=1).cumsum(axis=1), ((0, 0), (1, 0)))

    def walk(weights: Floats) -> tuple[Floats, Floats]:
        weights = weights[:, order]
        return so_far(weights), so_far(weights * won)

    return walk


def win_rate(won: Floats, repeats: float = 1.0) -> Interval:
    """The share of won deals, with Wilson's interval (Wilson 1927); each deal occurs `repeats` times in `won`.

    Resampling would give a group without wins an interval of no width.
    """
    deals = max(1, round(len(won) / repeats))
    bounds = binomtest(min(deals, round(won.sum() / repeats)), deals).proportion_ci(LEVEL, method="wilson")
    return Interval(float(won.mean()), float(bounds.low), float(bounds.high))


def to_plain(value: Any) -> Any:
    """Values as plain dictionaries and lists; what cannot be computed is None."""
    if is_dataclass(value):
        return {f.name: to_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {key: to_plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value
