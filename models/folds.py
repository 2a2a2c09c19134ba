"""The folds that members are fitted on: by blocks of time where dates are known, else drawn evenly."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from icp_fit.features.groups import draw_even_folds, find_shortage, group_deals

NOTHING_LEARNED = "Nothing was learned but the win rate"
DIVIDED_ACCOUNTS = (
    "Deals of one account were not kept together, because without one of the accounts too few won or lost deals are "
    "left to train on: what was learned may hold for that account alone. Add deals of other accounts, or leave "
    "`account_id` empty where it does not name the buyer."
)
DIVIDED_COPIES = (
    "Deals with the same answers were not kept together, because without them too few won or lost deals are left to "
    "train on. Remove copies from the table, or add deals."
)
# A block of time with less than this of its share of the deals says little of a time: accounts whose deals span all of
# it stand where their first deal does, and would fill the first block.
LEAST_BLOCK = 0.5
# A fit on fewer than a third of the won or the lost deals is no likeness of the one that is served.
MOST_HELD_OUT = 2 / 3


@dataclass(frozen=True)
class FittingFolds:
    """`folds` (repeats, deals) numbers each deal's fold in each repeat, `count` is how many there are.

    `shortfall` says in a sentence what the deals did not suffice for, and what to do. There are no folds, and nothing
    can be learned, where `count` is 0.
    """

    folds: np.ndarray
    count: int
    shortfall: str = ""


def choose_folds(
    answers: np.ndarray,
    won: np.ndarray,
    accounts: np.ndarray | None,
    dates: np.ndarray | None,
    folds: int,
    repeats: int,
    seed: int,
) -> FittingFolds:
    """Folds of deals with these encoded answers (deals, columns), copies and the deals of an account kept together.

    Where accounts are fewer than `folds`, so are the folds. Where without one account too few won or lost deals are
    left to train on, accounts are divided, and the shortfall says so.
    """
    if shortage := find_shortage(won):
        return FittingFolds(np.empty((0, len(won)), dtype=np.intp), 0, f"{NOTHING_LEARNED}: {shortage}")
    groups = group_deals(pd.DataFrame(answers), accounts)
    count = min(folds, groups.count)
    drawn = draw_folds(groups.codes, won, dates, count, repeats, seed)
    if can_train(drawn, won, count):
        return FittingFolds(drawn, count)
    divided = draw_folds(np.arange(len(won)), won, dates, folds, repeats, seed)
    return FittingFolds(divided, folds, DIVIDED_COPIES if accounts is None else DIVIDED_ACCOUNTS)


def draw_folds(
    groups: np.ndarray, won: np.ndarray, dates: np.ndarray | None, folds: int, repeats: int, seed: int
) -> np.ndarray:
    """Number the folds 0 to folds - 1 in each repeat, groups whole, shape (repeats, deals).

    Where dates are known, the first repeat cuts time into blocks: a block differs from the others as the future will.
    Other repeats are drawn at random, with deals and outcomes spread evenly; so is the first where blocks cannot be
    trained on.
    """
    blocks = None if dates is None else _time_blocks(groups, dates, folds)
    by_time = [] if blocks is None or not _suffice(blocks, won, folds) else [blocks]
    return np.stack(by_time + [draw_even_folds(groups, won, folds, seed + i) for i in range(len(by_time), repeats)])


def can_train(folds: np.ndarray, won: np.ndarray, count: int) -> bool:
    """Whether there are so many folds in each repeat, and enough deals of both outcomes to train on outside of each."""
    sizes = [np.bincount(repeat[outcome], minlength=count) for repeat in folds for outcome in (won > 0, won <= 0)]
    filled = all((np.bincount(repeat, minlength=count) > 0).all() for repeat in folds)
    return filled and all((size <= MOST_HELD_OUT * size.sum()).all() for size in sizes)


def splits(folds: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Positions to fit on and to hold out, for each fold of each repeat."""
    for repeat in folds:
        for fold in range(int(repeat.max()) + 1):
            yield np.flatnonzero(repeat != fold), np.flatnonzero(repeat == fold)


def _suffice(blocks: np.ndarray, won: np.ndarray, folds: int) -> bool:
    smallest = np.bincount(blocks, minlength=folds).min()
    return smallest >= LEAST_BLOCK * len(blocks) / folds and can_train(blocks[None], won, folds)


def _time_blocks(groups: np.ndarray, dates: np.ndarray, folds: int) -> np.ndarray:
    """Blocks by date, shape (deals,); a group stands where its first deal does, a deal without a date is the oldest."""
    rank = pd.Series(dates).rank(method="first", na_option="top").to_numpy() - 1
    first = np.full(int(groups.max(initial=-1)) + 1, float(len(groups)))
    np.minimum.at(first, groups, rank)
    return (first[groups] * folds // max(len(groups), 1)).astype(np.intp)


def fold_count(deals: int) -> int:
    """How many parts the deals are cut into: two thirds of very many teach as much as four fifths, at half the cost."""
    return 5 if deals < 100_000 else 3


def fold_repeats(deals: int) -> int:
    """How often the folds are drawn anew: the fewer deals, the more an answer depends on which fold they fell into."""
    return 3 if deals < 500 else 1
