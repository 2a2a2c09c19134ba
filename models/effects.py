"""What each answer to one question does to the score, by a fitted model."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.answers import check_answers
from features.factors import Factor
from models.fit import FitClassifier

POINTS = 20


@dataclass(frozen=True)
class Effect:
    """What each answer adds to the log-odds of a deal of which nothing else is known.

    `answers` are numbers in rising order, or words; `deals` counts how many deals gave each answer, or one up to it.
    """

    factor: Factor
    answers: tuple[float, ...] | tuple[str, ...]
    log_odds: tuple[float, ...]
    deals: tuple[int, ...]


def factor_effects(model: FitClassifier, answers: pd.DataFrame) -> list[Effect]:
    """The effect of every factor that some of the given deals answer, strongest first."""
    typed = check_answers(model.profile_, answers)
    answered = [factor for factor in model.profile_.factors if typed[factor.id].notna().any()]
    options = {factor.id: _options(factor, typed[factor.id].dropna()) for factor in answered}
    alone = [pd.DataFrame({factor_id: answers}) for factor_id, answers in options.items()]
    added = model.decision_function(pd.concat(alone, ignore_index=True)) - model.base_log_odds_
    ends = np.cumsum([len(answers) for answers in options.values()])
    effects = [
        _effect(factor, options[factor.id], log_odds, typed[factor.id].dropna())
        for factor, log_odds in zip(answered, np.split(added, ends[:-1]), strict=True)
    ]
    return sorted(effects, key=lambda effect: min(effect.log_odds) - max(effect.log_odds))


def _effect(factor: Factor, options: list[Any], log_odds: np.ndarray, answers: pd.Series) -> Effect:
    if factor.is_number:
        counts: Any = np.bincount(np.searchsorted(options, answers), minlength=len(options))
    else:
        counts = answers.value_counts().reindex(list(options), fill_value=0).to_numpy()
    labels = ("no", "yes") if factor.kind == "yes_no" else tuple(options)
    return Effect(factor, labels, tuple(log_odds.tolist()), tuple(counts.tolist()))


def _options(factor: Factor, answers: pd.Series) -> list[Any]:
    """The possible answers; of numbers, quantiles of the given ones."""
    if factor.is_number:
        quantiles = answers.quantile(np.linspace(0, 1, POINTS + 1), interpolation="nearest")
        return np.unique(quantiles).tolist()
    return list(factor.choices) or [False, True]
