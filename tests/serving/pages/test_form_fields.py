"""A question has the control that fits its answers."""

import numpy as np
import pytest

from icp_fit.features.factors import Factor
from icp_fit.serving.pages.form_fields import answer_label, build_field, build_form_groups
from tests.support.small_profile import PROFILE


def test_question_offers_the_answers_of_its_factor() -> None:
    assert [option.text for option in build_field(PROFILE.factor("security"), 1.0).options if option.is_chosen] == [
        "High"
    ]
    assert build_field(PROFILE.factor("systems")).control == "number"


@pytest.mark.parametrize(("values", "control"), [(4, "buttons"), (5, "list")])
def test_up_to_four_choices_are_buttons_and_more_are_a_list(values: int, control: str) -> None:
    factor = Factor("colour", "category", "Colour", "Which?", values=tuple("abcde")[:values])
    assert build_field(factor).control == control


def test_open_question_has_no_value_and_is_not_answered() -> None:
    field = build_field(PROFILE.factor("portal"))
    assert (field.answered, field.value, [option.is_chosen for option in field.options]) == (False, "", [False, False])
    assert field.name == "answer.portal"


@pytest.mark.parametrize(
    ("factor", "number", "label"),
    [("portal", 1.0, "Yes"), ("portal", 0.0, "No"), ("security", 2.0, "Top"), ("systems", 12.0, "12")],
)
def test_answer_is_labelled_as_its_button_is(factor: str, number: float, label: str) -> None:
    assert answer_label(PROFILE.factor(factor), number) == label


def test_choice_is_spelled_as_the_profile_spells_it() -> None:
    factor = Factor("deployment", "category", "Deployment", "Must it run as PaaS?", values=("paas", "on_premises"))
    assert [option.text for option in build_field(factor).options] == ["PaaS", "On premises"]


def test_groups_count_their_answered_questions_and_hold_their_errors() -> None:
    numbers = np.full(len(PROFILE.factors), np.nan)
    numbers[0] = 1.0
    needs, context = build_form_groups(PROFILE, numbers, {"systems": "Not a number."})
    assert (needs.answered, len(needs.fields), context.answered) == (1, 4, 0)
    assert [field.error for field in needs.fields] == ["", "Not a number.", "", ""]
