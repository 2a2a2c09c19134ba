"""The places of charts add up to the numbers that they show."""

from dataclasses import replace
from datetime import timedelta

import pytest

from icp_fit.features.encoder import answer_numbers
from icp_fit.models.compiled import compile_model
from icp_fit.models.explain import explain_numbers
from icp_fit.models.narrative.narrator import Narrator
from icp_fit.serving.pages.charts import draw_history, draw_waterfall, spark
from icp_fit.serving.store.records import Prediction
from tests.support.databases import NOW
from tests.support.small_profile import PROFILE, draw_answers, fit_small_model


def test_waterfall_leads_from_the_baseline_to_the_score() -> None:
    compiled = compile_model(fit_small_model(300))
    for numbers in answer_numbers(PROFILE, draw_answers(20, seed=9)):
        view = Narrator(compiled).view(explain_numbers(compiled, numbers[None]))
        steps = draw_waterfall(view, dict.fromkeys(PROFILE.factor_ids, ""))
        moved = sum(step.points for step in steps[1:-1])
        assert view.baseline + moved == pytest.approx(100 * view.win_probability, abs=0.5)
        assert all(-0.01 <= place <= 100.01 for step in steps for place in (step.start, step.end))


def test_waterfall_shows_thirteen_answers_one_by_one_and_of_more_the_smallest_together() -> None:
    view = Narrator(compile_model(fit_small_model(300))).view(
        explain_numbers(compile_model(fit_small_model(300)), answer_numbers(PROFILE, draw_answers(1, seed=9)))
    )
    reason = view.reasons[0]
    for count, drawn in ((13, 13), (14, 13)):
        reasons = tuple(replace(reason, factor=str(i), label=f"{i}", points=20 - i) for i in range(count))
        steps = draw_waterfall(
            replace(view, strengths=reasons, risks=(), details=()), {str(i): "" for i in range(count)}
        )
        assert len(steps) == drawn + 2
        assert ("2 smaller answers" in [step.label for step in steps]) == (count > 13)


def test_history_shows_what_changed_since_the_prediction_before() -> None:
    first = build_past(50, hours=0, id="a")
    second = build_past(62, hours=48, id="b", model_version="4")
    third = build_past(58, hours=96, id="c", model_version="4", profile_digest="f" * 16)
    latest, middle, earliest = draw_history([first, second, third])
    changes = [(p.change, p.previous_id, p.new_model, p.new_profile) for p in (earliest, middle, latest)]
    assert changes == [(None, None, False, False), (12, "a", True, False), (-4, "b", False, True)]
    assert [point.y for point in (earliest, middle, latest)] == [50, 38, 42]
    assert [point.x for point in (earliest, middle, latest)] == [4, 50, 96]


@pytest.mark.parametrize(("hours", "middle"), [(24, 50.0), (25, 4 + 92 / 25)], ids=["within a day", "beyond a day"])
def test_history_is_placed_by_time_only_where_it_spans_more_than_a_day(hours: float, middle: float) -> None:
    points = draw_history([build_past(50, hours=0), build_past(60, hours=1), build_past(70, hours=hours)])
    assert points[1].x == pytest.approx(middle, abs=0.01)


def test_history_of_one_prediction_stands_in_the_middle() -> None:
    [point] = draw_history([build_past(30, hours=0)])
    assert (point.x, point.y) == (50, 70)


def test_spark_needs_two_scores_and_never_enlarges_small_changes() -> None:
    assert spark([50]) == ""
    assert spark([50, 60]) == "2,14 58,6"  # 10 points take half of the 16 that 20 points take
    assert spark([0, 100]) == "2,18 58,2"


def build_past(score: int, hours: float, id: str = "p", **changes: str) -> Prediction:
    fields = {"model_version": "3", "profile_digest": "0" * 16, **changes}
    return Prediction(
        id=id,
        scored_at=NOW + timedelta(hours=hours),
        route="page",
        profile_version="1",
        answers="{}",
        score=score,
        grade="B",
        win_probability=score / 100,
        low=0.0,
        high=1.0,
        completeness=0.5,
        **fields,
    )
