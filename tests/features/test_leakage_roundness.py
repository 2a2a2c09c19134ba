"""Roundness that tells won from lost sums is a leak beyond each of its thresholds, and honest before it."""

import numpy as np
import pytest
from scipy.stats import chi2

from icp_fit.features import leakage
from icp_fit.features.leakage import Leak
from tests.features.test_leakage_edges import amount, find, sums

TENTHS = 10


def find_roundness(values: np.ndarray, won: np.ndarray) -> Leak | None:
    return next((leak for leak in find(won, {amount: values}) if leak.kind == "round numbers"), None)


def mixed(deals: int, won_of_unround: int, won_of_round: int) -> tuple[np.ndarray, np.ndarray]:
    """In each tenth by size so many deals, every other one unround; how many of either kind are won in each tenth."""
    rank = np.arange(TENTHS * deals)
    unround = rank % 2 == 1
    place = rank % deals // 2
    return 1000.0 * (1 + rank) + 50 * unround, place < np.where(unround, won_of_unround, won_of_round)


@pytest.mark.parametrize(("won_of_unround", "found"), [(110, True), (109, False)])
def test_unround_sums_are_won_a_tenth_more_often_than_round_ones(won_of_unround: int, found: bool) -> None:
    leak = find_roundness(*mixed(400, won_of_unround, 200 - won_of_unround))
    assert (leak is not None) is found


def test_evidence_says_how_often_round_and_unround_sums_are_won_and_how_many_there_are() -> None:
    values, won = mixed(400, 150, 60)
    leak = find_roundness(np.append(values, 1050.0), np.append(won, True))
    assert leak is not None
    assert leak.evidence == (
        "`budget` looks corrected at the close: the win rate is 75% where it is no multiple of 100 (2,001 deals), "
        "30% where it is one of 1,000 (2,000)."
    )


@pytest.mark.parametrize(("above", "found"), [(1.000001, True), (0.999999, False)])
def test_difference_is_significant_by_a_chi_squared_test_among_sums_of_like_size(
    above: float, found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    values, won = mixed(40, 12, 8)
    tenth = np.arange(400) // 40
    won = won & (tenth % 2 == 1)  # so that size tells something too
    unround_within, won_within = (
        kind - np.bincount(tenth, kind)[tenth] / 40 for kind in ((values % 1000 > 0).astype(float), won.astype(float))
    )
    p = chi2.sf(400 * np.corrcoef(unround_within, won_within)[0, 1] ** 2, 1)
    monkeypatch.setattr(leakage, "SIGNIFICANCE", p * above)
    monkeypatch.setattr(leakage, "UNROUND", 0.01)
    assert (find_roundness(values, won) is not None) is found


@pytest.mark.parametrize(("tenths", "found"), [(2, False), (3, True)])
def test_size_explains_roundness_unless_a_quarter_of_it_differs_among_sums_of_like_size(
    tenths: int, found: bool
) -> None:
    """All small sums are unround and all large ones round, with so many tenths between where they mix."""
    rank = np.arange(400)
    is_mixed = np.abs(rank - 199.5) < 20 * tenths
    unround = np.where(is_mixed, rank % 2 == 1, rank < 200)
    won = np.where(is_mixed, unround, rank % 4 < 2)
    assert (find_roundness(1000.0 * (1 + rank) + 50 * unround, won) is not None) is found


@pytest.mark.parametrize(("least", "found"), [(100.5, True), (99.5, False)])
def test_sums_below_a_hundred_are_not_looked_at_one_by_one(least: float, found: bool) -> None:
    values = 1000.0 * (np.arange(400) - 19)
    values[:20] = least
    won = (np.arange(400) < 20) | ((np.arange(400) >= 40) & (np.arange(400) % 2 == 0))
    assert (find_roundness(values, won) is not None) is found


@pytest.mark.parametrize(("median", "found"), [(1000.0, True), (999.0, False)])
def test_sums_are_looked_at_where_half_of_them_are_at_least_a_thousand(median: float, found: bool) -> None:
    values, won = sums(80)
    values[-201:-199] = median
    values[-199:] = 500.0  # neither round nor unround
    assert (find_roundness(values, won) is not None) is found


def test_hundreds_do_not_count_as_round() -> None:
    values, won = sums(200)
    values[values % 1000 == 0] += 300
    assert find_roundness(values, won & (np.arange(400) < 200)) is None
