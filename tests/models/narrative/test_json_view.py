"""The view as JSON text is the narrator's view, member for member and word for word."""

import json
from dataclasses import asdict, fields, replace

import pytest

from icp_fit.features.encoder import answer_numbers
from icp_fit.models.compiled import compile_model
from icp_fit.models.explain import explain
from icp_fit.models.fit import FitClassifier
from icp_fit.models.narrative.explained_deals import ExplainedDeals
from icp_fit.models.narrative.json_view import MOST_PHRASES, JsonViewWriter
from icp_fit.models.narrative.narrator import Narrator
from icp_fit.models.narrative.view import REASON_FIELDS, SellerView
from tests.support.model_shapes import SHAPES, compile_shape
from tests.support.small_profile import PROFILE, draw_answers, draw_outcomes

LATE = replace(PROFILE.dimensions[0].factors[0], weight=0.0)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("blank", [0.0, 0.3, 1.0], ids=["all answered", "some", "none"])
def test_json_is_the_view_of_the_narrator(shape: str, blank: float) -> None:
    compiled = compile_shape(shape)
    explanation = explain(compiled, draw_answers(60, seed=3, blank=blank))
    narrator = Narrator(compiled)
    view_writer, deals = JsonViewWriter(compiled, narrator), ExplainedDeals.of(explanation)
    for row in range(len(explanation)):
        written, view = view_writer.write(deals, row), narrator.view(explanation, row)
        members = json.loads(f"{{{written.members}}}")
        assert members == json.loads(json.dumps(asdict(view)))
        assert list(members) == [field.name for field in fields(SellerView)]
        stored = json.loads(written.stored)
        assert stored["points"] == {reason.factor: reason.points for reason in view.reasons}
        assert stored["strengths"] == [reason.sentence for reason in view.strengths]
        assert stored["risks"] == [reason.sentence for reason in view.risks]
        most = max((abs(reason.points) for reason in view.reasons), default=0)
        strongest = [reason.sentence for reason in view.reasons if abs(reason.points) == most]
        assert written.strongest in (strongest or [None])
        assert replace(written.view, **{part: getattr(view, part) for part in REASON_FIELDS}) == view


def test_writer_forgets_phrases_before_they_are_too_many() -> None:
    compiled = compile_shape("few deals")
    view_writer, deals = JsonViewWriter(compiled, Narrator(compiled)), draw_answers(MOST_PHRASES + 50, blank=0.0)
    explanation = explain(compiled, deals)
    explained = ExplainedDeals.of(explanation)
    for row in range(len(explanation)):
        view_writer.write(explained, row)
    assert answer_numbers(PROFILE, deals).shape == explanation.numbers.shape
    assert all(len(phrases) <= MOST_PHRASES for phrases in view_writer._phrases)


def test_question_that_only_the_close_answers_is_not_counted_as_open() -> None:
    needs = replace(
        PROFILE.dimensions[0], factors=(replace(LATE, known_at="close"), *PROFILE.dimensions[0].factors[1:])
    )
    profile = replace(PROFILE, dimensions=(needs, *PROFILE.dimensions[1:]))
    deals = draw_answers(80)
    compiled = compile_model(FitClassifier(profile).fit(deals, draw_outcomes(deals)))
    explanation, narrator = explain(compiled, deals.iloc[:1].drop(columns="rivals")), Narrator(compiled)
    view = narrator.view(explanation)
    assert (view.questions, view.dimensions[0].questions) == (len(profile.factors) - 1, len(needs.factors) - 1)
    written = JsonViewWriter(compiled, narrator).write(ExplainedDeals.of(explanation), 0)
    assert json.loads(f"{{{written.members}}}") == json.loads(json.dumps(asdict(view)))
