"""A univariate screen: how well each factor predicts the outcome on its own, on closed deals."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.stats import rankdata
from sklearn.model_selection import GroupKFold
from sklearn.tree import DecisionTreeClassifier

from icp_fit.features.deals import Deals

MOST_DEALS = 20_000  # more do not change the verdict
FOLDS = 3


@dataclass(frozen=True)
class UnivariateScreen:
    """Closed deals, whether each was won, and folds (train and test rows) that keep deals that are alike together."""

    table: pd.DataFrame
    won: np.ndarray
    folds: list[tuple[np.ndarray, np.ndarray]]

    @property
    def least(self) -> int:
        """The number of deals of the rarer outcome."""
        return int(min(self.won.sum(), (~self.won).sum()))

    def auc(self, answers: pd.Series, leaves: int = 256) -> float:
        """How well a factor tells won from lost deals, out of sample; a blank counts as an answer.

        Numbers are predicted by a tree with that many leaves, other answers by the win rate of each.
        """
        is_number = answers.dtype == "float64"
        cells = answers.to_numpy() if is_number else pd.factorize(answers, use_na_sentinel=False)[0]
        aucs = []
        for train, test in self.folds:
            fitted = cells[train], self.won[train], cells[test]
            predicted = _predict_by_tree(*fitted, leaves) if is_number else _predict_by_answer(*fitted)
            aucs.append(_auc(predicted, self.won[test]))
        return float(np.mean(aucs)) if aucs else 0.5

    def auc_error(self) -> float:
        """The standard error of the AUC of a factor that predicts nothing."""
        n_won, n_lost = self.won.sum(), (~self.won).sum()
        return float(np.sqrt((n_won + n_lost + 1) / (12 * n_won * n_lost)))


def build_screen(deals: Deals) -> UnivariateScreen:
    """A screen of closed deals, of a random part of them where they are many."""
    table = deals.table
    if len(table) > MOST_DEALS:
        table = table.sample(MOST_DEALS, random_state=0).reset_index(drop=True)
    groups = _groups(table, deals.answers.columns)
    n_folds = min(FOLDS, len(np.unique(groups)))
    folds = list(GroupKFold(n_folds, shuffle=True, random_state=0).split(table, groups=groups)) if n_folds > 1 else []
    return UnivariateScreen(table, (table["outcome"] == "won").to_numpy(bool), folds)


def _groups(table: pd.DataFrame, factor_ids: Collection[str]) -> np.ndarray:
    """A number for each deal, the same for deals of one account and for deals with the same answers."""
    alike = pd.factorize(pd.util.hash_pandas_object(table[list(factor_ids)], index=False))[0]
    if alike.max(initial=0) < len(table) / 2:
        alike = np.arange(len(table))  # with few questions, deals are alike by coincidence
    if "account_id" not in table:
        return alike
    account = pd.factorize(table["account_id"])[0]
    has_account, size = account >= 0, 2 * len(table)
    edges = (alike[has_account], len(table) + account[has_account])
    graph = coo_array((np.ones(has_account.sum()), edges), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1][alike])


def _predict_by_tree(train: np.ndarray, won: np.ndarray, test: np.ndarray, leaves: int) -> np.ndarray:
    tree = DecisionTreeClassifier(max_leaf_nodes=leaves, min_samples_leaf=max(5, len(train) // 1000), random_state=0)
    return np.asarray(tree.fit(train[:, None], won).predict_proba(test[:, None])[:, -1])


def _predict_by_answer(train: np.ndarray, won: np.ndarray, test: np.ndarray) -> np.ndarray:
    """The win rate of each answer, pulled toward the overall one with the strength of five deals."""
    size = max(train.max(), test.max()) + 1
    rates = (np.bincount(train, won, size) + 5 * won.mean()) / (np.bincount(train, minlength=size) + 5)
    return np.asarray(rates[test])


def _auc(predicted: np.ndarray, won: np.ndarray) -> float:
    n_won, n_lost = won.sum(), (~won).sum()
    if not n_won or not n_lost:
        return 0.5
    return float((rankdata(predicted)[won].sum() - n_won * (n_won + 1) / 2) / (n_won * n_lost))
