"""What responses have in common: by which model and when a deal was scored, and the numbers of its score."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field

from icp_fit.serving.store.records import Prediction

Grade = Annotated[str, Field(json_schema_extra={"enum": ["A", "B", "C", "D"]})]
Probability = Annotated[float, Field(ge=0, le=1)]
Percentage = Annotated[int, Field(ge=0, le=100)]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


@dataclass(frozen=True)
class ModelStamp:
    """The version of the model, `profile` while none was promoted, and the version of the profile."""

    model_version: str
    profile_version: str


@dataclass(frozen=True)
class PredictionStamp(ModelStamp):
    """When a deal was scored, and under which id its prediction is stored."""

    prediction_id: str
    deal_id: str | None
    scored_at: Moment


@dataclass(frozen=True)
class ScoreNumbers:
    """The win probability, as a whole number from 0 to 100 too, with its interval from `low` to `high`.

    `completeness` is the share of questions that are answered.
    """

    score: Percentage
    grade: Grade
    win_probability: Probability
    low: Probability
    high: Probability
    completeness: Probability


def stamp_of(prediction: Prediction, deal_id: str | None = None) -> dict[str, Any]:
    """The fields of a PredictionStamp; `deal_id` is for a prediction that is stored without naming its deal."""
    return {
        "model_version": prediction.model_version,
        "profile_version": prediction.profile_version,
        "prediction_id": prediction.id,
        "deal_id": prediction.deal_id or deal_id,
        "scored_at": moment_text(prediction.scored_at),
    }


def numbers_of(prediction: Prediction) -> dict[str, Any]:
    """The fields of ScoreNumbers."""
    return {
        "score": prediction.score,
        "grade": prediction.grade,
        "win_probability": round(prediction.win_probability, 4),
        "low": round(prediction.low, 4),
        "high": round(prediction.high, 4),
        "completeness": round(prediction.completeness, 4),
    }


def moment_text(moment: datetime) -> str:
    """A moment in UTC as RFC 3339 writes it."""
    return f"{moment.astimezone(UTC).isoformat(timespec='milliseconds')[:-6]}Z"
