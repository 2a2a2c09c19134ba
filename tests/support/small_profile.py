"""A small profile with a factor of every kind, and deals with a known law to learn it from."""

from functools import cache

import numpy as np
import pandas as pd
from scipy.special import expit

from icp_fit.features.factors import Dimension, Factor, Profile
from icp_fit.models.fit import FitClassifier

NEEDS = Dimension(
    "needs",
    "Needs",
    "What the buyer needs.",
    (
        Factor("portal", "yes_no", "Portal", "Is there a portal?", direction="up", weight=0.6),
        Factor("systems", "count", "Systems", "How many systems?", direction="up", weight=0.8, scale=(1, 20)),
        Factor("rivals", "count", "Rivals", "How many rivals?", direction="down"),
        Factor("security", "ordinal", "Security", "How strict?", levels=("low", "high", "top"), direction="up"),
    ),
)
CONTEXT = Dimension(
    "context",
    "Context",
    "What the deal is like.",
    (
        Factor("amount", "amount", "Amount", "How large?"),
        Factor(
            "industry", "category", "Industry", "Which?", values=("bank", "retail", "state"), unanswered="informative"
        ),
    ),
)
PROFILE = Profile("small", "1", "Small", "For tests.", 0.4, (NEEDS, CONTEXT))


def draw_answers(count: int, seed: int = 0, blank: float = 0.15) -> pd.DataFrame:
    """Answers of every kind, a part of them missing."""
    rng = np.random.default_rng(seed)

    def sometimes(column: pd.Series) -> pd.Series:
        return column.mask(rng.random(count) < blank)

    return pd.DataFrame(
        {
            "portal": sometimes(pd.Series(rng.random(count) < 0.5).astype("boolean")),
            "systems": sometimes(pd.Series(rng.poisson(6, count).astype(float))),
            "rivals": sometimes(pd.Series(rng.poisson(2, count).astype(float))),
            "security": sometimes(
                pd.Series(
                    pd.Categorical.from_codes(rng.integers(0, 3, count), pd.Index(["low", "high", "top"]), ordered=True)
                )
            ),
            "amount": sometimes(pd.Series(rng.lognormal(11, 1, count))),
            "industry": sometimes(
                pd.Series(pd.Categorical.from_codes(rng.integers(0, 3, count), pd.Index(["bank", "retail", "state"])))
            ),
        }
    )


def draw_outcomes(answers: pd.DataFrame, seed: int = 0) -> np.ndarray:
    """Outcomes that portals and systems make likelier, rivals less likely, and blanks on the industry less likely."""
    portal = answers["portal"].astype("float64").fillna(0.5)
    log_odds = (
        1.2 * (2 * portal - 1)
        + 0.15 * (answers["systems"].fillna(6) - 6)
        - 0.3 * (answers["rivals"].fillna(2) - 2)
        - 1.0 * answers["industry"].isna()
    )
    return np.random.default_rng(seed + 1).random(len(answers)) < expit(log_odds.to_numpy() - 0.4)


@cache
def fit_small_model(count: int = 300, seed: int = 0) -> FitClassifier:
    """A model learned from so many deals; with none of them, all profile."""
    answers = draw_answers(count, seed)
    return FitClassifier(PROFILE, random_state=seed).fit(answers, draw_outcomes(answers, seed))
