"""The members that are trained on deals, linear, curves and interactions, each with its out-of-fold log-odds."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from icp_fit.models.curves import fit_curves
from icp_fit.models.design_matrix import DesignMatrix
from icp_fit.models.folds import NOTHING_LEARNED, choose_folds, fold_repeats
from icp_fit.models.interactions import fit_interactions
from icp_fit.models.linear import fit_linear

MEMBERS = ("profile", "linear", "curves", "interactions")


class Member(Protocol):
    """A trained member: the average of several fits, each on all folds but one."""

    def log_odds(self, design: DesignMatrix) -> np.ndarray:
        """The mean of the fits, shape (deals,)."""
        ...

    def log_odds_of_fits(self, design: DesignMatrix) -> np.ndarray:
        """Each fit alone, shape (deals, fits)."""
        ...


@dataclass(frozen=True)
class TrainedMembers:
    """The members by name, and each one's out-of-fold log-odds, shape (deals,), in the same order.

    `folds` is how many parts the deals were cut into. Where they did not suffice to fit any member there are none, and
    `shortfall` says why, in a sentence; it also says where what they suffice for is less than it should be.
    """

    members: dict[str, Member]
    oof_log_odds: list[np.ndarray]
    folds: int
    shortfall: str


def train_members(
    design: DesignMatrix, accounts: np.ndarray | None, dates: np.ndarray | None, folds: int, random_state: int | None
) -> TrainedMembers:
    """Fit the members; `accounts` and `dates` have shape (deals,)."""
    if not design.encoder.columns_:
        return TrainedMembers(
            {},
            [],
            folds,
            f"{NOTHING_LEARNED}: no question may be trained on. Add factors that are known at qualification.",
        )
    seed = int(np.random.default_rng(random_state).integers(2**31))
    repeats = fold_repeats(len(design))
    chosen = choose_folds(design.matrix, design.won, accounts, dates, folds, repeats, seed)
    if not chosen.count:
        return TrainedMembers({}, [], folds, chosen.shortfall)
    fits: dict[str, tuple[Member, np.ndarray]] = {
        "linear": fit_linear(design, chosen.folds),
        "curves": fit_curves(design, chosen.folds, seed),
        "interactions": fit_interactions(design, chosen.folds, seed),
    }
    return TrainedMembers(
        {name: member for name, (member, _) in fits.items()},
        [oof_log_odds for _, oof_log_odds in fits.values()],
        chosen.count,
        chosen.shortfall,
    )
