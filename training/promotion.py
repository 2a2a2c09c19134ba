"""Whether a challenger is better than the champion by more than noise: the one gate that a model passes to be served.

Both are evaluated on the same deals: the challenger's holdout, less the deals that the champion was trained on, each by
a copy that was not trained on them. A challenger that is merely about as good is not promoted, however often it tries:
promoting it is how accuracy ratchets down.
"""

from dataclasses import dataclass

import numpy as np

from icp_fit.features.factors import Factor, Profile
from icp_fit.training.holdout import Holdout
from icp_fit.training.statistics import LEVEL, MIN_ACCOUNTS, Interval, build_means, estimate, log_losses

MIN_DEALS = 50


@dataclass(frozen=True)
class Comparison:
    """Mean log losses on the same deals, in nats, and by how much the challenger's is lower."""

    deals: int
    accounts: int
    champion: float
    challenger: float
    improvement: Interval

    @property
    def is_better(self) -> bool:
        """Whether the whole interval is above zero: a better mean alone may be luck."""
        return self.improvement.low > 0

    def __str__(self) -> str:
        improvement = self.improvement
        return (
            f"On the same {self.deals:,} deals of {self.accounts:,} accounts the challenger's log loss is "
            f"{self.challenger:.4f}, the champion's {self.champion:.4f}: an improvement of {improvement.value:.4f} "
            f"({LEVEL:.0%} interval {improvement.low:.4f} to {improvement.high:.4f}), "
            f"{'' if self.is_better else 'not '}better by more than noise."
        )


def compare_holdouts(challenger: Holdout, champion: Holdout) -> Comparison | str:
    """Compare on the deals that neither model was trained on, or say in a sentence why that cannot be done."""
    if challenger.identity != champion.identity:
        return "Their tables do not identify deals by the same columns. Give every table a `deal_id`."
    unasked = _unasked_factors(champion.model.profile_, challenger.model.profile_)
    if unasked:
        return f"The challenger's profile does not ask about factors of the champion's: {', '.join(unasked)}."
    champion_log_odds = champion.log_odds(challenger.deals)
    is_new = ~np.isnan(champion_log_odds)
    compared = challenger.deals[is_new]
    won, deals, accounts = compared["_won"].to_numpy(), len(compared), compared["_account"].nunique()
    if deals < MIN_DEALS or accounts < MIN_ACCOUNTS or won.all() or not won.any():
        return (
            f"Of the challenger's {len(is_new):,} held-out deals the champion was not trained on {deals:,} "
            f"({won.sum():,} won) of {accounts:,} accounts; a comparison needs {MIN_DEALS}, won and lost ones, "
            f"of {MIN_ACCOUNTS} accounts."
        )
    champion_loss = log_losses(champion_log_odds[is_new], won)
    challenger_loss = log_losses(compared["_log_odds"].to_numpy(), won)
    saved_loss = build_means({"improvement": champion_loss - challenger_loss})
    improvement = estimate(saved_loss, compared["_account"].to_numpy())["improvement"]
    return Comparison(deals, accounts, float(champion_loss.mean()), float(challenger_loss.mean()), improvement)


def _unasked_factors(champion: Profile, challenger: Profile) -> list[str]:
    """The champion's factors whose answers it would miss, or not understand, in the challenger's deals."""
    factors = {factor.id: factor for factor in challenger.factors}
    return [factor.id for factor in champion.factors if not _is_same_question(factor, factors.get(factor.id))]


def _is_same_question(factor: Factor, other: Factor | None) -> bool:
    return other is not None and factor.kind == other.kind and set(other.choices) <= set(factor.choices)
