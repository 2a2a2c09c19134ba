"""How closed deals are divided, so that no model is evaluated on deals that it was trained on.

Where deals have dates, models are trained on older deals and evaluated on newer ones, as in use. Elsewhere folds are
drawn that keep the deals of an account, and deals with identical answers, on one side.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from icp_fit.features.deals import Deals
from icp_fit.features.errors import DealsError
from icp_fit.models import folds as model_folds

Ints = NDArray[np.int64]
Scheme = Literal["newest deals", "later periods", "one fold", "all folds"]

# A log loss on 100 deals has a standard error of about .04, as large as the improvements that are looked for. Models of
# tables whose newest fifth is smaller than that are evaluated on several later periods together.
SMALL_DATED = 500
# Where deals are few, it matters which fold they fall into, and the learning curve needs the deals of every fold.
SMALL_UNDATED = 1_000
# Five full fits are too slow above this; one fold is then evaluated in full, the others with models of fewer deals.
LARGE_UNDATED = 10_000
FOLDS = 5


@dataclass(frozen=True, eq=False)
class Fold:
    """Rows of the deals that a model is trained on, and of those it is then evaluated on."""

    label: str
    train: Ints
    test: Ints


@dataclass(frozen=True)
class Split:
    """`main` folds give the metrics, pooled; `spread` folds show how these vary; `curve` folds give the learning curve.

    `description` says which deals are held out. `clusters`, of shape (deals,), numbers groups of deals that are not
    independent of each other: resampling keeps them together.
    """

    scheme: Scheme
    description: str
    main: tuple[Fold, ...]
    spread: tuple[Fold, ...]
    curve: tuple[Fold, ...]
    clusters: Ints
    date: str | None = None
    notes: tuple[str, ...] = ()


def split_deals(deals: Deals, seed: int = 0) -> Split:
    """Divide deals, all of them closed, by time where nearly all have a date, else by groups.

    Raises DealsError for fewer than two deals.
    """
    if len(deals.table) < 2:
        raise DealsError(
            f"An evaluation needs at least 2 closed deals, got {len(deals.table)}. Add won and lost deals."
        )
    accounts, copies = account_codes(deals.table), copy_codes(deals.answers)
    date = date_column(deals.table)
    if date is None:
        return split_by_group(accounts, copies, seed)
    split = split_by_time(deals.table[date], accounts)
    if split is None:
        note = f"`{date}` has too few different dates to hold out the newest deals: the folds are random."
        return split_by_group(accounts, copies, seed, (note,))
    return split


def date_column(table: pd.DataFrame) -> str | None:
    """The date that at least 95% of the deals have, `closed_on` before `created_on`."""
    dated = (name for name in ("closed_on", "created_on") if name in table and table[name].notna().mean() >= 0.95)
    return next(dated, None)


def account_codes(table: pd.DataFrame) -> Ints:
    """One number an account; a deal without an account is an account of its own."""
    if "account_id" not in table:
        return np.arange(len(table))
    return model_folds.account_codes(table["account_id"])


def copy_codes(answers: pd.DataFrame) -> Ints:
    """One number for all deals whose answers are identical."""
    return pd.factorize(pd.util.hash_pandas_object(answers, index=False))[0]


def split_by_time(dates: pd.Series, accounts: Ints) -> Split | None:
    """Train on the older deals and evaluate on the newer ones; None where the dates are too coarse for that.

    Deals of one date are never divided: a cut stands at the change of date nearest to the share that is wanted. Deals
    without a date are left out: they could lie on either side.
    Deals with identical answers stay on both sides of the cut. A new deal that resembles an old one is what a model in
    use meets too, and where factors are few most deals have a copy: without those, few would be left to train on.
    """
    dated = np.flatnonzero(dates.notna().to_numpy())
    order = dated[np.argsort(dates.to_numpy()[dated], kind="stable")]
    days = dates.to_numpy()[order]
    small = len(order) < SMALL_DATED
    changes = np.unique(days, return_index=True)[1][1:]  # positions at which another date begins
    if not len(changes):
        return None
    wanted = [round(share * len(days)) for share in ((0.4, 0.55, 0.7, 0.85) if small else (0.2, 0.4, 0.6, 0.8))]
    cuts = sorted({int(changes[np.abs(changes - position).argmin()]) for position in wanted})
    first = cuts[0] if small else cuts[-1]
    held_out_share = (len(days) - first) / len(days)  # and not 1 - first / n, which is .09999 for a tenth
    if not (0.3 if small else 0.1) <= held_out_share <= (0.9 if small else 0.4):
        return None
    folds = tuple(
        Fold(str(np.datetime_as_string(days[start], unit="D")), order[:start], order[start:stop])
        for start, stop in pairwise([*cuts, len(days)])
    )
    undated = len(dates) - len(order)
    notes = (f"{undated:,} deals without `{dates.name}` are not part of the evaluation.",) if undated else ()
    main = folds if small else folds[-1:]
    steps = f", in {len(folds)} steps forward in time" if small else ""
    described = f"the newest {held_out_share:.0%} of the deals, with `{dates.name}` from {main[0].label} on{steps}"
    scheme: Scheme = "later periods" if small else "newest deals"
    return Split(scheme, described, main, folds, main, accounts, str(dates.name), notes)


def split_by_group(accounts: Ints, copies: Ints, seed: int, notes: tuple[str, ...] = ()) -> Split:
    """Draw folds that keep accounts and copies on one side, twice where deals are few."""
    groups, how = group_codes(accounts, copies)
    draws = 2 if len(groups) < SMALL_UNDATED else 1
    folds = tuple(fold for draw in range(draws) for fold in _draw_folds(groups, seed + draw, f"draw {draw + 1}"))
    first, count = folds[:1], len(folds) // draws
    if len(groups) > LARGE_UNDATED:
        return Split("one fold", f"a random fifth of the deals, {how}", first, folds, first, groups, None, notes)
    twice = " drawn twice" if draws > 1 else ""
    described = f"every deal, in {count} random folds{twice}, {how}"
    return Split("all folds", described, folds, folds, folds[:count] if twice else first, groups, None, notes)


def group_codes(accounts: Ints, copies: Ints) -> tuple[Ints, str]:
    """Groups of deals that are linked by an account or by identical answers, and how, in words.

    Where links chain so many deals that one group would fill a fold, identical answers say little about a deal, and
    only accounts are kept together; where even that is too much, nothing is.
    """
    everyone = np.arange(len(accounts))
    candidates = (
        (model_folds.linked(accounts, copies), "accounts and deals with identical answers kept together"),
        (np.unique(accounts, return_inverse=True)[1], "accounts kept together"),
        (everyone, "each deal on its own"),
    )
    fits = ((groups, how) for groups, how in candidates if np.bincount(groups).max() <= max(1, len(everyone) / FOLDS))
    return next(fits)


def thin_fold(fold: Fold, clusters: Ints, size: int, seed: int) -> Fold:
    """The fold with about `size` of its deals to train on, whole clusters at random.

    With the same seed a smaller draw is part of a larger one.
    """
    if size >= len(fold.train):
        return fold
    drawn, codes = np.unique(clusters[fold.train], return_inverse=True)
    place = np.random.default_rng(seed).permutation(len(drawn))[codes]
    last = np.sort(place)[size - 1]
    return Fold(fold.label, fold.train[place <= last], fold.test)


def _draw_folds(groups: Ints, seed: int, label: str) -> list[Fold]:
    folds = min(FOLDS, len(np.unique(groups)))
    drawn = GroupKFold(folds, shuffle=True, random_state=seed).split(groups, groups=groups)
    return [Fold(f"{label}, fold {i + 1}", train, test) for i, (train, test) in enumerate(drawn)]
