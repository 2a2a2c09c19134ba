"""The fit of a deal by dimension: where its answers stand between the worst and the best that there could be."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from icp_fit.models.compiled import CompiledModel
from icp_fit.models.explain import Explanation
from icp_fit.models.narrative.view import SellerView


@dataclass(frozen=True)
class DimensionReach:
    """The log-odds of the worst and the best answers of each dimension together, shape (dimensions,)."""

    worst: np.ndarray
    best: np.ndarray


@dataclass(frozen=True)
class DimensionFit:
    """A dimension as a picture shows it: `share` is 0 with its worst answers and 1 with its best, and `usual` is the
    share of a deal without answers."""

    id: str
    label: str
    summary: str
    share: float
    usual: float
    points: float
    answered: int
    questions: int

    @property
    def answered_share(self) -> float:
        return self.answered / max(self.questions, 1)


def measure_reach(compiled: CompiledModel) -> DimensionReach:
    """The log-odds that the typical answers of each factor add, one at a time, summed by dimension."""
    profile, typical = compiled.profile, compiled.model.evidence_.typical
    owner = np.repeat(np.arange(len(profile.factors)), [len(answers) for answers in typical])
    deals = np.full((len(owner), len(profile.factors)), np.nan)
    deals[np.arange(len(owner)), owner] = np.concatenate(typical)
    added = compiled.run(deals).values[np.arange(len(owner)), owner]
    ends = np.zeros((2, len(profile.factors)))
    np.minimum.at(ends[0], owner, added)
    np.maximum.at(ends[1], owner, added)
    starts = np.cumsum([0, *(len(dimension.factors) for dimension in profile.dimensions[:-1])])
    worst, best = np.add.reduceat(ends, starts, axis=1)
    return DimensionReach(worst, best)


def measure_fits(explanation: Explanation, view: SellerView, reach: DimensionReach) -> Sequence[DimensionFit]:
    """The fit of one deal by each dimension that the profile gives a weight, or by all where it weighs none."""
    width = np.maximum(reach.best - reach.worst, 1e-9)
    shares = np.clip((explanation.log_odds_by_dimension[0] - reach.worst) / width, 0, 1).tolist()
    usual = np.clip(-reach.worst / width, 0, 1).tolist()
    dimensions = explanation.profile.dimensions
    fits = [
        DimensionFit(
            dimension.id, dimension.label, dimension.summary, share, middle, part.points, part.answered, part.questions
        )
        for dimension, part, share, middle in zip(dimensions, view.dimensions, shares, usual, strict=True)
    ]
    weighed = [fit for fit, dimension in zip(fits, dimensions, strict=True) if any(f.weight for f in dimension.factors)]
    return weighed or fits
