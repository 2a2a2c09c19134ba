"""Why a score changed between two scorings of a deal: new answers, a new profile or a new model.

The way from one score to the other has three steps. First the old model gets the new answers; then the new profile, its
trained members as they were (`models.preview`); then the new model takes its place. What each step adds to the log-odds
of every factor is exact, and is given in points on the straight path between the two scores.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from icp_fit.features.deal_reader import carry, shared_factors
from icp_fit.features.factors import Profile
from icp_fit.models.compiled import CompiledModel
from icp_fit.models.explain import Explanation, explain_numbers, path_slope
from icp_fit.models.preview import swap_profile


class ModelAnswers(NamedTuple):
    """A deal as it is scored: by which model, with which answers, shape (factors,)."""

    compiled: CompiledModel
    numbers: np.ndarray


@dataclass(frozen=True)
class ChangeReason:
    """One reason's part of a change, in points: by factor, and `base`, which every deal shares."""

    points_by_factor: np.ndarray
    base: float = 0.0

    @property
    def points(self) -> float:
        return float(self.points_by_factor.sum()) + self.base


@dataclass(frozen=True)
class ExplainedChange:
    """The difference between two scorings of a deal, each explained, split into its reasons.

    The parts list the factors in the order of `factor_ids`: those of the new profile, then those that only the old one
    has.
    """

    before: Explanation
    after: Explanation
    factor_ids: tuple[str, ...]
    answers: ChangeReason
    profile: ChangeReason
    model: ChangeReason

    @property
    def points(self) -> float:
        """What the score rose by, before it is rounded: the sum of the three parts."""
        return 100 * float(self.after.win_probability[0] - self.before.win_probability[0])

    @property
    def regraded(self) -> bool:
        """Whether the new score has another grade than the old profile would have given it."""
        return self.before.profile.grades.grade(self.after.score[0]) != self.after.grade[0]


def explain_change(before: ModelAnswers, after: ModelAnswers) -> ExplainedChange:
    """Split the difference between two scorings of a deal exactly into new answers, new profile and new model.

    Answers go from one profile to the other by their words. One that the other profile has no word for is not counted
    as a new answer, but under the new profile; so is a question that is new, or no longer asked.
    """
    old, new = before.compiled.profile, after.compiled.profile
    new_in_old = _carry_to_old(before.numbers, after.numbers, old, new)
    by_old_model = explain_numbers(before.compiled, np.stack([before.numbers, new_in_old]))
    by_new_model = explain_numbers(after.compiled, after.numbers[None])
    swapped = swap_profile(before.compiled, new)
    ids = (*new.factor_ids, *(name for name in old.factor_ids if name not in new.factor_ids))
    contributions, with_new_answers = (_by_id(by_factor, old, ids) for by_factor in by_old_model.log_odds_by_factor)
    with_new_profile = _by_id(swapped.values(after.numbers[None])[0], new, ids)
    slope = float(path_slope(by_old_model.log_odds[0], by_new_model.log_odds)[0])
    return ExplainedChange(
        before=by_old_model[0],
        after=by_new_model,
        factor_ids=ids,
        answers=ChangeReason(slope * (with_new_answers - contributions)),
        profile=ChangeReason(
            slope * (with_new_profile - with_new_answers),
            slope * (swapped.base_log_odds - before.compiled.base_log_odds),
        ),
        model=ChangeReason(
            slope * (_by_id(by_new_model.log_odds_by_factor[0], new, ids) - with_new_profile),
            slope * (after.compiled.base_log_odds - swapped.base_log_odds),
        ),
    )


def _carry_to_old(numbers: np.ndarray, new_numbers: np.ndarray, old: Profile, new: Profile) -> np.ndarray:
    """The new answers in the words of the old profile, shape (factors of the old,).

    The answer stays as it was where the old profile has no word for the new one, and where the new profile no longer
    asks, or has no word for the old answer and got no other.
    """
    new_in_old, old_in_new = carry(new_numbers[None], new, old)[0], carry(numbers[None], old, new)[0]
    place = shared_factors(new, old)
    answered = ~np.isnan(new_numbers[place])
    cannot_carry = np.isnan(new_in_old) & (answered | np.isnan(old_in_new[place]) | (place < 0))
    return np.where(cannot_carry, numbers, new_in_old)


def _by_id(by_factor: np.ndarray, profile: Profile, ids: tuple[str, ...]) -> np.ndarray:
    """Values by a profile's factors, in the order of other ids, zero where the profile has none."""
    values = dict(zip(profile.factor_ids, by_factor.tolist(), strict=True))
    return np.array([values.get(name, 0.0) for name in ids])
