"""Fits of a model on parts of the deals, and what the deals left out then score."""

import math
from collections.abc import Iterable
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.deals import Deals
from training.accuracy import Scored
from training.figures import Floats
from training.progress import Report
from training.splits import Fold, Ints, Split, account_codes, twin_codes


class Model(Protocol):
    """What an evaluation asks of a fitted model."""

    weights_: dict[str, float]
    evidence_share_: float
    n_deals_: int

    def decision_function(self, answers: pd.DataFrame) -> Floats: ...

    def profile_log_odds(self, answers: pd.DataFrame) -> Floats: ...


class Fit(Protocol):
    """Learns a model from deals; `won` holds ones and zeros, accounts and dates are None where deals have none."""

    def __call__(
        self, answers: pd.DataFrame, won: Floats, accounts: Ints | None, dates: NDArray[np.datetime64] | None
    ) -> Model: ...


class Trials:
    """Fits each fold once and keeps what its held-out deals scored, and the model of the last main fold."""

    model: Model

    def __init__(self, closed: Deals, split: Split, fit: Fit) -> None:
        self.answers = closed.answers
        self.won = closed.won.to_numpy(dtype=float)
        self.has_accounts = "account_id" in closed.table
        self.accounts = account_codes(closed.table)
        self.dates = closed.table[split.date].to_numpy() if split.date else None
        self.twins = twin_codes(self.answers)
        self.split = split
        self.fit = fit
        self.scored: dict[Fold, Scored] = {}

    def run(self, folds: Iterable[Fold], progress: Report) -> None:
        folds = list(dict.fromkeys(folds))
        # A fit has a fixed cost too, about that of a thousand deals.
        work = np.cumsum([0, *(len(fold.train) + 1_000 for fold in folds)])
        for fold, done in zip(folds, work, strict=False):
            progress(f"Learning from {len(fold.train):,} deals, judging {len(fold.test):,}", float(done / work[-1]))
            self.scored[fold] = self._score(fold)
        progress("Measuring", 1.0)

    def pool(self, folds: Iterable[Fold]) -> Scored:
        return Scored.pool([self.scored[fold] for fold in folds])

    def _score(self, fold: Fold) -> Scored:
        train, test = fold.train, fold.test
        won = self.won[train]
        accounts = self.accounts[train] if self.has_accounts else None
        dates = None if self.dates is None else self.dates[train]
        model = self.fit(self.answers.iloc[train], won, accounts, dates)
        if fold is self.split.main[-1]:
            self.model = model
        answers = self.answers.iloc[test]
        return Scored(
            deal=test,
            won=self.won[test],
            model=model.decision_function(answers),
            profile=model.profile_log_odds(answers),
            # Half a deal each way keeps the base rate possible where all deals ended alike.
            base_rate=np.full(len(test), math.log((won.sum() + 0.5) / (len(won) - won.sum() + 0.5))),
            cluster=self.split.clusters[test],
            seen_account=np.isin(self.accounts[test], self.accounts[train]),
            seen_answers=np.isin(self.twins[test], self.twins[train]),
        )
