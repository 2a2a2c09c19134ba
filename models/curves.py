"""The curves member: boosting without interactions, collapsed into one table a factor."""

from dataclasses import dataclass

import numpy as np

from icp_fit.features.encoder import AnswerEncoder
from icp_fit.models.boosting import fit_boosting
from icp_fit.models.design_matrix import DesignMatrix
from icp_fit.models.trees import Trees, join

OPTIONS = {"max_iter": 200, "learning_rate": 0.2, "max_leaf_nodes": 3, "l2_regularization": 1.0, "min_samples_leaf": 10}


@dataclass(frozen=True)
class CurvesMember:
    """For each factor where its cells end and what each fit gives each cell.

    A number's cells lie between its edges, a category's are its values and all others; the last one is for an open
    question.
    """

    # a factor: (edges,) encoded answers, rising; none for a category
    edges: tuple[np.ndarray, ...]
    # a factor: (cells, fits) log-odds, where a number has one cell more than edges, and one for open questions
    tables: tuple[np.ndarray, ...]

    def log_odds_of_fits(self, design: DesignMatrix) -> np.ndarray:
        """The log-odds that each fit gives each deal, shape (deals, fits)."""
        return self._look_up(design, self.tables)

    def log_odds(self, design: DesignMatrix) -> np.ndarray:
        return self._look_up(design, tuple(table.mean(axis=1, keepdims=True) for table in self.tables))[:, 0]

    def _look_up(self, design: DesignMatrix, tables: tuple[np.ndarray, ...]) -> np.ndarray:
        total = np.zeros((len(design), tables[0].shape[1]))
        for factor, table in enumerate(tables):
            cell = cells(design.encoder, design.matrix, factor, self.edges[factor])
            total += np.where(design.answered[:, [factor]], table[cell], 0.0)
        return total


def fit_curves(design: DesignMatrix, folds: np.ndarray, seed: int) -> tuple[CurvesMember, np.ndarray]:
    """Fit on each fold's deals; also return the out-of-fold log-odds, shape (deals,)."""
    owner = design.factor_of_column
    alone = [np.flatnonzero(owner == factor).tolist() for factor in np.unique(owner)]
    fits, out_of_fold = fit_boosting(design, folds, seed, alone, **OPTIONS)
    return collapse(design.encoder, fits), out_of_fold


def collapse(encoder: AnswerEncoder, fits: list[Trees]) -> CurvesMember:
    """Exact tables of trees that each look at one factor only."""
    trees, fit = join(fits), np.repeat(np.arange(len(fits)), [len(trees) for trees in fits])
    owner, splits_on = encoder.factor_of_column, trees.column
    edges, tables = [], []
    for factor in range(len(encoder.profile.factors)):
        number = [j for j in np.flatnonzero(owner == factor) if encoder.columns_[j].role == "number"]
        edges.append(np.unique(trees.threshold[np.isin(splits_on, number)]))
        answered = np.zeros((1, len(encoder.profile.factors)), dtype=bool)
        answered[0, factor] = True
        own = (trees.root_columns >= 0) & (owner[trees.root_columns] == factor)
        examples = _examples(encoder, factor, edges[-1])
        # A fit without a tree on this factor adds nothing, so that its column stays zero.
        table = np.zeros((len(examples), len(fits)))
        cell_of_deal = trees.of(own).margins(examples, np.repeat(answered, len(examples), axis=0), owner, fit[own])
        table[:, : cell_of_deal.shape[1]] = cell_of_deal
        tables.append(table)
    return CurvesMember(tuple(edges), tuple(tables))


def cells(encoder: AnswerEncoder, matrix: np.ndarray, factor: int, edges: np.ndarray) -> np.ndarray:
    """The cell of a factor that each row of the matrix falls into, shape (deals,)."""
    columns = [(j, column) for j, column in enumerate(encoder.columns_) if column.factor == factor]
    values = [j for j, column in columns if column.role == "value"]
    cell_of_deal = np.full(len(matrix), len(values))
    for j, column in columns:
        if column.role == "number":
            cell_of_deal = np.searchsorted(edges, matrix[:, j], side="left")
    for cell, j in enumerate(values):
        cell_of_deal[matrix[:, j] > 0] = cell
    last = len(values or edges) + 1
    for j, column in columns:
        if column.role == "unanswered":
            cell_of_deal[matrix[:, j] > 0] = last
    return cell_of_deal


def _examples(encoder: AnswerEncoder, factor: int, edges: np.ndarray) -> np.ndarray:
    """One row of the matrix for each cell of the factor."""
    columns = [(j, column) for j, column in enumerate(encoder.columns_) if column.factor == factor]
    values = [j for j, column in columns if column.role == "value"]
    examples = np.zeros((len(values or edges) + 2, len(encoder.columns_)))
    for cell, j in enumerate(values):
        examples[cell, j] = 1
    for j, column in columns:
        if column.role == "number":
            examples[:, j] = [*edges, edges[-1] + 1 if len(edges) else 0, np.float32(column.fill)]
        if column.role == "unanswered":
            examples[-1, j] = 1
    return examples
