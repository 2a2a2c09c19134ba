from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from icp_fit.features.encoder import answer_numbers
from icp_fit.features.factors import Dimension, Factor, Profile
from icp_fit.models.compiled import CompiledModel, compile_model
from icp_fit.models.explain import explain_numbers
from icp_fit.models.fit import FitClassifier
from icp_fit.models.questions import Question, rank_questions
from tests.support.small_profile import CONTEXT, NEEDS, PROFILE, draw_answers, fit_small_model

BLANK = np.full(len(PROFILE.factors), np.nan)

sizes = pytest.mark.parametrize("count", [0, 30, 300], ids=["no deals", "few deals", "all members"])


@cache
def compiled_on(count: int) -> CompiledModel:
    return compile_model(fit_small_model(count))


def ask(count: int, numbers: np.ndarray) -> list[Question]:
    return rank_questions(compiled_on(count), numbers, compiled_on(count).model.latent_classes_)


def draw_deal(seed: int, blank: float = 0.5) -> np.ndarray:
    return answer_numbers(PROFILE, draw_answers(1, seed=seed, blank=blank))[0]


@sizes
@given(seed=st.integers(0, 10_000), blank=st.sampled_from([0.2, 0.6, 1.0]))
@settings(max_examples=20, deadline=None)
def test_questions_are_those_without_an_answer_the_worthiest_first(count: int, seed: int, blank: float) -> None:
    numbers = draw_deal(seed, blank)
    questions = ask(count, numbers)
    assert sorted(question.position for question in questions) == np.flatnonzero(np.isnan(numbers)).tolist()
    assert all(question.factor == PROFILE.factors[question.position] for question in questions)
    values = [question.value_of_information for question in questions]
    assert values == sorted(values, reverse=True)


@sizes
@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_answer_says_what_the_model_says_of_the_deal_with_it(count: int, seed: int) -> None:
    numbers = draw_deal(seed)
    for question in ask(count, numbers):
        assert sum(answer.probability for answer in question.answers) == pytest.approx(1)
        for answer in question.answers:
            answered = numbers.copy()
            answered[question.position] = answer.number
            expected = expit(compiled_on(count).log_odds(answered[None])).item()
            assert answer.win_probability == pytest.approx(expected, abs=1e-12)
            assert answer.score == round(100 * answer.win_probability)
            assert answer.grade == PROFILE.grades.grade(answer.score)


@sizes
@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_worth_and_grade_chance_are_what_the_answers_make_of_the_score(count: int, seed: int) -> None:
    numbers = draw_deal(seed)
    now = expit(compiled_on(count).log_odds(numbers[None])).item()
    for question in ask(count, numbers):
        moves = [answer.probability * abs(answer.win_probability - now) for answer in question.answers]
        assert question.value_of_information == pytest.approx(100 * sum(moves))
        grade = PROFILE.grades.grade(round(100 * now))
        other = sum(answer.probability for answer in question.answers if answer.grade != grade)
        assert question.grade_chance == pytest.approx(other)
        assert 0 <= question.grade_chance <= 1 + 1e-12


def test_questions_are_worth_what_their_answers_move_on_average() -> None:
    """So are chances of another grade; the deals are new to the model, and every fourth answer is hidden."""
    answered = answer_numbers(PROFILE, draw_answers(200, seed=11, blank=0))
    hidden = np.random.default_rng(0).random(answered.shape) < 0.25
    numbers = np.where(hidden, np.nan, answered)
    questions = [(row, question) for row in range(200) for question in ask(300, numbers[row])]
    deals = numbers[[row for row, _ in questions]]
    revealed = deals.copy()
    for k, (row, question) in enumerate(questions):
        revealed[k, question.position] = answered[row, question.position]
    now, then = (explain_numbers(compiled_on(300), some) for some in (deals, revealed))
    moved = 100 * np.abs(then.win_probability - now.win_probability)
    regraded = np.array(then.grade) != np.array(now.grade)
    assert np.mean([question.value_of_information for _, question in questions]) == pytest.approx(moved.mean(), rel=0.1)
    assert np.mean([question.grade_chance for _, question in questions]) == pytest.approx(regraded.mean(), abs=0.05)


@sizes
def test_best_answer_is_in_the_declared_direction(count: int) -> None:
    for question in ask(count, BLANK):
        assert question.best.score >= question.worst.score
        if question.factor.direction == "up" and question.value_of_information:
            assert question.best.number > question.worst.number
        if question.factor.direction == "down" and question.value_of_information:
            assert question.best.number < question.worst.number


def test_question_on_which_nothing_depends_is_worth_nothing() -> None:
    silent = {question.factor.id: question.value_of_information for question in ask(0, BLANK)}
    assert silent["amount"] == silent["industry"] == silent["rivals"] == 0
    assert silent["systems"] > silent["portal"] - 5 > 0


def test_question_about_the_strongest_answer_comes_first() -> None:
    assert ask(300, BLANK)[0].factor.id == "portal"


def test_deal_with_all_answers_leaves_no_question() -> None:
    assert ask(300, draw_deal(3, blank=0)) == []


def test_questions_of_what_is_known_only_at_close_are_not_asked() -> None:
    late = Factor("late", "yes_no", "Late", "Is it signed?", known_at="close")
    needs = replace(NEEDS, factors=(*NEEDS.factors, late))
    model = FitClassifier(replace(PROFILE, dimensions=(needs, CONTEXT))).fit(draw_answers(0), [])
    questions = rank_questions(compile_model(model), np.full(7, np.nan), model.latent_classes_)
    assert {question.factor.id for question in questions} == set(PROFILE.factor_ids)


def test_questions_are_ranked_without_a_profile() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(200, 3))
    model = FitClassifier().fit(matrix, matrix[:, 1] + 0.3 * rng.normal(size=200) > 0)
    questions = rank_questions(compile_model(model), np.full(3, np.nan), model.latent_classes_)
    assert questions[0].factor.id == "x1"


def test_same_deal_gives_the_same_questions() -> None:
    assert ask(300, draw_deal(4)) == ask(300, draw_deal(4))


def test_chances_follow_from_what_is_known() -> None:
    factors = tuple(Factor(name, "yes_no", name, f"{name}?", direction="up", weight=1.0) for name in ("a", "b"))
    profile = Profile("pair", "1", "Pair", "For tests.", 0.5, (Dimension("all", "All", "All.", factors),))
    alike = np.random.default_rng(0).random(300) < 0.5
    answers = pd.DataFrame({"a": alike, "b": alike})
    model = FitClassifier(profile).fit(answers, np.random.default_rng(1).random(300) < 0.5)
    yes, no = (
        rank_questions(compile_model(model), np.array([first, np.nan]), model.latent_classes_)[0].answers[1].probability
        for first in (1.0, 0.0)
    )
    assert yes > 0.8
    assert no < 0.2
