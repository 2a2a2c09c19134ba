import json
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_fit.features.answer_rules import requirement
from icp_fit.features.answers import read_answers
from icp_fit.features.deal_reader import AnswerError, DealReader, answer_of, build_read, carry, shared_factors
from icp_fit.features.encoder import answer_numbers
from icp_fit.features.errors import DealsError
from icp_fit.features.factors import Dimension, Factor, Profile
from tests.support.small_profile import PROFILE, draw_answers

READER = DealReader(PROFILE)


def refuse(**answers: Any) -> list[str]:
    """The messages for answers that cannot be used."""
    with pytest.raises(AnswerError) as caught:
        READER.read(answers)
    return [problem.message for problem in caught.value.problems]


def read_as_table(answers: dict[str, Any]) -> np.ndarray:
    """The numbers that the reading of tables gives; there must be no problem."""
    typed, problems = read_answers(PROFILE, pd.DataFrame({name: [answer] for name, answer in answers.items()}, [0]))
    assert problems == []
    return answer_numbers(PROFILE, typed)[0]


def test_reader_reads_an_answer_of_every_kind() -> None:
    deal = {"portal": True, "systems": 7, "rivals": 0, "security": "top", "amount": 12.5, "industry": "retail"}
    assert READER.read(deal).tolist() == [1, 7, 0, 2, 12.5, 1]


def test_reader_takes_null_and_missing_as_unanswered() -> None:
    assert np.isnan(READER.read({})).all()
    assert np.isnan(READER.read(dict.fromkeys(PROFILE.factor_ids))).all()


def test_reader_reads_choices_in_any_spelling() -> None:
    assert READER.read({"security": " TOP", "industry": "Re-tail", "portal": "Yes"})[[3, 5, 0]].tolist() == [2, 1, 1]


ABSURD = [[], [1], {}, {"a": 1}, (), Ellipsis, b"yes"]
WRONG = {
    "portal": [1, 0, 1.0, "maybe", "1", "", float("nan"), *ABSURD],
    "systems": [True, False, -1, 2.5, "3", "many", "", float("nan"), float("inf"), 1e999, 10**400, *ABSURD],
    "amount": [True, "12", float("nan"), -float("inf"), 10**400, *ABSURD],
    "security": [0, True, 1.0, "extreme", "", float("nan"), *ABSURD],
    "industry": [2, False, "mining", "Unknown", *ABSURD],
}


@pytest.mark.parametrize(
    ("factor_id", "answer"),
    [(factor_id, answer) for factor_id, answers in WRONG.items() for answer in answers],
    ids=str,
)
def test_reader_refuses_what_is_no_answer_in_the_words_of_the_tables(factor_id: str, answer: object) -> None:
    (message,) = refuse(**{factor_id: answer})
    assert message.startswith(f"`{factor_id}` {requirement(PROFILE.factor(factor_id))}, got ")
    assert message.endswith(". Leave it out, or null, if unknown.")


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"systems": "many"}, '`systems` must be a whole number of at least 0, got the text "many".'),
        ({"systems": True}, "got true."),
        ({"systems": float("nan")}, "got NaN."),
        ({"systems": -float("inf")}, "got -Infinity."),
        ({"systems": 10**400}, "got a number that is too large."),
        ({"portal": [1]}, "`portal` must be yes or no, got a list."),
        ({"amount": {}}, "got an object."),
        ({"security": "extreme"}, '`security` must be one of "low", "high", "top", got "extreme".'),
        ({"security": 'a "b"\n'}, 'got "a \\"b\\"\\n".'),
    ],
    ids=str,
)
def test_error_shows_what_it_got_as_json(answers: dict[str, Any], says: str) -> None:
    assert says in refuse(**answers)[0]


def test_error_names_the_question_that_was_probably_meant() -> None:
    assert refuse(sistems=3) == [
        "`sistems` is no question of profile `small`. Did you mean `systems`? Correct or remove it."
    ]
    assert refuse(zzz=None) == ["`zzz` is no question of profile `small`. Correct or remove it."]


def test_error_lists_every_field_with_the_deal_it_is_in() -> None:
    with pytest.raises(AnswerError, match=r"`rivals` must be .*\n`owner` is no question") as caught:
        READER.read({"portal": True, "rivals": -1, "owner": "Kim"}, row=4, deal_id="D-4")
    assert [(p.row, p.deal_id, p.column) for p in caught.value.problems] == [(4, "D-4", "rivals"), (4, "D-4", "owner")]
    assert isinstance(caught.value, DealsError)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_error_stays_short_and_can_be_sent_whatever_it_got() -> None:
    (unknown, choice) = refuse(**{"\ud800" + "x" * 10**6: 1, "security": "\ud800" + "y" * 10**6})
    assert len(unknown) < 250
    assert len(choice) < 250
    assert json.loads(json.dumps([unknown, choice]).encode()) == [unknown, choice]


def test_reader_suggests_for_the_first_unknown_fields_only() -> None:
    messages = refuse(**{f"systems{i}": 1 for i in range(1000)})
    assert sum("Did you mean" in message for message in messages) == 20


TEXTS = st.sampled_from(["yes", "No", "TRUE", "y", "low", "HIGH", " top", "Ban-k", "state_", "1", "", "Unknown"])
ANYTHING = (
    st.none() | st.booleans() | st.integers() | st.integers(0, 10**30) | st.floats() | TEXTS
    | st.text(st.characters(exclude_categories=["Cs"]))
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(PROFILE.factor_ids), ANYTHING))
@settings(max_examples=150, deadline=None)  # the first example compiles a schema
def test_what_the_reader_accepts_a_table_reads_as_the_same_numbers(deal: dict[str, Any]) -> None:
    accepted = {name: answer for name, answer in deal.items() if accepts(name, answer)}
    assert np.array_equal(READER.read(accepted), read_as_table(accepted), equal_nan=True)


def accepts(factor_id: str, answer: object) -> bool:
    return answer is None or build_read(PROFILE.factor(factor_id))(answer) is not None


@given(seed=st.integers(0, 10_000))
def test_answers_made_of_numbers_are_read_back(seed: int) -> None:
    (numbers,) = answer_numbers(PROFILE, draw_answers(1, seed, blank=0.3))
    deal = {factor.id: answer_of(factor, number) for factor, number in zip(PROFILE.factors, numbers, strict=True)}
    assert np.array_equal(READER.read(json.loads(json.dumps(deal))), numbers, equal_nan=True)


def test_answer_is_of_the_type_that_json_has_for_it() -> None:
    numbers = [1.0, 7.0, 0.0, 2.0, 12.5, np.nan]
    answers = [answer_of(factor, number) for factor, number in zip(PROFILE.factors, numbers, strict=True)]
    assert json.dumps(answers) == '[true, 7, 0, "top", 12.5, null]'


def test_change_alters_only_the_answers_that_it_names() -> None:
    numbers = READER.read({"portal": False, "systems": 7, "security": "low"})
    changed = READER.change(numbers, {"portal": True, "systems": None})
    assert np.array_equal(changed, [1, np.nan, np.nan, 0, np.nan, np.nan], equal_nan=True)
    assert numbers[1] == 7


def other_profile(*factors: Factor) -> Profile:
    return replace(PROFILE, name="other", dimensions=(Dimension("all", "All", "All.", factors),))


def test_answers_are_carried_by_what_they_say_and_not_by_position() -> None:
    portal, security = PROFILE.factor("portal"), PROFILE.factor("security")
    target = other_profile(
        replace(security, levels=("TOP", "middle", "low")), Factor("new", "count", "New", "New?"), portal
    )
    numbers = np.array([[1, 7, 2, 2, 5, 0], [0, 7, 2, 1, 5, 0], [np.nan, 7, 2, 0, 5, 0]])
    carried = carry(numbers, PROFILE, target)
    assert np.array_equal(carried, [[0, np.nan, 1], [np.nan, np.nan, 0], [2, np.nan, np.nan]], equal_nan=True)
    assert shared_factors(PROFILE, target).tolist() == [3, -1, 0]


def test_answer_of_another_kind_is_carried_where_both_can_say_it() -> None:
    systems = PROFILE.factor("systems")
    numbers = np.array([[0, 7, 0, 0, 0, 0], [1, 2, 0, 0, 0, 0]], dtype=float)
    assert carry(numbers, PROFILE, other_profile(replace(systems, kind="amount"))).tolist() == [[7], [2]]
    assert np.isnan(carry(numbers, PROFILE, other_profile(replace(systems, kind="yes_no", scale=None)))).all()
    least = carry(numbers, PROFILE, other_profile(replace(systems, minimum=3)))
    assert np.array_equal(least, [[7], [np.nan]], equal_nan=True)


@given(seed=st.integers(0, 10_000))
def test_answers_carried_to_the_same_profile_stay_as_they_are(seed: int) -> None:
    numbers = answer_numbers(PROFILE, draw_answers(3, seed))
    assert np.array_equal(carry(numbers, PROFILE, replace(PROFILE, label="Same questions")), numbers, equal_nan=True)
