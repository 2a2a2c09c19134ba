"""The quick telling says what the speaker says, word for word."""

import json

import pytest

from features.encode import answer_numbers
from models.explain import explain
from models.speaker import Speaker
from serving.telling import MOST_KEPT, Columns, Teller
from tests.shapes import SHAPES, compiled
from tests.small import PROFILE, draw_answers


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("blank", [0.0, 0.3, 1.0], ids=["all answered", "some", "none"])
def test_teller_says_what_the_speaker_says(shape: str, blank: float) -> None:
    fast = compiled(shape)
    explanation = explain(fast, draw_answers(60, seed=3, blank=blank))
    speaker = Speaker(fast)
    teller, columns = Teller(fast, speaker), Columns.of(explanation)
    for row in range(len(explanation)):
        told, view = teller.tell(columns, row), speaker.view(explanation, row)
        assert json.loads(f"{{{told.members}}}") == json.loads(json.dumps(view.to_dict()))
        kept = json.loads(told.kept)
        assert kept["points"] == {reason.factor: reason.points for reason in view.reasons}
        assert kept["reasons_for"] == [reason.sentence for reason in view.reasons_for]
        assert kept["reasons_against"] == [reason.sentence for reason in view.reasons_against]
        assert told.strongest in {None, *(reason.sentence for reason in view.reasons)}


def test_teller_forgets_phrases_before_they_are_too_many() -> None:
    fast = compiled("few deals")
    teller, deals = Teller(fast, Speaker(fast)), draw_answers(MOST_KEPT + 50, blank=0.0)
    explanation = explain(fast, deals)
    columns = Columns.of(explanation)
    for row in range(len(explanation)):
        teller.tell(columns, row)
    assert answer_numbers(PROFILE, deals).shape == explanation.numbers.shape
    assert all(len(phrases) <= MOST_KEPT for phrases in teller._phrases)
