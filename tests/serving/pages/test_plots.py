"""Plots of a model's evaluation: their titles say what their marks show, and marks stand where their numbers are."""

import pytest

from icp_fit.serving.pages.plots import BOTTOM, LEFT, RIGHT, TOP, draw_gain_curve, draw_learning, draw_reliability


def build_bin(predicted: float, low: float, value: float, high: float) -> dict[str, object]:
    return {"predicted": predicted, "deals": 40, "won": {"low": low, "value": value, "high": high}}


@pytest.mark.parametrize(
    ("predicted", "is_off"),
    [(0.2, False), (0.6, False), (0.19, True), (0.61, True)],
    ids=["at the low end", "at the high end", "below", "above"],
)
def test_group_is_marked_only_where_its_prediction_is_outside_the_interval(predicted: float, is_off: bool) -> None:
    plot = draw_reliability([build_bin(predicted, 0.2, 0.4, 0.6), build_bin(0.5, 0.4, 0.5, 0.6)])
    assert [mark.is_off for mark in plot.marks] == [is_off, False]
    assert plot.title.startswith(f"In {1 if is_off else 2} of 2 groups")


def test_reliability_plot_spans_its_axes() -> None:
    low, high = draw_reliability([build_bin(0, 0, 0, 0), build_bin(1, 1, 1, 1)]).marks
    assert (low.x, low.y) == (LEFT, BOTTOM)
    assert (high.x, high.y) == (RIGHT, TOP)
    assert low.text == "Predicted 0%, won 0% of 40 deals"


def test_gain_curve_names_the_point_nearest_to_a_fifth_of_the_deals() -> None:
    curve = [{"share": share, "model": model, "profile": share} for share, model in ((0, 0), (0.22, 0.5), (1, 1))]
    plot = draw_gain_curve(curve)
    assert plot.title == "The best-scored 22% of the deals hold 50% of the wins"
    assert [line.name for line in plot.lines] == ["chance", "model", "profile alone"]


def test_learning_curve_keeps_every_interval_within_the_drawing() -> None:
    points = [
        {"deals": deals, "log_loss": {"low": loss - 0.05, "value": loss, "high": loss + 0.05}}
        for deals, loss in ((100, 0.6), (400, 0.5))
    ]
    rivals = {"profile": {"log_loss": {"value": 0.58}}, "base_rate": {"log_loss": {"value": 0.69}}}
    plot = draw_learning({"learning_curve": {"points": points, "sentence": "More deals help."}, "accuracy": rivals})
    assert plot.title == "More deals help."
    assert all(TOP <= place <= BOTTOM for mark in plot.marks for place in (mark.low, mark.y, mark.high))
    assert all(mark.high < mark.y < mark.low for mark in plot.marks)  # places count downward
    assert [tick.text for tick in plot.x_ticks] == ["100", "400"]
