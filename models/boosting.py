"""Gradient boosting on each fold's deals, with as many trees as serve the deals held out best."""

from collections.abc import Collection, Sequence

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from models.folds import splits
from models.sheet import Sheet
from models.trees import Trees, boosted_trees

STEP = 10  # trees between two looks at the deals held out
ROUND = 5  # steps that are grown before it is asked whether more would help


def fit_boosting(
    sheet: Sheet, folds: np.ndarray, seed: int, alone: Sequence[Collection[int]] | None, **options: float
) -> tuple[list[Trees], np.ndarray]:
    """Return each fit's trees, all of one number, and the out-of-fold log-odds, shape (deals,).

    Trees are added to all fits at once, for as long as the last round brought the best yet. `alone` lists the sets of
    columns that may meet in one tree; any may where it is None.
    """
    most = int(options.pop("max_iter")) // STEP
    fits = [_Growing(build_boosting(sheet, seed, alone, **options), sheet, *split) for split in splits(folds)]
    log_odds, losses = np.zeros((len(sheet), most)), np.full(most, np.inf)
    for step in range(0, most, ROUND):
        if losses.argmin() < step - ROUND:
            break
        for fit in fits:
            steps = slice(step, step + ROUND)
            grown, loss = fit.grow()
            log_odds[fit.judged, steps] += grown / len(folds)
            losses[steps] = np.where(np.isinf(losses[steps]), 0, losses[steps]) + loss
    best = int(losses.argmin())
    return [boosted_trees(fit.model).of(np.arange((best + 1) * STEP)) for fit in fits], log_odds[:, best]


def build_boosting(
    sheet: Sheet, seed: int, alone: Sequence[Collection[int]] | None, **options: float
) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        monotonic_cst=sheet.encoder.signs, interaction_cst=alone, early_stopping=False, random_state=seed, **options
    )


class _Growing:
    """One fold's model as it grows, with what its trees so far give the deals held out."""

    def __init__(
        self, model: HistGradientBoostingClassifier, sheet: Sheet, learned: np.ndarray, judged: np.ndarray
    ) -> None:
        self.model = model.set_params(max_iter=0, warm_start=True)
        self.judged = judged
        self._part, self._rest = sheet.take(learned), sheet.take(judged)
        self._log_odds, self._intercept = np.zeros((len(judged), 1)), 0.0

    def grow(self) -> tuple[np.ndarray, np.ndarray]:
        """Add a round of trees; return the log-odds, shape (deals, steps), and the loss after each of its steps."""
        part, rest, done = self._part, self._rest, self.model.max_iter
        self.model.set_params(max_iter=done + ROUND * STEP).fit(part.matrix, part.won, part.weight)
        trees = boosted_trees(self.model, done)
        steps = np.arange(ROUND * STEP) // STEP
        log_odds = self._log_odds + trees.margins(rest.matrix, rest.known, rest.factor_of_column, steps).cumsum(axis=1)
        averages = self._intercept + np.bincount(steps, trees.average).cumsum()
        self._log_odds, self._intercept = log_odds[:, [-1]], averages[-1]
        intercept = self.model._baseline_prediction.item()
        return log_odds, np.array([rest.loss(intercept + a + f) for a, f in zip(averages, log_odds.T, strict=True)])
