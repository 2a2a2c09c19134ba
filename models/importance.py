"""How far each factor and each dimension moves the score of the deals trained on, with intervals.

Importance is the mean absolute contribution to the score. A dimension's is that of the sum of its factors, which may
cancel. Its variance is the sum of three: that of the fits on each fold's deals (the jackknife over one importance a
fit), that of the profile's weights, which are assumptions, and that of the deals that it is averaged over.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t

from icp_fit.features.answers import check_answers
from icp_fit.features.encoder import answer_numbers
from icp_fit.features.factors import Dimension, Factor
from icp_fit.models.compiled import compile_model, model_fits
from icp_fit.models.explain import path_slope
from icp_fit.models.fit import FitClassifier
from icp_fit.models.interval import WEIGHT_UNCERTAINTY, jackknife_variance
from icp_fit.models.prior import profile_contributions

LEVEL = 0.95
# The mean over so many deals is far surer than what they are the mean of.
ENOUGH = 1_000


@dataclass(frozen=True)
class Estimate:
    """A figure and the bounds of its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Importance:
    """How far a factor or a dimension moves the average deal; where a deal gives no answer it counts as zero."""

    id: str
    label: str
    log_odds: Estimate
    points: Estimate


@dataclass(frozen=True)
class Importances:
    """Factors and dimensions, each with the most important one first."""

    factors: tuple[Importance, ...]
    dimensions: tuple[Importance, ...]


@dataclass(frozen=True)
class _Contributions:
    """What the factors add to deals, in log-odds or in points."""

    # (deals, factors) as served, and by each fit alone
    served: np.ndarray
    fits: list[np.ndarray]
    # (deals, factors) what the profile member adds of that
    profile: np.ndarray
    folds: int

    def in_points(self, base_log_odds: float) -> "_Contributions":
        def slope(values: np.ndarray) -> np.ndarray:
            return path_slope(base_log_odds, base_log_odds + values.sum(axis=1))[:, None]

        fits = [fit * slope(fit) for fit in self.fits]
        return _Contributions(self.served * slope(self.served), fits, self.profile * slope(self.served), self.folds)

    def estimates(self, part: np.ndarray) -> list[Estimate]:
        """The mean absolute contribution of each part; `part` (factors,) says which one a factor belongs to."""
        sums = _sums(self.served, part)
        if not len(sums):
            return [Estimate(0.0, 0.0, 0.0)] * sums.shape[1]
        size = np.abs(sums)
        by_fit = [np.abs(_sums(fit, part)).mean(axis=0) for fit in self.fits]
        between = jackknife_variance(np.reshape(by_fit, (len(by_fit), sums.shape[1])).T, self.folds)
        # How the mean changes with each weight alone, since each weight is uncertain by itself.
        pushes = (np.sign(sums)[:, part] * self.profile).mean(axis=0, keepdims=True)
        variance = between + WEIGHT_UNCERTAINTY * _sums(pushes**2, part)[0] + size.var(axis=0) / len(size)
        # A few fits do not tell their own variance well, and none tells how far few deals hold effects back.
        value, reach = size.mean(axis=0), t.ppf((1 + LEVEL) / 2, self.folds - 1) * np.sqrt(variance)
        bounds = zip(value.tolist(), np.maximum(value - reach, 0).tolist(), (value + reach).tolist(), strict=True)
        return [Estimate(*figures) for figures in bounds]


def measure_importance(model: FitClassifier, answers: pd.DataFrame) -> Importances:
    """The importance of every factor and dimension over deals, usually those trained on; over no deals, zero.

    `answers` has one column a factor. Of very many deals every so many-th is taken. Raises DealsError for answers that
    cannot be used.
    """
    profile, typed = model.profile_, check_answers(model.profile_, answers)
    log_odds = _contributions(model, typed.iloc[:: max(len(typed) // ENOUGH, 1)])
    points = log_odds.in_points(model.base_log_odds_)

    def rank(parts: Sequence[Factor | Dimension], part: np.ndarray) -> tuple[Importance, ...]:
        found = zip(parts, log_odds.estimates(part), points.estimates(part), strict=True)
        ranked = [Importance(named.id, named.label, *estimates) for named, *estimates in found]
        return tuple(sorted(ranked, key=lambda importance: -importance.points.value))

    sizes = [len(dimension.factors) for dimension in profile.dimensions]
    return Importances(
        rank(profile.factors, np.arange(len(profile.factors))),
        rank(profile.dimensions, np.repeat(np.arange(len(sizes)), sizes)),
    )


def _contributions(model: FitClassifier, typed: pd.DataFrame) -> _Contributions:
    numbers, encoder = answer_numbers(model.profile_, typed), model.encoder_
    fits = [compile_model(model, fit).run(numbers).values for fit in range(model_fits(model))]
    # What is served is the mean of the fits.
    served = np.mean(fits, axis=0) if fits else compile_model(model).run(numbers).values
    matrix, answered = encoder.transform(typed), encoder.answered(typed)
    profile = model.profile_member_.factor_log_odds(profile_contributions(encoder, matrix, answered), answered)
    return _Contributions(served, fits, model.weights_["profile"] * profile, model.folds_)


def _sums(contributions: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Contributions by part, shape (deals, parts)."""
    return np.add.reduceat(contributions, np.flatnonzero(np.diff(part, prepend=-1)), axis=1)
