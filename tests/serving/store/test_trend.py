"""A trend is of the deal, not of the model, and is not told from too little."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icp_fit.serving.store.store import PastScore
from icp_fit.serving.store.trend import find_trend

START = datetime(2025, 1, 1, tzinfo=UTC)


def history(*points: tuple[float, int], versions: str = "") -> list[PastScore]:
    """Predictions given as (day, score), by model 1 unless `versions` has one character for each."""
    models = versions or "1" * len(points)
    return [
        PastScore(str(i), START + timedelta(days=day), score, model)
        for i, ((day, score), model) in enumerate(zip(points, models, strict=True))
    ]


@pytest.mark.parametrize(
    ("points", "trend"),
    [
        ([(0, 50), (10, 60), (20, 70)], "improving"),
        ([(0, 70), (10, 60), (20, 50)], "declining"),
        ([(0, 50), (10, 52), (20, 49)], "steady"),
        ([(0, 50), (10, 50), (20, 90), (30, 50), (40, 50)], "steady"),
        ([], "not enough information"),
        ([(0, 50), (10, 90)], "not enough information"),
        ([(0, 50), (1, 60), (2, 90)], "not enough information"),
        ([(0, 50), (0.1, 60), (0.2, 70), (8, 90)], "not enough information"),
        ([(-300, 10), (-200, 20), (0, 50), (10, 50), (20, 50)], "steady"),
    ],
    ids=["up", "down", "little", "one slip", "none", "two", "within days", "two days", "long ago"],
)
def test_trend_is_what_the_scores_do(points: list[tuple[float, int]], trend: str) -> None:
    assert find_trend(history(*points)) == trend


def test_new_model_alone_is_no_trend() -> None:
    assert find_trend(history((0, 40), (10, 40), (20, 80), (30, 80), versions="1122")) == "steady"
    assert find_trend(history((0, 40), (10, 50), (20, 20), (30, 30), versions="1122")) == "improving"


def test_prediction_of_a_clock_that_went_back_does_no_harm() -> None:
    assert find_trend(history((10, 60), (0, 50), (20, 70))) == "improving"


@given(st.lists(st.tuples(st.integers(0, 80), st.integers(10, 90)), max_size=12), st.integers(-10, 10))
def test_trend_does_not_depend_on_the_level_and_turns_with_the_scores(points: list[tuple[int, int]], by: int) -> None:
    turned = {"improving": "declining", "declining": "improving"}
    trend = find_trend(history(*points))
    assert find_trend(history(*[(day, score + by) for day, score in points])) == trend
    assert find_trend(history(*[(day, 100 - score) for day, score in points])) == turned.get(trend, trend)
