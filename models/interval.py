"""How sure a score is: what other deals to learn from, another profile or the missing answers would have made of it.

The variance of a deal's log-odds is the sum of four: that of the fits on each fold's deals (the jackknife, Efron and
Stein 1981), that of the profile's weights, which are assumptions, that of the win rate, and that of each question that
nobody answered.
"""

from dataclasses import dataclass

import numpy as np

# A weight that an expert wrote down may as well be nothing or twice as much.
DOUBT_ABOUT_WEIGHTS = 1.0


@dataclass(frozen=True)
class Uncertainty:
    """What the variance of a deal's log-odds is made of.

    `unanswered` (factors,) is the variance that an answer adds to the score, `typical` the average variance between
    fits of the deals learned from, `win_rate` the variance of the intercept.
    """

    unanswered: np.ndarray
    typical: float
    win_rate: float

    def variance(self, fits: np.ndarray, folds: int, said: np.ndarray, known: np.ndarray) -> np.ndarray:
        """The variance of each deal's log-odds, shape (deals,).

        Parameters
        ----------
        fits : (deals, fits) log-odds of the deals by each fit, none where nothing was learned
        said : (deals, factors) weighted log-odds of the profile
        known : (deals, factors) booleans, false where a factor takes no part
        """
        between = jackknife_variance(fits, folds)
        # The spread of a few fits is itself uncertain: half of it is borrowed from the average deal.
        between = (between + self.typical) / 2
        assumed = DOUBT_ABOUT_WEIGHTS * (said**2).sum(axis=1)
        return between + assumed + self.win_rate + ~known @ self.unanswered


def jackknife_variance(fits: np.ndarray, folds: int) -> np.ndarray:
    """The variance of an estimate, from its values on all folds but one, shape (deals,); zero without fits."""
    if fits.shape[1] == 0:
        return np.zeros(len(fits))
    return (folds - 1) * fits.var(axis=1)
