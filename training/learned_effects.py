"""What the model learned: what matters, how each answer counts, and where the deals disagree with the profile."""

from dataclasses import dataclass
from typing import Any

from icp_fit.features.deals import Deals
from icp_fit.models.effects import Effect, factor_effects
from icp_fit.models.fit import FitClassifier
from icp_fit.models.importance import Importances, measure_importance
from icp_fit.training.disagreement import LearnedWeight, weigh_factors
from icp_fit.training.splits import account_codes
from icp_fit.training.statistics import to_plain


@dataclass(frozen=True)
class LearnedEffects:
    """Of the registered model and all deals that it was trained on.

    `curves` say what each answer does, the factor that moves the score farthest first. `weights` hold every factor's,
    the most certain disagreement with the profile first.
    """

    importance: Importances
    weights: tuple[LearnedWeight, ...]
    curves: tuple[Effect, ...]

    @property
    def disagreements(self) -> list[LearnedWeight]:
        return [weight for weight in self.weights if weight.disagrees]

    @property
    def without_effect(self) -> int:
        """The number of factors that the profile gives no weight, and the deals none either."""
        return sum(not weight.declared and weight.finding == "no effect found" for weight in self.weights)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "importance": to_plain(self.importance),
            "weights": [to_plain(weight) | {"disagrees": weight.disagrees} for weight in self.weights],
            "curves": [curve.to_dict() for curve in self.curves],
        }


def measure_learned_effects(model: FitClassifier, closed: Deals) -> LearnedEffects:
    """The learned effects of a model that was trained on closed deals."""
    won, accounts = closed.won.to_numpy(float), account_codes(closed.table)
    return LearnedEffects(
        measure_importance(model, closed.answers),
        tuple(weigh_factors(model.encoder_, closed.answers, won, accounts)),
        tuple(factor_effects(model, closed.answers)),
    )
