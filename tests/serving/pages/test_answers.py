"""Answers of a form are read as the answers of JSON."""

import pytest

from icp_fit.features.deal_reader import AnswerError, DealReader
from icp_fit.serving.pages.answers import describe_problems, list_changes, read_answer, read_answers
from tests.support.small_profile import PROFILE


@pytest.mark.parametrize(
    ("factor", "text", "answer"),
    [
        ("systems", " 1,200 ", 1200),
        ("systems", "1,2", "1,2"),
        ("amount", "90 000.5", 90000.5),
        ("amount", "nan", float("nan")),
        ("portal", "yes", True),
        ("portal", "maybe", "maybe"),
        ("security", "top", "top"),
        ("security", "", None),
    ],
)
def test_answers_of_a_form_are_read_as_json(factor: str, text: str, answer: object) -> None:
    read = read_answer(PROFILE.factor(factor), text)
    assert read == answer or (read != read and answer != answer)


@pytest.mark.parametrize(
    ("text", "answer"),
    [("1,200,000", 1_200_000), ("12,00", "12,00"), (",200", ",200"), ("-1,200", -1200), ("1,200.5", 1200.5)],
)
def test_commas_stand_between_thousands_alone(text: str, answer: object) -> None:
    assert read_answer(PROFILE.factor("amount"), text) == answer


def test_open_questions_of_a_form_are_no_answers() -> None:
    form = {"answer.portal": "yes", "answer.systems": " ", "answer.shoe": "42", "name": "Nova"}
    assert read_answers(PROFILE, form) == {"portal": True}


def test_answer_that_cannot_be_used_is_refused_with_its_value_and_the_remedy() -> None:
    answers = {"systems": "many", "portal": True}
    with pytest.raises(AnswerError) as refused:
        DealReader(PROFILE).read(answers)
    assert describe_problems(PROFILE, refused.value.problems, answers) == {
        "systems": "Systems must be a whole number of at least 0, not “many”. Leave it empty if unknown."
    }


def test_changes_are_the_answers_that_differ_with_both_in_words() -> None:
    before = DealReader(PROFILE).read({"portal": True, "systems": 3})
    after = DealReader(PROFILE).read({"portal": True, "systems": 5, "security": "top"})
    changes = [(factor.id, was, now) for factor, was, now in list_changes(PROFILE, before, after)]
    assert changes == [("systems", "3", "5"), ("security", "not answered", "Top")]
