"""The quick telling says what the speaker says, word for word."""

import json
from dataclasses import replace

import pytest

from features.encode import answer_numbers
from models.explain import explain
from models.fast import compile_model
from models.fit import FitClassifier
from models.speaker import Speaker
from serving.telling import MOST_KEPT, Columns, Teller
from tests.shapes import SHAPES, compiled
from tests.small import PROFILE, draw_answers, draw_outcomes

LATE = replace(PROFILE.dimensions[0].factors[0], weight=0.0)


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


def test_question_that_only_the_close_answers_is_not_counted_as_open() -> None:
    needs = replace(
        PROFILE.dimensions[0], factors=(replace(LATE, known_at="close"), *PROFILE.dimensions[0].factors[1:])
    )
    profile = replace(PROFILE, dimensions=(needs, *PROFILE.dimensions[1:]))
    deals = draw_answers(80)
    fast = compile_model(FitClassifier(profile).fit(deals, draw_outcomes(deals)))
    explanation, speaker = explain(fast, deals.iloc[:1].drop(columns="rivals")), Speaker(fast)
    view = speaker.view(explanation)
    assert (view.asked, view.dimensions[0].asked) == (len(profile.factors) - 1, len(needs.factors) - 1)
    told = Teller(fast, speaker).tell(Columns.of(explanation), 0)
    assert json.loads(f"{{{told.members}}}") == json.loads(json.dumps(view.to_dict()))
