"""Small trees as tables: for each outcome of a few splits, what every factor adds to the log-odds.

A leaf counts for a deal where all splits on its path go its way, so its Shapley values depend on the outcomes of these
splits alone. A tree of eight leaves has seven splits and becomes one table, with a row for every pattern of outcomes
(one bit a split) and a column for every factor that it looks at; a larger tree becomes several, each of a group of its
leaves with few splits.

The rows follow from Shapley's integral (Owen 1972): along the diagonal a leaf's game is a product of `o t + z (1 - t)`
over the columns on its path, where `o` is whether the deal goes its way and `z` the share of training deals that do; it
is a polynomial in t, so that Gauss-Legendre quadrature is exact. Where a split's question is unanswered, the mean of
both its outcomes, weighted by the shares, leaves the question out exactly: it becomes a player without influence, and
Shapley values are linear.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numba import njit

from icp_fit.models.trees import Trees

MOST_SPLITS = 7  # of a group: its table of 128 rows stays in the fastest cache


@dataclass(frozen=True)
class TreeSplit:
    """A split on the way to a leaf: its node, and whether the way turns right there."""

    node: int
    right: bool


class TreeTables(NamedTuple):
    """Groups of leaves one after the other: a tree each, or a part of one; `*_starts[g]` is where group `g` begins."""

    # (groups + 1,) where the splits of each group begin, and where the last end; at most 31 splits a group
    split_starts: np.ndarray
    # (splits,) the encoder's column that a split looks at, and that column's factor
    column: np.ndarray
    split_factor: np.ndarray
    # (splits,) int16, the highest cell of the column that goes left: bit k of a pattern is `cell > cut` of split k
    cut: np.ndarray
    # (splits,) the part of the node's training deals that goes left, from 0 to 1
    share: np.ndarray
    # (groups + 1,) where the factors of each group begin, and where the last end
    factor_starts: np.ndarray
    # (factors of all groups,) uint64, their positions in the profile, each once a group
    factor: np.ndarray
    # (groups + 1,) where the table of each group begins in `values`, and where the last ends
    value_starts: np.ndarray
    # log-odds: of each group a table of shape (2 ** its splits, its factors), row by row, a row for each pattern
    values: np.ndarray
    # (groups,) the fit that each group's tree belongs to
    fit: np.ndarray


def build_tree_tables(
    trees: Trees, fit: np.ndarray, cuts: np.ndarray, factor_of_column: np.ndarray, scale: float
) -> TreeTables:
    """Tables of trees.

    Parameters
    ----------
    trees : Trees
    fit : (trees,) the fit of each tree
    cuts : (nodes,) int16, for each split the highest cell of its column that goes left
    factor_of_column : (columns,) the position in the profile of each column's factor
    scale : float
        What a tree's log-odds are multiplied by.
    """
    groups = [(group, fit[i]) for i, root in enumerate(trees.roots.tolist()) for group in _groups(trees, root)]
    nodes = [list(dict.fromkeys(split.node for path in group for split in path[1])) for group, _ in groups]
    factors = [list(dict.fromkeys(factor_of_column[trees.column[group]].tolist())) for group in nodes]
    sizes = [(1 << len(splits)) * len(own) for splits, own in zip(nodes, factors, strict=True)]
    value_starts = np.cumsum([0, *sizes])
    values = np.zeros(value_starts[-1])
    for g, (group, _) in enumerate(groups):
        table = values[value_starts[g] : value_starts[g + 1]].reshape(1 << len(nodes[g]), len(factors[g]))
        bit = {node: 1 << k for k, node in enumerate(nodes[g])}
        for leaf, path in group:
            players = _players(trees, path, bit, factor_of_column, factors[g])
            _add_leaf(table, *players, scale * trees.value[leaf], *_quadrature(len(players[0])))
    split = np.concatenate([[], *nodes]).astype(np.intp)
    return TreeTables(
        split_starts=np.cumsum([0, *map(len, nodes)]),
        column=trees.column[split].astype(np.intp),
        split_factor=factor_of_column[trees.column[split]],
        cut=cuts[split],
        share=trees.share[split],
        factor_starts=np.cumsum([0, *map(len, factors)]),
        factor=np.concatenate([[], *factors]).astype(np.uint64),
        value_starts=value_starts,
        values=values,
        fit=np.array([number for _, number in groups], dtype=np.intp),
    )


def _groups(trees: Trees, root: int) -> Iterator[list[tuple[int, tuple[TreeSplit, ...]]]]:
    """The leaves of a tree with their paths, neighbours together as long as they look at few enough splits."""
    group: list[tuple[int, tuple[TreeSplit, ...]]] = []
    splits: set[int] = set()
    for leaf, path in _leaves(trees, root, ()):
        own = {split.node for split in path}
        if group and len(splits | own) > MOST_SPLITS:
            yield group
            group, splits = [], set()
        group.append((leaf, path))
        splits |= own
    if splits:
        yield group


def _leaves(trees: Trees, node: int, path: tuple[TreeSplit, ...]) -> Iterator[tuple[int, tuple[TreeSplit, ...]]]:
    if trees.column[node] < 0:
        yield node, path
    else:
        yield from _leaves(trees, int(trees.left[node]), (*path, TreeSplit(node, right=False)))
        yield from _leaves(trees, int(trees.right[node]), (*path, TreeSplit(node, right=True)))


def _players(
    trees: Trees, path: tuple[TreeSplit, ...], bit: dict[int, int], factor_of_column: np.ndarray, factors: list[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """For each column on a leaf's path its splits' bits, those that must be set, its share, and its place in the table.

    A column is one player, however often the path asks for it.
    """
    columns = list(dict.fromkeys(int(trees.column[split.node]) for split in path))
    bits, right, share = [0] * len(columns), [0] * len(columns), [1.0] * len(columns)
    for split in path:
        k, left_share = columns.index(int(trees.column[split.node])), float(trees.share[split.node])
        bits[k] |= bit[split.node]
        right[k] |= bit[split.node] * split.right
        share[k] *= 1 - left_share if split.right else left_share
    places = [factors.index(factor_of_column[column]) for column in columns]
    return np.array(bits), np.array(right), np.array(share), np.array(places)


@njit(cache=True)
def _add_leaf(table, bits, right, share, places, value, points, weights):  # type: ignore[no-untyped-def]
    """Add a leaf's Shapley values to the rows of its group's table, by quadrature on `points` of [0, 1].

    First over the states of the players, of which each goes the leaf's way or not, then over the patterns of the whole
    group, each of which puts the players of this leaf into one state. `bits`, `right`, `share` and `places` have one
    entry a player, as of `_players`; `table` has shape (patterns, factors).
    """
    players = len(bits)
    # (states, players): what each player adds to the leaf's value, by which players go its way
    values = np.zeros((1 << players, players))
    for state in range(1 << players):
        for point in range(len(points)):
            t, product = points[point], value * weights[point]
            for k in range(players):
                product *= ((state >> k) & 1) * t + share[k] * (1 - t)
            for k in range(players):
                own = (state >> k) & 1
                values[state, k] += product / (own * t + share[k] * (1 - t)) * (own - share[k])
    for pattern in range(len(table)):
        state = 0
        for k in range(players):
            state |= ((pattern & bits[k]) == right[k]) << k
        for k in range(players):
            table[pattern, places[k]] += values[state, k]


@cache
def _quadrature(players: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre points and weights on [0, 1], exact for the degree of a game with that many players."""
    points, weights = np.polynomial.legendre.leggauss(players // 2 + 1)
    return (points + 1) / 2, weights / 2
