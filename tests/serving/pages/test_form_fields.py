"""A question has the control that fits its answers."""

import numpy as np
import pytest

from icp_fit.features.factors import Factor
from icp_fit.serving.pages.form_fields import MOST_FOUND, answer_label, build_field, build_form_groups, find_choices
from tests.support.small_profile import PROFILE


def test_question_offers_the_answers_of_its_factor() -> None:
    assert [option.text for option in build_field(PROFILE.factor("security"), 1.0).options if option.is_chosen] == [
        "High"
    ]
    assert build_field(PROFILE.factor("systems")).control == "number"


@pytest.mark.parametrize(
    ("values", "control", "is_found"),
    [
        (4, "buttons", False),
        (5, "list", False),
        (50, "list", False),
        (51, "completion", False),
        (1000, "completion", False),
        (1001, "completion", True),
    ],
)
def test_choices_are_buttons_then_a_list_then_typed_and_at_last_found(
    values: int, control: str, is_found: bool
) -> None:
    field = build_field(build_colours(values))
    assert (field.control, field.is_found) == (control, is_found)


def build_colours(count: int) -> Factor:
    return Factor("colour", "category", "Colour", "Which?", values=tuple(f"shade_{i}" for i in range(count)))


@pytest.mark.parametrize(("values", "typed"), [(50, "shade_7"), (51, "shade 7")])
def test_answer_that_is_typed_stands_in_its_field_as_people_read_it(values: int, typed: str) -> None:
    assert build_field(build_colours(values), 7.0).typed == typed
    assert build_field(build_colours(values)).typed == ""


def test_choices_that_begin_with_what_was_typed_come_first() -> None:
    factor = Factor("town", "category", "Town", "Which?", values=("Bad Homburg", "Homburg", "Bonn"))
    assert find_choices(factor, " HOM") == ["Homburg", "Bad Homburg"]
    assert len(find_choices(build_colours(2000), "")) == MOST_FOUND
    assert find_choices(factor, "x") == []


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
