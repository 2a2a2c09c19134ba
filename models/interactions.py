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
    """The trees of all fits; a fit's log-odds are the sum of its trees'."""

    trees: Trees
    # (trees,) which fit each belongs to, from 0, rising
    fit: np.ndarray

    @property
    def fits(self) -> int:
        return int(self.fit.max(initial=-1)) + 1

    def log_odds_of_fits(self, design: DesignMatrix) -> np.ndarray:
        """The log-odds that each fit gives each deal, shape (deals, fits)."""
        return self.trees.margins(design.matrix, design.answered, design.factor_of_column, self.fit)

    def log_odds(self, design: DesignMatrix) -> np.ndarray:
        return self.trees.margins(design.matrix, design.answered, design.factor_of_column)[:, 0] / max(self.fits, 1)


def fit_interactions(design: DesignMatrix, folds: np.ndarray, seed: int) -> tuple[InteractionsMember, np.ndarray]:
    """Fit on each fold's deals; also return the out-of-fold log-odds, shape (deals,)."""
    fit = _boost if len(design) >= MANY_DEALS else _randomise
    fits, out_of_fold = fit(design, folds, seed)
    return InteractionsMember(join(fits), np.repeat(np.arange(len(fits)), [len(trees) for trees in fits])), out_of_fold


def _boost(design: DesignMatrix, folds: np.ndarray, seed: int) -> tuple[list[Trees], np.ndarray]:
    return fit_boosting(design, folds, seed, None, **BOOSTED)


def _randomise(design: DesignMatrix, folds: np.ndarray, seed: int) -> tuple[list[Trees], np.ndarray]:
    fits, out_of_fold = [], np.zeros(len(design))
    each = RANDOMISED_TREES // sum(1 for _ in splits(folds))
    for number, (train, holdout) in enumerate(splits(folds)):
        part, rest = design.take(train), design.take(holdout)
        forest = build_forest(part, each, seed + number).fit(part.matrix, part.won, part.weight)
        trees = forest_trees(forest.estimators_, float(np.average(part.won, weights=part.weight)))
        out_of_fold[holdout] += trees.margins(rest.matrix, rest.answered, rest.factor_of_column)[:, 0] / len(folds)
        fits.append(trees)
    return fits, out_of_fold


def build_forest(design: DesignMatrix, trees: int, seed: int) -> ExtraTreesClassifier:
    return ExtraTreesClassifier(
        trees,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=3,
        monotonic_cst=design.encoder.signs,
        random_state=seed,
    )
