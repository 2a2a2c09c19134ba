"""Whether a fit model is ready to be used, with the reasons in plain sentences.

The bar for being used at all is evidence that the model predicts anything: an improvement over the base rate that is
above zero with its whole interval and shows in most periods, and an AUC above one half by three standard errors. On
shuffled outcomes an improvement alone passes in 1 of 50 tables, however many deals there are; all three together in
fewer than 1 of 500. Everything else decides between usable and ready.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from icp_fit.features.deals import FEWEST
from icp_fit.training.accuracy import BASE_RATE, MODEL, PROFILE
from icp_fit.training.evaluation import Evaluation
from icp_fit.training.statistics import MIN_ACCOUNTS, Interval

Level = Literal["ready", "usable", "not ready"]
LEVELS: tuple[Level, ...] = ("ready", "usable", "not ready")

# Dynamics 365 asks for 40 won and 40 lost deals.
STEADY_DEALS = 40
LEAST_PERIODS = 0.75  # the share of periods that the model must be ahead in
# In half-widths of a 95% interval: three standard errors.
HALF_WIDTHS = 1.53
# An improvement on the base rate by less than this share of its log loss helps nobody to choose between deals.
LEAST_IMPROVEMENT = 0.01
# Differences that a seller would notice, beyond what chance explains.
NOTICEABLE_GAP = 0.05
STEADY_SLOPE = (0.8, 1.25)


@dataclass(frozen=True)
class VerdictReason:
    """One finding in a sentence, and the best verdict that it allows."""

    level: Level
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """The worst level that any reason allows; the reasons come worst first."""

    level: Level
    reasons: tuple[VerdictReason, ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def judge(evaluation: Evaluation) -> Verdict:
    """The verdict on an evaluated model; `evaluation.stack` should be of the model that is served."""
    reasons = [
        *_count_deals(evaluation),
        _compare_with_base_rate(evaluation),
        _check_ranking(evaluation),
        _compare_with_profile(evaluation),
        *_check_calibration(evaluation),
        *_weigh_evidence(evaluation),
    ]
    reasons.sort(key=lambda reason: -LEVELS.index(reason.level))
    return Verdict(reasons[0].level, tuple(reasons))


def _count_deals(evaluation: Evaluation) -> Iterator[VerdictReason]:
    facts = evaluation.facts
    won, lost = facts.won, facts.deals - facts.won
    if min(won, lost) < FEWEST:
        yield VerdictReason("not ready", f"There are {won:,} won and {lost:,} lost deals: too few to evaluate a model.")
    elif min(won, lost) < STEADY_DEALS:
        yield VerdictReason(
            "usable",
            f"There are {won:,} won and {lost:,} lost deals; {STEADY_DEALS} of each would give a steadier score.",
        )
    if facts.accounts is not None and facts.holdout_accounts < MIN_ACCOUNTS:
        accounts = f"{facts.holdout_accounts} account{'s' if facts.holdout_accounts > 1 else ''}"
        yield VerdictReason(
            "not ready",
            f"The held-out deals are of {accounts}: too few to evaluate a model. Add deals of {MIN_ACCOUNTS} accounts "
            "or more, or leave `account_id` out where it does not name the buyer.",
        )


def _compare_with_base_rate(evaluation: Evaluation) -> VerdictReason:
    improvement, compared = _compared(evaluation, BASE_RATE)
    ahead, periods = sum(period.improvement.value > 0 for period in evaluation.periods), len(evaluation.periods)
    parts = f"in {ahead} of {periods} {'periods' if evaluation.facts.date else 'folds'}"
    if improvement.low <= 0:
        return VerdictReason("not ready", f"It does not clearly beat the base rate: {compared}, better {parts}.")
    if ahead < LEAST_PERIODS * periods:
        return VerdictReason(
            "not ready", f"It does not beat the base rate reliably: {compared}, but better only {parts}."
        )
    if improvement.value < LEAST_IMPROVEMENT * evaluation.accuracy[BASE_RATE].log_loss.value:
        return VerdictReason("usable", f"It hardly beats the base rate: {compared}, better {parts}.")
    return VerdictReason("ready", f"It beats the base rate: {compared}, better {parts}.")


def _check_ranking(evaluation: Evaluation) -> VerdictReason:
    auc = evaluation.accuracy[MODEL].auc
    ranking = f"AUC {auc.value:.3f} ({auc.low:.3f} to {auc.high:.3f})"
    if auc.value - 0.5 > HALF_WIDTHS * (auc.value - auc.low):
        return VerdictReason("ready", f"It ranks won deals before lost ones: {ranking}.")
    return VerdictReason("not ready", f"It may not rank won deals before lost ones: {ranking}.")


def _compare_with_profile(evaluation: Evaluation) -> VerdictReason:
    improvement, compared = _compared(evaluation, PROFILE)
    if improvement.low > 0:
        return VerdictReason("ready", f"It beats the profile alone: {compared}.")
    if improvement.high < 0:
        return VerdictReason("not ready", f"The profile alone is better: {compared}.")
    return VerdictReason("usable", f"It does not clearly beat the profile alone: {compared}.")


def _compared(evaluation: Evaluation, other: str) -> tuple[Interval, str]:
    improvement = evaluation.improvements[other].log_loss
    ours, theirs = (evaluation.accuracy[score].log_loss.value for score in (MODEL, other))
    interval = f"{improvement.value:.3f} ({improvement.low:.3f} to {improvement.high:.3f})"
    return improvement, f"log loss {ours:.3f} against {theirs:.3f}, an improvement of {interval}"


def _check_calibration(evaluation: Evaluation) -> Iterator[VerdictReason]:
    calibration = evaluation.calibration
    won, before = calibration.won.value, calibration.won.value - calibration.drift.value
    drifted = _excludes(calibration.drift, 0) and abs(calibration.drift.value) >= NOTICEABLE_GAP
    change = f"the win rate {'rose' if calibration.drift.value > 0 else 'fell'} from {before:.0%} to {won:.0%}"
    compared = f"{calibration.predicted:.0%} predicted, {won:.0%} won"
    if abs(calibration.gap.value) < NOTICEABLE_GAP:
        despite = f", although {change} since the deals that it was trained on" if drifted else ""
        yield VerdictReason("ready", f"Its probabilities are right on average: {compared}{despite}.")
    elif _excludes(calibration.gap, 0):
        side = "high" if calibration.gap.value > 0 else "low"
        cause = f", as {change}" if drifted else ""
        yield VerdictReason("usable", f"Its probabilities are too {side} on average: {compared}{cause}.")
    else:
        yield VerdictReason("usable", f"Too few deals to say whether its probabilities are right: {compared}.")
    slope = calibration.slope
    if _excludes(slope, 1) and not STEADY_SLOPE[0] <= slope.value <= STEADY_SLOPE[1]:
        close = "lie too close together" if slope.value > 1 else "lie too far apart"
        fault = "point the wrong way" if slope.high < 0 else close
        interval = f"{slope.value:.2f}, {slope.low:.2f} to {slope.high:.2f}"
        yield VerdictReason("usable", f"Its scores {fault}: calibration slope {interval}, where 1 is right.")


def _excludes(interval: Interval, value: float) -> bool:
    return value < interval.low or value > interval.high


def _weigh_evidence(evaluation: Evaluation) -> Iterator[VerdictReason]:
    stack = evaluation.stack
    if stack.shortfall:
        yield VerdictReason("not ready", stack.shortfall)
    elif not stack.has_learned:
        yield VerdictReason(
            "not ready",
            f"Nothing was learned in training on {stack.deals:,} deals: no answer tells won from lost ones beyond what "
            "the profile says. Ask other questions, or see with `icp-fit check` that answers are read as meant.",
        )
    if stack.has_learned:
        share = f"{stack.evidence_share:.0%} of the score comes from the {stack.deals:,} deals trained on"
        level: Level = "ready" if stack.evidence_share >= 0.5 else "usable"
        yield VerdictReason(level, f"{share}, the rest from the profile.")
