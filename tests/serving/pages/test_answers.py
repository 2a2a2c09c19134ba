"""Answers of a form are read as the answers of JSON."""

import pytest

from icp_fit.serving.pages.answers import read_answer
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
