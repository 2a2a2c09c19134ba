"""A sheet: deals in the form that every member learns from, a matrix with known factors, outcomes and weights."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy.special import logit

from icp_fit.features.encoder import AnswerEncoder


@dataclass(frozen=True)
class DesignMatrix:
    """Deals as numbers: `matrix` (deals, columns), `known` (deals, factors), `won` and `weight` (deals,)."""

    encoder: AnswerEncoder
    matrix: np.ndarray
    known: np.ndarray
    won: np.ndarray
    weight: np.ndarray

    def __len__(self) -> int:
        return len(self.matrix)

    def take(self, positions: np.ndarray) -> "DesignMatrix":
        return DesignMatrix(
            self.encoder, self.matrix[positions], self.known[positions], self.won[positions], self.weight[positions]
        )

    def without(self, factor: int) -> "DesignMatrix":
        """The same deals with one factor left out."""
        known = self.known.copy()
        known[:, factor] = False
        return replace(self, known=known)

    @cached_property
    def factor_of_column(self) -> np.ndarray:
        return self.encoder.factor_of_column

    @cached_property
    def known_columns(self) -> np.ndarray:
        return self.known[:, self.factor_of_column]

    @cached_property
    def all_known(self) -> bool:
        return bool(self.known.all())

    @property
    def base_log_odds(self) -> float:
        """The log-odds of winning any of these deals; one outcome only counts as half a deal of the other."""
        won, deals = self.weight @ self.won, self.weight.sum()
        return float(logit(np.clip(won / deals, 0.5 / len(self), 1 - 0.5 / len(self))))

    def loss(self, log_odds: np.ndarray) -> float:
        """The weighted sum of the deals' log losses."""
        return float(self.weight @ (np.logaddexp(0, log_odds) - self.won * log_odds))


class Member(Protocol):
    """What a learned member says about deals: the mean of the fits on all folds but one, or each of them."""

    def log_odds(self, sheet: DesignMatrix) -> np.ndarray: ...

    def log_odds_of_fits(self, sheet: DesignMatrix) -> np.ndarray: ...
