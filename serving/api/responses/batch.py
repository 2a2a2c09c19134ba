"""The response to a batch: many deals, each with its score, its points and the factors that move it most."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from icp_fit.features.unseen import UnseenAnswer
from icp_fit.models.explain import LEVEL
from icp_fit.models.narrative.explained_deals import tenths
from icp_fit.serving.api.responses.stamps import (
    ModelStamp,
    Moment,
    Percentage,
    Probability,
    ScoreNumbers,
    moment_text,
    numbers_of,
)
from icp_fit.serving.scoring.batch_predictions import ScoredBatch, ScoredPart

MOST_REASONS = 3  # factors on each side of a deal


@dataclass(frozen=True)
class BatchPrediction(ScoreNumbers):
    """One deal of a batch: `points` in the order of `factors`, and the factors that move its score most."""

    prediction_id: str
    deal_id: str | None
    percentile: Percentage | None
    points: list[float]
    strengths: list[str]
    risks: list[str]


@dataclass(frozen=True)
class RejectedRow:
    """A row of a table that cannot be used, by its number, which of CSV is that of a spreadsheet, and why."""

    row: int
    deal_id: str | None
    reason: str


@dataclass(frozen=True)
class BatchResponse(ModelStamp):
    """Predictions in the order of the request. `baseline` and a deal's points add up to its score.

    Of a table: `rejected` are rows that were set aside, `unseen` words that the model does not know and that count as
    unanswered, `closed` counts the deals that are won or lost already, which are not scored, and `notes` say what else
    to know.
    """

    scored_at: Moment
    level: Probability
    baseline: float
    factors: tuple[str, ...]
    predictions: list[BatchPrediction]
    rejected: tuple[RejectedRow, ...]
    unseen: tuple[UnseenAnswer, ...]
    closed: int
    notes: tuple[str, ...]


def build_batch_response(
    scored: ScoredBatch,
    rejected: tuple[RejectedRow, ...] = (),
    unseen: tuple[UnseenAnswer, ...] = (),
    closed: int = 0,
    notes: tuple[str, ...] = (),
) -> BatchResponse:
    model = scored.model
    factors = model.profile.factor_ids
    return BatchResponse(
        **model.stamp,
        scored_at=moment_text(scored.scored_at),
        level=LEVEL,
        baseline=float(tenths(100 * model.baseline)),
        factors=factors,
        predictions=[prediction for part in scored.parts for prediction in _predictions(part, factors)],
        rejected=rejected,
        unseen=unseen,
        closed=closed,
        notes=notes,
    )


def _predictions(part: ScoredPart, factors: Sequence[str]) -> Iterator[BatchPrediction]:
    percentiles = part.explanation.percentile
    ranks = [None] * len(part.predictions) if percentiles is None else percentiles.tolist()
    rows = zip(part.predictions, ranks, part.points.tolist(), _strongest(part.points, factors), strict=True)
    for prediction, percentile, points, (best, worst) in rows:
        yield BatchPrediction(
            **numbers_of(prediction),
            prediction_id=prediction.id,
            deal_id=prediction.deal_id,
            percentile=percentile,
            points=points,
            strengths=best,
            risks=worst,
        )


def _strongest(points: np.ndarray, factors: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """The factors that raise and that lower each deal's score most; `points` has shape (deals, factors)."""
    most = min(MOST_REASONS, points.shape[1])
    up, down = np.argsort(-points, axis=1)[:, :most], np.argsort(points, axis=1)[:, :most]
    rows = np.arange(len(points))[:, None]
    count_up, count_down = (points[rows, up] > 0).sum(axis=1), (points[rows, down] < 0).sum(axis=1)
    for best, worst, n, m in zip(up.tolist(), down.tolist(), count_up.tolist(), count_down.tolist(), strict=True):
        yield [factors[j] for j in best[:n]], [factors[j] for j in worst[:m]]
