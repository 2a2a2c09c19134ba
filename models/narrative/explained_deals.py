"""Explained deals as plain lists: quicker to go through one by one than arrays, and with points as people read them."""

from dataclasses import dataclass

import numpy as np

from icp_fit.models.explain import Explanation


@dataclass(frozen=True)
class ExplainedDeals:
    """The parts of an explanation that a narrative needs, with one entry a deal.

    `numbers` and `points` have an inner list with one entry a factor, NaN where a question is open, and
    `points_by_dimension` one with an entry a dimension. Points are rounded to tenths. `percentile` is None where the
    model was trained on no deals; `baseline` is the score of a deal of which nothing is known, in points.
    """

    numbers: list[list[float]]
    points: list[list[float]]
    points_by_dimension: list[list[float]]
    score: list[int]
    grade: list[str]
    win_probability: list[float]
    low: list[float]
    high: list[float]
    percentile: list[int] | None
    baseline: float

    @classmethod
    def of(cls, explanation: Explanation) -> "ExplainedDeals":
        interval, percentile = explanation.interval(), explanation.percentile
        return cls(
            numbers=explanation.numbers.tolist(),
            points=tenths(explanation.points).tolist(),
            points_by_dimension=tenths(explanation.points_by_dimension).tolist(),
            score=explanation.score.tolist(),
            grade=explanation.grade,
            win_probability=explanation.win_probability.tolist(),
            low=interval[:, 0].tolist(),
            high=interval[:, 1].tolist(),
            percentile=None if percentile is None else percentile.tolist(),
            baseline=float(tenths(100 * explanation.baseline_probability)),
        )


def tenths(points: float | np.ndarray) -> np.ndarray:
    """Points as people read them: rounded to tenths, and never minus zero."""
    return np.round(points, 1) + 0.0
