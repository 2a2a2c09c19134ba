"""Groups of deals that are not independent of each other, and folds that never divide one.

Deals of one account are one piece of evidence, and a copied record is another's answer: with one of them on the side
that a fit has seen and one on the side that it is judged by, it is judged by what it remembers. The check for leakage,
the fit and the evaluation group deals alike, here.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

# A record is copied a few times by mistake; answers shared by more deals than this are simply a common kind of deal,
# and holding all of a kind out at once would ask the model about deals unlike any it was trained on.
MOST_COPIES = 10
# Copies link accounts, and accounts link copies: where few combinations of answers are common to many accounts, that
# chains nearly all deals into one group. There is hardly a table in between: see docs/decisions.md.
LARGEST_SHARE = 0.1
LARGE_ACCOUNT = 0.2  # of the deals: a fold of five, so that folds can no longer be alike
# With fewer deals of either outcome a fold may have none of them: neither leakage nor anything else can be seen.
FEWEST_OF_EACH = 10


@dataclass(frozen=True)
class Groups:
    """The number of each deal's group, from 0, shape (deals,).

    `unlinked` counts the deals that are kept with their account alone, although other accounts have copies of them.
    """

    codes: np.ndarray
    unlinked: int

    @property
    def count(self) -> int:
        return int(self.codes.max(initial=-1)) + 1


def group_deals(answers: pd.DataFrame, accounts: ArrayLike | None = None) -> Groups:
    """Group deals by account, and with those of other accounts that have the same answers.

    Copies link accounts only into groups of at most the share `LARGEST_SHARE` of the deals; what would be a larger one
    falls back into its accounts.

    Parameters
    ----------
    answers : (deals, columns)
    accounts : (deals,) or None
        Account of each deal; a blank is an account of its own.
    """
    copies = copy_codes(answers)
    copies = _alone_unless(np.bincount(copies, minlength=1)[copies] <= MOST_COPIES, copies)
    if accounts is None:
        return Groups(pd.factorize(copies)[0], 0)
    of_account = account_codes(accounts)
    linked = _linked(of_account, copies)
    too_large = np.bincount(linked, minlength=1)[linked] > LARGEST_SHARE * len(linked)
    codes = pd.factorize(np.where(too_large, linked.max(initial=0) + 1 + of_account, linked))[0]
    unlinked = too_large & (pd.Series(of_account).groupby(copies).transform("nunique") > 1).to_numpy()
    return Groups(codes, int(unlinked.sum()))


def account_codes(accounts: ArrayLike) -> np.ndarray:
    """One number an account, shape (deals,); a deal without an account is an account of its own."""
    codes = pd.factorize(pd.Series(accounts))[0]
    return _alone_unless(codes >= 0, codes)


def copy_codes(answers: pd.DataFrame) -> np.ndarray:
    """One number for all deals whose answers are identical, shape (deals,)."""
    return pd.factorize(pd.util.hash_pandas_object(answers, index=False))[0]


def draw_even_folds(groups: np.ndarray, won: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Number the folds from 0, groups whole, each fold with its share of the deals, won and lost, shape (deals,).

    The largest groups go first, each to where it raises least the sum of squares of the folds' shares of the deals, of
    the won and of the lost ones. Scikit-learn's StratifiedGroupKFold balances as well and takes 45 times as long. No
    fold is empty unless there are fewer groups.
    """
    won = np.asarray(won, dtype=float)
    size = int(groups.max(initial=-1)) + 1
    deals, n_won = np.bincount(groups, minlength=size).astype(float), np.bincount(groups, won, size)
    counts = np.stack([deals, n_won, deals - n_won], axis=1)
    shares = (counts / np.maximum(counts.sum(axis=0), 1)).tolist()
    order = np.random.default_rng(seed).permutation(size)
    fold_of_group, filled = np.empty(size, dtype=np.intp), [(0.0, 0.0, 0.0)] * folds
    for group in order[np.argsort(-deals[order], kind="stable")].tolist():
        all_, of_won, of_lost = shares[group]
        raised = [all_ * fold[0] + of_won * fold[1] + of_lost * fold[2] for fold in filled]
        best = raised.index(min(raised))
        filled[best] = filled[best][0] + all_, filled[best][1] + of_won, filled[best][2] + of_lost
        fold_of_group[group] = best
    return fold_of_group[groups]


def find_shortage(won: np.ndarray) -> str | None:
    """Why these closed deals are too few to learn or check anything, and what to do; None where they are not."""
    n_won = int(np.sum(won))
    n_lost = len(won) - n_won
    if min(n_won, n_lost) >= FEWEST_OF_EACH:
        return None
    return (
        f"there are {n_won:,} won and {n_lost:,} lost deals, and {FEWEST_OF_EACH} of each are needed. "
        f"Add {'lost' if n_lost < n_won else 'won'} deals, or map the words by which the table says so."
    )


def describe_large_account(accounts: pd.Series) -> str | None:
    """That one account has so many of these deals that it speaks for all, and what to do; None where none has."""
    counts = accounts.value_counts()
    if not len(counts) or counts.iloc[0] <= LARGE_ACCOUNT * len(accounts):
        return None
    return (
        f"{counts.iloc[0]:,} of {len(accounts):,} closed deals are of the account `{counts.index[0]}`, and count as "
        "one piece of evidence. If it stands for no buyer of its own, leave `account_id` empty in these rows."
    )


def _alone_unless(shared: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """The codes of the deals that share theirs, and for every other deal a code of its own."""
    return np.where(shared, codes, len(codes) + np.arange(len(codes)))


def _linked(*codes: np.ndarray) -> np.ndarray:
    """Number the deals so that those which share any code, directly or by way of others, share a number."""
    size = len(codes[0])
    starts = size + np.cumsum([0, *(code.max(initial=-1) + 1 for code in codes)])
    far = np.concatenate([code + start for code, start in zip(codes, starts, strict=False)])
    near = np.tile(np.arange(size), len(codes))
    graph = coo_matrix((np.ones(len(far), dtype=np.int8), (near, far)), shape=(starts[-1], starts[-1]))
    return connected_components(graph, directed=False)[1][:size]
