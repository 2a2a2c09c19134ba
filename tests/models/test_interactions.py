"""The interactions member: randomised trees where deals are few, boosted ones where they are many, of eight leaves."""

from unittest.mock import patch

import numpy as np
import pytest

from icp_fit.models import interactions
from icp_fit.models.design_matrix import DesignMatrix
from icp_fit.models.interactions import LEAVES, RANDOMISED_TREES, InteractionsMember, fit_interactions
from icp_fit.models.trees import join
from tests.support.design_matrices import build_design, draw_simple_folds


def fit(design: DesignMatrix, many: int) -> tuple[InteractionsMember, np.ndarray]:
    with patch.object(interactions, "MANY_DEALS", many):
        return fit_interactions(design, draw_simple_folds(design), 0)


def leaves(member: InteractionsMember) -> list[int]:
    trees, counts = member.trees, []
    for root in member.trees.roots.tolist():
        waiting, count = [root], 0
        while waiting:
            node = waiting.pop()
            if trees.column[node] < 0:
                count += 1
            else:
                waiting += [int(trees.left[node]), int(trees.right[node])]
        counts.append(count)
    return counts


@pytest.mark.parametrize(("many", "randomised"), [(301, True), (300, False)], ids=["one deal short", "many enough"])
def test_trees_are_boosted_from_the_stated_number_of_deals_on(many: int, randomised: bool) -> None:
    member, oof_log_odds = fit(build_design(300), many)
    assert (len(member.trees) == RANDOMISED_TREES) == randomised
    assert member.fits == 5
    assert max(leaves(member)) <= LEAVES
    assert oof_log_odds.shape == (300,)


@pytest.mark.parametrize("many", [301, 300], ids=["randomised", "boosted"])
def test_log_odds_are_the_mean_of_the_fits(many: int) -> None:
    design = build_design(300)
    member, _ = fit(design, many)
    assert member.log_odds(design) == pytest.approx(member.log_odds_of_fits(design).mean(axis=1), abs=1e-12)


@pytest.mark.parametrize("many", [301, 300], ids=["randomised", "boosted"])
def test_out_of_fold_log_odds_are_those_of_the_fit_that_left_a_deal_out(many: int) -> None:
    design = build_design(300)
    member, oof_log_odds = fit(design, many)
    own = member.log_odds_of_fits(design)[np.arange(300), draw_simple_folds(design)[0]]
    assert oof_log_odds == pytest.approx(own, abs=1e-12)


@pytest.mark.parametrize("many", [301, 300], ids=["randomised", "boosted"])
def test_more_systems_never_lower_the_log_odds(many: int) -> None:
    design = build_design(300, blank=0.0)
    member, _ = fit(design, many)
    [column] = np.flatnonzero(design.factor_of_column == 1)[:1]
    matrix = np.repeat(design.matrix[:40], 6, axis=0)
    matrix[:, column] = np.tile(np.linspace(0, 4, 6), 40)
    margins = member.trees.margins(matrix, np.ones((240, 6), dtype=bool), design.factor_of_column)
    assert (np.diff(margins.reshape(40, 6), axis=1) >= -1e-12).all()


def test_member_without_trees_adds_nothing() -> None:
    design = build_design(10)
    member = InteractionsMember(join([]), np.zeros(0, dtype=np.intp))
    assert member.fits == 0
    assert not member.log_odds(design).any()
