"""A fit model compiled into tables: one pass over deals gives the score, its uncertainty, and what every factor adds.

It gives what the model gives, to rounding. A pass works on numbers (`features.encoder.answer_numbers`) in blocks that
stay in the cache, without the interpreter's lock, so that threads share many deals among cores. numba stores the
machine code on disk (`NUMBA_CACHE_DIR`, else beside this file): a new process does not compile again.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from icp_fit.features.encoder import AnswerEncoder
from icp_fit.features.factors import Profile
from icp_fit.models.fit import FitClassifier
from icp_fit.models.interactions import InteractionsMember
from icp_fit.models.interval import WEIGHT_UNCERTAINTY
from icp_fit.models.kernels import BLOCK, NUMBER, UNANSWERED, VALUE, FactorColumns, VarianceParts, fill_pass
from icp_fit.models.linear import LinearMember
from icp_fit.models.tables import FactorTables, build_tables, encode_numbers, of_fit
from icp_fit.models.tree_tables import TreeTables, build_tree_tables
from icp_fit.models.trees import Trees, join

CHUNK = 16 * BLOCK  # deals that are encoded at once
WORTH_A_THREAD = 8 * BLOCK  # deals
_ROLES = {"number": NUMBER, "value": VALUE, "unanswered": UNANSWERED}


@dataclass(frozen=True)
class CompiledPass:
    """What one pass finds of deals."""

    # (deals, factors) what each factor adds to the log-odds, zero where it takes no part
    values: np.ndarray
    # (deals,) the variance of the log-odds; zeros where it was not asked for
    variance: np.ndarray


@dataclass(frozen=True)
class CompiledModel:
    """A fit model, ready to score and explain; it never changes and may be shared by threads."""

    model: FitClassifier
    # what the members without interactions add, one table a factor
    tables: FactorTables
    # how the cells of these tables become the columns that trees split on
    columns: FactorColumns
    # what trees add, one table a group of leaves
    tree_tables: TreeTables
    variance_parts: VarianceParts

    def __repr__(self) -> str:
        rows, trees = len(self.tables.level), len(self.tree_tables.fit)
        return f"<{type(self).__name__} of {self.model!r}: {rows:,} rows of factors, {trees:,} tables of trees>"

    @property
    def profile(self) -> Profile:
        return self.model.profile_

    @property
    def base_log_odds(self) -> float:
        return self.model.base_log_odds_

    def log_odds(self, numbers: np.ndarray) -> np.ndarray:
        """The served log-odds of deals given as numbers, shape (deals,)."""
        return self.base_log_odds + self.explain(numbers).sum(axis=1)

    def explain(self, numbers: np.ndarray, threads: int | None = None) -> np.ndarray:
        """What each factor adds to the log-odds, shape (deals, factors): as `run`, without the variance."""
        return self._pass(numbers, threads, with_variance=False).values

    def run(self, numbers: np.ndarray, threads: int | None = None) -> CompiledPass:
        """Score and explain deals given as numbers, shape (deals, factors), NaN where a question is open.

        Many deals are shared among `threads`, by default one a core.
        """
        return self._pass(numbers, threads, with_variance=True)

    def _pass(self, numbers: np.ndarray, threads: int | None, with_variance: bool) -> CompiledPass:
        values, variance = np.zeros(numbers.shape), np.zeros(len(numbers))
        count = min(threads or os.cpu_count() or 1, max(len(numbers) // WORTH_A_THREAD, 1))
        if count == 1:
            self._fill(numbers, values, variance, with_variance)
        else:
            parts = [np.array_split(array, count) for array in (numbers, values, variance)]
            with ThreadPoolExecutor(count) as pool:
                list(pool.map(self._fill, *parts, repeat(with_variance)))
        return CompiledPass(values, variance)

    def _fill(self, numbers: np.ndarray, values: np.ndarray, variance: np.ndarray, with_variance: bool) -> None:
        for start in range(0, len(numbers), CHUNK):
            part = slice(start, start + CHUNK)
            encoded = encode_numbers(self.tables.logarithmic, numbers[part])
            fill_pass(
                encoded,
                values[part],
                variance[part] if with_variance else variance[:0],
                self.tables,
                self.columns,
                self.tree_tables,
                self.variance_parts,
            )


def compile_model(model: FitClassifier, fit: int | None = None) -> CompiledModel:
    """Compile a fitted model, or one of its fits alone, numbered from 0 to `model_fits(model) - 1`."""
    fits, encoder = model_fits(model), model.encoder_
    trees, fit_of_tree = _trees(model)  # and the fit of each tree, shape (trees,)
    if fit is not None:
        trees, fit_of_tree = trees.of(fit_of_tree == fit), np.zeros((fit_of_tree == fit).sum(), dtype=np.intp)
    # (columns,) whether splits on a column have thresholds of numbers, and so edges in the factor's table
    number = np.array([column.role == "number" for column in encoder.columns_], dtype=bool)
    tables = build_tables(model, _thresholds(encoder, trees, number), fits)
    if fit is not None:
        tables, fits = of_fit(tables, fit), 1
    # A table holds a tree's part in the served log-odds, which are the mean of the fits.
    scale = model.weights_["interactions"] / max(fits, 1)
    uncertainty = model.uncertainty_
    return CompiledModel(
        model=model,
        tables=tables,
        columns=_columns(encoder),
        tree_tables=build_tree_tables(
            trees, fit_of_tree, _cuts(encoder, trees, tables), encoder.factor_of_column, scale
        ),
        variance_parts=VarianceParts(
            open_questions=uncertainty.open_questions,
            weights=WEIGHT_UNCERTAINTY,
            typical=uncertainty.typical,
            win_rate=uncertainty.win_rate,
            folds=model.folds_,
        ),
    )


def model_fits(model: FitClassifier) -> int:
    """How many fits the trained members are averages of; 0 where there are none."""
    linear = model.members_.get("linear")
    return len(linear.coefficients) if isinstance(linear, LinearMember) else 0


def _trees(model: FitClassifier) -> tuple[Trees, np.ndarray]:
    """The trees that carry weight, and the fit of each."""
    member = model.members_.get("interactions")
    if isinstance(member, InteractionsMember) and model.weights_["interactions"]:
        return member.trees, member.fit
    return join([]), np.zeros(0, dtype=np.intp)


def _used(trees: Trees) -> np.ndarray:
    """Positions of the splits of these trees, which may be some of those that their arrays hold."""
    waiting, nodes = trees.roots.tolist(), []
    while waiting:
        node = waiting.pop()
        if trees.column[node] >= 0:
            nodes.append(node)
            waiting += [int(trees.left[node]), int(trees.right[node])]
    return np.array(nodes, dtype=np.intp)


def _thresholds(encoder: AnswerEncoder, trees: Trees, number: np.ndarray) -> list[np.ndarray]:
    """The thresholds of splits on each factor's number, one array a factor."""
    splits = _used(trees)
    splits = splits[number[trees.column[splits]]]
    factor = encoder.factor_of_column[trees.column[splits]]
    return [np.unique(trees.threshold[splits[factor == j]]) for j in range(len(encoder.profile.factors))]


def _cuts(encoder: AnswerEncoder, trees: Trees, tables: FactorTables) -> np.ndarray:
    """For each node the highest cell that goes left, shape (nodes,)."""
    # A column of ones and zeros has two cells; clipped, since thresholds of numbers, which follow, may be beyond int16.
    cuts = np.floor(np.clip(trees.threshold, -1, 1)).astype(np.int16)
    splits = _used(trees)
    for c, column in enumerate(encoder.columns_):
        if column.role == "number":
            own = splits[trees.column[splits] == c]
            edges = tables.edges[tables.edge_starts[column.factor] : tables.edge_starts[column.factor + 1]]
            cuts[own] = np.searchsorted(edges, trees.threshold[own])
    return cuts


def _columns(encoder: AnswerEncoder) -> FactorColumns:
    factors = encoder.profile.factors
    member = np.zeros((len(encoder.columns_), max([1, *(len(factor.values) for factor in factors)])), dtype=bool)
    for c, column in enumerate(encoder.columns_):
        if column.role == "value":
            member[c, : len(factors[column.factor].values)] = np.isin(factors[column.factor].values, column.values)
    role = np.array([_ROLES[column.role] for column in encoder.columns_], dtype=np.intp)
    return FactorColumns(encoder.factor_of_column, role, member)
