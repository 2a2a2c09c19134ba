"""The evaluation of a fit model: the held-out deals, metrics with their intervals, and how they vary."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from joblib import cpu_count
from numpy.typing import NDArray

from icp_fit.features.deals import Deals
from icp_fit.features.encoder import describe_shared_values
from icp_fit.features.factors import Profile
from icp_fit.features.groups import describe_large_account
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
from icp_fit.training.calibration import Calibration, ReliabilityBin, measure_calibration, measure_reliability
from icp_fit.training.cross_validation import CrossValidation, FittedModel, ModelFitter
from icp_fit.training.learning_curve import MOST_DEALS, LearningCurve, choose_sizes, measure_learning_curve
from icp_fit.training.progress import ReportProgress, silent
from icp_fit.training.segments import Segment, measure_segments
from icp_fit.training.splits import Fold, Ints, Split, split_deals, thin_fold
from icp_fit.training.statistics import Floats, Interval, build_means, estimate, to_plain


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
    """One period, or one fold: how much better than the base rate the model was there, in log loss."""

    label: str
    training_deals: int
    holdout_deals: int
    log_loss: float
    improvement: Interval


@dataclass(frozen=True)
class StackWeights:
    """How many deals the model was trained on, how much of its score comes from them, and each member's weight.

    `shortfall` says what the deals did not suffice for, and what to do; it is empty where they did.
    """

    deals: int
    evidence_share: float
    weights: dict[str, float]
    shortfall: str = ""

    @property
    def has_learned(self) -> bool:
        """Whether any of the score comes from the deals, to the percent that is shown."""
        return self.evidence_share >= 0.005

    @classmethod
    def of(cls, model: FittedModel) -> Self:
        weights = {name: float(weight) for name, weight in model.weights_.items()}
        return cls(int(model.n_deals_), float(model.evidence_share_), weights, model.shortfall_)


@dataclass(frozen=True)
class Evaluation:
    """All metrics, and what a later comparison on the same deals needs.

    `accuracy` has one entry a score (model, profile, base_rate), `improvements` the model's over the other two.
    `holdout_rows` are the rows of the held-out deals among the closed ones, and `log_odds`, of the same shape, what a
    model gave them that was not trained on them. `evaluated_model` is the last of these models, and `training_rows` the
    rows that it was trained on.
    """

    facts: Facts
    stack: StackWeights
    accuracy: dict[str, Accuracy]
    improvements: dict[str, Accuracy]
    calibration: Calibration
    reliability: tuple[ReliabilityBin, ...]
    gain_curve: tuple[GainPoint, ...]
    periods: tuple[Period, ...]
    learning_curve: LearningCurve
    segments: tuple[Segment, ...]
    evaluated_model: FittedModel = field(repr=False, compare=False)
    holdout_rows: Ints = field(repr=False, compare=False)
    log_odds: Floats = field(repr=False, compare=False)
    training_rows: Ints = field(repr=False, compare=False)

    def with_model(self, model: FittedModel) -> Self:
        """The same evaluation, with the weights of the model that is served."""
        return replace(self, stack=StackWeights.of(model))

    def to_dict(self) -> dict[str, Any]:
        """The metrics as plain dictionaries and lists; what cannot be computed is None."""
        return {f.name: to_plain(getattr(self, f.name)) for f in fields(self) if f.repr}


def evaluate(
    deals: Deals,
    profile: Profile,
    *,
    seed: int = 0,
    progress: ReportProgress | None = None,
    fit: ModelFitter | None = None,
) -> Evaluation:
    """Evaluate the fit model on held-out deals.

    `fit` fits a model to a part of the deals; by default a FitClassifier. Fits other than the one that is evaluated are
    trained on at most 8,000 deals, so that an evaluation of a large table costs little more than that one fit.

    Raises DealsError for fewer than two closed deals.
    """
    closed = deals.closed
    split = split_deals(closed, seed)
    spread = [f if f in split.main else thin_fold(f, split.clusters, MOST_DEALS, seed) for f in split.spread]
    curve = _curve_folds(split, seed)
    validation = (
        CrossValidation(closed, split, fit, 1)
        if fit
        else CrossValidation(closed, split, fit_classifier(profile, seed), cpu_count())
    )
    validation.run([*(fold for _, folds in curve for fold in folds), *spread, *split.main], progress or silent)

    scored, stack = validation.pool(split.main), StackWeights.of(validation.model)
    accuracy, improvements = measure_accuracy(scored, seed)
    holdout_rows, first = np.unique(scored.deal, return_index=True)
    return Evaluation(
        facts=_state_facts(deals, closed, profile, split, scored),
        stack=stack,
        accuracy=accuracy,
        improvements=improvements,
        calibration=measure_calibration(scored, seed),
        reliability=measure_reliability(scored),
        gain_curve=measure_gain_curve(scored),
        periods=tuple(_measure_period(fold, validation.pool([fold]), seed) for fold in spread),
        learning_curve=measure_learning_curve(
            [(size, validation.pool(folds)) for size, folds in curve], seed, has_learned=stack.has_learned
        ),
        segments=measure_segments(scored, closed.answers.iloc[scored.deal], profile, seed),
        evaluated_model=validation.model,
        holdout_rows=holdout_rows,
        log_odds=scored.model[first],
        training_rows=split.main[-1].train,
    )


def fit_classifier(profile: Profile, seed: int) -> Callable[..., FitClassifier]:
    """How a model is fitted here: the one that is evaluated and the one that is registered alike."""

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
        for size in choose_sizes(full)
    ]
    return [*thinned, (full, list(split.curve))]


def _measure_period(fold: Fold, scored: HeldOutScores, seed: int) -> Period:
    model = scored.losses(MODEL)
    improvement = estimate(build_means({"improvement": scored.losses(BASE_RATE) - model}), scored.cluster, seed)[
        "improvement"
    ]
    if np.ptp(scored.won) == 0:
        improvement = improvement.unbounded
    return Period(fold.label, len(fold.train), len(fold.test), float(model.mean()), improvement)


def _state_facts(deals: Deals, closed: Deals, profile: Profile, split: Split, scored: HeldOutScores) -> Facts:
    dates = closed.table[split.date].dropna() if split.date else None
    notes = [*split.notes]
    if closed.accounts is not None and (large := describe_large_account(closed.accounts)):
        notes.append(large)
    notes += describe_shared_values(closed.answers)
    if max(len(fold.train) for fold in split.spread) > MOST_DEALS:
        notes.append(
            f"Only the evaluated model was trained on all deals that are not held out; earlier periods, other folds "
            f"and the learning curve are of models trained on at most {MOST_DEALS:,} deals."
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
