"""How much each member counts: non-negative weights fitted on out-of-fold log-odds, pulled toward the profile.

The pull is that of a stated number of deals which went exactly as often as the profile says: with no deals the score is
the profile's, and evidence takes over gradually. Among the learned members, few deals cannot tell which is best, so the
linear one and the interactions, whose faults are opposite, are held to equal weights and the curves to none until
evidence says otherwise. As the weights are fitted to outcomes, the same fit calibrates.
"""

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

# Profile, linear, curves, interactions: the penalty is half this quadratic form of the weights.
BALANCE = 30.0 * np.array([[0, 0, 0, 0], [0, 1, 0, -1], [0, 0, 1, 0], [0, -1, 0, 1]])


def fit_weights(
    members: np.ndarray, won: np.ndarray, weight: np.ndarray, believed: np.ndarray, strength: float
) -> tuple[float, np.ndarray]:
    """Return the intercept and the weights, shape (members,), the first of which is the profile's.

    Parameters
    ----------
    members : (deals, members) out-of-fold log-odds, each zero for a deal of which nothing is known
    won, weight : (deals,)
    believed : (deals,) win probabilities of the profile alone
    strength : float
        How many deals the profile's word is worth.
    """
    pull = weight * strength / weight.sum()
    target, total = weight * won + pull * believed, weight + pull
    columns = np.column_stack([np.ones(len(members)), members])
    penalty = np.zeros((columns.shape[1], columns.shape[1]))
    penalty[1:, 1:] = BALANCE[: members.shape[1], : members.shape[1]]

    def objective(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        log_odds = columns @ parameters
        loss = total @ np.logaddexp(0, log_odds) - target @ log_odds + parameters @ penalty @ parameters / 2
        return float(loss), columns.T @ (total * expit(log_odds) - target) + penalty @ parameters

    start = np.concatenate([[0.0], np.full(members.shape[1], 1 / members.shape[1])])
    bounds = [(None, None)] + [(0, None)] * members.shape[1]
    found = minimize(objective, start, method="L-BFGS-B", jac=True, bounds=bounds).x
    return float(found[0]), found[1:]
