"""Trainings made by hand: small, quick, and as good or as bad as a test needs."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
from scipy.special import expit

from icp_fit.features.deals import Deals
from icp_fit.features.factors import Dimension, Factor, Profile
from icp_fit.models.fit import FitClassifier
from icp_fit.training.holdout import build_holdout
from icp_fit.training.learned_effects import LearnedEffects, measure_learned_effects
from icp_fit.training.tracking import TrainingRun

FACTORS = (
    Factor("portal", "yes_no", "Portal", "Is there a portal?", direction="up", weight=1.0),
    Factor("integrations", "count", "Integrations", "How many integrations?"),
    Factor("amount", "amount", "Amount", "How large is the deal?"),
    Factor("security", "ordinal", "Security", "How strict is security?", levels=("low", "medium", "high")),
    Factor("industry", "category", "Industry", "Which industry?", values=("bank", "government")),
)


def build_profile(weight: float = 1.0) -> Profile:
    """A profile whose only opinion is on portals; with a weight of 1 it is the law of `build_deals`."""
    factors = (replace(FACTORS[0], weight=weight), *FACTORS[1:])
    return Profile("demo", f"{weight:g}", "Demo", "For tests.", 0.5, (Dimension("all", "All", "All.", factors),))


def build_deals(count: int = 400, seed: int = 0, first: int = 0) -> Deals:
    """Closed deals, two an account, that are won more often where there is a portal."""
    rng = np.random.default_rng(seed)
    portal = rng.random(count) < 0.5
    table = pd.DataFrame(
        {
            "deal_id": [f"D-{first + i}" for i in range(count)],
            "account_id": [f"A-{(first + i) // 2}" for i in range(count)],
            "outcome": np.where(rng.random(count) < expit(np.where(portal, 1.0, -1.0)), "won", "lost"),
            "portal": pd.array(portal, dtype="boolean"),
            "integrations": rng.poisson(4, count).astype(float),
            "amount": np.where(rng.random(count) < 0.2, np.nan, rng.lognormal(10, 1, count)),
            "security": pd.Categorical.from_codes(
                rng.integers(-1, 3, count), pd.Index(FACTORS[3].levels), ordered=True
            ),
            "industry": pd.Categorical.from_codes(rng.integers(-1, 2, count), pd.Index(FACTORS[4].values)),
        }
    )
    table.loc[::7, "portal"] = pd.NA
    rejected = pd.DataFrame({"row": [3], "deal_id": ["D-x"], "reason": ["The outcome is unknown."]})
    return Deals(table, rejected, ignored=(), absent=(), notes=())


def build_prior_model(weight: float = 1.0) -> FitClassifier:
    """A model that learned from no deal, so that the profile's opinion is all that it knows."""
    deals = build_deals(2)
    return FitClassifier(build_profile(weight), random_state=0).fit(deals.answers.iloc[:0], np.zeros(0))


@cache
def fit_hundred_deals() -> FitClassifier:
    """A model with every member, learned from a hundred deals."""
    deals = build_deals(100)
    return FitClassifier(build_profile(), random_state=0).fit(deals.answers, deals.won.to_numpy())


@cache
def measure_drawn_effects(weight: float = 0.2, count: int = 1_000) -> LearnedEffects:
    """What deals teach, in which a portal's weight is 1, of a profile that declares another."""
    some = build_deals(100)
    model = FitClassifier(build_profile(weight), random_state=0).fit(some.answers, some.won.to_numpy())
    return measure_learned_effects(model, build_deals(count))


def build_training(weight: float = 1.0, verdict: str = "usable", deals: Deals | None = None) -> TrainingRun:
    """A training that held out the newer half of its deals."""
    deals = build_deals() if deals is None else deals
    model = build_prior_model(weight)
    held = np.arange(len(deals.table) // 2, len(deals.table))
    log_odds = model.decision_function(deals.answers.iloc[held])
    return TrainingRun(
        model=model,
        deals=deals,
        holdout=build_holdout(deals, held, log_odds, model, np.arange(held[0])),
        metrics={"accuracy": {"log_loss": {"value": 0.6, "low": None}}, "segments": [1, 2]},
        log_loss=0.6,
        verdict=verdict,
        card="# A card\n",
        source="exports/deals.csv",
        parameters={"seed": 0},
    )
