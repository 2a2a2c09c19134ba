"""What the deals teach about the profile as a whole: what matters, how each answer counts, and where they disagree."""

from dataclasses import dataclass
from typing import Any

from icp_fit.features.deals import Deals
from icp_fit.models.effects import Effect, factor_effects
from icp_fit.models.fit import FitClassifier
from icp_fit.models.importance import Importances, measure_importance
from icp_fit.training.disagreement import LearnedWeight, weigh_factors
from icp_fit.training.splits import account_codes
from icp_fit.training.statistics import plain


@dataclass(frozen=True)
class LearnedEffects:
    """Of the model that is kept and all deals that it learned from.

    `curves` say what each answer does, the farthest-reaching factor first; `weights` hold every factor's, the surest
    disagreement with the profile first.
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
            "importance": plain(self.importance),
            "weights": [plain(weight) | {"disagrees": weight.disagrees} for weight in self.weights],
            "curves": [curve.to_dict() for curve in self.curves],
        }


def measure_learned_effects(model: FitClassifier, closed: Deals) -> LearnedEffects:
    """The learned effects of a model that was learned from closed deals."""
    won, accounts = closed.won.to_numpy(float), account_codes(closed.table)
    return LearnedEffects(
        measure_importance(model, closed.answers),
        tuple(weigh_factors(model.encoder_, closed.answers, won, accounts)),
        tuple(factor_effects(model, closed.answers)),
    )
