"""What each answer that was changed does to a score, in points, as API and pages show it."""

from dataclasses import dataclass

import numpy as np

from icp_fit.models.narrative.explained_deals import tenths
from icp_fit.models.what_if import WhatIf


@dataclass(frozen=True)
class FactorChange:
    """What one answer does to the difference, in points."""

    factor: str
    label: str
    points: float


def list_factor_changes(changed: WhatIf) -> tuple[FactorChange, ...]:
    """The factors that make a difference of at least a tenth of a point, the strongest first."""
    factors = changed.after.profile.factors
    points = tenths(changed.points_by_factor)
    order = np.argsort(-np.abs(points), kind="stable").tolist()
    moved = points.tolist()
    return tuple(FactorChange(factors[j].id, factors[j].label, moved[j]) for j in order if moved[j])
