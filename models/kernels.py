"""The pass over deals in machine code: blocks of deals through the tables of factors, then through those of trees."""

from typing import NamedTuple

import numpy as np
from numba import njit

from icp_fit.models.tables import FactorTables, find_bucket
from icp_fit.models.tree_tables import TreeTables

BLOCK = 256  # deals whose answers, cells and values stay in the cache together
NUMBER, VALUE, UNANSWERED = 0, 1, 2


class FactorColumns(NamedTuple):
    """The encoder's columns as trees split on them: factor, role, and which values set a column (columns, values)."""

    factor: np.ndarray
    role: np.ndarray
    member: np.ndarray


class Uncertainties(NamedTuple):
    """What `interval.Uncertainty` adds up: of open questions (factors,), weights, the typical deal, the win rate."""

    unanswered: np.ndarray
    weights: float
    typical: float
    win_rate: float
    folds: int


@njit(nogil=True, cache=True)
def fill_pass(  # type: ignore[no-untyped-def]
    encoded, values, variance, tables: FactorTables, columns: FactorColumns, patterns: TreeTables, doubts: Uncertainties
):
    """Fill `values` (deals, factors) and `variance` (deals,), both zero before, for encoded numbers of their shape.

    An empty `variance` is not asked for.
    """
    deals, factors = encoded.shape
    size = min(BLOCK, deals)
    cells = np.empty((factors, size), np.int16)
    left_out = np.empty((factors, size), np.bool_)
    by_fit = np.empty((size, tables.level.shape[1] - 1))
    for start in range(0, deals, BLOCK):
        block = slice(start, min(start + BLOCK, deals))
        by_fit[:] = 0
        _look_up(encoded[block], values[block], variance[block], cells, left_out, by_fit, tables, doubts)
        if len(patterns.fit):
            bins = _bin_columns(encoded[block], cells, columns)
            _add_patterns(values[block], bins, left_out, by_fit, patterns)
        if len(variance):
            _add_spread(variance[block], by_fit, doubts)


@njit(nogil=True, cache=True)
def _look_up(encoded, values, variance, cells, left_out, by_fit, tables, doubts):  # type: ignore[no-untyped-def]
    """Each factor's table: its log-odds, the profile's part in the variance, and what each fit says."""
    in_doubt = len(variance) > 0
    for j in range(encoded.shape[1]):
        first, last = tables.row_starts[j], tables.row_starts[j + 1] - 1
        edges = tables.edges[tables.edge_starts[j] : tables.edge_starts[j + 1]]
        for deal in range(len(encoded)):
            x, row = encoded[deal, j], last
            blank = np.isnan(x)
            left_out[j, deal] = blank and not tables.speaks_blank[j]
            if blank:
                cells[j, deal], x = tables.fill_cell[j], 0.0
                if left_out[j, deal]:
                    if in_doubt:
                        variance[deal] += doubts.unanswered[j]
                    continue
            else:
                cells[j, deal] = x if tables.categorical[j] else _cell(edges, tables.grid[j], tables.reach[j], x)
                row = first + cells[j, deal]
            values[deal, j] = tables.line[row, 0] + tables.line[row, 1] * x
            if in_doubt:
                variance[deal] += doubts.weights * (tables.level[row, 0] + tables.slope[row, 0] * x) ** 2
                for fit in range(by_fit.shape[1]):
                    by_fit[deal, fit] += tables.level[row, fit + 1] + tables.slope[row, fit + 1] * x


@njit(nogil=True, cache=True)
def _cell(edges, grid, reach, x):  # type: ignore[no-untyped-def]
    """How many of the sorted edges are below x; the grid says between which of them to look."""
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
    """The cell of each column of the encoder, shape (columns, deals): 0 or 1 for all but numbers."""
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
def _add_patterns(values, bins, left_out, by_fit, patterns):  # type: ignore[no-untyped-def]
    deals, fits = len(values), by_fit.shape[1]
    pattern, unknown = np.empty(deals, np.int32), np.empty(deals, np.int32)
    any_left_out = np.array([left_out[j, :deals].any() for j in range(len(left_out))])
    most = 1 << np.diff(patterns.split_starts).max()
    rows, weights = np.empty(most, np.int32), np.empty(most)
    mean = np.empty(np.diff(patterns.factor_starts).max())
    for g in range(len(patterns.fit)):
        first, last = patterns.split_starts[g], patterns.split_starts[g + 1]
        pattern[:], unknown[:] = 0, 0
        for s in range(first, last):
            column, cut, bit = bins[patterns.column[s]], patterns.cut[s], np.int32(s - first)
            for deal in range(deals):
                pattern[deal] |= np.int32(column[deal] > cut) << bit
            j = patterns.split_factor[s]
            if any_left_out[j]:
                for deal in range(deals):
                    unknown[deal] |= np.int32(left_out[j, deal]) << bit
        own = patterns.factor[patterns.factor_starts[g] : patterns.factor_starts[g + 1]]
        table, width = patterns.values[patterns.value_starts[g] : patterns.value_starts[g + 1]], len(own)
        fit, everything = patterns.fit[g], (1 << (last - first)) - 1
        for deal in range(deals):
            if unknown[deal] == 0:
                at, total = np.uint64(pattern[deal]) * np.uint64(width), 0.0
                for k in range(width):
                    added = table[at + np.uint64(k)]
                    values[deal, own[k]] += added
                    total += added
                by_fit[deal, fit] += fits * total
            elif unknown[deal] != everything:
                count = _mix(rows, weights, pattern[deal], unknown[deal], patterns.share[first:last])
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
    """The rows that a pattern stands for where some outcomes are unknown, and how much each counts."""
    rows[0], weights[0], count = pattern & ~unknown, 1.0, 1
    for k in range(len(share)):
        if (unknown >> k) & 1:
            for i in range(count):
                rows[count + i], weights[count + i] = rows[i] | (1 << k), weights[i] * (1 - share[k])
                weights[i] *= share[k]
            count *= 2
    return count


@njit(nogil=True, cache=True)
def _add_spread(variance, by_fit, doubts):  # type: ignore[no-untyped-def]
    """The variance between fits, half of it borrowed from the typical deal, and that of the win rate."""
    for deal in range(len(variance)):
        between = (doubts.folds - 1) * by_fit[deal].var() if by_fit.shape[1] else 0.0
        variance[deal] += (between + doubts.typical) / 2 + doubts.win_rate
