"""The linear member: penalised logistic regression on the encoded answers, with the profile's directions as bounds."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from icp_fit.models.design_matrix import DesignMatrix
from icp_fit.models.folds import splits

PENALTIES = np.logspace(3, -1, 13)
# The best penalty is a property of the effects, not of the number of deals: a part of many deals finds it.
ENOUGH_TO_CHOOSE = 5_000


@dataclass(frozen=True)
class LinearMember:
    """Coefficients of the fits on each fold's deals and the averages they are centred on, both (fits, columns)."""

    coefficients: np.ndarray
    centres: np.ndarray

    def log_odds_of_fits(self, sheet: DesignMatrix) -> np.ndarray:
        """The log-odds that each fit gives each deal, shape (deals, fits)."""
        return np.stack([_margins(sheet, *fit) for fit in zip(self.coefficients, self.centres, strict=True)], axis=1)

    def log_odds(self, sheet: DesignMatrix) -> np.ndarray:
        return self.log_odds_of_fits(sheet).mean(axis=1)


def fit_linear(sheet: DesignMatrix, folds: np.ndarray) -> tuple[LinearMember, np.ndarray]:
    """Fit on each fold's deals; also return the out-of-fold log-odds, shape (deals,)."""
    scale = np.array([column.scale for column in sheet.encoder.columns_])
    penalty = _best_penalty(sheet, folds, scale)
    out_of_fold = np.zeros(len(sheet))
    coefficients, centres = [], []
    for learn, judge in splits(folds):
        part = sheet.take(learn)
        centre = np.average(part.matrix, axis=0, weights=part.weight)
        coefficient = next(_fits(part, centre, scale, [penalty]))
        out_of_fold[judge] += _margins(sheet.take(judge), coefficient, centre) / len(folds)
        coefficients.append(coefficient)
        centres.append(centre)
    return LinearMember(np.array(coefficients), np.array(centres)), out_of_fold


def _best_penalty(sheet: DesignMatrix, folds: np.ndarray, scale: np.ndarray) -> float:
    every = max(len(sheet) // ENOUGH_TO_CHOOSE, 1)
    some, loss = sheet.take(np.arange(0, len(sheet), every)), np.zeros(len(PENALTIES))
    for learn, judge in splits(folds[:, ::every]):
        part, rest = some.take(learn), some.take(judge)
        centre = np.average(part.matrix, axis=0, weights=part.weight)
        intercept = part.base_log_odds
        for i, coefficient in enumerate(_fits(part, centre, scale, PENALTIES)):
            loss[i] += rest.loss(intercept + _margins(rest, coefficient, centre))
    return float(PENALTIES[loss.argmin()])


def _margins(sheet: DesignMatrix, coefficient: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Log-odds of one fit, each factor that is left out standing at its centre."""
    if sheet.all_known:
        return sheet.matrix @ coefficient - centre @ coefficient
    return np.where(sheet.known_columns, sheet.matrix - centre, 0.0) @ coefficient


def _fits(
    sheet: DesignMatrix, centre: np.ndarray, scale: np.ndarray, penalties: np.ndarray | list[float]
) -> Iterator[np.ndarray]:
    """Coefficients for each penalty, from the strongest to the weakest, each starting where the one before ended."""
    scaled = (sheet.matrix - centre) / scale
    signs = sheet.encoder.signs
    bounds = [(None, None), *((0 if sign > 0 else None, 0 if sign < 0 else None) for sign in signs)]
    start = np.zeros(scaled.shape[1] + 1)
    start[0] = sheet.base_log_odds
    for penalty in penalties:
        found = minimize(
            _objective, start, (scaled, sheet.won, sheet.weight, penalty), "L-BFGS-B", jac=True, bounds=bounds
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
