"""The profile as a model of its own: prior weights times answers; of deals it knows only the average answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logit

from icp_fit.features.encoder import AnswerEncoder, signed_log
from icp_fit.features.factors import Factor


def profile_contributions(encoder: AnswerEncoder, matrix: np.ndarray, answered: np.ndarray) -> np.ndarray:
    """The experts' log-odds for each answer, zero where there is none, shape (deals, factors).

    `matrix` has shape (deals, columns), `answered` (deals, factors).
    """
    contributions = np.zeros(answered.shape)
    for j, column in enumerate(encoder.columns_):
        factor = encoder.profile.factors[column.factor]
        if column.role == "number" and factor.weight:
            contributions[:, [column.factor]] = declared_log_odds([factor], matrix[:, [j]])
    return np.where(answered & ~_open(encoder, matrix), contributions, 0.0)


def declared_log_odds(factors: Sequence[Factor], encoded: np.ndarray) -> np.ndarray:
    """The experts' log-odds for encoded answers, both of shape (deals, factors).

    An answer stands between -1 and 1: no and yes, the first and the last level, or a number between the two of the
    factor's `scale`, on a log scale. Its log-odds are that times the weight, turned round where the factor points down.
    """
    low, high = np.transpose([scale_ends(factor) for factor in factors])
    position = np.clip(2 * (encoded - low) / (high - low) - 1, -1, 1)
    return np.asarray(position * [factor.sign * factor.weight for factor in factors])


def scale_ends(factor: Factor) -> tuple[float, float]:
    """The encoded answers between which a factor's weight is spread."""
    if factor.scale is None:
        return 0.0, float(max(len(factor.levels) - 1, 1))
    low, high = signed_log(np.array(factor.scale))
    return float(low), float(high)


def _open(encoder: AnswerEncoder, matrix: np.ndarray) -> np.ndarray:
    """Which factors take part though they are open, shape (deals, factors); experts weigh answers alone."""
    is_open = np.zeros((len(matrix), len(encoder.profile.factors)), dtype=bool)
    for j, column in enumerate(encoder.columns_):
        if column.role == "unanswered":
            is_open[:, column.factor] = matrix[:, j] > 0
    return is_open


@dataclass(frozen=True)
class ProfileMember:
    """The profile's log-odds relative to the average deal; `centre` is what it adds for that one, shape (factors,)."""

    centre: np.ndarray

    def factor_log_odds(self, contributions: np.ndarray, answered: np.ndarray) -> np.ndarray:
        """Log-odds by factor, shape (deals, factors); a factor that is left out has zero."""
        return np.where(answered, contributions - self.centre, 0.0)


def fit_profile_member(
    contributions: np.ndarray, answered: np.ndarray, weight: np.ndarray, strength: float
) -> ProfileMember:
    """Centre on the average deal, which counts for `strength` deals as long as few are known to be otherwise."""
    total = (weight[:, None] * np.where(answered, contributions, 0.0)).sum(axis=0)
    return ProfileMember(total / (weight @ answered + strength))


def profile_log_odds(win_rate: float, contributions: np.ndarray) -> np.ndarray:
    """The profile alone, before it was trained on any deal, shape (deals,)."""
    return logit(win_rate) + contributions.sum(axis=1)
