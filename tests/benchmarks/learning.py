"""Learning from few example deals to many, held against the truth, the profile alone and the base rate."""

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from scipy.special import expit, logit

from icp_fit.features.factors import Profile
from icp_fit.features.profile import read_profile
from icp_fit.features.simulation.sample import sample_deals
from icp_fit.models.fit import FitClassifier

SIZES = (0, 10, 40, 100, 400, 2_000, 10_000)
SEEDS = 5
NEW_DEALS = 9_000


def measure_learning(console: Console) -> None:
    """Print, by number of deals, the mean log loss over seeds, its ratios to the alternatives, and coverage."""
    profile = read_profile("liferay")
    table = Table("deals", "log loss", "profile alone", "base rate", "truth", box=None)
    for name in ("to better of both", "to truth", "80% holds", "all answers"):
        table.add_column(name)
    for column in table.columns:
        column.justify = "right"
    for size in SIZES:
        seen = pd.DataFrame([_measure(profile, size, seed) for seed in range(SEEDS)]).mean()
        better = min(seen.profile, seen.base_rate)
        figures = (seen.model, seen.profile, seen.base_rate, seen.truth, seen.model / better, seen.model / seen.truth)
        table.add_row(f"{size:,}", *(f"{f:.4f}" for f in figures), f"{seen.holds:.1%}", f"{seen.holds_all:.1%}")
    console.print(f"Log loss on {NEW_DEALS:,} new example deals, mean over {SEEDS} seeds")
    console.print(table)
    console.print(
        "Targets: never more than 1.01 to the better of profile alone and base rate; at 10,000 at most 1.02 to the "
        "truth; from 400 deals on, the 80% interval holds the true probability, given the answers shown, in 75% to "
        "90%. The last column is the share that holds the probability given also the answers that nobody asked for."
    )


def _measure(profile: Profile, size: int, seed: int) -> dict[str, float]:
    deals, new = draw_closed(profile, size, seed), draw_closed(profile, NEW_DEALS, 1_000 + seed, truth=True)
    won, ended = (deals["outcome"] == "won").to_numpy(), (new["outcome"] == "won").to_numpy()
    model = FitClassifier(profile, random_state=seed)
    model.fit(deals, won, groups=deals["account_id"], dates=deals["closed_on"] if size else None)
    low, high = model.predict_interval(new).T
    shown, all_answers = new["true_win_probability"], new["true_win_probability_all_answers"]
    rate = (won.sum() + 0.5) / (size + 1) if size else profile.win_rate
    return {
        "model": mean_loss(ended, model.decision_function(new)),
        "profile": mean_loss(ended, model.profile_log_odds(new)),
        "base_rate": mean_loss(ended, np.full(len(new), logit(rate))),
        "truth": mean_loss(ended, logit(shown.to_numpy())),
        "holds": ((low <= shown) & (shown <= high)).mean(),
        "holds_all": ((low <= all_answers) & (all_answers <= high)).mean(),
    }


def draw_closed(profile: Profile, size: int, seed: int, truth: bool = False) -> pd.DataFrame:
    """So many example deals that are won or lost, in the order in which they were."""
    deals = sample_deals(profile, int(size * 1.25) + 20, seed, truth)
    closed = deals[deals["outcome"].notna()]
    chosen = np.random.default_rng(seed).choice(len(closed), size, replace=False)
    return closed.iloc[chosen].sort_values("closed_on", kind="stable").reset_index(drop=True)


def mean_loss(won: np.ndarray, log_odds: np.ndarray) -> float:
    p = expit(log_odds)
    return float(-np.where(won, np.log(p), np.log1p(-p)).mean())
