from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_fit.features.deal_reader import DealReader, carry
from icp_fit.features.encoder import answer_numbers, typed_answers
from icp_fit.features.factors import Profile
from icp_fit.models.bundle import read_model, write_model
from icp_fit.models.change import ExplainedChange, ModelAnswers, explain_change
from icp_fit.models.compiled import CompiledModel, compile_model
from icp_fit.models.fit import FitClassifier
from tests.models.test_preview import OTHER, SECURITY, with_factors
from tests.support.small_profile import PROFILE, draw_answers, draw_outcomes, fit_small_model

sizes = pytest.mark.parametrize("count", [0, 30, 300], ids=["no deals", "few deals", "all members"])
seeds = st.integers(0, 10_000)


@cache
def compiled_on(count: int, seed: int = 0) -> CompiledModel:
    return compile_model(fit_small_model(count, seed))


@cache
def compiled_again(count: int) -> CompiledModel:
    return compile_model(read_model(write_model(fit_small_model(count)), "again"))


@cache
def compiled_for(profile: Profile, count: int) -> CompiledModel:
    """A model of another profile, trained on so many other deals."""
    answers = draw_answers(count, seed=1)
    typed = typed_answers(profile, carry(answer_numbers(PROFILE, answers), PROFILE, profile))
    return compile_model(FitClassifier(profile).fit(typed, draw_outcomes(answers)))


def numbers_of(seed: int, profile: Profile = PROFILE) -> np.ndarray:
    return carry(answer_numbers(PROFILE, draw_answers(1, seed, blank=0.25)), PROFILE, profile)[0]


def read(profile: Profile = PROFILE, **answers: Any) -> np.ndarray:
    return DealReader(profile).read(answers)


def assert_nothing(*parts: Any) -> None:
    for part in parts:
        assert not part.points_by_factor.any()
        assert part.base == 0


def assert_adds_up(change: ExplainedChange) -> None:
    parts = change.answers.points + change.profile.points + change.model.points
    assert parts == pytest.approx(change.points, abs=1e-9)


@sizes
@given(seed=seeds, other_seed=seeds)
@settings(max_examples=20, deadline=None)  # the first example compiles
def test_parts_add_up_where_everything_is_new(count: int, seed: int, other_seed: int) -> None:
    after = ModelAnswers(compiled_for(OTHER, count), numbers_of(other_seed, OTHER))
    assert_adds_up(explain_change(ModelAnswers(compiled_on(count), numbers_of(seed)), after))
    assert_adds_up(explain_change(after, ModelAnswers(compiled_on(count), numbers_of(seed))))


@sizes
@given(seed=seeds)
@settings(max_examples=15, deadline=None)
def test_same_scoring_twice_has_no_change(count: int, seed: int) -> None:
    scoring = ModelAnswers(compiled_on(count), numbers_of(seed))
    change = explain_change(scoring, scoring)
    assert_nothing(change.answers, change.profile, change.model)
    assert change.points == 0


@sizes
@given(seed=seeds, other_seed=seeds)
@settings(max_examples=20, deadline=None)
def test_same_model_leaves_new_answers_alone(count: int, seed: int, other_seed: int) -> None:
    """A model that was read twice is the same model."""
    before, after = (
        ModelAnswers(compiled_on(count), numbers_of(seed)),
        ModelAnswers(compiled_again(count), numbers_of(other_seed)),
    )
    change = explain_change(before, after)
    assert_nothing(change.profile, change.model)
    assert change.answers.points == pytest.approx(change.points, abs=1e-9)


@given(seed=seeds, other_seed=seeds)
@settings(max_examples=20, deadline=None)
def test_same_profile_has_no_part_in_the_change(seed: int, other_seed: int) -> None:
    change = explain_change(
        ModelAnswers(compiled_on(30), numbers_of(seed)), ModelAnswers(compiled_on(300, 1), numbers_of(other_seed))
    )
    assert_nothing(change.profile)
    assert_adds_up(change)
    assert change.model.base != 0


@sizes
@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_same_answers_have_no_part_in_the_change(count: int, seed: int) -> None:
    """Not even where levels moved or vanished, or questions are no longer asked."""
    before, after = (
        ModelAnswers(compiled_on(count), numbers_of(seed)),
        ModelAnswers(compiled_for(OTHER, count), numbers_of(seed, OTHER)),
    )
    change = explain_change(before, after)
    assert_nothing(change.answers)
    assert_adds_up(change)


def test_change_of_the_profile_alone_is_what_the_preview_says() -> None:
    """With no deals all is profile, so a new profile leaves nothing to a new model."""
    before, after = (
        ModelAnswers(compiled_on(0), numbers_of(3)),
        ModelAnswers(compiled_for(OTHER, 0), numbers_of(3, OTHER)),
    )
    change = explain_change(before, after)
    assert change.profile.points == pytest.approx(change.points, abs=1e-9)
    assert change.profile.base > 0, "the win rate rises"


def test_new_answer_moves_the_score_by_its_factor() -> None:
    change = explain_change(
        ModelAnswers(compiled_on(0), read(portal=False, systems=3)),
        ModelAnswers(compiled_on(0), read(portal=True, systems=3)),
    )
    assert change.factor_ids == PROFILE.factor_ids
    assert np.flatnonzero(change.answers.points_by_factor).tolist() == [0]
    assert change.answers.points_by_factor[0] == pytest.approx(change.points, abs=1e-9)
    assert change.points > 0


def test_level_that_moved_is_the_same_answer() -> None:
    turned = with_factors(replace(SECURITY, levels=("none", "low", "high", "top"), weight=0.5))
    change = explain_change(
        ModelAnswers(compiled_on(0), read(security="high")),
        ModelAnswers(compiled_for(turned, 0), read(turned, security="high")),
    )
    assert_nothing(change.answers)
    assert change.profile.points_by_factor[change.factor_ids.index("security")] > 0


def test_level_with_a_new_name_is_the_doing_of_the_profile() -> None:
    renamed = with_factors(replace(SECURITY, levels=("low", "high", "extreme")))
    compiled = compiled_for(renamed, 0)
    for answers in ({"security": "extreme"}, {}):
        change = explain_change(
            ModelAnswers(compiled_on(300), read(security="top")), ModelAnswers(compiled, read(renamed, **answers))
        )
        assert_nothing(change.answers)


def test_answer_that_was_taken_away_is_a_new_answer() -> None:
    change = explain_change(
        ModelAnswers(compiled_on(0), read(portal=True)),
        ModelAnswers(compiled_for(OTHER, 0), read(OTHER, support=True)),
    )
    portal, support = (change.factor_ids.index(name) for name in ("portal", "support"))
    assert change.answers.points_by_factor[portal] < 0
    assert change.answers.points_by_factor[support] == 0
    assert change.profile.points_by_factor[support] > 0


def test_question_that_is_not_asked_any_more_is_the_doing_of_the_profile() -> None:
    before, after = (
        ModelAnswers(compiled_on(300), read(rivals=9)),
        ModelAnswers(compiled_for(OTHER, 300), read(OTHER)),
    )
    change = explain_change(before, after)
    rivals = change.factor_ids.index("rivals")
    assert rivals == len(OTHER.factors)
    assert change.profile.points_by_factor[rivals] > 0
    assert_nothing(change.answers)


def test_deal_is_regraded_where_only_the_cut_points_moved() -> None:
    numbers = read(portal=True, systems=9)
    score = int(
        explain_change(ModelAnswers(compiled_on(0), numbers), ModelAnswers(compiled_on(0), numbers)).after.score[0]
    )
    easier = replace(PROFILE, grades=replace(PROFILE.grades, A=score))
    change = explain_change(ModelAnswers(compiled_on(0), numbers), ModelAnswers(compiled_for(easier, 0), numbers))
    assert change.points == 0
    assert (change.before.grade, change.after.grade, change.regraded) == (["B"], ["A"], True)
