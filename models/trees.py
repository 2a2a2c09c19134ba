"""Decision trees as flat arrays, evaluated in log-odds with unanswered questions left out.

A tree that splits on a factor which takes no part in a deal follows both branches, weighted by the share of the
training deals in each: what path-dependent SHAP calls an absent feature (Lundberg et al. 2020, algorithm 1). Every tree
is centred, so that a deal of which nothing is known gets zero.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numba import njit, prange
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.tree import DecisionTreeClassifier

_DEEPEST = 64  # splits on a path; trees of ours have at most seven


@dataclass(frozen=True)
class Trees:
    """Trees one after the other; a deal goes left where its encoded answer is at most the threshold."""

    # (trees,) int32, the position of each tree's first node in the arrays of nodes
    roots: np.ndarray
    # (nodes,) int32, the encoder's column that a node splits on, -1 at a leaf
    column: np.ndarray
    # (nodes,) in the units of the encoded column; 0 at a leaf
    threshold: np.ndarray
    # (nodes,) int32, positions of the two children in the same arrays; 0 at a leaf
    left: np.ndarray
    right: np.ndarray
    # (nodes,) the part of a node's training deals that goes left, from 0 to 1; 0 at a leaf
    share: np.ndarray
    # (nodes,) log-odds of a leaf less its tree's `average`, so that a tree's training deals have 0 on average
    value: np.ndarray
    # (trees,) the log-odds that a tree gave the average training deal before it was centred
    average: np.ndarray

    def __len__(self) -> int:
        return len(self.roots)

    def margins(
        self, matrix: np.ndarray, answered: np.ndarray, factor_of_column: np.ndarray, group: np.ndarray | None = None
    ) -> np.ndarray:
        """Sum the trees' log-odds for each deal, shape (deals, groups).

        Parameters
        ----------
        matrix : (deals, columns)
        answered : (deals, factors) booleans, false where a factor is left out
        factor_of_column : (columns,)
        group : (trees,) the output column that each tree adds to; all to the first where absent
        """
        group = np.zeros(len(self), dtype=np.intp) if group is None else group
        margins = np.zeros((len(matrix), int(group.max(initial=0)) + 1))
        if len(self):
            _add_margins(
                self.roots,
                self.column,
                self.threshold,
                self.left,
                self.right,
                self.share,
                self.value,
                group.astype(np.intp),
                np.ascontiguousarray(matrix),
                np.ascontiguousarray(answered),
                factor_of_column.astype(np.intp),
                margins,
            )
        return margins

    def scaled(self, factor: float) -> "Trees":
        return replace(self, value=self.value * factor, average=self.average * factor)

    def of(self, chosen: np.ndarray | slice) -> "Trees":
        """The chosen trees only, by a mask or a slice."""
        return replace(self, roots=self.roots[chosen], average=self.average[chosen])

    @property
    def root_columns(self) -> np.ndarray:
        return self.column[self.roots]


def boosted_trees(model: HistGradientBoostingClassifier) -> Trees:
    """The trees of a fitted boosting model; the sum of their values is its decision function less a constant."""
    trees = []
    for (predictor,) in model._predictors:
        nodes = predictor.nodes
        leaf = nodes["is_leaf"].astype(bool)
        trees.append(
            _tree(
                np.where(leaf, -1, nodes["feature_idx"]),
                nodes["num_threshold"],
                nodes["left"],
                nodes["right"],
                nodes["count"],
                nodes["value"],
            )
        )
    return join(trees)


def forest_trees(trees: Iterable[DecisionTreeClassifier], mean: float) -> Trees:
    """Trees of a classification forest, whose margin is the mean leaf probability linearised at the mean outcome.

    The log-odds of `p` near the mean `m` are `(p - m) / (m (1 - m))` to first order: additive over trees, as needed.
    """
    compiled = []
    for fitted in trees:
        tree = fitted.tree_
        won = tree.value[:, 0, 1] / tree.value[:, 0].sum(axis=1)
        compiled.append(
            _tree(
                np.where(tree.children_left < 0, -1, tree.feature),
                tree.threshold,
                tree.children_left,
                tree.children_right,
                tree.weighted_n_node_samples,
                won / (mean * (1 - mean)),
            )
        )
    return join(compiled).scaled(1 / max(len(compiled), 1))


def join(parts: Sequence[Trees]) -> Trees:
    """One after the other, the trees of all parts."""
    if not parts:
        none, zero = np.zeros(0, dtype=np.int32), np.zeros(0)
        return Trees(none, none, zero, none, none, zero, zero, zero)
    starts = np.cumsum([0, *(len(part.column) for part in parts[:-1])]).astype(np.int32)

    def shifted(name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) + start for part, start in zip(parts, starts, strict=True)])

    def plain(name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts])

    return Trees(
        shifted("roots"), plain("column"), plain("threshold"), shifted("left"), shifted("right"), plain("share"),
        plain("value"), plain("average"),
    )  # fmt: skip


def _tree(
    column: np.ndarray, threshold: np.ndarray, left: np.ndarray, right: np.ndarray, cover: np.ndarray, value: np.ndarray
) -> Trees:
    leaf = column < 0
    left, right = np.where(leaf, 0, left).astype(np.int32), np.where(leaf, 0, right).astype(np.int32)
    share = np.where(leaf, 0.0, cover[left] / cover)
    # A tree's expected value is the sum of its leaves', each weighted by the training deals in it.
    average = value[leaf] @ cover[leaf] / cover[leaf].sum()
    return Trees(
        np.zeros(1, dtype=np.int32), column.astype(np.int32), np.where(leaf, 0.0, threshold), left, right, share,
        np.where(leaf, value - average, 0.0), np.array([average]),
    )  # fmt: skip


@njit(parallel=True, cache=True)
def _add_margins(  # type: ignore[no-untyped-def]
    roots, column, threshold, left, right, share, value, group, matrix, answered, factor, margins
):
    """Add each tree's log-odds to `margins` (deals, groups), over deals in parallel and then over trees."""
    for deal in prange(len(matrix)):
        # the branches still to follow, with the share of the deal that each has; one waits for each split on the path
        nodes, weights = np.empty(_DEEPEST, dtype=np.int32), np.empty(_DEEPEST)
        for tree in range(len(roots)):
            nodes[0], weights[0], waiting = roots[tree], 1.0, 1
            total = 0.0
            while waiting > 0:
                waiting -= 1
                node, weight = nodes[waiting], weights[waiting]
                while column[node] >= 0:
                    at = column[node]
                    if answered[deal, factor[at]]:
                        node = left[node] if matrix[deal, at] <= threshold[node] else right[node]
                    else:
                        nodes[waiting], weights[waiting] = right[node], weight * (1 - share[node])
                        waiting += 1
                        weight *= share[node]
                        node = left[node]
                total += weight * value[node]
            margins[deal, group[tree]] += total
