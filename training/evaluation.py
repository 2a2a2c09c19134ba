"""The evaluation of a fit model: what it was judged on, its figures with intervals, and how they vary."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from joblib import cpu_count
from numpy.typing import NDArray

from icp_fit.features.deals import Deals
from icp_fit.features.factors import Profile
from icp_fit.models.fit import FitClassifier
from icp_fit.training.accuracy import (
    BASE_RATE,
    MODEL,
    Accuracy,
    GainPoint,
    HeldOutScores,
    measure_accuracy,
    measure_gain_curve,
)
from icp_fit.training.calibration import Bin, Calibration, measure_calibration, measure_reliability
from icp_fit.training.cross_validation import CrossValidation, FitModel, Model
from icp_fit.training.learning_curve import MOST_DEALS, LearningCurve, curve_sizes, measure_learning_curve
from icp_fit.training.progress import Report, silent
from icp_fit.training.segments import Segment, measure_segments
from icp_fit.training.splits import Fold, Ints, Split, split_deals, thin_fold
from icp_fit.training.statistics import Floats, Interval, estimate, means, plain


@dataclass(frozen=True)
class Facts:
    """The table, and how it was divided into deals to train on and held-out deals.

    `holdout` says in words which deals are held out. `holdout_accounts` counts the groups of held-out deals that every
    interval resamples: accounts, where they are known. `seen_*` count held-out deals whose account, or whose answers,
    the model was trained on.
    """

    profile: str
    deals: int
    won: int
    open: int
    accounts: int | None
    date: str | None
    first: str | None
    last: str | None
    scheme: str
    holdout: str
    training_deals: int
    holdout_deals: int
    holdout_accounts: int
    seen_accounts: int
    seen_answers: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Period:
    """One origin in time, or one fold: how much better than the base rate the model was there, in log loss."""

    label: str
    learned: int
    judged: int
    log_loss: float
    improvement: Interval


@dataclass(frozen=True)
class Learned:
    """How much of the score was learned, from how many deals; the rest is the profile."""

    deals: int
    share: float
    weights: dict[str, float]

    @classmethod
    def of(cls, model: Model) -> Self:
        weights = {name: float(weight) for name, weight in model.weights_.items()}
        return cls(int(model.n_deals_), float(model.evidence_share_), weights)


@dataclass(frozen=True)
class Evaluation:
    """All metrics, and what a later comparison on the same deals needs.

    `accuracy` has one entry a score (model, profile, base_rate), `improvements` the model's over the other two.
    `holdout` are positions among the closed deals, and `log_odds` what a model gave them that had not seen them.
    `evaluated` is the last of these models, and `fitted` the positions that it was learned from.
    """

    facts: Facts
    learned: Learned
    accuracy: dict[str, Accuracy]
    improvements: dict[str, Accuracy]
    calibration: Calibration
    reliability: tuple[Bin, ...]
    gain_curve: tuple[GainPoint, ...]
    periods: tuple[Period, ...]
    learning_curve: LearningCurve
    segments: tuple[Segment, ...]
    evaluated: Model = field(repr=False, compare=False)
    holdout: Ints = field(repr=False, compare=False)
    log_odds: Floats = field(repr=False, compare=False)
    fitted: Ints = field(repr=False, compare=False)

    def with_model(self, model: Model) -> Self:
        """The same evaluation, telling how much the model that is served has learned."""
        return replace(self, learned=Learned.of(model))

    def to_dict(self) -> dict[str, Any]:
        """The figures as plain dictionaries and lists; what cannot be computed is None."""
        return {f.name: plain(getattr(self, f.name)) for f in fields(self) if f.repr}


def evaluate(
    deals: Deals, profile: Profile, *, seed: int = 0, progress: Report | None = None, fit: FitModel | None = None
) -> Evaluation:
    """Judge the fit model on deals that it has not seen.

    `fit` learns a model from a part of the deals; by default a FitClassifier. Fits other than the one that is judged
    see at most 8,000 deals, so that an evaluation costs little more than that one fit on large tables.

    Raises DealsError for fewer than two closed deals.
    """
    closed = deals.closed
    split = split_deals(closed, seed)
    spread = [f if f in split.main else thin_fold(f, split.clusters, MOST_DEALS, seed) for f in split.spread]
    curve = _curve_folds(split, seed)
    trials = (
        CrossValidation(closed, split, fit, 1)
        if fit
        else CrossValidation(closed, split, fit_classifier(profile, seed), cpu_count())
    )
    trials.run([*(fold for _, folds in curve for fold in folds), *spread, *split.main], progress or silent)

    scored = trials.pool(split.main)
    accuracy, improvements = measure_accuracy(scored, seed)
    holdout, first = np.unique(scored.deal, return_index=True)
    return Evaluation(
        facts=_state_facts(deals, closed, profile, split, scored),
        learned=Learned.of(trials.model),
        accuracy=accuracy,
        improvements=improvements,
        calibration=measure_calibration(scored, seed),
        reliability=measure_reliability(scored),
        gain_curve=measure_gain_curve(scored),
        periods=tuple(_measure_period(fold, trials.pool([fold]), seed) for fold in spread),
        learning_curve=measure_learning_curve([(size, trials.pool(folds)) for size, folds in curve], seed),
        segments=measure_segments(scored, closed.answers.iloc[scored.deal], profile, seed),
        evaluated=trials.model,
        holdout=holdout,
        log_odds=scored.model[first],
        fitted=split.main[-1].train,
    )


def fit_classifier(profile: Profile, seed: int) -> Callable[..., FitClassifier]:
    """How a model is learned here, for the one that is judged as for the one that is kept."""

    def fit(
        answers: pd.DataFrame, won: Floats, accounts: Ints | None, dates: NDArray[np.datetime64] | None
    ) -> FitClassifier:
        return FitClassifier(profile, random_state=seed).fit(answers, won.astype(bool), groups=accounts, dates=dates)

    return fit


def _curve_folds(split: Split, seed: int) -> list[tuple[int, list[Fold]]]:
    """For each size of the learning curve, the folds thinned to it; the last are the folds themselves."""
    full = round(np.mean([len(fold.train) for fold in split.curve]))
    thinned = [
        (size, [thin_fold(fold, split.clusters, round(size * len(fold.train) / full), seed) for fold in split.curve])
        for size in curve_sizes(full)
    ]
    return [*thinned, (full, list(split.curve))]


def _measure_period(fold: Fold, scored: HeldOutScores, seed: int) -> Period:
    model = scored.losses(MODEL)
    improvement = estimate(means({"improvement": scored.losses(BASE_RATE) - model}), scored.cluster, seed)[
        "improvement"
    ]
    if np.ptp(scored.won) == 0:
        improvement = improvement.unbounded
    return Period(fold.label, len(fold.train), len(fold.test), float(model.mean()), improvement)


def _state_facts(deals: Deals, closed: Deals, profile: Profile, split: Split, scored: HeldOutScores) -> Facts:
    dates = closed.table[split.date].dropna() if split.date else None
    notes = [*split.notes]
    if max(len(fold.train) for fold in split.spread) > MOST_DEALS:
        notes.append(
            f"Only the judged model learned from all deals of its side; earlier origins, other folds and the learning "
            f"curve learned from at most {MOST_DEALS:,}."
        )
    return Facts(
        profile=profile.label,
        deals=len(closed.table),
        won=int(closed.won.sum()),
        open=len(deals.table) - len(closed.table),
        accounts=closed.table["account_id"].nunique() if "account_id" in closed.table else None,
        date=split.date,
        first=None if dates is None else f"{dates.min():%Y-%m-%d}",
        last=None if dates is None else f"{dates.max():%Y-%m-%d}",
        scheme=split.scheme,
        holdout=split.description,
        training_deals=len(split.main[-1].train),
        holdout_deals=len(np.unique(scored.deal)),
        holdout_accounts=len(np.unique(scored.cluster)),
        seen_accounts=scored.count(scored.seen_account),
        seen_answers=scored.count(scored.seen_answers),
        notes=tuple(notes),
    )
