"""The responses about a deal's history: what was scored, what became of it, and what people thought of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from icp_fit.models.narrative.view import Answer
from icp_fit.serving.api.responses.stamps import (
    ModelStamp,
    Moment,
    Percentage,
    PredictionStamp,
    ScoreNumbers,
    moment_text,
    numbers_of,
    stamp_of,
)
from icp_fit.serving.http.requests import OUTCOMES
from icp_fit.serving.scoring.served_model import ServedModel
from icp_fit.serving.store.records import Outcome, Override, Prediction
from icp_fit.serving.store.trend import Trend, find_trend

# What `Outcome` checks: mypy sees a plain text there, clients two values.
OutcomeName = Annotated[str, Field(json_schema_extra={"enum": list(OUTCOMES)})]


@dataclass(frozen=True)
class OutcomeResponse(ModelStamp):
    """What was recorded, with the deal's latest prediction, if there is one."""

    deal_id: str
    outcome: OutcomeName
    recorded_at: Moment
    prediction_id: str | None
    scored_at: Moment | None
    score: Percentage | None


@dataclass(frozen=True)
class PastExplanation:
    """What a seller read then: the points by factor, and the sentences of its strengths and risks."""

    baseline: float
    points: dict[str, float]
    strengths: Sequence[str] = ()
    risks: Sequence[str] = ()


@dataclass(frozen=True)
class PastPrediction(ScoreNumbers, PredictionStamp):
    """A stored prediction; `reason` is the sentence of its strongest reason, `route` where it was asked for."""

    route: str
    reason: str | None
    answers: dict[str, Answer]
    explanation: PastExplanation | None


@dataclass(frozen=True)
class PastOutcome:
    """What became of the deal."""

    outcome: OutcomeName
    recorded_at: Moment
    note: str | None


@dataclass(frozen=True)
class PastOverride:
    """A person's own score."""

    score: Percentage
    reason: str
    at: Moment


@dataclass(frozen=True)
class HistoryResponse(ModelStamp):
    """A deal's predictions, outcomes and overrides, oldest first; the latest ones where there are more than `limit`."""

    deal_id: str
    trend: Trend
    predictions: tuple[PastPrediction, ...]
    outcomes: tuple[PastOutcome, ...]
    overrides: tuple[PastOverride, ...]


def build_outcome_response(model: ServedModel, outcome: Outcome, latest: Prediction | None) -> OutcomeResponse:
    return OutcomeResponse(
        **model.stamp,
        deal_id=outcome.deal_id,
        outcome=outcome.outcome,
        recorded_at=moment_text(outcome.recorded_at),
        prediction_id=latest.id if latest else None,
        scored_at=moment_text(latest.scored_at) if latest else None,
        score=latest.score if latest else None,
    )


def build_history_response(
    model: ServedModel,
    deal_id: str,
    predictions: Sequence[Prediction],
    outcomes: Sequence[Outcome],
    overrides: Sequence[Override],
) -> HistoryResponse:
    return HistoryResponse(
        **model.stamp,
        deal_id=deal_id,
        trend=find_trend(predictions),
        predictions=tuple(_past_prediction(prediction) for prediction in predictions),
        outcomes=tuple(PastOutcome(one.outcome, moment_text(one.recorded_at), one.note) for one in outcomes),
        overrides=tuple(PastOverride(one.score, one.reason, moment_text(one.at)) for one in overrides),
    )


def _past_prediction(prediction: Prediction) -> PastPrediction:
    explanation = prediction.explanation
    return PastPrediction(
        **stamp_of(prediction),
        **numbers_of(prediction),
        route=prediction.route,
        reason=prediction.reason,
        answers=json.loads(prediction.answers),
        explanation=None if explanation is None else _past_explanation(json.loads(explanation)),
    )


def _past_explanation(stored: dict[str, Any]) -> PastExplanation:
    """An explanation as it was stored: one of a batch has no sentences."""
    return PastExplanation(stored["baseline"], stored["points"], stored.get("strengths", ()), stored.get("risks", ()))
