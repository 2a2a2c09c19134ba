"""Gradient boosting on each fold's deals, with as many trees as serve the deals held out best."""

from collections.abc import Collection, Sequence

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from icp_fit.models.design_matrix import DesignMatrix
from icp_fit.models.folds import splits
from icp_fit.models.trees import Trees, boosted_trees

STEP = 5  # trees between two looks at the deals held out
PATIENCE = 15  # trees that may bring nothing before a fit stops


def fit_boosting(
    design: DesignMatrix, folds: np.ndarray, seed: int, alone: Sequence[Collection[int]] | None, **options: float
) -> tuple[list[Trees], np.ndarray]:
    """Return each fit's trees and the out-of-fold log-odds, shape (deals,).

    Each fit stops when more trees no longer help the deals that it was not fitted on; then all are cut to the number
    that is best for all. `alone` lists the sets of columns that may meet in one tree; any may where it is None.
    """
    steps = int(options["max_iter"]) // STEP
    fits, log_odds, losses = [], np.zeros((len(design), steps)), np.zeros(steps)
    for train, holdout in splits(folds):
        part, rest = design.take(train), design.take(holdout)
        model = build_boosting(design, seed, alone, **options).fit(
            part.matrix, part.won, part.weight, X_val=rest.matrix, y_val=rest.won, sample_weight_val=rest.weight
        )
        trees = boosted_trees(model)
        at = np.minimum(np.arange(len(trees)) // STEP, steps - 1)
        grown = np.zeros((len(rest), steps))
        grown[:, : at[-1] + 1] = trees.margins(rest.matrix, rest.answered, rest.factor_of_column, at)
        intercepts = model._baseline_prediction.item() + np.bincount(at, trees.average, steps).cumsum()
        grown = grown.cumsum(axis=1)
        log_odds[holdout] += grown / len(folds)
        losses += [rest.loss(intercept + margin) for intercept, margin in zip(intercepts, grown.T, strict=True)]
        fits.append(trees)
    best = int(losses.argmin())
    return [trees.of(slice((best + 1) * STEP)) for trees in fits], log_odds[:, best]


def build_boosting(
    design: DesignMatrix, seed: int, alone: Sequence[Collection[int]] | None, **options: float
) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        monotonic_cst=design.encoder.signs,
        interaction_cst=alone,
        early_stopping=True,
        n_iter_no_change=PATIENCE,
        random_state=seed,
        **options,
    )
