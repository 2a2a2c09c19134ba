"""Whether a challenger may take the champion's place: the two gates that a model passes to be served.

Both are evaluated on the same deals: the challenger's holdout, less the deals that the champion was trained on, each by
a copy that was not trained on them. A *change*, such as another profile, must be better than the champion by more than
noise. A *refresh*, the champion's own profile trained on newer deals too, must not be worse by more than a stated
margin. The registry holds a refresh to the last champion that was no refresh as well, so that margins never add
up: promoting what is merely about as good, again and again, is how accuracy ratchets down.
"""

from dataclasses import dataclass
from math import ceil

import numpy as np

from icp_fit.features.factors import Factor, Profile
from icp_fit.training.holdout import Holdout
from icp_fit.training.statistics import LEVEL, MIN_ACCOUNTS, Interval, build_means, estimate, log_losses
from icp_fit.training.verdict import LEAST_IMPROVEMENT

MIN_DEALS = 50
# By how much a refresh may be worse: by a tenth of what the champion gains over the base rate, as trials of a treatment
# that must not be worse ask it to preserve a part of the effect, or by what the verdict says helps nobody, if that is
# more.
PART_OF_GAIN = 0.1


@dataclass(frozen=True)
class Comparison:
    """Mean log losses on the same deals, in nats, and by how much the challenger's is lower.

    `newer` counts the deals of a refresh that the champion had not got, and is 0 for a change. `margin` is by how much
    a refresh may be worse, in nats.
    """

    deals: int
    accounts: int
    champion: float
    challenger: float
    improvement: Interval
    newer: int = 0
    margin: float = 0.0

    @property
    def is_better(self) -> bool:
        """Whether the whole interval is above zero: a better mean alone may be luck."""
        return self.improvement.low > 0

    @property
    def passes(self) -> bool:
        """Whether it is better, or a refresh that is not worse by more than the margin with its whole interval."""
        return self.is_better or (self.newer > 0 and self.improvement.low > -self.margin)

    @property
    def reversed(self) -> "Comparison":
        """The same with champion and challenger exchanged, as a change."""
        value, low, high = self.improvement.value, self.improvement.low, self.improvement.high
        return Comparison(self.deals, self.accounts, self.challenger, self.champion, Interval(-value, -high, -low))

    def __str__(self) -> str:
        improvement = self.improvement
        compared = (
            f"On the same {self.deals:,} deals of {self.accounts:,} accounts the challenger's log loss is "
            f"{self.challenger:.4f}, the champion's {self.champion:.4f}: an improvement of {improvement.value:.4f} "
            f"({LEVEL:.0%} interval {improvement.low:.4f} to {improvement.high:.4f})"
        )
        if not self.newer or self.is_better:
            noise = f"{compared}, {'' if self.is_better else 'not '}better by more than noise."
            return noise if self.passes else f"{noise} {self._remedy()}"
        refresh = (
            f"It has the champion's profile and {self.newer:,} newer deals, so it may be worse by {self.margin:.4f}"
        )
        if self.passes:
            return f"{compared}. {refresh}, and is not."
        return f"{compared}. {refresh}, and may be worse than that. {self._remedy()}"

    def _remedy(self) -> str:
        """What would help a challenger that was refused."""
        improvement = self.improvement
        wanted = improvement.value + (self.margin if self.newer else 0)
        if wanted <= 0 and self.newer:
            return "See in its report whether the newer deals are read as they are meant, and which periods are worse."
        if wanted <= 0:
            return (
                "Ask questions that tell won from lost deals better. With the champion's profile and newer deals it "
                "need only be not worse."
            )
        enough = ceil(self.deals * ((improvement.value - improvement.low) / wanted) ** 2 / 50) * 50
        return f"About {enough:,} held-out deals would tell: train again when more deals are closed."


def compare_holdouts(challenger: Holdout, champion: Holdout) -> Comparison | str:
    """Compare on the deals that neither model was trained on, or say in sentences why not, and what would help."""
    if challenger.identity != champion.identity:
        return "Their tables do not identify deals by the same columns. Give every table a `deal_id`."
    unasked = _unasked_factors(champion.model.profile_, challenger.model.profile_)
    if unasked:
        return (
            f"The challenger's profile does not ask about factors of the champion's: {', '.join(unasked)}. Ask about "
            "them too, with weight 0 if they should not count, and train again."
        )
    champion_log_odds = champion.log_odds(challenger.deals)
    is_new = ~np.isnan(champion_log_odds)
    compared = challenger.deals[is_new]
    won, deals, accounts = compared["_won"].to_numpy(), len(compared), compared["_account"].nunique()
    if deals < MIN_DEALS or accounts < MIN_ACCOUNTS or won.all() or not won.any():
        return (
            f"Of the challenger's {len(is_new):,} held-out deals the champion was not trained on {deals:,} "
            f"({won.sum():,} won) of {accounts:,} accounts; a comparison needs {MIN_DEALS}, won and lost ones, "
            f"of {MIN_ACCOUNTS} accounts. Train again when more deals are closed."
        )
    champion_loss = log_losses(champion_log_odds[is_new], won)
    challenger_loss = log_losses(compared["_log_odds"].to_numpy(), won)
    saved_loss = build_means({"improvement": champion_loss - challenger_loss})
    improvement = estimate(saved_loss, compared["_account"].to_numpy())["improvement"]
    newer = _count_newer(challenger, champion)
    margin = _margin(won, float(champion_loss.mean())) if newer else 0.0
    return Comparison(
        deals, accounts, float(champion_loss.mean()), float(challenger_loss.mean()), improvement, newer, margin
    )


def _margin(won: np.ndarray, champion_loss: float) -> float:
    """In nats, on deals of which these were won."""
    rate = won.mean()
    base_rate_loss = float(-rate * np.log(rate) - (1 - rate) * np.log(1 - rate))
    return max(PART_OF_GAIN * (base_rate_loss - champion_loss), LEAST_IMPROVEMENT * base_rate_loss)


def _count_newer(challenger: Holdout, champion: Holdout) -> int:
    """The deals that a refresh has and the champion had not; none where the profile is another."""
    if challenger.model.profile_.digest != champion.model.profile_.digest:
        return 0
    return len(np.setdiff1d(challenger.keys, champion.keys))


def _unasked_factors(champion: Profile, challenger: Profile) -> list[str]:
    """The champion's factors whose answers it would miss, or not understand, in the challenger's deals."""
    factors = {factor.id: factor for factor in challenger.factors}
    return [factor.id for factor in champion.factors if not _is_same_question(factor, factors.get(factor.id))]


def _is_same_question(factor: Factor, other: Factor | None) -> bool:
    return other is not None and factor.kind == other.kind and set(other.choices) <= set(factor.choices)
