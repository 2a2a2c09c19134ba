"""What is told of models, deals and predictions, as plain JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import numpy as np

from icp_fit.models.compiled import CompiledModel
from icp_fit.models.explain import Explanation
from icp_fit.models.narrative.explained_deals import tenths
from icp_fit.models.narrative.next_steps import next_actions, next_questions
from icp_fit.models.what_if import WhatIf
from icp_fit.serving.scoring.champion import ServedModel
from icp_fit.serving.store.records import Outcome, Override, Prediction
from icp_fit.serving.store.trend import find_trend


def stamp(prediction: Prediction) -> dict[str, Any]:
    """By which model, when and under which id a deal was scored."""
    return {
        "prediction_id": prediction.id,
        "deal_id": prediction.deal_id,
        "scored_at": moment_text(prediction.scored_at),
        "model_version": prediction.model_version,
        "profile_version": prediction.profile_version,
    }


def moment_text(moment: datetime) -> str:
    """A moment in UTC as RFC 3339 writes it."""
    return f"{moment.astimezone(UTC).isoformat(timespec='milliseconds')[:-6]}Z"


def describe_model(model: ServedModel) -> dict[str, Any]:
    """The model that answers, and the metrics of its card."""
    fitted = model.compiled.model
    return {
        **model.stamp,
        "profile": model.profile.name,
        "profile_digest": model.profile.digest,
        "bundle_hash": model.bundle_hash,
        "created_at": None if model.created is None else moment_text(model.created),
        "deals_learned_from": fitted.n_deals_,
        "evidence_share": round(fitted.evidence_share_, 4),
        "weights": {name: round(weight, 4) for name, weight in fitted.weights_.items()},
        "baseline": float(tenths(100 * model.baseline)),
        "metrics": model.metrics,
    }


def describe_profile(model: ServedModel) -> dict[str, Any]:
    """The questions, and which way each should point."""
    return {**model.stamp, "digest": model.profile.digest, **asdict(model.profile)}


def describe_what_if(changed: WhatIf) -> dict[str, Any]:
    """A deal before and after a change, and what each changed answer does, the strongest first."""
    factors = changed.after.profile.factors
    moved = tenths(changed.points_by_factor)
    order = np.argsort(-np.abs(moved), kind="stable").tolist()
    points = moved.tolist()
    return {
        "before": describe_score(changed.before),
        "after": describe_score(changed.after),
        "points": float(tenths(changed.points)),
        "factors": [
            {"factor": factors[j].id, "label": factors[j].label, "points": points[j]} for j in order if points[j]
        ],
    }


def describe_score(explanation: Explanation) -> dict[str, Any]:
    """The score of the first of the deals explained."""
    return {
        "score": int(explanation.score[0]),
        "grade": explanation.grade[0],
        "win_probability": round(float(explanation.win_probability[0]), 4),
        "low": round(float(explanation.low[0]), 4),
        "high": round(float(explanation.high[0]), 4),
        "completeness": round(float(explanation.completeness[0]), 4),
    }


def describe_next_steps(compiled: CompiledModel, numbers: np.ndarray) -> dict[str, Any]:
    """What to ask and do next about a deal, shape (factors,)."""
    return {
        "questions": [asdict(question) for question in next_questions(compiled, numbers)],
        "actions": [asdict(action) for action in next_actions(compiled, numbers)],
    }


def describe_outcome(model: ServedModel, outcome: Outcome, latest: Prediction | None) -> dict[str, Any]:
    """What was recorded, with the deal's latest prediction."""
    return {
        **model.stamp,
        "deal_id": outcome.deal_id,
        "outcome": outcome.outcome,
        "recorded_at": moment_text(outcome.recorded_at),
        "prediction_id": latest.id if latest else None,
        "scored_at": moment_text(latest.scored_at) if latest else None,
        "score": latest.score if latest else None,
    }


def describe_history(
    deal_id: str, scored: Sequence[Prediction], outcomes: Sequence[Outcome], overrides: Sequence[Override]
) -> dict[str, Any]:
    """What was said of a deal and what became of it, each oldest first."""
    return {
        "deal_id": deal_id,
        "trend": find_trend(scored),
        "predictions": [describe_past(prediction) for prediction in scored],
        "outcomes": [
            {"outcome": outcome.outcome, "recorded_at": moment_text(outcome.recorded_at), "note": outcome.note}
            for outcome in outcomes
        ],
        "overrides": [
            {"score": override.score, "reason": override.reason, "at": moment_text(override.at)}
            for override in overrides
        ],
    }


def describe_past(prediction: Prediction) -> dict[str, Any]:
    """A stored prediction, as the history tells it."""
    measured, told = ("win_probability", "low", "high", "completeness"), ("score", "grade", "route", "reason")
    return {
        **stamp(prediction),
        **{name: getattr(prediction, name) for name in told},
        **{name: round(getattr(prediction, name), 4) for name in measured},
        "answers": json.loads(prediction.answers),
        "explanation": json.loads(prediction.explanation or "null"),
    }
