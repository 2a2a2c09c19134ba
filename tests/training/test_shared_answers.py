"""Few accounts whose deals share their answers: linked by both they would be one group, and nothing could be seen."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from icp_fit.features.deals import Deals, read_deals
from icp_fit.features.drafting.draft import draft_profile
from icp_fit.features.factors import Profile
from icp_fit.features.leakage import find_leaks
from icp_fit.training.evaluation import evaluate
from icp_fit.training.verdict import judge


def draw_table(accounts: int, count: int = 1_000, dated: bool = True) -> pd.DataFrame:
    """Deals of which few have answers of their own, each with an honest signal; `booked` is 0 for every lost one."""
    rng = np.random.default_rng(0)
    product, seats = rng.integers(0, 7, count), rng.integers(10, 60, count)
    won = rng.random(count) < expit((product - 3) / 1.5 + (seats - 35) / 20)
    table = pd.DataFrame(
        {
            "account": [f"Account {i}" for i in rng.integers(0, accounts, count)],
            "product": [f"Product {i}" for i in product],
            "seats": seats,
            "booked": np.where(won, rng.integers(1, 9, count) * 1_000, 0),
            "stage": np.where(won, "Won", "Lost"),
        }
    )
    close = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(count) // 3, "D")
    return table.assign(close_date=close.strftime("%Y-%m-%d")) if dated else table


def read(table: pd.DataFrame) -> tuple[Deals, Profile]:
    drafted = draft_profile(table, "stage")
    return read_deals(table, drafted.profile, drafted.mapping), drafted.profile


def test_guard_blocks_what_is_zero_for_every_lost_deal() -> None:
    leaks = find_leaks(*read(draw_table(40)))
    assert [(leak.column, leak.blocking) for leak in leaks] == [("booked", True)]


@pytest.mark.slow
@pytest.mark.parametrize("dated", [True, False], ids=["dated", "undated"])
def test_fit_learns_and_the_verdict_says_so(dated: bool) -> None:
    evaluation = evaluate(*read(draw_table(40, dated=dated).drop(columns="booked")))
    verdict = judge(evaluation)
    assert evaluation.stack.evidence_share > 0.8
    assert evaluation.accuracy["model"].auc.value > 0.7
    assert verdict.level in ("usable", "ready"), verdict.reasons
