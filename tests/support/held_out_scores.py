"""Held-out scores drawn by hand: as good, as steep and as many as a test needs."""

import numpy as np
from scipy.special import expit

from icp_fit.training.accuracy import HeldOutScores


def draw_scores(count: int = 400, seed: int = 0, tilt: float = 1.0) -> HeldOutScores:
    """Deals scored by their true log-odds times `tilt`; the profile sees a little, and each account has two deals."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-0.5, 1.2, count)
    won = (rng.random(count) < expit(log_odds)).astype(float)
    return HeldOutScores(
        deal=np.arange(count),
        won=won,
        model=tilt * log_odds,
        profile=np.round(log_odds + rng.normal(0, 1.5, count)),
        base_rate=np.full(count, -0.5),
        cluster=np.arange(count) // 2,
        seen_account=np.zeros(count, dtype=bool),
        seen_answers=np.zeros(count, dtype=bool),
    )
