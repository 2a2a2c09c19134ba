"""A univariate screen: how well each factor predicts the outcome on its own, on closed deals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.tree import DecisionTreeClassifier

from icp_fit.features.deals import Deals
from icp_fit.features.groups import draw_even_folds, group_deals

MOST_DEALS = 20_000  # more do not change the verdict
LEAST_OF_EACH = 100  # of an outcome that is rarer than that among so many, more are drawn
FOLDS = 3


@dataclass(frozen=True)
class UnivariateScreen:
    """Closed deals, whether each was won, and folds (train and test rows), each with both outcomes."""

    table: pd.DataFrame
    won: np.ndarray
    folds: list[tuple[np.ndarray, np.ndarray]]

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
        return float(np.mean(aucs))

    def auc_error(self) -> float:
        """The standard error of the AUC of a factor that predicts nothing."""
        n_won, n_lost = self.won.sum(), (~self.won).sum()
        return float(np.sqrt((n_won + n_lost + 1) / (12 * n_won * n_lost)))


def build_screen(closed: Deals) -> UnivariateScreen:
    """A screen of closed deals, at least `groups.FEWEST_OF_EACH` of either outcome, or of a part of very many.

    Where accounts cannot be kept together, because one fold would lack an outcome, they are divided: what shows then
    may hold for an account alone, which is the safe side for a check.
    """
    won = (closed.table["outcome"] == "won").to_numpy(bool)
    rows = _draw_rows(won)
    table, won = closed.table.iloc[rows].reset_index(drop=True), won[rows]
    groups = group_deals(table[closed.answers.columns], table.get("account_id")).codes
    fold = draw_even_folds(groups, won, FOLDS, seed=0)
    if not all(_has_both_outcomes(won[fold == number]) for number in range(FOLDS)):
        fold = draw_even_folds(np.arange(len(won)), won, FOLDS, seed=0)
    folds = [(np.flatnonzero(fold != number), np.flatnonzero(fold == number)) for number in range(FOLDS)]
    return UnivariateScreen(table, won, folds)


def _draw_rows(won: np.ndarray) -> np.ndarray:
    """The rows to look at: all, or a random part of the won and of the lost deals."""
    if len(won) <= MOST_DEALS:
        return np.arange(len(won))
    rows = np.random.default_rng(0).permutation(len(won))
    rarer, other = sorted((rows[won[rows]], rows[~won[rows]]), key=len)
    count = max(round(MOST_DEALS * len(rarer) / len(won)), min(len(rarer), LEAST_OF_EACH))
    return np.concatenate([rarer[:count], other[: MOST_DEALS - count]])


def _has_both_outcomes(won: np.ndarray) -> bool:
    return bool(won.any() and not won.all())


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
    return float((rankdata(predicted)[won].sum() - n_won * (n_won + 1) / 2) / (n_won * n_lost))
