"""The page of the model, for its owner: its verdict and accuracy, its curves, and where deals and profile disagree."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from icp_fit.serving.pages.factor_curves import FactorCurve, draw_factors
from icp_fit.serving.pages.plots import Plot, draw_gain_curve, draw_learning, draw_reliability
from icp_fit.serving.pages.request import PageRequest
from icp_fit.serving.pages.route import PageRoute
from icp_fit.serving.pages.state import PageState
from icp_fit.serving.pages.versions import StoredVersion, list_versions
from icp_fit.serving.scoring.served_model import ServedModel

MEMBERS = {
    "profile": "Profile: the experts' weights",
    "linear": "Linear: a weight for each answer",
    "curves": "Curves: one for each factor",
    "interactions": "Interactions: answers together",
}
# The labels of the scores of the evaluation, in the order of the table.
SCORES = {"model": "This model", "profile": "Profile alone", "base_rate": "Base rate"}


@dataclass(frozen=True)
class ModelView:
    """The champion with its metrics; a part that its bundle lacks is empty."""

    model: ServedModel
    metrics: Mapping[str, Any]
    verdict: Mapping[str, Any]
    plots: list[Plot]
    factors: list[FactorCurve]
    disagreements: list[Mapping[str, Any]]
    versions: list[StoredVersion]

    @property
    def is_profile_alone(self) -> bool:
        """Whether there is no champion yet, so that the profile alone answers."""
        return self.model.bundle_hash is None

    @property
    def evidence_share(self) -> float:
        return float(self.model.compiled.model.evidence_share_)

    @property
    def deals(self) -> int:
        return int(self.model.compiled.model.n_deals_)

    @property
    def weights(self) -> list[tuple[str, float]]:
        """The members with their parts of the whole, largest first."""
        weights = self.model.compiled.model.weights_
        total = sum(weights.values()) or 1.0
        named = [(MEMBERS.get(name, name), weight / total) for name, weight in weights.items()]
        return sorted(named, key=lambda member: -member[1])


async def model_page(request: PageRequest) -> Response:
    model_view = await asyncio.to_thread(find_model_view, request.state, request.model)
    return request.render("model.html", model_view=model_view, scores=SCORES)


def find_model_view(state: PageState, model: ServedModel) -> ModelView:
    """The view of the model; blocks."""
    metrics = model.metrics if isinstance(model.metrics, Mapping) else {}
    verdict = metrics.get("verdict")
    weights = metrics.get("learned_effects", {}).get("weights", ())
    return ModelView(
        model=model,
        metrics=metrics,
        verdict=verdict if isinstance(verdict, Mapping) else {"level": verdict, "reasons": []} if verdict else {},
        plots=list(_plots(metrics)),
        factors=draw_factors(model.compiled, metrics),
        disagreements=[weight for weight in weights if weight.get("disagrees")],
        versions=list_versions(state.runtime.settings.store_paths),
    )


def _plots(metrics: Mapping[str, Any]) -> list[Plot]:
    plots = []
    if metrics.get("reliability"):
        plots.append(draw_reliability(metrics["reliability"]))
    if metrics.get("gain_curve"):
        plots.append(draw_gain_curve(metrics["gain_curve"]))
    if metrics.get("learning_curve", {}).get("points"):
        plots.append(draw_learning(metrics))
    return plots


pages = (PageRoute("GET", "/about-model", model_page),)
