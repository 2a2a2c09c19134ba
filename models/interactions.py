"""The interactions member: trees of at most 8 leaves, boosted where deals are many, randomised where they are few."""

from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier

from icp_fit.models.boosting import fit_boosting
from icp_fit.models.design_matrix import DesignMatrix
from icp_fit.models.folds import splits
from icp_fit.models.trees import Trees, forest_trees, join

MANY_DEALS = 5_000
LEAVES = 8  # seven splits, whose outcomes make one table of 128 rows (`models.tree_tables`)
BOOSTED = {
    "max_iter": 150, "learning_rate": 0.2, "max_leaf_nodes": LEAVES, "max_features": 0.5, "l2_regularization": 5.0,
    "min_samples_leaf": 10,
}  # fmt: skip
RANDOMISED_TREES = 300


@dataclass(frozen=True)
class InteractionsMember:
    """The trees of all fits, and which fit each belongs to, shape (trees,)."""

    trees: Trees
    fit: np.ndarray

    @property
    def fits(self) -> int:
        return int(self.fit.max(initial=-1)) + 1

    def log_odds_of_fits(self, sheet: DesignMatrix) -> np.ndarray:
        """The log-odds that each fit gives each deal, shape (deals, fits)."""
        return self.trees.margins(sheet.matrix, sheet.known, sheet.factor_of_column, self.fit)

    def log_odds(self, sheet: DesignMatrix) -> np.ndarray:
        return self.trees.margins(sheet.matrix, sheet.known, sheet.factor_of_column)[:, 0] / max(self.fits, 1)


def fit_interactions(sheet: DesignMatrix, folds: np.ndarray, seed: int) -> tuple[InteractionsMember, np.ndarray]:
    """Fit on each fold's deals; also return the out-of-fold log-odds, shape (deals,)."""
    fit = _boost if len(sheet) >= MANY_DEALS else _randomise
    fits, out_of_fold = fit(sheet, folds, seed)
    return InteractionsMember(join(fits), np.repeat(np.arange(len(fits)), [len(trees) for trees in fits])), out_of_fold


def _boost(sheet: DesignMatrix, folds: np.ndarray, seed: int) -> tuple[list[Trees], np.ndarray]:
    return fit_boosting(sheet, folds, seed, None, **BOOSTED)


def _randomise(sheet: DesignMatrix, folds: np.ndarray, seed: int) -> tuple[list[Trees], np.ndarray]:
    fits, out_of_fold = [], np.zeros(len(sheet))
    each = RANDOMISED_TREES // sum(1 for _ in splits(folds))
    for number, (learn, judge) in enumerate(splits(folds)):
        part, rest = sheet.take(learn), sheet.take(judge)
        forest = build_forest(part, each, seed + number).fit(part.matrix, part.won, part.weight)
        trees = forest_trees(forest.estimators_, float(np.average(part.won, weights=part.weight)))
        out_of_fold[judge] += trees.margins(rest.matrix, rest.known, rest.factor_of_column)[:, 0] / len(folds)
        fits.append(trees)
    return fits, out_of_fold


def build_forest(sheet: DesignMatrix, trees: int, seed: int) -> ExtraTreesClassifier:
    return ExtraTreesClassifier(
        trees,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=3,
        monotonic_cst=sheet.encoder.signs,
        random_state=seed,
    )
