"""Whether a challenger is better than the champion by more than noise: the one gate that a model passes to be served.

Both sit the same exam: the challenger's newest deals, less those that the champion was fitted on, each in a copy that
never saw them. A challenger that is merely nearly as good stays out, however often it tries: letting it in is how
accuracy ratchets down.
"""

from dataclasses import dataclass

import numpy as np

from icp_fit.features.factors import Factor, Profile
from icp_fit.training.holdout import Holdout
from icp_fit.training.statistics import LEVEL, MIN_ACCOUNTS, Interval, estimate, log_losses, means

MIN_DEALS = 50


@dataclass(frozen=True)
class Comparison:
    """Log losses on the same deals, and by how much the challenger's is lower."""

    deals: int
    accounts: int
    champion: float
    challenger: float
    improvement: Interval

    @property
    def is_better(self) -> bool:
        return self.improvement.low > 0

    def __str__(self) -> str:
        return (
            f"On the same {self.deals:,} deals of {self.accounts:,} accounts the challenger's log loss is "
            f"{self.challenger:.4f}, the champion's {self.champion:.4f}: a improvement of {self.improvement.value:.4f} "
            f"({LEVEL:.0%} interval {self.improvement.low:.4f} to {self.improvement.high:.4f}), "
            f"{'' if self.is_better else 'not '}better by more than noise."
        )


def compare_holdouts(challenger: Holdout, champion: Holdout) -> Comparison | str:
    """Compare on the deals that neither model was fitted on, or say in a sentence why that cannot be done."""
    if challenger.identity != champion.identity:
        return "Their tables do not tell deals apart by the same columns. Give every table a `deal_id`."
    unasked = _unasked_factors(champion.model.profile_, challenger.model.profile_)
    if unasked:
        return f"The challenger's profile does not ask what the champion knows: {', '.join(unasked)}."
    champion_log_odds = champion.log_odds(challenger.deals)
    unseen = ~np.isnan(champion_log_odds)
    exam = challenger.deals[unseen]
    won, deals, accounts = exam["_won"].to_numpy(), len(exam), exam["_account"].nunique()
    if deals < MIN_DEALS or accounts < MIN_ACCOUNTS or won.all() or not won.any():
        return (
            f"Of the challenger's {len(unseen):,} newest deals the champion was not fitted on {deals:,} "
            f"({won.sum():,} won) of {accounts:,} accounts; a comparison needs {MIN_DEALS}, won and lost ones, "
            f"of {MIN_ACCOUNTS} accounts."
        )
    champion_loss = log_losses(champion_log_odds[unseen], won)
    challenger_loss = log_losses(exam["_log_odds"].to_numpy(), won)
    improvement = estimate(means({"improvement": champion_loss - challenger_loss}), exam["_account"].to_numpy())[
        "improvement"
    ]
    return Comparison(deals, accounts, float(champion_loss.mean()), float(challenger_loss.mean()), improvement)


def _unasked_factors(champion: Profile, challenger: Profile) -> list[str]:
    """The champion's factors whose answers it would miss, or not understand, in the challenger's deals."""
    asked = {factor.id: factor for factor in challenger.factors}
    return [factor.id for factor in champion.factors if not _is_same_question(factor, asked.get(factor.id))]


def _is_same_question(factor: Factor, other: Factor | None) -> bool:
    return other is not None and factor.kind == other.kind and set(other.choices) <= set(factor.choices)
