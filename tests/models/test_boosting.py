"""Boosting stops where more trees no longer help deals that a fit has not seen, at one number of trees for all fits."""

import numpy as np
import pytest

from icp_fit.models.boosting import STEP, fit_boosting
from icp_fit.models.design_matrix import DesignMatrix
from icp_fit.models.interactions import BOOSTED
from icp_fit.models.trees import Trees
from tests.support.design_matrices import build_design, draw_simple_folds


def fit(design: DesignMatrix, **options: float) -> tuple[list[Trees], np.ndarray]:
    return fit_boosting(design, draw_simple_folds(design), 0, None, **BOOSTED | options)


def test_fits_have_one_number_of_trees_that_serves_all_best() -> None:
    fits, _ = fit(build_design(600))
    counts = {len(trees) for trees in fits}
    assert len(fits) == 5
    assert max(counts) % STEP == 0
    assert max(counts) < BOOSTED["max_iter"]


def test_noise_stops_at_the_first_look_at_the_deals_held_out() -> None:
    fits, _ = fit(build_design(300, won=(np.random.default_rng(1).random(300) < 0.5).astype(float)))
    assert {len(trees) for trees in fits} == {STEP}


def test_out_of_fold_log_odds_are_those_of_the_fit_that_left_a_deal_out() -> None:
    design = build_design(400)
    fits, oof_log_odds = fit(design)
    for fold, trees in enumerate(fits):
        holdout = design.take(np.flatnonzero(draw_simple_folds(design)[0] == fold))
        margins = trees.margins(holdout.matrix, holdout.answered, holdout.factor_of_column)[:, 0]
        own = oof_log_odds[draw_simple_folds(design)[0] == fold]
        assert own == pytest.approx(margins, abs=1e-12)


def test_trees_look_only_at_columns_that_may_meet() -> None:
    design = build_design(400)
    alone = [[int(column)] for column in range(design.matrix.shape[1])]
    fits, _ = fit_boosting(design, draw_simple_folds(design), 0, alone, **BOOSTED)
    for trees in fits:
        for root in trees.roots.tolist():
            waiting, columns = [root], set()
            while waiting:
                node = waiting.pop()
                if trees.column[node] >= 0:
                    columns.add(int(trees.column[node]))
                    waiting += [int(trees.left[node]), int(trees.right[node])]
            assert len(columns) <= 1
