"""Tables of trees: a row for each pattern of outcomes, whose entries add up to what the tree gives such a deal."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from icp_fit.models.tree_tables import MOST_SPLITS, TreeTables, build_tree_tables
from icp_fit.models.trees import Trees, boosted_trees, join

FACTOR_OF_COLUMN = np.array([0, 1, 1, 2])


def grow(leaves: int, count: int = 4) -> Trees:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(600, 4)).astype(np.float32).astype(float)
    won = matrix[:, 0] + matrix[:, 1] * matrix[:, 2] + rng.normal(size=600) > 0
    model = HistGradientBoostingClassifier(max_iter=count, max_leaf_nodes=leaves, min_samples_leaf=5, random_state=0)
    return boosted_trees(model.fit(matrix, won))


def tabulate(trees: Trees, scale: float = 1.0) -> TreeTables:
    cuts = np.arange(len(trees.column), dtype=np.int16)
    return build_tree_tables(trees, np.arange(len(trees)), cuts, FACTOR_OF_COLUMN, scale)


def table_of(tables: TreeTables, g: int) -> np.ndarray:
    splits, factors = np.diff(tables.split_starts)[g], np.diff(tables.factor_starts)[g]
    return tables.values[tables.value_starts[g] : tables.value_starts[g + 1]].reshape(1 << splits, factors)


def follow(trees: Trees, root: int, goes_right: dict[int, bool]) -> float:
    node = root
    while trees.column[node] >= 0:
        node = int((trees.right if goes_right[node] else trees.left)[node])
    return float(trees.value[node])


@pytest.mark.parametrize("scale", [1.0, 0.3])
def test_row_adds_up_to_the_leaf_that_its_outcomes_lead_to(scale: float) -> None:
    trees = grow(leaves=8)
    tables = tabulate(trees, scale)
    assert tables.fit.tolist() == [0, 1, 2, 3]
    for g, root in enumerate(trees.roots.tolist()):
        nodes = tables.cut[tables.split_starts[g] : tables.split_starts[g + 1]].tolist()  # a cut is its node's number
        assert len(nodes) == MOST_SPLITS
        for pattern, row in enumerate(table_of(tables, g)):
            goes_right = {node: bool(pattern >> k & 1) for k, node in enumerate(nodes)}
            assert row.sum() == pytest.approx(scale * follow(trees, root, goes_right), abs=1e-12)


def test_table_is_zero_on_average_over_what_the_training_deals_do() -> None:
    """Each split goes left as often as its share says: then every factor has nothing to add."""
    tables = tabulate(grow(leaves=8))
    for g in range(len(tables.fit)):
        share = tables.share[tables.split_starts[g] : tables.split_starts[g + 1]]
        weights = np.ones(1)
        for left in share:  # the first split is the lowest bit
            weights = np.concatenate([weights * left, weights * (1 - left)])
        assert weights @ table_of(tables, g).sum(axis=1) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("leaves", "alone"), [(8, True), (9, False)])
def test_tree_of_more_than_eight_leaves_has_several_tables(leaves: int, alone: bool) -> None:
    trees = grow(leaves)
    tables = tabulate(trees)
    assert (len(tables.fit) == len(trees)) == alone
    assert np.diff(tables.split_starts).max() <= MOST_SPLITS


def test_no_trees_have_no_tables() -> None:
    tables = tabulate(join([]))
    assert len(tables.fit) == len(tables.values) == 0
