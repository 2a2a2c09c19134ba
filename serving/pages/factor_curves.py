"""Each factor's curve: the score that every answer alone would give, with how many such deals were won."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from icp_fit.features.factors import Factor
from icp_fit.models.compiled import CompiledModel
from icp_fit.models.narrative.answer_evidence import range_text
from icp_fit.serving.pages.form_fields import answer_label


@dataclass(frozen=True)
class AnswerPoint:
    """An answer, or a range of them: the score with it alone, the deals trained on that gave it, and those won."""

    text: str
    score: float
    deals: int
    won: int


@dataclass(frozen=True)
class FactorCurve:
    """`importance` is by how many points the factor moves the average deal, None where that was not measured."""

    factor: Factor
    dimension: str
    points: list[AnswerPoint]
    importance: float | None
    sort_key: float

    @property
    def deals(self) -> int:
        return sum(point.deals for point in self.points)

    @property
    def reach(self) -> float:
        """How far apart the best and the worst answer are, in points."""
        return max(point.score for point in self.points) - min(point.score for point in self.points)


def draw_factors(compiled: CompiledModel, metrics: Mapping[str, Any]) -> list[FactorCurve]:
    """The curve of every factor, the most important first."""
    importance = {
        factor["id"]: float(factor["points"]["value"])
        for factor in metrics.get("learned_effects", {}).get("importance", {}).get("factors", ())
    }
    curves = [
        _draw(compiled, factor, j, importance.get(factor.id)) for j, factor in enumerate(compiled.profile.factors)
    ]
    return sorted(curves, key=lambda curve: -curve.sort_key)


def _draw(compiled: CompiledModel, factor: Factor, position: int, importance: float | None) -> FactorCurve:
    evidence = compiled.model.evidence_
    typical = evidence.typical[position]
    deals = np.full((len(typical), len(compiled.profile.factors)), np.nan)
    deals[:, position] = typical
    scores = (100 * expit(compiled.log_odds(deals))).tolist()
    counts, won = evidence.deals[position].tolist(), evidence.won[position].tolist()
    points = [
        AnswerPoint(_text(compiled, factor, position, group), scores[group], counts[group], won[group])
        for group in range(len(typical))
    ]
    key = importance if importance is not None else max(scores) - min(scores)
    return FactorCurve(factor, compiled.profile.dimension_of(factor.id).label, points, importance, key)


def _text(compiled: CompiledModel, factor: Factor, position: int, group: int) -> str:
    evidence = compiled.model.evidence_
    if factor.is_number:
        return range_text(factor, *evidence.span(position, group))
    return answer_label(factor, float(evidence.typical[position][group]))
