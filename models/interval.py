"""How sure a score is: what other deals to train on, another profile or the open answers would have made of it.

The variance of a deal's log-odds is the sum of four: that between the fits on all folds but one (the jackknife, Efron
and Stein 1981), that of the profile's weights, which are assumptions, that of the win rate, and that of each open
question.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from icp_fit.models.design_matrix import DesignMatrix

# The variance of an expert's weight, relative to its square: it may as well be nothing or twice as much.
WEIGHT_UNCERTAINTY = 1.0


@dataclass(frozen=True)
class Uncertainty:
    """What the variance of a deal's log-odds is made of, each in squared log-odds."""

    # (factors,) what a question adds while it is open: the mean square of what its answer does to the log-odds
    open_questions: np.ndarray
    # the variance between fits of the average training deal
    typical: float
    # the variance of the intercept
    win_rate: float

    def variance(
        self, log_odds_of_fits: np.ndarray, folds: int, contributions: np.ndarray, answered: np.ndarray
    ) -> np.ndarray:
        """The variance of each deal's log-odds, shape (deals,).

        Parameters
        ----------
        log_odds_of_fits : (deals, fits) log-odds of the deals by each fit, no fits where no member was trained
        folds : how many parts the training deals were cut into
        contributions : (deals, factors) weighted log-odds of the profile
        answered : (deals, factors) booleans, false where a factor takes no part
        """
        between = jackknife_variance(log_odds_of_fits, folds)
        # The spread of a few fits is itself uncertain: half of it is borrowed from the average deal.
        between = (between + self.typical) / 2
        assumed = WEIGHT_UNCERTAINTY * (contributions**2).sum(axis=1)
        return between + assumed + self.win_rate + ~answered @ self.open_questions


def jackknife_variance(fits: np.ndarray, folds: int) -> np.ndarray:
    """The variance of an estimate, from its values on all folds but one, shape (deals,); zero without fits.

    `fits` has shape (deals, fits). Leaving out one of k folds gives `(k - 1) / k` times the sum of squares about the
    mean (Efron and Stein 1981); where the folds are drawn several times, that is averaged over the draws.
    """
    if fits.shape[1] == 0:
        return np.zeros(len(fits))
    return (folds - 1) * fits.var(axis=1)


def answer_variances(
    design: DesignMatrix, declared: np.ndarray, log_odds: Callable[[DesignMatrix], np.ndarray]
) -> np.ndarray:
    """The mean square of what the answer to each question does to the log-odds of deals, shape (factors,).

    `declared` (factors,) are the experts' weights, `log_odds` what the model gives deals.
    """
    # Of what is hardly answered only the profile knows: an answer is as likely anywhere between its two ends.
    variances = np.square(declared) / 3
    with_answers = log_odds(design)
    for factor in range(len(variances)):
        answered = np.flatnonzero(design.answered[:, factor])
        if len(answered) >= design.encoder.min_count:
            without = design.take(answered).without(factor)
            variances[factor] = np.mean((with_answers[answered] - log_odds(without)) ** 2)
    return variances
