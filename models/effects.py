"""What each answer to one question does to the score, by a fitted model."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from icp_fit.features.answers import check_answers
from icp_fit.features.factors import Factor
from icp_fit.models.fit import FitClassifier
from icp_fit.models.prior import profile_contributions

POINTS = 20
MOST_WORDS = 50  # of a category with more values, those that deals gave most often


@dataclass(frozen=True)
class Effect:
    """What each answer adds to the log-odds of a deal of which nothing else is answered.

    `answers` are numbers in rising order, or words; `deals` counts how many deals gave each answer, or one up to it.
    `declared` is what the profile alone would add, relative to the average deal too; empty where it has no weight.
    """

    factor: Factor
    answers: tuple[float, ...] | tuple[str, ...]
    log_odds: tuple[float, ...]
    deals: tuple[int, ...]
    declared: tuple[float, ...] = ()

    @property
    def reach(self) -> float:
        """How far apart the best and the worst answer are, in the model or in the profile, whichever is farther."""
        return float(max(np.ptp(self.log_odds), np.ptp(self.declared or (0.0,))))

    def to_dict(self) -> dict[str, Any]:
        """The curve as plain data."""
        return {
            "factor": self.factor.id,
            "label": self.factor.label,
            "answers": list(self.answers),
            "log_odds": list(self.log_odds),
            "declared": list(self.declared),
            "deals": list(self.deals),
        }


def factor_effects(model: FitClassifier, answers: pd.DataFrame) -> list[Effect]:
    """The effect of every factor that some of the is_answered deals answer, strongest first."""
    typed = check_answers(model.profile_, answers)
    answered = [factor for factor in model.profile_.factors if typed[factor.id].notna().any()]
    options = {factor.id: _options(factor, typed[factor.id].dropna()) for factor in answered}
    alone = [pd.DataFrame({factor_id: answers}) for factor_id, answers in options.items()]
    if not alone:
        return []
    deals = pd.concat(alone, ignore_index=True)
    added, declared = model.decision_function(deals) - model.base_log_odds_, _declared(model, deals)
    ends = np.cumsum([len(answers) for answers in options.values()])[:-1]
    effects = [
        _effect(factor, options[factor.id], log_odds, contributions, typed[factor.id].dropna())
        for factor, log_odds, contributions in zip(
            answered, np.split(added, ends), np.split(declared, ends), strict=True
        )
    ]
    return sorted(effects, key=lambda effect: -effect.reach)


def _declared(model: FitClassifier, deals: pd.DataFrame) -> np.ndarray:
    """What the profile alone adds to deals with one answer each, shape (deals,)."""
    typed = check_answers(model.profile_, deals)
    matrix, answered = model.encoder_.transform(typed), model.encoder_.answered(typed)
    contributions = profile_contributions(model.encoder_, matrix, answered)
    # A factor that counts when open takes part in every deal, though the profile says nothing of open questions.
    is_answered = np.column_stack([typed[factor.id].notna() for factor in model.profile_.factors])
    return model.profile_member_.factor_log_odds(contributions, answered & is_answered).sum(axis=1)


def _effect(
    factor: Factor, options: list[Any], log_odds: np.ndarray, contributions: np.ndarray, answers: pd.Series
) -> Effect:
    if factor.is_number:
        counts: Any = np.bincount(np.searchsorted(options, answers), minlength=len(options))
    else:
        counts = answers.value_counts().reindex(list(options), fill_value=0).to_numpy()
    labels = ("no", "yes") if factor.kind == "yes_no" else tuple(options)
    declared = tuple(contributions.tolist()) if factor.weight else ()
    return Effect(factor, labels, tuple(log_odds.tolist()), tuple(counts.tolist()), declared)


def _options(factor: Factor, answers: pd.Series) -> list[Any]:
    """The possible answers; of numbers, quantiles of the is_answered ones."""
    if factor.is_number:
        quantiles = answers.quantile(np.linspace(0, 1, POINTS + 1), interpolation="nearest")
        return np.unique(quantiles).tolist()
    if len(factor.choices) <= MOST_WORDS:
        return list(factor.choices) or [False, True]
    common = set(answers.value_counts().index[:MOST_WORDS])
    return [value for value in factor.choices if value in common]
