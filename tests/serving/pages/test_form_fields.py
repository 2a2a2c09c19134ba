"""A question has the control that fits its answers."""

from icp_fit.serving.pages.form_fields import build_field
from tests.support.small_profile import PROFILE


def test_question_offers_the_answers_of_its_factor() -> None:
    assert [option.text for option in build_field(PROFILE.factor("security"), 1.0).options if option.chosen] == ["High"]
    assert build_field(PROFILE.factor("systems")).control == "number"
