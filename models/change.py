"""Why a score changed between two scorings of a deal: new answers, a new profile or a new model.

The way from one score to the other has three steps. First the old model hears the new answers; then it adopts the new
profile, its evidence as it was (`models.preview`); then the new model takes its place. What each step adds to the
log-odds of every factor is exact, and is told in points on the straight path between the two scores.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from icp_fit.features.deal_reader import carry, shared_factors
from icp_fit.features.factors import Profile
from icp_fit.models.compiled import CompiledModel
from icp_fit.models.explain import Explanation, explain_numbers, path_slope
from icp_fit.models.preview import adopt_profile


class ModelAnswers(NamedTuple):
    """A deal as it was scored: by which model, with which answers, shape (factors,)."""

    compiled: CompiledModel
    numbers: np.ndarray


@dataclass(frozen=True)
class Part:
    """One reason's part of a change, in points: by factor, and `base`, which every deal shares."""

    points_by_factor: np.ndarray
    base: float = 0.0

    @property
    def points(self) -> float:
        return float(self.points_by_factor.sum()) + self.base


@dataclass(frozen=True)
class Change:
    """The difference between two scorings of a deal, each explained, split into its reasons.

    The parts list the factors in the order of `factor_ids`: those of the new profile, then those that only the old one
    has.
    """

    before: Explanation
    after: Explanation
    factor_ids: tuple[str, ...]
    answers: Part
    profile: Part
    model: Part

    @property
    def points(self) -> float:
        """What the score rose by, before it is rounded: the sum of the three parts."""
        return 100 * float(self.after.win_probability[0] - self.before.win_probability[0])

    @property
    def regraded(self) -> bool:
        """Whether the new score has another grade than the old profile would have given it."""
        return self.before.profile.grades.grade(self.after.score[0]) != self.after.grade[0]


def explain_change(before: ModelAnswers, after: ModelAnswers) -> Change:
    """Split the difference between two scorings of a deal exactly into new answers, new profile and new model.

    Answers go from one profile to the other by what they say. One that the other profile cannot say is not counted as a
    new answer, but as the doing of the profile; so is a question that is new, or no longer asked.
    """
    old, new = before.compiled.profile, after.compiled.profile
    heard = _heard(before.numbers, after.numbers, old, new)
    was = explain_numbers(before.compiled, np.stack([before.numbers, heard]))
    now = explain_numbers(after.compiled, after.numbers[None])
    adopted = adopt_profile(before.compiled, new)
    ids = (*new.factor_ids, *(name for name in old.factor_ids if name not in new.factor_ids))
    said, heard_said = (_spread(by_factor, old, ids) for by_factor in was.log_odds_by_factor)
    adopted_said = _spread(adopted.values(after.numbers[None])[0], new, ids)
    slope = float(path_slope(was.log_odds[0], now.log_odds)[0])
    return Change(
        before=was[0],
        after=now,
        factor_ids=ids,
        answers=Part(slope * (heard_said - said)),
        profile=Part(
            slope * (adopted_said - heard_said), slope * (adopted.base_log_odds - before.compiled.base_log_odds)
        ),
        model=Part(
            slope * (_spread(now.log_odds_by_factor[0], new, ids) - adopted_said),
            slope * (after.compiled.base_log_odds - adopted.base_log_odds),
        ),
    )


def _heard(numbers: np.ndarray, new_numbers: np.ndarray, old: Profile, new: Profile) -> np.ndarray:
    """The new answers as the old profile hears them, shape (factors of the old,).

    Where it has no word for the new answer, or the new one has none for the old answer and got no other, or does not
    ask any more, the answer is as it was.
    """
    heard, kept = carry(new_numbers[None], new, old)[0], carry(numbers[None], old, new)[0]
    place = shared_factors(new, old)
    answered = ~np.isnan(new_numbers[place])
    unheard = np.isnan(heard) & (answered | np.isnan(kept[place]) | (place < 0))
    return np.where(unheard, numbers, heard)


def _spread(by_factor: np.ndarray, profile: Profile, ids: tuple[str, ...]) -> np.ndarray:
    """Values by a profile's factors, in the order of other ids, zero where the profile has none."""
    values = dict(zip(profile.factor_ids, by_factor.tolist(), strict=True))
    return np.array([values.get(name, 0.0) for name in ids])
