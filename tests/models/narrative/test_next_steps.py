"""Next steps are worded as in the profile, with the numbers that the model gives them."""

import json
from dataclasses import asdict
from functools import cache

import numpy as np
import pytest

from icp_fit.features.deal_reader import DealReader
from icp_fit.features.profile import read_profile
from icp_fit.models.compiled import CompiledModel, compile_model
from icp_fit.models.fit import FitClassifier
from icp_fit.models.narrative.next_steps import next_actions, next_questions
from icp_fit.models.questions import rank_questions
from tests.support.model_shapes import compile_shape
from tests.support.small_profile import PROFILE, draw_answers


@cache
def liferay() -> CompiledModel:
    profile = read_profile("liferay")
    return compile_model(FitClassifier(profile).fit(draw_answers(0).reindex(columns=profile.factor_ids), np.zeros(0)))


def deal(**answers: object) -> np.ndarray:
    return DealReader(liferay().profile).read(answers)


def test_questions_are_those_that_are_worth_most() -> None:
    compiled, numbers = compile_shape("all members"), DealReader(PROFILE).read({"systems": 4})
    found = next_questions(compiled, numbers, most=3)
    ranked = rank_questions(compiled, numbers, compiled.model.latent_classes_)[:3]
    assert [question.factor for question in found] == [question.factor.id for question in ranked]
    assert all(question.value_of_information >= 0.5 for question in found)


def test_question_says_what_the_best_and_the_worst_answer_make_of_the_score() -> None:
    [first, *_] = next_questions(liferay(), deal(), most=1)
    assert first.question.endswith("?")
    assert f"Score {first.worst.score} with “{first.worst.answer_text}”" in first.sentence
    assert f", {first.best.score} with “{first.best.answer_text}”" in first.sentence
    assert (f"{first.grade_chance:.0%}" in first.sentence) == (first.grade_chance >= 0.005)


def test_typical_number_is_said_to_be_one() -> None:
    open_ = next_questions(liferay(), deal(), most=99)
    [systems] = [question for question in open_ if question.factor == "integrations"]
    assert f"with about {systems.best.answer_text}" in systems.sentence


def test_nothing_is_asked_where_everything_is_answered() -> None:
    answered = DealReader(PROFILE).read(
        {"portal": True, "systems": 3, "rivals": 1, "security": "low", "amount": 5.0, "industry": "bank"}
    )
    assert next_questions(compile_shape("all members"), answered) == ()


def test_action_says_the_advice_and_what_a_better_answer_adds() -> None:
    [action] = next_actions(liferay(), deal(turnkey_wish=True))
    assert action.advice == liferay().profile.factor("turnkey_wish").advice
    assert action.answer is True
    assert action.better is False
    assert action.sentence == f"Wants a turnkey product: “no” instead of “yes” would add {action.points} points."


@pytest.mark.parametrize("answers", [{}, {"integrations": 2, "security_level": "raised", "self_service": False}])
def test_steps_are_plain_json(answers: dict[str, object]) -> None:
    steps = [*next_questions(liferay(), deal(**answers)), *next_actions(liferay(), deal(**answers))]
    assert steps
    for step in steps:
        assert json.loads(json.dumps(asdict(step), allow_nan=False)) == asdict(step)
