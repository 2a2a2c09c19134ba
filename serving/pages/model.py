"""The page of the model, for its owner: may it be trusted, what has it learned, and where it disagrees."""

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
from icp_fit.serving.pages.versions import KeptVersion, list_versions
from icp_fit.serving.scoring.champion import ServedModel

MEMBERS = {
    "profile": "the profile's own weights",
    "linear": "a weight for each answer",
    "curves": "a curve for each answer",
    "interactions": "answers that matter together",
}
# What each score of the evaluation is called, the best known first.
SCORES = {"model": "This model", "profile": "Profile alone", "base_rate": "Base rate"}


@dataclass(frozen=True)
class ModelStory:
    """What is known of the model that answers; a part that its bundle does not tell is empty."""

    model: ServedModel
    metrics: Mapping[str, Any]
    verdict: Mapping[str, Any]
    plots: list[Plot]
    factors: list[FactorCurve]
    disagreements: list[Mapping[str, Any]]
    versions: list[KeptVersion]

    @property
    def is_alone(self) -> bool:
        """Whether nothing was learned, so that the profile alone answers."""
        return self.model.bundle_hash is None

    @property
    def share(self) -> float:
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


async def model_page(visit: PageRequest) -> Response:
    story = await asyncio.to_thread(find_model_story, visit.desk, visit.model)
    return visit.render("model.html", story=story, scores=SCORES)


def find_model_story(desk: PageState, model: ServedModel) -> ModelStory:
    """What is known of the model; blocks."""
    metrics = model.metrics if isinstance(model.metrics, Mapping) else {}
    verdict = metrics.get("verdict")
    weights = metrics.get("learned_effects", {}).get("weights", ())
    return ModelStory(
        model=model,
        metrics=metrics,
        verdict=verdict if isinstance(verdict, Mapping) else {"level": verdict, "reasons": []} if verdict else {},
        plots=list(_plots(metrics)),
        factors=draw_factors(model.compiled, metrics),
        disagreements=[weight for weight in weights if weight.get("disagrees")],
        versions=list_versions(desk.runtime.settings.store_paths),
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
