"""The quick telling says what the narrator says, word for word."""

import json
from dataclasses import replace

import pytest

from icp_fit.features.encoder import answer_numbers
from icp_fit.models.compiled import compile_model
from icp_fit.models.explain import explain
from icp_fit.models.fit import FitClassifier
from icp_fit.models.narrative.json_view import MOST_KEPT, ExplainedDeals, JsonViewWriter
from icp_fit.models.narrative.narrator import Narrator
from tests.support.model_shapes import SHAPES, compile_shape
from tests.support.small_profile import PROFILE, draw_answers, draw_outcomes

LATE = replace(PROFILE.dimensions[0].factors[0], weight=0.0)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("blank", [0.0, 0.3, 1.0], ids=["all answered", "some", "none"])
def test_teller_says_what_the_speaker_says(shape: str, blank: float) -> None:
    compiled = compile_shape(shape)
    explanation = explain(compiled, draw_answers(60, seed=3, blank=blank))
    narrator = Narrator(compiled)
    view_writer, columns = JsonViewWriter(compiled, narrator), ExplainedDeals.of(explanation)
    for row in range(len(explanation)):
        told, view = view_writer.tell(columns, row), narrator.view(explanation, row)
        assert json.loads(f"{{{told.members}}}") == json.loads(json.dumps(view.to_dict()))
        kept = json.loads(told.kept)
        assert kept["points"] == {reason.factor: reason.points for reason in view.reasons}
        assert kept["reasons_for"] == [reason.sentence for reason in view.reasons_for]
        assert kept["reasons_against"] == [reason.sentence for reason in view.reasons_against]
        assert told.strongest in {None, *(reason.sentence for reason in view.reasons)}


def test_teller_forgets_phrases_before_they_are_too_many() -> None:
    compiled = compile_shape("few deals")
    view_writer, deals = JsonViewWriter(compiled, Narrator(compiled)), draw_answers(MOST_KEPT + 50, blank=0.0)
    explanation = explain(compiled, deals)
    columns = ExplainedDeals.of(explanation)
    for row in range(len(explanation)):
        view_writer.tell(columns, row)
    assert answer_numbers(PROFILE, deals).shape == explanation.numbers.shape
    assert all(len(phrases) <= MOST_KEPT for phrases in view_writer._phrases)


def test_question_that_only_the_close_answers_is_not_counted_as_open() -> None:
    needs = replace(
        PROFILE.dimensions[0], factors=(replace(LATE, known_at="close"), *PROFILE.dimensions[0].factors[1:])
    )
    profile = replace(PROFILE, dimensions=(needs, *PROFILE.dimensions[1:]))
    deals = draw_answers(80)
    compiled = compile_model(FitClassifier(profile).fit(deals, draw_outcomes(deals)))
    explanation, narrator = explain(compiled, deals.iloc[:1].drop(columns="rivals")), Narrator(compiled)
    view = narrator.view(explanation)
    assert (view.asked, view.dimensions[0].asked) == (len(profile.factors) - 1, len(needs.factors) - 1)
    told = JsonViewWriter(compiled, narrator).tell(ExplainedDeals.of(explanation), 0)
    assert json.loads(f"{{{told.members}}}") == json.loads(json.dumps(view.to_dict()))
