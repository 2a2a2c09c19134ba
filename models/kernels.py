"""The pass over deals in machine code: blocks of deals through the tables of factors, then through those of trees.

Deals come as encoded numbers (`tables.encode_numbers`), float64 of shape (deals, factors), NaN where a question is
open. Each kernel below works on one block of at most `BLOCK` of them, so that what it reads again stays in the cache.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from icp_fit.models.tables import FactorTables, find_bucket
from icp_fit.models.tree_tables import TreeTables

BLOCK = 256  # deals whose answers, cells and values stay in the cache together
NUMBER, VALUE, UNANSWERED = 0, 1, 2


class FactorColumns(NamedTuple):
    """The encoder's columns, as trees split on them."""

    # (columns,) intp, the position in the profile of each column's factor
    factor: np.ndarray
    # (columns,) intp, NUMBER, VALUE or UNANSWERED
    role: np.ndarray
    # (columns, values) booleans: which values of its category set a column of role VALUE to one; false elsewhere
    member: np.ndarray


class VarianceParts(NamedTuple):
    """What `interval.Uncertainty` adds up, each in squared log-odds but for `folds`."""

    # (factors,) float64, what each question adds while it is open
    open_questions: np.ndarray
    # the variance of an expert's weight, relative to its square
    weights: float
    # the variance between fits of the average training deal
    typical: float
    # the variance of the intercept
    win_rate: float
    # how many parts the training deals were cut into
    folds: int


@njit(nogil=True, cache=True)
def fill_pass(  # type: ignore[no-untyped-def]
    encoded, values, variance, tables: FactorTables, columns: FactorColumns, trees: TreeTables, parts: VarianceParts
):
    """Fill the log-odds by factor and the variance of deals, over blocks of deals.

    `values` (deals, factors) and `variance` (deals,) are zero before. An empty `variance` is not asked for.
    """
    deals, factors = encoded.shape
    size = min(BLOCK, deals)
    # of each factor and deal of the block, the cell of the answer, and whether the factor takes no part
    cells = np.empty((factors, size), np.int16)
    left_out = np.empty((factors, size), np.bool_)
    # (size, fits) log-odds that each fit of the trained members gives, without the profile and the baseline
    by_fit = np.empty((size, tables.level.shape[1] - 1))
    for start in range(0, deals, BLOCK):
        block = slice(start, min(start + BLOCK, deals))
        by_fit[:] = 0
        _look_up(encoded[block], values[block], variance[block], cells, left_out, by_fit, tables, parts)
        if len(trees.fit):
            bins = _bin_columns(encoded[block], cells, columns)
            _add_trees(values[block], bins, left_out, by_fit, trees)
        if len(variance):
            _add_spread(variance[block], by_fit, parts)


@njit(nogil=True, cache=True)
def _look_up(encoded, values, variance, cells, left_out, by_fit, tables, parts):  # type: ignore[no-untyped-def]
    """Each factor's table, over factors and then deals, so that one table at a time is in the cache.

    Sets `values`, `cells` and `left_out`, and adds to `by_fit` and, where it is not empty, to `variance` the part of
    the profile's weights and that of open questions.
    """
    with_variance = len(variance) > 0
    for j in range(encoded.shape[1]):
        first, last = tables.row_starts[j], tables.row_starts[j + 1] - 1
        edges = tables.edges[tables.edge_starts[j] : tables.edge_starts[j + 1]]
        for deal in range(len(encoded)):
            x, row = encoded[deal, j], last
            is_open = np.isnan(x)
            left_out[j, deal] = is_open and not tables.counts_when_open[j]
            if is_open:
                # trees see the number that stands for an open question, lines its own row, which has no slope
                cells[j, deal], x = tables.fill_cell[j], 0.0
                if left_out[j, deal]:
                    if with_variance:
                        variance[deal] += parts.open_questions[j]
                    continue
            else:
                cells[j, deal] = x if tables.categorical[j] else _cell(edges, tables.grid[j], tables.reach[j], x)
                row = first + cells[j, deal]
            values[deal, j] = tables.line[row, 0] + tables.line[row, 1] * x
            if with_variance:
                variance[deal] += parts.weights * (tables.level[row, 0] + tables.slope[row, 0] * x) ** 2
                for fit in range(by_fit.shape[1]):
                    by_fit[deal, fit] += tables.level[row, fit + 1] + tables.slope[row, fit + 1] * x


@njit(nogil=True, cache=True)
def _cell(edges, grid, reach, x):  # type: ignore[no-untyped-def]
    """How many of the sorted edges are below x, by bisection between the two that the grid names."""
    bucket = find_bucket(x, reach, len(grid) - 1)
    low, high = grid[bucket], grid[bucket + 1]
    while low < high:
        middle = (low + high) >> 1
        if edges[middle] < x:
            low = middle + 1
        else:
            high = middle
    return low


@njit(nogil=True, cache=True)
def _bin_columns(encoded, cells, columns):  # type: ignore[no-untyped-def]
    """The cell of each column of the encoder, int16 of shape (columns, deals): 0 or 1 for all but numbers.

    It is over columns and then deals, in the order in which `_add_trees` reads them.
    """
    bins = np.empty((len(columns.factor), len(encoded)), np.int16)
    for c in range(len(columns.factor)):
        j, role = columns.factor[c], columns.role[c]
        for deal in range(len(encoded)):
            if role == NUMBER:
                bins[c, deal] = cells[j, deal]
            elif np.isnan(encoded[deal, j]):
                bins[c, deal] = role == UNANSWERED
            else:
                bins[c, deal] = role == VALUE and columns.member[c, cells[j, deal]]
    return bins


@njit(nogil=True, cache=True)
def _add_trees(values, bins, left_out, by_fit, trees):  # type: ignore[no-untyped-def]
    """Add what trees give each factor, over groups of leaves, then splits, then deals.

    Of each deal the outcomes of a group's splits make a number, `pattern`, which is the row of the group's table. Where
    splits ask a factor that takes no part, several rows are averaged instead.
    """
    deals, fits = len(values), by_fit.shape[1]
    # (deals,) one bit a split of the group: whether it sends the deal right, and whether its factor is left out
    pattern, unknown = np.empty(deals, np.int32), np.empty(deals, np.int32)
    # (factors,) whether any deal of the block leaves the factor out: most blocks of most factors have none
    any_left_out = np.array([left_out[j, :deals].any() for j in range(len(left_out))])
    # scratch for one deal: at most so many rows of a table, with weights that add up to one
    most = 1 << np.diff(trees.split_starts).max()
    rows, weights = np.empty(most, np.int32), np.empty(most)
    # scratch for one deal: the average of these rows, one entry for each factor of the group
    mean = np.empty(np.diff(trees.factor_starts).max())
    for g in range(len(trees.fit)):
        first, last = trees.split_starts[g], trees.split_starts[g + 1]
        pattern[:], unknown[:] = 0, 0
        for s in range(first, last):
            column, cut, bit = bins[trees.column[s]], trees.cut[s], np.int32(s - first)
            for deal in range(deals):
                pattern[deal] |= np.int32(column[deal] > cut) << bit
            j = trees.split_factor[s]
            if any_left_out[j]:
                for deal in range(deals):
                    unknown[deal] |= np.int32(left_out[j, deal]) << bit
        own = trees.factor[trees.factor_starts[g] : trees.factor_starts[g + 1]]
        table, width = trees.values[trees.value_starts[g] : trees.value_starts[g + 1]], len(own)
        fit, everything = trees.fit[g], (1 << (last - first)) - 1
        for deal in range(deals):
            if unknown[deal] == 0:
                # unsigned, so that numba does not look whether an index is negative: this is the innermost loop
                at, total = np.uint64(pattern[deal]) * np.uint64(width), 0.0
                for k in range(width):
                    added = table[at + np.uint64(k)]
                    values[deal, own[k]] += added
                    total += added
                # the tables hold the mean of the fits, so that one fit alone adds as many times more
                by_fit[deal, fit] += fits * total
            elif unknown[deal] != everything:
                count = _mix(rows, weights, pattern[deal], unknown[deal], trees.share[first:last])
                mean[:width] = 0
                for i in range(count):
                    at, weight = rows[i] * width, weights[i]
                    for k in range(width):
                        mean[k] += weight * table[at + k]
                total = 0.0
                for k in range(width):
                    if not left_out[own[k], deal]:
                        values[deal, own[k]] += mean[k]
                        total += mean[k]
                by_fit[deal, fit] += fits * total


@njit(nogil=True, cache=True)
def _mix(rows, weights, pattern, unknown, share):  # type: ignore[no-untyped-def]
    """The rows that a pattern stands for where some outcomes are unknown, over the splits; returns how many they are.

    Each unknown split doubles the rows filled so far: its left outcome counts for its `share` of the training deals,
    its right one for the rest.
    """
    rows[0], weights[0], count = pattern & ~unknown, 1.0, 1
    for k in range(len(share)):
        if (unknown >> k) & 1:
            for i in range(count):
                rows[count + i], weights[count + i] = rows[i] | (1 << k), weights[i] * (1 - share[k])
                weights[i] *= share[k]
            count *= 2
    return count


@njit(nogil=True, cache=True)
def _add_spread(variance, by_fit, parts):  # type: ignore[no-untyped-def]
    """Add the variance between fits, half of it from the typical deal, and that of the win rate, over deals."""
    for deal in range(len(variance)):
        between = (parts.folds - 1) * by_fit[deal].var() if by_fit.shape[1] else 0.0
        variance[deal] += (between + parts.typical) / 2 + parts.win_rate
