"""Folds that keep together what must not be on both sides of a fit: a deal's copies, and the deals of one account."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

# A record is copied a few times by mistake; inputs shared by more deals than this are simply a common kind of deal, and
# holding all of a kind out at once would ask the model about deals unlike any it was trained on.
MOST_COPIES = 10


def deal_groups(matrix: np.ndarray, accounts: np.ndarray | None = None) -> np.ndarray:
    """Number the deals so that copies, and deals of one account, share a number, shape (deals,).

    Parameters
    ----------
    matrix : (deals, columns)
    accounts : (deals,) or None
        Account of each deal; a blank is an account of its own.
    """
    copies = pd.util.hash_pandas_object(pd.DataFrame(matrix), index=False).factorize()[0]
    is_copy = np.bincount(copies, minlength=1)[copies] <= MOST_COPIES
    links = [alone_unless(is_copy, copies)]
    if accounts is not None:
        links.append(account_codes(pd.Series(accounts)))
    return pd.factorize(linked(*links))[0]


def account_codes(accounts: pd.Series) -> np.ndarray:
    """One number an account, shape (deals,); a deal without an account is an account of its own."""
    codes = pd.factorize(accounts)[0]
    return alone_unless(codes >= 0, codes)


def alone_unless(shared: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """The codes of the deals that share theirs, and for every other deal a code of its own."""
    return np.where(shared, codes, len(codes) + np.arange(len(codes)))


def linked(*codes: np.ndarray) -> np.ndarray:
    """Number the deals so that those which share any code, directly or by way of others, share a number."""
    size = len(codes[0])
    starts = size + np.cumsum([0, *(code.max(initial=-1) + 1 for code in codes)])
    far = np.concatenate([code + start for code, start in zip(codes, starts, strict=False)])
    near = np.tile(np.arange(size), len(codes))
    graph = coo_matrix((np.ones(len(far), dtype=np.int8), (near, far)), shape=(starts[-1], starts[-1]))
    return connected_components(graph, directed=False)[1][:size]


def draw_folds(
    groups: np.ndarray, won: np.ndarray, dates: np.ndarray | None, folds: int, repeats: int, seed: int
) -> np.ndarray:
    """Number the folds 0 to folds - 1 in each repeat, groups whole, shape (repeats, deals).

    Where dates are known, the first repeat cuts time into blocks: a block differs from the others as the future will.
    Other repeats are drawn at random, with outcomes spread evenly; so is the first where blocks cannot be trained on.
    """
    drawn = [_even_folds(groups, won, folds, seed + repeat) for repeat in range(repeats)]
    if dates is not None and can_train(blocks := _time_blocks(groups, dates, folds)[None], won, folds):
        drawn[0] = blocks[0]
    return np.stack(drawn)


def can_train(folds: np.ndarray, won: np.ndarray, count: int) -> bool:
    """Whether there are so many folds in each repeat, and deals of both outcomes to train on outside each of them."""
    sizes = [np.bincount(repeat[outcome], minlength=count) for repeat in folds for outcome in (won > 0, won <= 0)]
    filled = all((np.bincount(repeat, minlength=count) > 0).all() for repeat in folds)
    return filled and all((size < size.sum()).all() for size in sizes)


def splits(folds: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Positions to fit on and to hold out, for each fold of each repeat."""
    for repeat in folds:
        for fold in range(int(repeat.max()) + 1):
            yield np.flatnonzero(repeat != fold), np.flatnonzero(repeat == fold)


def _time_blocks(groups: np.ndarray, dates: np.ndarray, folds: int) -> np.ndarray:
    """Blocks by date, shape (deals,); a group stands where its first deal does, a deal without a date is the oldest."""
    rank = pd.Series(dates).rank(method="first", na_option="top").to_numpy() - 1
    first = np.full(int(groups.max(initial=-1)) + 1, float(len(groups)))
    np.minimum.at(first, groups, rank)
    return (first[groups] * folds // max(len(groups), 1)).astype(np.intp)


def _even_folds(groups: np.ndarray, won: np.ndarray, folds: int, seed: int) -> np.ndarray:
    size = int(groups.max(initial=-1)) + 1
    rate = np.bincount(groups, weights=won, minlength=size) / np.maximum(np.bincount(groups, minlength=size), 1)
    order = np.lexsort((np.random.default_rng(seed).random(size), rate))
    fold_of_group = np.empty(size, dtype=np.intp)
    fold_of_group[order] = np.arange(size) % folds
    return fold_of_group[groups]


def fold_count(deals: int) -> int:
    """How many parts the deals are cut into: two thirds of very many teach as much as four fifths, at half the cost."""
    return 5 if deals < 100_000 else 3


def fold_repeats(deals: int) -> int:
    """How often the folds are drawn anew: the fewer deals, the more an answer depends on which fold they fell into."""
    return 3 if deals < 500 else 1
