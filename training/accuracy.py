"""How accurate a score is on held-out deals, and how much better than the base rate and than the profile alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from icp_fit.training.splits import Ints
from icp_fit.training.statistics import Floats, Interval, build_means, build_ranking, estimate, log_losses, walk_down

MODEL, PROFILE, BASE_RATE = "model", "profile", "base_rate"
# The sign says which way is better.
SIGNS = {"log_loss": -1, "brier": -1, "auc": 1, "lift": 1}


@dataclass(frozen=True, eq=False)
class HeldOutScores:
    """Held-out deals with the log-odds that three scores gave them; a deal occurs once for every fold that held it out.

    All arrays have the shape (occurrences,). `deal` is the deal's row among the closed deals, `cluster` the number of
    the group that it is resampled with. `won` is 1 or 0; `model`, `profile` and `base_rate` are log-odds.
    `seen_account` and `seen_answers` say whether the model was trained on its account, or on identical answers.
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
        """How often each deal occurs."""
        return len(self.deal) / len(np.unique(self.deal))

    def count(self, mask: NDArray[np.bool_]) -> int:
        """How many deals these are, however often they were held out."""
        return round(float(mask.sum()) / self.repeats)

    def losses(self, score: str) -> Floats:
        """Log loss of one score for each occurrence, in nats."""
        return log_losses(getattr(self, score), self.won)


@dataclass(frozen=True)
class Accuracy:
    """Four metrics of one score: log loss and Brier score (lower is better), AUC and lift (higher is better).

    Log loss is in nats a deal. The Brier score is the mean squared error of the probability (Brier 1950). AUC is the
    probability that a won deal scores higher than a lost one, ties counting half. Lift is the win rate of the
    best-scored tenth over that of all.
    """

    log_loss: Interval
    brier: Interval
    auc: Interval
    lift: Interval


@dataclass(frozen=True)
class GainPoint:
    """What share of the won deals is among the best-scored `share` of the deals, by the model and by the profile."""

    share: float
    model: float
    profile: float


def measure_accuracy(scored: HeldOutScores, seed: int = 0) -> tuple[dict[str, Accuracy], dict[str, Accuracy]]:
    """The accuracy of each score, and the model's improvement over each of the others, on the same deals.

    A positive improvement always speaks for the model. The base rate orders nothing: its AUC is 1/2 and its lift 1 by
    definition, also where folds with different base rates are pooled.
    """
    ranks = {score: build_ranking(getattr(scored, score), scored.won) for score in (MODEL, PROFILE)}
    mean = build_means(
        {f"{score} log_loss": scored.losses(score) for score in (MODEL, PROFILE, BASE_RATE)}
        | {f"{score} brier": _squares(scored, score) for score in (MODEL, PROFILE, BASE_RATE)}
    )

    def statistic(weights: Floats) -> Mapping[str, Floats]:
        metrics = dict(mean(weights))
        for score, rank in ranks.items():
            metrics[f"{score} auc"], metrics[f"{score} lift"] = rank(weights)
        metrics[f"{BASE_RATE} auc"], metrics[f"{BASE_RATE} lift"] = np.full(len(weights), 0.5), np.ones(len(weights))
        for score in (PROFILE, BASE_RATE):
            for name, sign in SIGNS.items():
                metrics[f"over {score} {name}"] = sign * (metrics[f"{MODEL} {name}"] - metrics[f"{score} {name}"])
        return metrics

    intervals = estimate(statistic, scored.cluster, seed)

    def collect(prefix: str) -> Accuracy:
        return Accuracy(*(intervals[f"{prefix} {name}"] for name in SIGNS))

    accuracy = {score: collect(score) for score in (MODEL, PROFILE, BASE_RATE)}
    return accuracy, {score: collect(f"over {score}") for score in (PROFILE, BASE_RATE)}


def measure_gain_curve(scored: HeldOutScores) -> tuple[GainPoint, ...]:
    """The cumulative gain curve in steps of 5% of the deals, from none to all."""
    shares = np.round(np.linspace(0, 1, 21), 2)
    curves = []
    for log_odds in (scored.model, scored.profile):
        deals, wins = (steps[0] for steps in walk_down(log_odds, scored.won)(np.ones((1, len(log_odds)))))
        curves.append(np.interp(shares * deals[-1], deals, wins) / max(1.0, wins[-1]))
    return tuple(GainPoint(*(float(value) for value in point)) for point in zip(shares, *curves, strict=True))


def _squares(scored: HeldOutScores, score: str) -> Floats:
    return np.asarray(np.square(expit(getattr(scored, score)) - scored.won))
