"""Models fitted on parts of the deals, and the scores that they give the deals held out."""

import math
from collections.abc import Iterable
from itertools import chain
from typing import Any, Protocol

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray

from icp_fit.features.deals import Deals
from icp_fit.training.accuracy import HeldOutScores
from icp_fit.training.progress import ReportProgress
from icp_fit.training.splits import Fold, Ints, Split, account_codes, copy_codes
from icp_fit.training.statistics import Floats

# Fits on more deals than this use all cores themselves, and a copy of the deals for each process would cost memory.
SIDE_BY_SIDE = 10_000
# A process of its own takes seconds to start, which less work does not make up for.
WORTH_PROCESSES = 20_000


class FittedModel(Protocol):
    """What an evaluation asks of a fitted model."""

    weights_: dict[str, float]
    evidence_share_: float
    n_deals_: int
    shortfall_: str

    def decision_function(self, answers: pd.DataFrame) -> Floats: ...

    def profile_log_odds(self, answers: pd.DataFrame) -> Floats: ...


class ModelFitter(Protocol):
    """Fits a model to deals; `won` holds ones and zeros, accounts and dates are None where deals have none."""

    def __call__(
        self, answers: pd.DataFrame, won: Floats, accounts: Ints | None, dates: NDArray[np.datetime64] | None
    ) -> FittedModel: ...


class CrossValidation:
    """Fits each fold once, and has the scores of its held-out deals, and the model of the last main fold."""

    model: FittedModel

    def __init__(self, closed: Deals, split: Split, fit: ModelFitter, jobs: int = 1) -> None:
        self.answers = closed.answers
        self.won = closed.won.to_numpy(dtype=float)
        self.has_accounts = "account_id" in closed.table
        self.accounts = account_codes(closed.table)
        self.dates = closed.table[split.date].to_numpy() if split.date else None
        self.copies = copy_codes(self.answers)
        self.split = split
        self.fit = fit
        self.jobs = jobs
        self.scored: dict[Fold, HeldOutScores] = {}

    def run(self, folds: Iterable[Fold], progress: ReportProgress) -> None:
        """Fit and score the folds; small ones side by side, for a single fit of few deals keeps one core busy."""
        folds = list(dict.fromkeys(folds))
        small = [fold for fold in folds if len(fold.train) <= SIDE_BY_SIDE]
        large = [fold for fold in folds if len(fold.train) > SIDE_BY_SIDE]
        total, done = sum(map(_work, folds)), 0
        jobs = self.jobs if sum(map(_work, small)) > WORTH_PROCESSES else 1
        side_by_side = Parallel(n_jobs=jobs, return_as="generator")(self._delay(fold) for fold in small)
        one_by_one = (fit_and_score(*arguments) for fit_and_score, arguments, _ in map(self._delay, large))
        for fold, results in zip([*small, *large], chain(side_by_side, one_by_one), strict=True):
            self._record(fold, *results)
            done += _work(fold)
            progress(f"Trained on {len(fold.train):,} deals, evaluated on {len(fold.test):,}", done / total)

    def pool(self, folds: Iterable[Fold]) -> HeldOutScores:
        return HeldOutScores.pool([self.scored[fold] for fold in folds])

    def _delay(self, fold: Fold) -> Any:
        """The fit of a fold, for this process or another, which gets the deals of the fold alone."""
        train = fold.train
        accounts = self.accounts[train] if self.has_accounts else None
        dates = None if self.dates is None else self.dates[train]
        training_deals = self.answers.iloc[train], self.won[train], accounts, dates
        return delayed(_fit_and_score)(self.fit, training_deals, self.answers.iloc[fold.test])

    def _record(self, fold: Fold, model: FittedModel, log_odds: Floats, profile: Floats) -> None:
        train, test, won = fold.train, fold.test, self.won[fold.train]
        if fold is self.split.main[-1]:
            self.model = model
        self.scored[fold] = HeldOutScores(
            deal=test,
            won=self.won[test],
            model=log_odds,
            profile=profile,
            # Half a deal each way keeps the base rate possible where all deals ended alike.
            base_rate=np.full(len(test), math.log((won.sum() + 0.5) / (len(won) - won.sum() + 0.5))),
            cluster=self.split.clusters[test],
            seen_account=np.isin(self.accounts[test], self.accounts[train]),
            seen_answers=np.isin(self.copies[test], self.copies[train]),
        )


def _work(fold: Fold) -> int:
    """The cost of a fit, in deals: it has a fixed part too, about that of a thousand."""
    return len(fold.train) + 1_000


def _fit_and_score(
    fit: ModelFitter, training_deals: tuple[Any, ...], answers: pd.DataFrame
) -> tuple[FittedModel, Floats, Floats]:
    """The model, and its log-odds and the profile's for the held-out answers."""
    model = fit(*training_deals)
    return model, model.decision_function(answers), model.profile_log_odds(answers)
