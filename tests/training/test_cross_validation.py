"""Each fold's deals are scored by a model that was trained on its other deals alone, and resemblance is counted."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from icp_fit.training.cross_validation import CrossValidation
from icp_fit.training.progress import silent
from icp_fit.training.splits import Fold, Split
from tests.support.evaluated_deals import QuickModel, build_deals, fit_quickly

EARLY = Fold("early", np.arange(40), np.arange(40, 60))
LATE = Fold("late", np.arange(60), np.arange(60, 100))


def validate(**columns: object) -> tuple[CrossValidation, list[pd.DataFrame]]:
    """Two folds of a hundred deals, and the answers that models were trained on, in turn."""
    deals = build_deals(100)
    deals = replace(deals, table=deals.table.assign(**columns))
    trained_on = []

    def fit(
        answers: pd.DataFrame, won: np.ndarray, accounts: np.ndarray | None, dates: np.ndarray | None
    ) -> QuickModel:
        trained_on.append(answers)
        return fit_quickly(answers, won, accounts, dates)

    split = Split("later periods", "", (EARLY, LATE), (EARLY, LATE), (LATE,), np.arange(100) // 2)
    validation = CrossValidation(deals, split, fit)
    validation.run([LATE, EARLY, LATE], silent)
    return validation, trained_on


def test_each_fold_is_fitted_once_to_its_own_deals() -> None:
    validation, trained_on = validate()
    assert [answers.index.tolist() for answers in trained_on] == [LATE.train.tolist(), EARLY.train.tolist()]
    assert set(validation.scored) == {EARLY, LATE}


def test_model_is_that_of_the_last_main_fold_in_whatever_order_they_were_fitted() -> None:
    assert validate()[0].model.n_deals_ == len(LATE.train)


def test_held_out_deals_have_the_log_odds_of_the_model_that_was_not_trained_on_them() -> None:
    validation, _ = validate()
    late = validation.scored[LATE]
    held_out = validation.answers.iloc[LATE.test]
    assert late.deal.tolist() == LATE.test.tolist()
    assert late.model == pytest.approx(validation.model.decision_function(held_out))
    assert late.profile == pytest.approx(validation.model.profile_log_odds(held_out))
    assert late.won.tolist() == validation.won[60:].tolist()
    assert late.cluster.tolist() == [deal // 2 for deal in LATE.test]


@pytest.mark.parametrize(("won", "odds"), [(0, 0.5 / 60.5), (15, 15.5 / 45.5), (60, 60.5 / 0.5)])
def test_base_rate_is_that_of_the_deals_trained_on_and_half_a_deal_each_way(won: int, odds: float) -> None:
    outcomes = np.where(np.arange(100) < won, "won", "lost")
    late = validate(outcome=outcomes)[0].scored[LATE]
    assert late.base_rate == pytest.approx(math.log(odds))


def test_account_counts_as_seen_where_a_deal_of_it_was_trained_on() -> None:
    accounts = np.where(np.arange(100) == 99, 0, np.arange(100))
    seen = validate(account_id=accounts)[0].scored[LATE].seen_account
    assert np.flatnonzero(seen).tolist() == [39]


def test_answers_count_as_seen_where_a_deal_with_the_same_ones_was_trained_on() -> None:
    amounts = np.arange(100.0)
    amounts[99] = amounts[0]
    alike = {"portal": True, "systems": 3.0, "industry": None, "amount": amounts}
    seen = validate(**alike)[0].scored[LATE].seen_answers
    assert np.flatnonzero(seen).tolist() == [39]


def test_pool_holds_the_deals_of_all_folds() -> None:
    pooled = validate()[0].pool([EARLY, LATE])
    assert pooled.deal.tolist() == [*EARLY.test, *LATE.test]


def test_progress_ends_at_one_and_weighs_folds_by_their_deals() -> None:
    steps: list[float] = []
    deals = build_deals(100)
    split = Split("later periods", "", (EARLY, LATE), (EARLY, LATE), (LATE,), np.arange(100))
    CrossValidation(deals, split, fit_quickly).run([EARLY, LATE], lambda _, done: steps.append(done))
    assert steps == pytest.approx([1_040 / 2_100, 1.0])
