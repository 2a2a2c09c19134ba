"""The design matrix: deals in the form that every member is fitted on, with outcomes and weights."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import logit

from icp_fit.features.encoder import AnswerEncoder


@dataclass(frozen=True)
class DesignMatrix:
    """Deals as numbers, with what became of them."""

    encoder: AnswerEncoder
    # (deals, columns) encoded answers, of whatever value where their factor takes no part
    matrix: np.ndarray
    # (deals, factors) booleans: which factors take part, for being answered or for counting even where they are open
    answered: np.ndarray
    # (deals,) 1 where won, 0 where lost; zeros where deals are only scored
    won: np.ndarray
    # (deals,) how many deals each counts for, not negative
    weight: np.ndarray

    def __len__(self) -> int:
        return len(self.matrix)

    def take(self, positions: np.ndarray) -> "DesignMatrix":
        return DesignMatrix(
            self.encoder, self.matrix[positions], self.answered[positions], self.won[positions], self.weight[positions]
        )

    def without(self, factor: int) -> "DesignMatrix":
        """The same deals with one factor left out."""
        answered = self.answered.copy()
        answered[:, factor] = False
        return replace(self, answered=answered)

    @cached_property
    def factor_of_column(self) -> np.ndarray:
        """The position in the profile of each column's factor, shape (columns,)."""
        return self.encoder.factor_of_column

    @cached_property
    def answered_columns(self) -> np.ndarray:
        """As `answered`, by column of the matrix, shape (deals, columns)."""
        return self.answered[:, self.factor_of_column]

    @cached_property
    def all_answered(self) -> bool:
        return bool(self.answered.all())

    @property
    def base_log_odds(self) -> float:
        """The log-odds of winning any of these deals; one outcome only counts as half a deal of the other."""
        won, deals = self.weight @ self.won, self.weight.sum()
        return float(logit(np.clip(won / deals, 0.5 / len(self), 1 - 0.5 / len(self))))

    def loss(self, log_odds: np.ndarray) -> float:
        """The weighted sum of the deals' log losses."""
        return float(self.weight @ (np.logaddexp(0, log_odds) - self.won * log_odds))
