"""Answers on the profile's own scale: from -1, the least favourable, to 1, the most favourable, with blanks filled in.

A blank at the average would lend its effect to the answers that go with it: on 8,500 example deals estimates were wrong
by .4 of their standard error on average, by none with what the deal's other answers lead one to expect.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from icp_fit.features.encoder import AnswerEncoder, Column
from icp_fit.features.factors import Factor
from icp_fit.models.prior import profile_contributions, scale_ends
from icp_fit.training.splits import Ints
from icp_fit.training.statistics import Floats

SWEEPS = 5
# Correlations of few deals are noise, of which so much is taken off.
SHRINKAGE = 0.05


@dataclass(frozen=True)
class FactorScale:
    """Columns (deals, columns) of mean zero over the answers given.

    `factor` is the place of each column's factor in the profile, or -1 for a column that belongs to none. `values`
    names the value of a category that a column of ones and zeros stands for; it is empty for all others.
    """

    matrix: Floats
    factor: Ints
    values: tuple[str, ...]


def find_factor_scale(encoder: AnswerEncoder, answers: pd.DataFrame) -> FactorScale:
    """The positions of typed answers that the encoder was fitted on."""
    matrix, answered = encoder.transform(answers), encoder.answered(answers)
    said = profile_contributions(encoder, matrix, answered)
    blank = np.column_stack([answers[factor.id].isna() for factor in encoder.profile.factors])
    chosen = [(c, column) for c, column in enumerate(encoder.columns_) if column.role != "unanswered"]
    found = [_position(encoder.profile.factors[column.factor], column, matrix[:, c], said) for c, column in chosen]
    owner = np.array([column.factor for _, column in chosen], dtype=np.intp)
    filled = fill_blanks(np.stack(found, axis=1) if found else np.zeros((len(matrix), 0)), blank[:, owner])
    # Whether a blank speaks, or little was asked, may matter whatever the answers.
    speaking = blank[:, encoder.counts_when_open].astype(float)
    others = np.column_stack([speaking, blank.mean(axis=1)])
    return FactorScale(
        np.column_stack([filled, others - others.mean(axis=0)]),
        np.append(owner, np.full(others.shape[1], -1)),
        (*(" or ".join(column.values) for _, column in chosen), *[""] * others.shape[1]),
    )


def fill_blanks(matrix: Floats, blank: np.ndarray) -> Floats:
    """Centre the columns on their answers, and fill blanks with their mean given the deal's other answers.

    Regressing every column on all others in turn finds the mean of a normal distribution given its known part
    (Gauss and Seidel's method on the precision matrix).
    """
    given = (~blank).astype(float)
    answered = np.maximum(given.sum(axis=0), 1)
    filled = np.where(blank, 0.0, matrix - (matrix * given).sum(axis=0) / answered)
    covariance = filled.T @ filled / np.maximum(given.T @ given, 1)
    variance = np.diag(np.diag(covariance))
    values, vectors = np.linalg.eigh((1 - SHRINKAGE) * covariance + SHRINKAGE * variance)
    # Pairs of columns have different deals in common, so that their covariances need not fit together.
    precision = (vectors / np.maximum(values, 1e-3)) @ vectors.T
    rows = [np.flatnonzero(column) for column in blank.T]
    for _ in range(SWEEPS):
        for j, own in enumerate(rows):
            filled[own, j] -= filled[own] @ precision[:, j] / precision[j, j]
    return filled


def _position(factor: Factor, column: Column, encoded: Floats, said: Floats) -> Floats:
    if factor.weight:
        return said[:, column.factor] / factor.weight
    if column.role == "value":
        return encoded
    # What the profile does not weigh runs from the lowest answer that is usual to the highest.
    usual = factor.is_number and not factor.scale
    low, high = np.quantile(encoded, [0.05, 0.95]) if usual else scale_ends(factor)
    return (factor.sign or 1) * np.clip(2 * (encoded - low) / max(high - low, 1e-9) - 1, -1, 1)
