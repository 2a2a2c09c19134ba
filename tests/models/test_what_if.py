from copy import copy
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_fit.features.deal_reader import AnswerError, DealReader, answer_of
from icp_fit.features.encoder import answer_numbers
from icp_fit.features.factors import Profile
from icp_fit.models.compiled import CompiledModel, compile_model
from icp_fit.models.explain import explain_numbers
from icp_fit.models.what_if import actions, what_if
from tests.support.small_profile import PROFILE, draw_answers, fit_small_model

sizes = pytest.mark.parametrize("count", [0, 30, 300], ids=["no deals", "few deals", "all members"])
seeds = st.integers(0, 10_000)


def advised(profile: Profile) -> Profile:
    """The same profile with advice on every factor."""
    dimensions = (
        replace(
            dimension, factors=tuple(replace(factor, advice=f"Work on {factor.id}.") for factor in dimension.factors)
        )
        for dimension in profile.dimensions
    )
    return replace(profile, dimensions=tuple(dimensions))


@cache
def compiled_on(count: int) -> CompiledModel:
    """A model of `tests.support.small_profile` whose profile gives advice."""
    model = copy(fit_small_model(count))
    model.profile_ = advised(PROFILE)
    return compile_model(model)


def numbers_of(seed: int, blank: float = 0.2) -> np.ndarray:
    return answer_numbers(PROFILE, draw_answers(1, seed, blank))[0]


def read(**answers: Any) -> np.ndarray:
    return DealReader(PROFILE).read(answers)


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "portal": st.none() | st.booleans(),
        "systems": st.none() | st.integers(0, 40),
        "rivals": st.none() | st.integers(0, 9),
        "security": st.none() | st.sampled_from(["low", "high", "top"]),
        "amount": st.none() | st.floats(0, 1e7),
        "industry": st.none() | st.sampled_from(["bank", "retail", "state"]),
    },
)


@sizes
@given(seed=seeds, changes=CHANGES)
@settings(max_examples=40, deadline=None)  # the first example compiles
def test_differences_by_factor_add_up_to_that_of_the_score(count: int, seed: int, changes: dict[str, Any]) -> None:
    found = what_if(compiled_on(count), numbers_of(seed), changes)
    before, after = found.before, found.after
    assert found.log_odds_by_factor.sum() == pytest.approx((after.log_odds - before.log_odds).item(), abs=1e-9)
    assert found.points_by_factor.sum() == pytest.approx(found.points, abs=1e-9)


@sizes
@given(seed=seeds)
@settings(max_examples=25, deadline=None)
def test_changing_nothing_changes_nothing(count: int, seed: int) -> None:
    numbers = numbers_of(seed)
    same = {factor.id: answer_of(factor, number) for factor, number in zip(PROFILE.factors, numbers, strict=True)}
    for changes in ({}, same):
        found = what_if(compiled_on(count), numbers, changes)
        assert not found.points_by_factor.any()
        assert found.points == 0


def test_what_if_shows_the_deal_as_it_is_scored_before_and_after() -> None:
    compiled, numbers = compiled_on(300), read(portal=False, systems=3, security="low")
    found = what_if(compiled, numbers, {"portal": True, "systems": None})
    after = explain_numbers(compiled, read(portal=True, security="low")[None])
    assert found.after.score.item() == after.score.item()
    assert found.after.low.item() == after.low.item()
    assert found.after.grade == after.grade
    assert found.before.score.item() == explain_numbers(compiled, numbers[None]).score.item()
    assert (found.after.high - found.after.low).item() > 0


def test_what_if_refuses_a_change_that_is_no_answer() -> None:
    with pytest.raises(AnswerError, match=r"`systems` must be a whole number of at least 0, got -3"):
        what_if(compiled_on(0), numbers_of(1), {"systems": -3})


@sizes
@given(seed=seeds)
@settings(max_examples=40, deadline=None)
def test_action_raises_the_score_by_what_it_says(count: int, seed: int) -> None:
    compiled, numbers = compiled_on(count), numbers_of(seed)
    found = actions(compiled, numbers)
    assert [action.points for action in found] == sorted((action.points for action in found), reverse=True)
    for action in found:
        again = what_if(compiled, numbers, {action.factor.id: action.better})
        assert action.points == pytest.approx(again.points, abs=1e-9)
        assert action.points >= 0.5
        assert (action.score_before, action.score_after) == (again.before.score.item(), again.after.score.item())
        assert action.advice == f"Work on {action.factor.id}."


@sizes
@given(seed=seeds)
@settings(max_examples=40, deadline=None)
def test_action_goes_in_the_declared_direction_from_an_answer_that_is_there(count: int, seed: int) -> None:
    numbers = numbers_of(seed)
    for action in actions(compiled_on(count), numbers):
        now = numbers[PROFILE.factor_ids.index(action.factor.id)]
        better = DealReader(PROFILE).read({action.factor.id: action.better})
        step = better[PROFILE.factor_ids.index(action.factor.id)] - now
        assert action.answer == answer_of(action.factor, now)
        assert step * action.factor.sign > 0


def test_unanswered_question_is_no_action() -> None:
    assert actions(compiled_on(300), np.full(len(PROFILE.factors), np.nan)) == []


def test_factor_without_advice_is_no_action() -> None:
    numbers = read(portal=False, systems=1)
    assert {action.factor.id for action in actions(compiled_on(300), numbers)} == {"portal", "systems"}
    assert actions(compile_model(fit_small_model(300)), numbers) == []


def test_action_on_a_number_goes_one_group_of_answers_up() -> None:
    compiled = compiled_on(300)
    evidence, systems = compiled.model.evidence_, PROFILE.factor_ids.index("systems")
    (action,) = actions(compiled, read(systems=2))
    assert action.better == evidence.typical[systems][int(evidence.of(systems, 2)) + 1]


def test_action_on_a_number_beyond_all_that_is_typical_is_none() -> None:
    assert actions(compiled_on(300), read(systems=10**6)) == []


def test_action_on_levels_names_the_nearest_of_the_best() -> None:
    compiled = compiled_on(300)
    scores = explain_numbers(
        compiled, np.stack([read(security=level) for level in ("low", "high", "top")])
    ).win_probability
    best = ("low", "high", "top")[int(np.flatnonzero(scores >= scores.max() - 1e-11)[0])]
    assert [action.better for action in actions(compiled, read(security="low"))] in ([best], [])


def test_model_without_deals_takes_the_steps_of_numbers_from_the_profile() -> None:
    (action,) = actions(compiled_on(0), read(systems=1))
    assert 1 < action.better < 20
