"""The linear member: penalised logistic regression on the encoded answers, with the profile's directions as bounds."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from icp_fit.models.design_matrix import DesignMatrix
from icp_fit.models.folds import splits

# On the squares of scaled coefficients; from the strongest, since each fit starts where the one before ended.
PENALTIES = np.logspace(3, -1, 13)
# The best penalty is a property of the effects, not of the number of deals: a part of many deals finds it.
ENOUGH_TO_CHOOSE = 5_000


@dataclass(frozen=True)
class LinearMember:
    """The fits on all folds but one."""

    # (fits, columns) log-odds a unit of the encoded column, with the sign that the profile's direction allows
    coefficients: np.ndarray
    # (fits, columns) the average training deal of each fit, which gets zero log-odds
    centres: np.ndarray

    def log_odds_of_fits(self, design: DesignMatrix) -> np.ndarray:
        """The log-odds that each fit gives each deal, shape (deals, fits)."""
        return np.stack([_margins(design, *fit) for fit in zip(self.coefficients, self.centres, strict=True)], axis=1)

    def log_odds(self, design: DesignMatrix) -> np.ndarray:
        return self.log_odds_of_fits(design).mean(axis=1)


def fit_linear(design: DesignMatrix, folds: np.ndarray) -> tuple[LinearMember, np.ndarray]:
    """Fit on each fold's deals; also return the out-of-fold log-odds, shape (deals,)."""
    # (columns,) how far apart two answers are that the penalty treats as one step apart
    scale = np.array([column.scale for column in design.encoder.columns_])
    penalty = _best_penalty(design, folds, scale)
    out_of_fold = np.zeros(len(design))
    coefficients, centres = [], []
    for train, holdout in splits(folds):
        part = design.take(train)
        centre = np.average(part.matrix, axis=0, weights=part.weight)
        coefficient = next(_fits(part, centre, scale, [penalty]))
        out_of_fold[holdout] += _margins(design.take(holdout), coefficient, centre) / len(folds)
        coefficients.append(coefficient)
        centres.append(centre)
    return LinearMember(np.array(coefficients), np.array(centres)), out_of_fold


def _best_penalty(design: DesignMatrix, folds: np.ndarray, scale: np.ndarray) -> float:
    every = max(len(design) // ENOUGH_TO_CHOOSE, 1)
    some, loss = design.take(np.arange(0, len(design), every)), np.zeros(len(PENALTIES))
    for train, holdout in splits(folds[:, ::every]):
        part, rest = some.take(train), some.take(holdout)
        centre = np.average(part.matrix, axis=0, weights=part.weight)
        intercept = part.base_log_odds
        for i, coefficient in enumerate(_fits(part, centre, scale, PENALTIES)):
            loss[i] += rest.loss(intercept + _margins(rest, coefficient, centre))
    return float(PENALTIES[loss.argmin()])


def _margins(design: DesignMatrix, coefficient: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Log-odds of one fit, each factor that is left out standing at its centre."""
    if design.all_answered:
        return design.matrix @ coefficient - centre @ coefficient
    return np.where(design.answered_columns, design.matrix - centre, 0.0) @ coefficient


def _fits(
    design: DesignMatrix, centre: np.ndarray, scale: np.ndarray, penalties: np.ndarray | list[float]
) -> Iterator[np.ndarray]:
    """Coefficients for each penalty, from the strongest to the weakest, each starting where the one before ended."""
    scaled = (design.matrix - centre) / scale
    signs = design.encoder.signs
    bounds = [(None, None), *((0 if sign > 0 else None, 0 if sign < 0 else None) for sign in signs)]
    start = np.zeros(scaled.shape[1] + 1)
    start[0] = design.base_log_odds
    for penalty in penalties:
        found = minimize(
            _objective, start, (scaled, design.won, design.weight, penalty), "L-BFGS-B", jac=True, bounds=bounds
        )
        start = found.x
        yield start[1:] / scale


def _objective(
    parameters: np.ndarray, matrix: np.ndarray, won: np.ndarray, weight: np.ndarray, penalty: float
) -> tuple[float, np.ndarray]:
    """Penalised negative log-likelihood and its gradient."""
    slope = parameters[1:]
    margin = parameters[0] + matrix @ slope
    error = weight * (expit(margin) - won)
    loss = weight @ (np.logaddexp(0, margin) - won * margin) + penalty / 2 * slope @ slope
    return float(loss), np.concatenate([[error.sum()], matrix.T @ error + penalty * slope])
