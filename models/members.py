"""The members that are trained on deals, linear, curves and interactions, each with its out-of-fold log-odds."""

from typing import Protocol

import numpy as np

from icp_fit.models.curves import fit_curves
from icp_fit.models.design_matrix import DesignMatrix
from icp_fit.models.folds import can_train, deal_groups, draw_folds, fold_repeats
from icp_fit.models.interactions import fit_interactions
from icp_fit.models.linear import fit_linear

MEMBERS = ("profile", "linear", "curves", "interactions")
# With fewer deals of either outcome a fold may have none of them, and nothing can be fitted but the win rate.
FEWEST_OF_EACH = 10


class Member(Protocol):
    """A trained member: the average of several fits, each on all folds but one."""

    def log_odds(self, design: DesignMatrix) -> np.ndarray:
        """The mean of the fits, shape (deals,)."""
        ...

    def log_odds_of_fits(self, design: DesignMatrix) -> np.ndarray:
        """Each fit alone, shape (deals, fits)."""
        ...


def train_members(
    design: DesignMatrix, accounts: np.ndarray | None, dates: np.ndarray | None, folds: int, random_state: int | None
) -> tuple[dict[str, Member], list[np.ndarray]]:
    """Fit the members, and return each one's out-of-fold log-odds, shape (deals,), in the same order.

    `accounts` and `dates` have shape (deals,). There are no members where the deals do not suffice to fit any.
    """
    if min(design.won.sum(), (1 - design.won).sum()) < FEWEST_OF_EACH or not design.encoder.columns_:
        return {}, []
    seed = int(np.random.default_rng(random_state).integers(2**31))
    groups = deal_groups(design.matrix, accounts)
    fold_of_deal = draw_folds(groups, design.won, dates, folds, fold_repeats(len(design)), seed)
    if not can_train(fold_of_deal, design.won, folds):
        return {}, []
    fits: dict[str, tuple[Member, np.ndarray]] = {
        "linear": fit_linear(design, fold_of_deal),
        "curves": fit_curves(design, fold_of_deal, seed),
        "interactions": fit_interactions(design, fold_of_deal, seed),
    }
    return {name: member for name, (member, _) in fits.items()}, [oof_log_odds for _, oof_log_odds in fits.values()]
