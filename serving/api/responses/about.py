"""The responses about the service itself: its model, its profile, and whether it lives and is ready."""

from dataclasses import dataclass, field
from typing import Any, Literal

from icp_fit.features.factors import Profile
from icp_fit.models.narrative.explained_deals import tenths
from icp_fit.serving.api.responses.stamps import ModelStamp, Moment, Probability, moment_text
from icp_fit.serving.scoring.served_model import ServedModel


@dataclass(frozen=True)
class ModelResponse(ModelStamp):
    """The model that answers; `metrics` are those of its card, and null for the profile alone.

    `name` is that of the registered model, `ICP_FIT_NAME`.
    """

    name: str
    profile: str
    profile_digest: str
    bundle_hash: str | None
    created_at: Moment | None
    deals_trained_on: int
    evidence_share: Probability
    weights: dict[str, float]
    baseline: float
    metrics: Any


@dataclass(frozen=True, kw_only=True)
class ProfileResponse(Profile, ModelStamp):
    """What is asked, and where grades begin."""

    digest: str = field()


@dataclass(frozen=True)
class AliveResponse:
    """The process lives."""

    status: Literal["alive"] = "alive"


@dataclass(frozen=True)
class ReadyResponse(ModelStamp):
    """Predictions are given and stored."""

    status: Literal["ready"] = "ready"


def build_model_response(model: ServedModel, name: str) -> ModelResponse:
    fitted = model.compiled.model
    return ModelResponse(
        **model.stamp,
        name=name,
        profile=model.profile.name,
        profile_digest=model.profile.digest,
        bundle_hash=model.bundle_hash,
        created_at=None if model.created is None else moment_text(model.created),
        deals_trained_on=fitted.n_deals_,
        evidence_share=round(fitted.evidence_share_, 4),
        weights={name: round(weight, 4) for name, weight in fitted.weights_.items()},
        baseline=float(tenths(100 * model.baseline)),
        metrics=model.metrics,
    )


def build_profile_response(model: ServedModel) -> ProfileResponse:
    profile = model.profile
    fields = {name: getattr(profile, name) for name in profile.__dataclass_fields__}
    return ProfileResponse(**model.stamp, digest=profile.digest, **fields)
