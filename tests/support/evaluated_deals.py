"""Deals with as much signal as a test asks for, and a model that learns from them within milliseconds."""

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from icp_fit.features.deals import Deals
from icp_fit.features.factors import Dimension, Factor, Profile
from icp_fit.training.evaluation import Evaluation, evaluate

INDUSTRIES = ("bank", "government", "retail")
PROFILE = Profile(
    "demo",
    "1",
    "Demo customer",
    "For tests.",
    0.4,
    (
        Dimension(
            "all",
            "All",
            "All.",
            (
                Factor("portal", "yes_no", "Portal", "Is there a portal?", direction="up", weight=0.5),
                Factor("systems", "count", "Systems", "How many systems?"),
                Factor("industry", "category", "Industry", "Which industry?", values=INDUSTRIES),
                Factor("amount", "amount", "Amount", "How large is the deal?"),
            ),
        ),
    ),
)


def build_deals(count: int, seed: int = 0, effect: float = 1.5, dated: bool = True) -> Deals:
    """Deals of accounts with about two each; `effect` is what a portal, and two more systems, do to the log-odds."""
    rng = np.random.default_rng(seed)
    portal, systems = rng.random(count) < 0.5, rng.poisson(4, count).astype(float)
    log_odds = -0.4 + effect * (portal - 0.5) + effect / 2 * (systems - 4)
    table = pd.DataFrame(
        {
            "deal_id": [f"D-{i}" for i in range(count)],
            "account_id": rng.integers(0, count // 2 + 1, count),
            "closed_on": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, count), "D"),
            "outcome": np.where(rng.random(count) < expit(log_odds), "won", "lost"),
            "portal": pd.array(portal, dtype="boolean"),
            "systems": systems,
            "industry": pd.Categorical.from_codes(rng.choice([-1, 0, 0, 0, 1, 1, 2], count), INDUSTRIES),
            "amount": np.where(rng.random(count) < 0.2, np.nan, rng.lognormal(11, 1, count)),
        }
    )
    if not dated:
        table = table.drop(columns="closed_on")
    return Deals(table, table.iloc[:0], ignored=(), absent=(), notes=())


@dataclass
class QuickModel:
    """A logistic regression on two answers that plays the fit model, beside the profile alone."""

    n_deals_: int
    coefficients: np.ndarray | None
    evidence_share_: float = 0.8
    shortfall_: str = ""
    weights_: dict[str, float] = field(default_factory=lambda: {"profile": 0.2, "linear": 0.8})

    def decision_function(self, answers: pd.DataFrame) -> np.ndarray:
        if self.coefficients is None:
            return self.profile_log_odds(answers)
        return np.asarray(_matrix(answers) @ self.coefficients)

    def profile_log_odds(self, answers: pd.DataFrame) -> np.ndarray:
        return np.asarray(logit(PROFILE.win_rate) + _matrix(answers)[:, 1])


def fit_quickly(
    answers: pd.DataFrame, won: np.ndarray, accounts: np.ndarray | None, dates: np.ndarray | None
) -> QuickModel:
    """A few Newton steps, penalised; the profile where there is one outcome only."""
    if len(np.unique(won)) < 2:
        return QuickModel(len(won), None, evidence_share_=0.0)
    matrix, coefficients, penalty = _matrix(answers), np.zeros(3), np.diag([0.0, 5.0, 5.0])
    for _ in range(8):
        rate = expit(matrix @ coefficients)
        slope = matrix.T @ (won - rate) - penalty @ coefficients
        coefficients = coefficients + np.linalg.solve((matrix.T * (rate * (1 - rate))) @ matrix + penalty, slope)
    return QuickModel(len(won), coefficients)


@cache
def evaluate_drawn_deals(count: int = 800, seed: int = 0, effect: float = 1.5, dated: bool = True) -> Evaluation:
    return evaluate(build_deals(count, seed, effect, dated), PROFILE, seed=seed, fit=fit_quickly)


def _matrix(answers: pd.DataFrame) -> np.ndarray:
    portal, systems = answers["portal"].to_numpy(dtype=float), answers["systems"].to_numpy()
    return np.column_stack([np.ones(len(answers)), portal - 0.5, (systems - 4) / 2])
