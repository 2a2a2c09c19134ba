"""Members without interactions, collapsed into one table a factor: profile, linear and curves.

Between two edges what a factor adds to the log-odds is a straight line of its encoded number, so that a row of the
table is a level and a slope. A category has a row for each value, and every factor a last one for an open question.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

from icp_fit.features.encoder import AnswerEncoder, signed_log
from icp_fit.models.curves import CurvesMember, cells
from icp_fit.models.fit import FitClassifier
from icp_fit.models.linear import LinearMember
from icp_fit.models.prior import scale_ends

BUCKETS = 512


class FactorTables(NamedTuple):
    """Tables one after the other, those of factor `j` from `edge_starts[j]` and `row_starts[j]` to the next.

    What a factor adds to a deal's log-odds is `level + slope * x`, of the row of its answer x; for fits, by fit.
    """

    # (factors,) booleans: whether a number enters as its signed log, and whether the answer is the cell itself
    logarithmic: np.ndarray
    categorical: np.ndarray
    # (factors,) booleans: whether an open question takes part, with the factor's last row
    counts_when_open: np.ndarray
    # (factors + 1,) where the edges of each factor begin, and where the last end
    edge_starts: np.ndarray
    # (edges,) encoded answers, rising within a factor; cell k holds what is above edge k - 1 and up to edge k
    edges: np.ndarray
    # (factors, BUCKETS + 1) int16: how many of the factor's edges lie in lower buckets, which is where a search begins
    grid: np.ndarray
    # (factors, 2) the lowest edge, and buckets a unit: the way between the outermost edges is cut evenly
    reach: np.ndarray
    # (factors + 1,) where the rows of each factor begin, a row a cell and a last one for an open question
    row_starts: np.ndarray
    # (rows, 1 + fits) log-odds, and log-odds a unit of the encoded answer: the profile's, then what each fit adds
    level: np.ndarray
    slope: np.ndarray
    # (rows, 2) level and slope of the profile and the mean of the fits together
    line: np.ndarray
    # (factors,) the cell of the number that stands for an open question in trees; 0 for a category
    fill_cell: np.ndarray


def build_tables(model: FitClassifier, thresholds: Sequence[np.ndarray], fits: int) -> FactorTables:
    """The tables of a fitted model; `thresholds` are further edges, those of the trees, one array a factor."""
    encoder = model.encoder_
    parts = [_factor_table(model, j, thresholds[j], fits) for j in range(len(encoder.profile.factors))]
    edges, levels, slopes = zip(*parts, strict=True)
    return FactorTables(
        logarithmic=np.array([factor.is_number for factor in encoder.profile.factors]),
        categorical=np.array([factor.kind == "category" for factor in encoder.profile.factors]),
        counts_when_open=encoder.counts_when_open,
        edge_starts=np.cumsum([0, *map(len, edges)]),
        edges=np.concatenate(edges),
        grid=np.array([_grid(own) for own in edges]),
        reach=np.array([_reach(own) for own in edges]),
        row_starts=np.cumsum([0, *map(len, levels)]),
        level=np.concatenate(levels),
        slope=np.concatenate(slopes),
        line=np.stack([_total(np.concatenate(levels)), _total(np.concatenate(slopes))], axis=1),
        fill_cell=np.array([_fill_cell(encoder, j, edges[j]) for j in range(len(edges))]),
    )


def encode_numbers(logarithmic: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Numbers as the encoder's matrix has them, shape (deals, factors): what a float32 can hold, some as logarithms."""
    encoded = np.where(logarithmic, signed_log(numbers), numbers)
    return encoded.astype(np.float32).astype(np.float64)


@njit(nogil=True, cache=True)
def find_bucket(x, reach, buckets):  # type: ignore[no-untyped-def]
    """The bucket of a number; never a lower one for a greater number, which is all that a search relies on."""
    return int(min(max((x - reach[0]) * reach[1], 0.0), buckets - 1.0))


def _reach(edges: np.ndarray) -> tuple[float, float]:
    """The lowest edge, and how many buckets there are to a unit."""
    return (float(edges[0]), BUCKETS / float(edges[-1] - edges[0])) if len(edges) > 1 else (0.0, 1.0)


def _grid(edges: np.ndarray) -> np.ndarray:
    """How many edges lie in lower buckets, for each bucket and for the end."""
    reach = np.array(_reach(edges))
    buckets = [find_bucket(edge, reach, BUCKETS) for edge in edges]
    return np.searchsorted(buckets, np.arange(BUCKETS + 1)).astype(np.int16)


def of_fit(tables: FactorTables, fit: int) -> FactorTables:
    """The tables of one fit alone."""
    level, slope = tables.level[:, [0, fit + 1]], tables.slope[:, [0, fit + 1]]
    return tables._replace(level=level, slope=slope, line=np.stack([_total(level), _total(slope)], axis=1))


def _total(parts: np.ndarray) -> np.ndarray:
    """What the profile and the average fit add together."""
    return parts[:, 0] + (parts[:, 1:].mean(axis=1) if parts.shape[1] > 1 else 0.0)


def _factor_table(
    model: FitClassifier, j: int, thresholds: np.ndarray, fits: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edges, levels and slopes of one factor."""
    encoder = model.encoder_
    edges = _edges(model, j, thresholds)
    examples, number = _examples(encoder, j, edges)
    level, slope = np.zeros((2, len(examples), 1 + fits))
    _add_profile(model, j, edges, level, slope)
    linear, curves = model.members_.get("linear"), model.members_.get("curves")
    if isinstance(curves, CurvesMember):
        cell = cells(encoder, examples, j, curves.edges[j])
        level[:, 1:] += model.weights_["curves"] * curves.tables[j][cell]
    if isinstance(linear, LinearMember):
        own = encoder.factor_of_column == j
        at = examples.copy()
        if number is not None:
            at[:-1, number] = 0
            slope[:-1, 1:] += model.weights_["linear"] * linear.coefficients[:, number]
        centred = at[:, None, own] - linear.centres[:, own]
        level[:, 1:] += model.weights_["linear"] * (centred * linear.coefficients[:, own]).sum(axis=2)
    return edges, level, slope


def _edges(model: FitClassifier, j: int, thresholds: np.ndarray) -> np.ndarray:
    """Where the straight lines of a number end; none for a category."""
    factor, curves = model.profile_.factors[j], model.members_.get("curves")
    if factor.kind == "category":
        return np.zeros(0)
    ends = scale_ends(factor) if factor.weight else ()
    curve_edges = curves.edges[j] if isinstance(curves, CurvesMember) else ()
    return np.unique(np.concatenate([thresholds, ends, curve_edges]))


def _examples(encoder: AnswerEncoder, j: int, edges: np.ndarray) -> tuple[np.ndarray, int | None]:
    """A row of the encoder's matrix for each row of the table, and the column of the factor's number, if any."""
    factor, number = encoder.profile.factors[j], None
    count = len(factor.values) if factor.kind == "category" else len(edges) + 1
    examples = np.zeros((count + 1, len(encoder.columns_)))
    for c, column in enumerate(encoder.columns_):
        if column.factor != j:
            continue
        if column.role == "number":
            number = c
            examples[:, c] = [*edges, edges[-1] + 1 if len(edges) else 0, np.float32(column.fill)]
        elif column.role == "value":
            examples[:-1, c] = np.isin(factor.values, column.values)
        else:
            examples[-1, c] = 1
    return examples, number


def _add_profile(model: FitClassifier, j: int, edges: np.ndarray, level: np.ndarray, slope: np.ndarray) -> None:
    factor, weight = model.profile_.factors[j], model.weights_["profile"]
    level[:, 0] -= weight * model.profile_member_.centre[j]
    if not factor.weight:
        return
    low, high = scale_ends(factor)
    until = np.append(edges, np.inf)
    strength, between = weight * factor.sign * factor.weight, (until > low) & (until <= high)
    level[:-1, 0] += strength * np.where(between, -1 - 2 * low / (high - low), np.where(until <= low, -1.0, 1.0))
    slope[:-1, 0] += strength * np.where(between, 2 / (high - low), 0.0)


def _fill_cell(encoder: AnswerEncoder, j: int, edges: np.ndarray) -> int:
    fills = [column.fill for column in encoder.columns_ if column.factor == j and column.role == "number"]
    return int(np.searchsorted(edges, np.float32(fills[0]))) if fills else 0
