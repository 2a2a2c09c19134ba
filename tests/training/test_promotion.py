"""A challenger passes only if it is better than the champion by more than noise, on deals that neither has seen."""

import re
from dataclasses import replace

import numpy as np
import pytest

from icp_fit.features.deals import Deals
from icp_fit.models.fit import FitClassifier
from icp_fit.training.holdout import Holdout
from icp_fit.training.promotion import Comparison, compare_holdouts
from tests.support.training_runs import build_deals, build_profile, build_training


def holdout_of(weight: float, deals: Deals) -> Holdout:
    return build_training(weight, deals=deals).holdout


def without(deals: Deals, *columns: str) -> Deals:
    return replace(deals, table=deals.table.drop(columns=list(columns)))


def test_better_model_passes_with_the_gain_in_its_reason() -> None:
    deals = build_deals(2_000)
    found = compare_holdouts(holdout_of(1.0, deals), holdout_of(0.0, deals))
    assert isinstance(found, Comparison)
    assert found.is_better
    assert (found.deals, found.accounts) == (1_000, 500)
    assert found.champion == pytest.approx(np.log(2))
    assert found.improvement.value == pytest.approx(found.champion - found.challenger)
    assert str(found).startswith("On the same 1,000 deals of 500 accounts the challenger's log loss is 0.5886")


@pytest.mark.parametrize(
    ("challenger", "champion"), [(0.0, 1.0), (1.0, 1.0), (1.0, 0.97)], ids=["worse", "equal", "close"]
)
def test_model_that_is_not_clearly_better_does_not_pass(challenger: float, champion: float) -> None:
    deals = build_deals(400)
    found = compare_holdouts(holdout_of(challenger, deals), holdout_of(champion, deals))
    assert isinstance(found, Comparison)
    assert not found.is_better


def test_worse_models_never_ratchet_the_champion_down() -> None:
    """Ten challengers, each one per cent worse than the champion: not one passes."""
    for seed in range(10):
        deals = build_deals(300, seed=seed)
        found = compare_holdouts(holdout_of(0.6, deals), holdout_of(1.0, deals))
        assert isinstance(found, Comparison)
        assert not found.is_better


def test_deals_of_few_accounts_widen_the_interval() -> None:
    """Forty accounts, each with deals that all went alike, are little evidence, however many deals they have."""
    deals = build_deals(2_000)
    alike = deals.table["outcome"] + deals.table["portal"].astype("str") + (deals.table.index % 10).map(str)
    widths = []
    for table in (without(deals, "account_id"), replace(deals, table=deals.table.assign(account_id=alike))):
        found = compare_holdouts(holdout_of(1.0, table), holdout_of(0.5, table))
        assert isinstance(found, Comparison)
        widths.append(found.improvement.high - found.improvement.low)
    assert widths[1] > 2 * widths[0]


def test_deals_that_the_champion_was_fitted_on_are_left_out() -> None:
    """Of 300 newer deals it saw none, and of 100 that were its own holdout it kept what it said without them."""
    champion, challenger = holdout_of(0.5, build_deals(400)), holdout_of(1.0, build_deals(800))
    log_odds = champion.log_odds(challenger.deals)
    assert not np.isnan(log_odds).any()
    refitted = replace(champion, training_keys=np.append(champion.training_keys, challenger.deals["_deal"].iloc[:30]))
    assert np.isnan(refitted.log_odds(challenger.deals)).sum() == 30


@pytest.mark.parametrize(
    ("challenger", "reason"),
    [
        (build_deals(80, first=1_000), "the champion was not trained on 40 .*a comparison needs 50, won and lost"),
        (without(build_deals(), "deal_id"), "Give every table a `deal_id`"),
        (replace(build_deals(), table=build_deals().table.assign(outcome="won")), r"\(200 won\).*won and lost ones"),
        (replace(build_deals(), table=build_deals().table.assign(account_id="A-1")), "of 1 accounts; .*20 accounts"),
    ],
    ids=["few", "unidentified", "one outcome", "one account"],
)
def test_models_that_cannot_be_compared_say_why(challenger: Deals, reason: str) -> None:
    found = compare_holdouts(holdout_of(1.0, challenger), holdout_of(0.0, build_deals()))
    assert isinstance(found, str)
    assert re.search(reason, found)


def test_champion_is_not_judged_on_questions_that_are_no_longer_asked() -> None:
    champion = holdout_of(0.0, build_deals())
    dimension = build_profile().dimensions[0]
    fewer = replace(build_profile(), dimensions=(replace(dimension, factors=dimension.factors[1:]),))
    model = FitClassifier(fewer).fit(build_deals(2).answers.iloc[:0], np.zeros(0))
    found = compare_holdouts(replace(champion, model=model), champion)
    assert isinstance(found, str)
    assert found.startswith("The challenger's profile does not ask about factors of the champion's: portal. Ask about")
