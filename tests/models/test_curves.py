"""The curves member: one table a factor, monotone in the profile's direction, and equal to the trees it is made of."""

from dataclasses import replace

import numpy as np
import pytest

from icp_fit.models.boosting import fit_boosting
from icp_fit.models.curves import OPTIONS, cells, collapse, fit_curves
from icp_fit.models.design_matrix import DesignMatrix
from icp_fit.models.trees import join
from tests.support.design_matrices import build_design, draw_simple_folds
from tests.support.small_profile import PROFILE


@pytest.fixture(scope="module")
def design() -> DesignMatrix:
    return build_design(500, seed=1)


def test_tables_give_what_the_trees_give(design: DesignMatrix) -> None:
    alone = [np.flatnonzero(design.factor_of_column == j).tolist() for j in np.unique(design.factor_of_column)]
    fits, _ = fit_boosting(design, draw_simple_folds(design), 0, alone, **OPTIONS)
    trees, fit = join(fits), np.repeat(np.arange(len(fits)), [len(part) for part in fits])
    expected = trees.margins(design.matrix, design.answered, design.factor_of_column, fit)
    found = collapse(design.encoder, fits).log_odds_of_fits(design)
    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("factor_id", "sign"), [("portal", 1), ("systems", 1), ("rivals", -1), ("security", 1)])
def test_curves_never_turn_against_the_direction(design: DesignMatrix, factor_id: str, sign: int) -> None:
    against = replace(design, won=1 - design.won)
    for deals in (design, against):
        member, _ = fit_curves(deals, draw_simple_folds(deals), 0)
        table = member.tables[PROFILE.factor_ids.index(factor_id)][:-1]  # the last cell is for open questions
        assert (sign * np.diff(table, axis=0) >= -1e-12).all()


def test_factor_that_is_left_out_adds_nothing(design: DesignMatrix) -> None:
    member, _ = fit_curves(design, draw_simple_folds(design), 0)
    assert member.log_odds(design).any()
    assert not member.log_odds(replace(design, answered=np.zeros_like(design.answered))).any()


def test_number_on_an_edge_is_in_the_cell_below_it(design: DesignMatrix) -> None:
    systems = PROFILE.factor_ids.index("systems")
    [column, *_] = np.flatnonzero(design.factor_of_column == systems)
    matrix = np.zeros((3, design.matrix.shape[1]))
    matrix[:, column] = [1.999, 2.0, 2.001]
    assert cells(design.encoder, matrix, systems, np.array([2.0])).tolist() == [0, 0, 1]


def test_open_question_has_the_last_cell_and_a_rare_value_the_one_before_it(design: DesignMatrix) -> None:
    industry = PROFILE.factor_ids.index("industry")
    own = np.flatnonzero(design.factor_of_column == industry)
    matrix = np.zeros((5, design.matrix.shape[1]))
    for row, column in enumerate(own):  # bank, retail, state, open
        matrix[row, column] = 1
    assert cells(design.encoder, matrix, industry, np.zeros(0)).tolist() == [0, 1, 2, 4, 3]
