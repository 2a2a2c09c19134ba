"""What the API answers, as types: the OpenAPI document is made of them, and the tests hold the answers to it.

Where an answer is made in one piece for speed (`serving.scoring.predictions`), these types are its description.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from icp_fit.models.narrative.next_steps import NextAction, NextQuestion
from icp_fit.models.narrative.view import Answer, SellerView
from icp_fit.serving.store.trend import Trend

Grade = Literal["A", "B", "C", "D"]
Probability = Annotated[float, Field(ge=0, le=1)]
Percentage = Annotated[int, Field(ge=0, le=100)]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


@dataclass(frozen=True)
class Made:
    """By which model, version `profile` while none was promoted, and which version of the profile."""

    model_version: str
    profile_version: str


@dataclass(frozen=True)
class Stamp(Made):
    """When a deal was scored, and under which id that is stored."""

    prediction_id: str
    deal_id: str | None
    scored_at: Moment


@dataclass(frozen=True)
class Score(Stamp):
    """The win probability, as a whole number from 0 to 100 too, with its interval at `level`.

    `percentile` is the percentage of the deals learned from that score lower, `completeness` the share of questions
    that are answered.
    """

    score: Percentage
    grade: Grade
    win_probability: Probability
    low: Probability
    high: Probability
    level: Probability
    percentile: Percentage | None
    completeness: Probability


@dataclass(frozen=True)
class Explained(SellerView, Stamp):
    """Everything that a seller is told of a deal, the strongest reasons first."""


@dataclass(frozen=True)
class BatchPrediction:
    """One deal of a batch: `points` in the order of `factors`, and the factors that move its score most."""

    prediction_id: str
    deal_id: str | None
    score: Percentage
    grade: Grade
    win_probability: Probability
    low: Probability
    high: Probability
    percentile: Percentage | None
    completeness: Probability
    points: tuple[float, ...]
    for_: Annotated[tuple[str, ...], Field(alias="for")]
    against: tuple[str, ...]


@dataclass(frozen=True)
class Batch(Made):
    """Predictions in the order of the request. `baseline` and a deal's points add up to its score."""

    scored_at: Moment
    level: Probability
    baseline: float
    factors: tuple[str, ...]
    predictions: tuple[BatchPrediction, ...]


@dataclass(frozen=True)
class Scoring:
    score: Percentage
    grade: Grade
    win_probability: Probability
    low: Probability
    high: Probability
    completeness: Probability


@dataclass(frozen=True)
class Moved:
    """What one answer does to the difference, in points."""

    factor: str
    label: str
    points: float


@dataclass(frozen=True)
class WhatIfAnswer(Stamp):
    """The deal as it is and as it would be; the points of the factors add up to the difference."""

    before: Scoring
    after: Scoring
    points: float
    factors: tuple[Moved, ...]


@dataclass(frozen=True)
class Questions(Score):
    """Which open questions are worth asking next, and what can be done about the answers that there are."""

    questions: tuple[NextQuestion, ...]
    actions: tuple[NextAction, ...]


@dataclass(frozen=True)
class OutcomeAnswer(Made):
    """What was recorded, with the deal's latest prediction, if there is one."""

    deal_id: str
    outcome: Literal["won", "lost"]
    recorded_at: Moment
    prediction_id: str | None
    scored_at: Moment | None
    score: Percentage | None


@dataclass(frozen=True)
class PastExplanation:
    """What a seller was told then: by factor the points, and the sentences of the strongest reasons."""

    baseline: float
    points: dict[str, float]
    strengths: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()


@dataclass(frozen=True)
class PastPrediction(Stamp):
    score: Percentage
    grade: Grade
    win_probability: Probability
    low: Probability
    high: Probability
    completeness: Probability
    route: str
    reason: str | None
    answers: dict[str, Answer]
    explanation: PastExplanation | None


@dataclass(frozen=True)
class PastOutcome:
    outcome: Literal["won", "lost"]
    recorded_at: Moment
    note: str | None


@dataclass(frozen=True)
class PastOverride:
    """A person's own score."""

    score: Percentage
    reason: str
    at: Moment


@dataclass(frozen=True)
class History(Made):
    """A deal's predictions, outcomes and overrides, oldest first; the latest ones where there are more than `limit`."""

    deal_id: str
    trend: Trend
    predictions: tuple[PastPrediction, ...]
    outcomes: tuple[PastOutcome, ...]
    overrides: tuple[PastOverride, ...]


@dataclass(frozen=True)
class ModelAnswer(Made):
    """The model that answers; `metrics` are those of its card, and None for the profile alone."""

    profile: str
    profile_digest: str
    bundle_hash: str | None
    created_at: Moment | None
    deals_learned_from: int
    evidence_share: Probability
    weights: dict[str, float]
    baseline: float
    metrics: Any


@dataclass(frozen=True)
class Alive:
    status: Literal["alive"]


@dataclass(frozen=True)
class Ready(Made):
    status: Literal["ready"]


@dataclass(frozen=True)
class ProblemError:
    """What is wrong with one field; of a batch, `deal` says with which deal, counted from 1."""

    field: str
    detail: str
    deal: int = 0
    deal_id: str = ""


@dataclass(frozen=True)
class ProblemDetails:
    """Why a request is not answered, and what to do about it (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[ProblemError, ...]
