"""How accurate a score is on held-out deals, and how much better than the base rate and than the profile alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from icp_fit.training.splits import Ints
from icp_fit.training.statistics import Floats, Interval, estimate, log_losses, means, ranking, walk_down

MODEL, PROFILE, BASE_RATE = "model", "profile", "base_rate"
# The sign says which way is better.
SIGNS = {"log_loss": -1, "brier": -1, "auc": 1, "lift": 1}


@dataclass(frozen=True, eq=False)
class HeldOutScores:
    """Held-out deals with the log-odds that three scores gave them; a deal occurs once for every fold that held it out.

    `deal` is its position, `cluster` what it is resampled with. `seen_account` and `seen_answers` tell whether its
    account, or a deal with identical answers, was learned from.
    """

    deal: Ints
    won: Floats
    model: Floats
    profile: Floats
    base_rate: Floats
    cluster: Ints
    seen_account: NDArray[np.bool_]
    seen_answers: NDArray[np.bool_]

    @classmethod
    def pool(cls, parts: Sequence[Self]) -> Self:
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))

    @cached_property
    def repeats(self) -> float:
        return len(self.deal) / len(np.unique(self.deal))

    def count(self, mask: NDArray[np.bool_]) -> int:
        """How many deals these are, however often they were held out."""
        return round(float(mask.sum()) / self.repeats)

    def losses(self, score: str) -> Floats:
        return log_losses(getattr(self, score), self.won)


@dataclass(frozen=True)
class Accuracy:
    """Four figures of one score: log loss and Brier (lower is better), AUC and lift in the top decile (higher)."""

    log_loss: Interval
    brier: Interval
    auc: Interval
    lift: Interval


@dataclass(frozen=True)
class GainPoint:
    """What share of the won deals is among the best-scored share of the deals."""

    share: float
    model: float
    profile: float


def measure_accuracy(scored: HeldOutScores, seed: int = 0) -> tuple[dict[str, Accuracy], dict[str, Accuracy]]:
    """The accuracy of each score, and how much better the model is than each of the others, on the same deals.

    In the differences a positive figure always speaks for the model. The base rate orders nothing: its AUC is 1/2 and
    its lift 1 by definition, also where folds with different base rates are pooled.
    """
    ranks = {score: ranking(getattr(scored, score), scored.won) for score in (MODEL, PROFILE)}
    mean = means(
        {f"{score} log_loss": scored.losses(score) for score in (MODEL, PROFILE, BASE_RATE)}
        | {f"{score} brier": _squares(scored, score) for score in (MODEL, PROFILE, BASE_RATE)}
    )

    def statistic(weights: Floats) -> Mapping[str, Floats]:
        found = dict(mean(weights))
        for score, rank in ranks.items():
            found[f"{score} auc"], found[f"{score} lift"] = rank(weights)
        found[f"{BASE_RATE} auc"], found[f"{BASE_RATE} lift"] = np.full(len(weights), 0.5), np.ones(len(weights))
        for score in (PROFILE, BASE_RATE):
            for name, sign in SIGNS.items():
                found[f"over {score} {name}"] = sign * (found[f"{MODEL} {name}"] - found[f"{score} {name}"])
        return found

    found = estimate(statistic, scored.cluster, seed)

    def collect(prefix: str) -> Accuracy:
        return Accuracy(*(found[f"{prefix} {name}"] for name in SIGNS))

    accuracy = {score: collect(score) for score in (MODEL, PROFILE, BASE_RATE)}
    return accuracy, {score: collect(f"over {score}") for score in (PROFILE, BASE_RATE)}


def measure_gain_curve(scored: HeldOutScores) -> tuple[GainPoint, ...]:
    """The curve of cumulative gains in steps of 5% of the deals."""
    shares = np.round(np.linspace(0, 1, 21), 2)
    curves = []
    for log_odds in (scored.model, scored.profile):
        deals, wins = (steps[0] for steps in walk_down(log_odds, scored.won)(np.ones((1, len(log_odds)))))
        curves.append(np.interp(shares * deals[-1], deals, wins) / max(1.0, wins[-1]))
    return tuple(GainPoint(*(float(value) for value in point)) for point in zip(shares, *curves, strict=True))


def _squares(scored: HeldOutScores, score: str) -> Floats:
    return np.asarray(np.square(expit(getattr(scored, score)) - scored.won))
