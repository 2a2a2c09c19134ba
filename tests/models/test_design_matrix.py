"""A design matrix: deals that are taken, left open, and scored."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from tests.support.design_matrices import build_design


def test_without_leaves_one_factor_open_and_the_design_as_it_was() -> None:
    design = build_design(30, blank=0.0)
    without = design.without(1)
    assert not without.answered[:, 1].any()
    assert without.answered[:, [0, 2, 3, 4, 5]].all()
    assert design.all_answered
    assert not without.all_answered


def test_answered_columns_follow_their_factors() -> None:
    without = build_design(200, blank=0.2).without(5)
    own = without.factor_of_column == 5
    assert own.sum() > 1
    assert not without.answered_columns[:, own].any()
    assert np.array_equal(without.answered_columns[:, 0], without.answered[:, without.factor_of_column[0]])


def test_base_log_odds_are_those_of_the_weighted_share_won() -> None:
    design = replace(build_design(4), won=np.array([1.0, 0, 0, 0]), weight=np.array([3.0, 1, 1, 1]))
    assert expit(design.base_log_odds) == pytest.approx(0.5)


@pytest.mark.parametrize(("won", "rate"), [(0.0, 0.125), (1.0, 0.875)])
def test_one_outcome_alone_counts_as_half_a_deal_of_the_other(won: float, rate: float) -> None:
    assert expit(build_design(4, won=np.full(4, won)).base_log_odds) == pytest.approx(rate)


def test_loss_is_the_weighted_sum_of_log_losses() -> None:
    design = replace(build_design(2), won=np.array([1.0, 0.0]), weight=np.array([2.0, 1.0]))
    assert design.loss(np.array([1.0, 3.0])) == pytest.approx(-2 * np.log(expit(1.0)) - np.log(1 - expit(3.0)))
    assert np.isfinite(design.loss(np.array([-1000.0, 1000.0])))
