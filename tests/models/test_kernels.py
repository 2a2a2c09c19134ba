"""Kernels in parts: the cell of a number at an edge, and the rows of a table that unknown outcomes stand for."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_fit.models import kernels
from icp_fit.models.tables import BUCKETS, _grid, _reach, find_bucket

edge_lists = st.lists(st.floats(-1e6, 1e6, width=32), max_size=40, unique=True).map(sorted)


def cell_of(edges: np.ndarray, number: float) -> int:
    find: Any = kernels._cell
    return int(find(edges, _grid(edges), np.array(_reach(edges)), number))


@given(edges=edge_lists, number=st.floats(-2e6, 2e6, width=32))
@settings(max_examples=200, deadline=None)  # the first example compiles
def test_cell_is_the_number_of_edges_below_an_answer(edges: list[float], number: float) -> None:
    array = np.array(edges, dtype=float)
    for x in (number, *edges[:3], *edges[-3:]):
        assert cell_of(array, x) == np.searchsorted(array, x, side="left")


def test_number_on_an_edge_is_in_the_cell_below_it() -> None:
    edges = np.array([1.0, 2.0])
    assert [cell_of(edges, x) for x in (1.0, np.nextafter(1.0, 2), 2.0, np.nextafter(2.0, 3))] == [0, 1, 1, 2]


@given(x=st.floats(-1e9, 1e9), y=st.floats(-1e9, 1e9))
@settings(max_examples=100, deadline=None)
def test_greater_number_never_has_a_lower_bucket(x: float, y: float) -> None:
    reach = np.array(_reach(np.array([-3.0, 8.0])))
    low, high = (find_bucket(number, reach, BUCKETS) for number in sorted((x, y)))
    assert 0 <= low <= high < BUCKETS


@pytest.mark.parametrize(
    ("pattern", "unknown", "rows"),
    [
        (0b101, 0b000, {0b101: 1.0}),
        (0b101, 0b001, {0b100: 0.2, 0b101: 0.8}),
        (0b001, 0b110, {0b001: 0.3 * 0.9, 0b011: 0.7 * 0.9, 0b101: 0.3 * 0.1, 0b111: 0.7 * 0.1}),
    ],
    ids=["all known", "one unknown", "two unknown"],
)
def test_unknown_outcomes_count_by_the_share_that_goes_left(pattern: int, unknown: int, rows: dict[int, float]) -> None:
    mix: Any = kernels._mix
    found, weights = np.empty(8, np.int32), np.empty(8)
    count = mix(found, weights, pattern, unknown, np.array([0.2, 0.3, 0.9]))
    assert dict(zip(found[:count].tolist(), weights[:count].tolist(), strict=True)) == pytest.approx(rows)
