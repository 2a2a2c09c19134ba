"""Missingness: whether it says something about the outcome that a question was left unanswered."""

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

LEAST = 20  # deals with and without an answer
SIGNIFICANCE = 1e-4  # strict, for a table has dozens of questions


@dataclass(frozen=True)
class Missingness:
    """How many deals left a question unanswered, and the win rates of those that did and those that did not."""

    count: int
    won_unanswered: float
    won_answered: float

    def __str__(self) -> str:
        return (
            f"is unanswered in {self.count:,} closed deals, of which {self.won_unanswered:.0%} were won, against "
            f"{self.won_answered:.0%} where it is answered"
        )


def find_missingness(blank: np.ndarray, won: np.ndarray) -> Missingness | None:
    """The missingness of a question if it predicts the outcome, by a chi-square test.

    `blank` says which closed deals left the question unanswered, `won` which were won, both of shape (deals,).
    """
    if min(blank.sum(), (~blank).sum()) < LEAST or won.all() or not won.any():
        return None
    if association_p(blank, won) >= SIGNIFICANCE:
        return None
    return Missingness(int(blank.sum()), float(won[blank].mean()), float(won[~blank].mean()))


def association_p(one: np.ndarray, other: np.ndarray) -> float:
    """The chi-square p-value of two yes-or-no columns that both vary, without correction for continuity."""
    return float(chdtrc(1, len(one) * np.corrcoef(one, other)[0, 1] ** 2))
