"""Accuracy by kind of deal: by industry, region and size, by other context, and by what the model was trained on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from icp_fit.features.factors import Factor, Profile
from icp_fit.training.accuracy import BASE_RATE, MODEL, HeldOutScores
from icp_fit.training.statistics import Floats, Interval, estimate, win_rate

Mask = NDArray[np.bool_]

# Below this a segment's interval is wider than any difference that matters.
ENOUGH = 30
FIRST = ("industry", "region", "amount")
MOST_FACTORS, MOST_VALUES = 6, 10


@dataclass(frozen=True)
class Segment:
    """The held-out deals with one answer; `improvement` of log loss is over the base rate, None for too few deals."""

    factor: str
    label: str
    value: str
    deals: int
    predicted: float
    won: Interval
    improvement: Interval | None


def measure_segments(
    scored: HeldOutScores, answers: pd.DataFrame, profile: Profile, seed: int = 0
) -> tuple[Segment, ...]:
    """Each segment's metrics; `answers` are those of `scored`, shape (occurrences, factors)."""
    parts = [part for part in _divide(scored, answers, profile) if part[-1].any()]
    masks = [mask for *_, mask in parts if scored.count(mask) >= ENOUGH]
    improvements = iter(_improvements(scored, masks, seed))
    return tuple(
        Segment(
            factor=factor,
            label=label,
            value=value,
            deals=scored.count(mask),
            predicted=float(expit(scored.model[mask]).mean()),
            won=win_rate(scored.won[mask], scored.repeats),
            improvement=next(improvements) if scored.count(mask) >= ENOUGH else None,
        )
        for factor, label, value, mask in parts
    )


def segment_factors(profile: Profile) -> list[Factor]:
    """Industry, region and amount where the profile has them, then other context with few answers."""
    named = [factor for name in FIRST for factor in profile.factors if factor.id == name]
    context = [f for f in profile.factors if f.weight == 0 and not f.is_number and len(f.choices) <= MOST_VALUES]
    return (named + [factor for factor in context if factor not in named])[:MOST_FACTORS]


def _divide(scored: HeldOutScores, answers: pd.DataFrame, profile: Profile) -> Iterator[tuple[str, str, str, Mask]]:
    """Factor, label, value and deals of each segment."""
    for factor in segment_factors(profile):
        column = answers[factor.id]
        for value, mask in (_divide_number if factor.is_number else _divide_choice)(column, factor):
            yield factor.id, factor.label, value, mask
        yield factor.id, factor.label, "not answered", column.isna().to_numpy()
    seen = ("account_id", "Account", scored.seen_account), ("answers", "Identical answers", scored.seen_answers)
    for name, label, mask in seen:
        if mask.any():
            yield name, label, "trained on", mask
            yield name, label, "new", ~mask


def _divide_number(answers: pd.Series, factor: Factor) -> Iterator[tuple[str, Mask]]:
    """Four parts of equal size, fewer where many deals have the same number."""
    numbers = answers.to_numpy(dtype=float)
    edges = np.unique(answers.dropna().quantile([0.25, 0.5, 0.75]))
    for low, high in pairwise([-inf, *edges, inf]):
        yield _between(low, high), (numbers > low) & (numbers <= high)


def _between(low: float, high: float) -> str:
    lowest, highest = (f"{bound:,.0f}" if abs(bound) >= 100 else f"{bound:.3g}" for bound in (low, high))
    return f"up to {highest}" if low == -inf else f"over {lowest}" if high == inf else f"{lowest} to {highest}"


def _divide_choice(answers: pd.Series, factor: Factor) -> Iterator[tuple[str, Mask]]:
    """One part for each answer, the commonest first, or in order where the answers have one."""
    words = answers.map({True: "yes", False: "no"}) if factor.kind == "yes_no" else answers
    words = words.astype(object)
    listed = list(words.value_counts().index[:MOST_VALUES])
    if factor.kind == "ordinal":
        listed.sort(key=factor.choices.index)
    for word in listed:
        yield str(word), (words == word).to_numpy()
    yield "all others", (words.notna() & ~words.isin(listed)).to_numpy()


def _improvements(scored: HeldOutScores, masks: Sequence[Mask], seed: int) -> Sequence[Interval]:
    if not masks:
        return ()
    improvement = scored.losses(BASE_RATE) - scored.losses(MODEL)
    inside = np.column_stack(masks).astype(float)

    def statistic(weights: Floats) -> dict[str, Floats]:
        improvements = (weights @ (inside * improvement[:, None])) / (weights @ inside)
        return {str(i): column for i, column in enumerate(improvements.T)}

    intervals = estimate(statistic, scored.cluster, seed).values()
    return [
        interval if np.ptp(scored.won[mask]) else interval.unbounded
        for mask, interval in zip(masks, intervals, strict=True)
    ]
