"""How closed deals are divided, so that no model is evaluated on deals that it was trained on.

Where deals have dates, models are trained on older deals and evaluated on newer ones, as in use. Elsewhere folds are
drawn that keep the deals of an account, and copies of a deal, on one side.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from icp_fit.features import groups
from icp_fit.features.deals import Deals
from icp_fit.features.errors import DealsError

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
    date = date_column(deals.table)
    if date is None:
        return split_by_group(deals, seed, tuple(_undated(deals.table)))
    split = split_by_time(deals.table[date], account_codes(deals.table))
    if split is None:
        note = f"`{date}` has too few different dates to hold out the newest deals: the folds are random."
        return split_by_group(deals, seed, (note,))
    return split


def _undated(table: pd.DataFrame) -> Iterator[str]:
    """A sentence for each date that too few deals have; a column that is not there is told with the deals."""
    for name in ("closed_on", "created_on"):
        if name in table:
            yield (
                f"Only {table[name].notna().mean():.0%} of the deals have `{name}`, too few to hold out the newest: "
                "the folds are random, which is easier than to predict later deals."
            )


def date_column(table: pd.DataFrame) -> str | None:
    """The date that at least 95% of the deals have, `closed_on` before `created_on`."""
    dated = (name for name in ("closed_on", "created_on") if name in table and table[name].notna().mean() >= 0.95)
    return next(dated, None)


def account_codes(table: pd.DataFrame) -> Ints:
    """One number an account; a deal without an account is an account of its own."""
    if "account_id" not in table:
        return np.arange(len(table))
    return groups.account_codes(table["account_id"])


def copy_codes(answers: pd.DataFrame) -> Ints:
    """One number for all deals whose answers are identical."""
    return groups.copy_codes(answers)


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


def split_by_group(deals: Deals, seed: int, notes: tuple[str, ...] = ()) -> Split:
    """Draw folds that keep accounts and copies on one side, twice where deals are few."""
    found, won = groups.group_deals(deals.answers, deals.accounts), deals.won.to_numpy(bool)
    how = "accounts and deals with identical answers kept together"
    if found.unlinked:
        how += f" ({found.unlinked:,} with those of their account alone, as links would chain most accounts)"
    codes = found.codes
    if found.count == 1:
        codes, how = np.arange(len(won)), "each deal on its own, as all are linked"
    draws = 2 if len(won) < SMALL_UNDATED else 1
    folds = tuple(fold for draw in range(draws) for fold in _draw_folds(codes, won, seed + draw, f"draw {draw + 1}"))
    count = len(folds) // draws
    usual = min(folds[:count], key=lambda fold: abs(len(fold.test) - len(won) / count))
    if len(won) > LARGE_UNDATED:
        part = f"a random {len(usual.test) / len(won):.0%} of the deals"
        return Split("one fold", f"{part}, {how}", (usual,), folds, (usual,), found.codes, None, notes)
    twice = " drawn twice" if draws > 1 else ""
    described = f"every deal, in {count} random folds{twice}, {how}"
    return Split("all folds", described, folds, folds, folds[:count] if twice else (usual,), found.codes, None, notes)


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


def _draw_folds(codes: Ints, won: NDArray[np.bool_], seed: int, label: str) -> list[Fold]:
    folds = min(FOLDS, int(codes.max()) + 1)
    number = groups.draw_even_folds(codes, won, folds, seed)
    return [
        Fold(f"{label}, fold {i + 1}", np.flatnonzero(number != i), np.flatnonzero(number == i)) for i in range(folds)
    ]
