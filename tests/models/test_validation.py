"""What callers may hand to the fit model: outcomes of two labels, weights that are not negative, arrays as tables."""

import numpy as np
import pandas as pd
import pytest

from icp_fit.models.fit import FitClassifier
from icp_fit.models.validation import outcomes_of, profile_of, table_of, weights_of
from tests.support.small_profile import PROFILE, draw_answers


@pytest.mark.parametrize(
    ("labels", "classes", "outcomes"),
    [
        ([True, False], [False, True], [1, 0]),
        ([0, 1, 1], [0, 1], [0, 1, 1]),
        ([1, 1], [0, 1], [1, 1]),
        (["won", "lost"], ["lost", "won"], [1, 0]),
        ([5, -2, 5], [-2, 5], [1, 0, 1]),
    ],
    ids=["booleans", "numbers", "one outcome only", "words", "other numbers"],
)
def test_greater_label_is_the_one_that_was_won(
    labels: list[object], classes: list[object], outcomes: list[int]
) -> None:
    found, won = outcomes_of(np.array(labels), len(labels))
    assert found.tolist() == classes
    assert won.tolist() == outcomes


@pytest.mark.parametrize(("labels", "count"), [(["a", "b", "c"], "3 classes"), (["a", "a"], "1 class.")])
def test_outcomes_of_another_number_of_labels_are_refused(labels: list[str], count: str) -> None:
    with pytest.raises(ValueError, match=f"Only binary classification is supported.*{count}"):
        outcomes_of(np.array(labels), len(labels))


def test_outcomes_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        outcomes_of(np.array([1, 0, 1]), 2)


def test_weights_are_one_where_none_are_given_and_never_negative() -> None:
    assert weights_of(None, 3).tolist() == [1, 1, 1]
    assert weights_of([0, 2.5], 2).tolist() == [0, 2.5]
    with pytest.raises(ValueError, match=r"[Nn]egative"):
        weights_of([1, -1e-9], 2)


def test_array_is_a_table_of_numbered_columns_and_a_table_of_a_profile_stays_as_it_is() -> None:
    answers = draw_answers(3)
    assert table_of(FitClassifier(PROFILE), answers, reset=True) is answers
    table = table_of(FitClassifier(), np.array([[1.0, np.nan]]), reset=True)
    assert list(table) == ["x0", "x1"]


def test_columns_without_a_profile_are_numbers_that_may_point_either_way() -> None:
    profile = profile_of(None, pd.DataFrame({"x0": [1.0], "x1": [2.0]}))
    assert [(factor.id, factor.kind, factor.direction) for factor in profile.factors] == [
        ("x0", "amount", "none"),
        ("x1", "amount", "none"),
    ]
    assert profile_of(PROFILE, pd.DataFrame()) is PROFILE
