import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier

from icp_fit.models.trees import Trees, boosted_trees, forest_trees, join

OWNER = np.array([0, 1, 2, 2])


@pytest.fixture(scope="module")
def matrix() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(400, 4)).astype(np.float32).astype(float)


@pytest.fixture(scope="module")
def won(matrix: np.ndarray) -> np.ndarray:
    return (matrix[:, 0] + matrix[:, 1] * matrix[:, 2] + np.random.default_rng(1).normal(size=400)) > 0


@pytest.fixture(scope="module")
def boosting(matrix: np.ndarray, won: np.ndarray) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=8, random_state=0).fit(matrix, won)


def answer_all_but(count: int, *left_out: int) -> np.ndarray:
    factors = np.ones((count, 3), dtype=bool)
    factors[:, list(left_out)] = False
    return factors


def test_trees_of_boosting_add_up_to_its_decision_function(
    boosting: HistGradientBoostingClassifier, matrix: np.ndarray
) -> None:
    trees = boosted_trees(boosting)
    constant = boosting._baseline_prediction.item() + trees.average.sum()
    margins = trees.margins(matrix, answer_all_but(400), OWNER)[:, 0]
    assert np.allclose(margins + constant, boosting.decision_function(matrix), rtol=0, atol=1e-12)


def test_trees_of_a_forest_add_up_to_its_probability_linearised_at_the_mean(
    matrix: np.ndarray, won: np.ndarray
) -> None:
    forest = ExtraTreesClassifier(30, max_leaf_nodes=16, random_state=0).fit(matrix, won)
    mean = won.mean()
    trees = forest_trees(forest.estimators_, mean)
    margins = trees.margins(matrix, answer_all_but(400), OWNER)[:, 0] + trees.average.sum()
    assert np.allclose(margins, forest.predict_proba(matrix)[:, 1] / (mean * (1 - mean)), rtol=0, atol=1e-12)


def test_trees_give_a_deal_of_which_nothing_is_known_zero(
    boosting: HistGradientBoostingClassifier, matrix: np.ndarray
) -> None:
    margins = boosted_trees(boosting).margins(matrix, answer_all_but(400, 0, 1, 2), OWNER)
    assert np.allclose(margins, 0, atol=1e-12)


def test_trees_give_the_average_learned_deal_zero(boosting: HistGradientBoostingClassifier, matrix: np.ndarray) -> None:
    margins = boosted_trees(boosting).margins(matrix, answer_all_but(400), OWNER)
    assert margins.mean() == pytest.approx(0, abs=1e-12)


def test_trees_ignore_the_columns_of_a_factor_that_is_left_out(
    boosting: HistGradientBoostingClassifier, matrix: np.ndarray
) -> None:
    trees, other = boosted_trees(boosting), matrix.copy()
    other[:, 2:] = 99.0
    assert np.array_equal(
        trees.margins(matrix, answer_all_but(400, 2), OWNER), trees.margins(other, answer_all_but(400, 2), OWNER)
    )


def test_trees_left_out_weigh_both_branches_by_the_learned_deals_in_each() -> None:
    stump = Trees(
        roots=np.array([0], dtype=np.int32),
        column=np.array([0, -1, -1], dtype=np.int32),
        threshold=np.zeros(3),
        left=np.array([1, 0, 0], dtype=np.int32),
        right=np.array([2, 0, 0], dtype=np.int32),
        share=np.array([0.25, 0, 0]),
        value=np.array([0, -3.0, 5.0]),
        average=np.zeros(1),
    )
    margins = stump.margins(np.array([[1.0, 0, 0, 0]]), answer_all_but(1, 0), OWNER)
    assert margins.item() == pytest.approx(0.25 * -3 + 0.75 * 5)


def test_trees_by_group_add_up_to_all(boosting: HistGradientBoostingClassifier, matrix: np.ndarray) -> None:
    trees = boosted_trees(boosting)
    by_group = trees.margins(matrix, answer_all_but(400), OWNER, np.arange(len(trees)) % 3)
    assert by_group.shape == (400, 3)
    assert np.allclose(by_group.sum(axis=1), trees.margins(matrix, answer_all_but(400), OWNER)[:, 0])


def test_joined_trees_add_up_to_their_parts(boosting: HistGradientBoostingClassifier, matrix: np.ndarray) -> None:
    trees = boosted_trees(boosting)
    parts = [trees.of(np.arange(5)), trees.of(np.arange(5, len(trees)))]
    assert np.allclose(
        join(parts).margins(matrix, answer_all_but(400), OWNER), trees.margins(matrix, answer_all_but(400), OWNER)
    )


def test_no_trees_give_every_deal_zero(matrix: np.ndarray) -> None:
    assert not join([]).margins(matrix, answer_all_but(400), OWNER).any()
