"""The stack: non-negative weights of the members, fitted on out-of-fold log-odds and pulled toward the profile.

The pull is that of a stated number of deals which went exactly as often as the profile says: with no deals the score is
the profile's, and evidence takes over gradually. Among the trained members, few deals cannot tell which is best, so the
linear one and the interactions, whose faults are opposite, are held to equal weights and the curves to none until
evidence says otherwise. As the weights are fitted to outcomes, the same fit calibrates.

Stacked generalization is Wolpert's (1992), and that the weights should not be negative Breiman's (1996, "Stacked
regressions"); the pull toward the profile is our own.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

# (members, members), profile, linear, curves, interactions: the penalty is half this quadratic form of the weights.
# Symmetric and positive semi-definite; it is zero where linear and interactions weigh the same and curves nothing.
BALANCE = 30.0 * np.array([[0, 0, 0, 0], [0, 1, 0, -1], [0, 0, 1, 0], [0, -1, 0, 1]])


@dataclass(frozen=True)
class Stack:
    """The fitted stack, and what it makes of the deals that it was fitted on.

    `weights` (members,) are not negative, the first is the profile's. `scores` (101,) are quantiles of the out-of-fold
    win probabilities, empty without deals; `evidence_share` is the share of their spread, in log-odds, that comes from
    the trained members, from 0 to 1.
    """

    base_log_odds: float
    weights: np.ndarray
    scores: np.ndarray
    evidence_share: float


def fit_stack(
    oof_log_odds: np.ndarray,
    won: np.ndarray,
    weight: np.ndarray,
    prior_log_odds: np.ndarray,
    base_log_odds: float,
    strength: float,
) -> Stack:
    """Fit the weights of the members; without deals all weight is the profile's, and `base_log_odds` the intercept.

    The other arguments are those of `fit_weights`, with the profile's log-odds (deals,) for its probabilities.
    """
    weights = np.ones(1)
    if weight.sum():
        base_log_odds, weights = fit_weights(oof_log_odds, won, weight, expit(prior_log_odds), strength)
    scores, share = np.empty(0), 0.0
    if len(won):
        scores = np.quantile(expit(base_log_odds + oof_log_odds @ weights), np.linspace(0, 1, 101))
        spread = weights * np.std(oof_log_odds, axis=0)
        share = float(spread[1:].sum() / spread.sum()) if spread.any() else 0.0
    return Stack(base_log_odds, weights, scores, share)


def fit_weights(
    oof_log_odds: np.ndarray, won: np.ndarray, weight: np.ndarray, prior_probability: np.ndarray, strength: float
) -> tuple[float, np.ndarray]:
    """Return the intercept and the weights, shape (members,), the first of which is the profile's.

    Parameters
    ----------
    oof_log_odds : (deals, members) out-of-fold log-odds, each zero for a deal of which nothing is known
    won : (deals,) 1 where won, 0 where lost
    weight : (deals,) how many deals each counts for, with a sum above zero
    prior_probability : (deals,) win probabilities of the profile alone
    strength : float
        How many deals the profile's word is worth.
    """
    # The profile's deals are the same deals, with the profile's probabilities for outcomes.
    pull = weight * strength / weight.sum()
    target, total = weight * won + pull * prior_probability, weight + pull
    count = oof_log_odds.shape[1]
    columns = np.column_stack([np.ones(len(oof_log_odds)), oof_log_odds])
    penalty = np.zeros((columns.shape[1], columns.shape[1]))
    penalty[1:, 1:] = BALANCE[:count, :count]

    def objective(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        log_odds = columns @ parameters
        loss = total @ np.logaddexp(0, log_odds) - target @ log_odds + parameters @ penalty @ parameters / 2
        return float(loss), columns.T @ (total * expit(log_odds) - target) + penalty @ parameters

    start = np.concatenate([[0.0], np.full(count, 1 / count)])
    bounds = [(None, None)] + [(0, None)] * count
    fitted = minimize(objective, start, method="L-BFGS-B", jac=True, bounds=bounds).x
    return float(fitted[0]), fitted[1:]
