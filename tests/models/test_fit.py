from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import log_loss
from sklearn.utils.estimator_checks import parametrize_with_checks

from icp_fit.features.errors import DealsError
from icp_fit.features.factors import Factor
from icp_fit.models import curves, interactions, latent_classes, linear
from icp_fit.models.explain import explain
from icp_fit.models.fit import FitClassifier
from tests.support.small_profile import CONTEXT, NEEDS, PROFILE, draw_answers, draw_outcomes, fit_small_model

UP, DOWN = ["portal", "systems", "security"], ["rivals"]
IGNORED = ["portal", "systems", "rivals", "security", "amount"]
STEPS = {"portal": [False, True], "security": ["low", "high", "top"], "systems": [0, 3, 9, 40], "rivals": [0, 1, 3, 12]}

# The small profile, in which no open question counts.
SILENT = replace(
    PROFILE,
    dimensions=(
        NEEDS,
        replace(CONTEXT, factors=(CONTEXT.factors[0], replace(CONTEXT.factors[1], unanswered="ignore"))),
    ),
)

sizes = pytest.mark.parametrize("count", [0, 30, 300], ids=["no deals", "few deals", "all members"])


@pytest.fixture
def quick_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer trees, penalties and classes: what scikit-learn asks of an estimator hangs on none of them."""
    monkeypatch.setattr(interactions, "RANDOMISED_TREES", 30)
    monkeypatch.setattr(linear, "PENALTIES", linear.PENALTIES[::4])
    monkeypatch.setattr(latent_classes, "COUNTS", (1, 2))
    monkeypatch.setitem(curves.OPTIONS, "max_iter", 20)


@pytest.mark.slow
@pytest.mark.usefixtures("quick_fits")
@parametrize_with_checks([FitClassifier()])
def test_classifier_keeps_the_conventions_of_scikit_learn(
    estimator: BaseEstimator, check: Callable[[BaseEstimator], None]
) -> None:
    check(estimator)


def test_classifier_is_short_as_text_and_keeps_the_page_of_scikit_learn() -> None:
    settings = "profile=<small 1>, profile_strength=40.0, random_state=0"
    assert repr(FitClassifier(PROFILE)) == f"FitClassifier({settings})"
    assert repr(FitClassifier(profile_strength=3.5)) == (
        "FitClassifier(profile=None, profile_strength=3.5, random_state=0)"
    )
    model = fit_small_model(300)
    share = f"{model.evidence_share_:.0%}"
    assert repr(model) == f"<FitClassifier({settings}) trained on 300 deals, evidence share {share}>"
    assert repr(clone(model)) == f"FitClassifier({settings})"
    assert "sk-estimator" in model._repr_html_()


def test_classifier_without_deals_says_what_the_profile_says() -> None:
    answers = draw_answers(50)
    model = fit_small_model(0)
    assert np.allclose(model.decision_function(answers), model.profile_log_odds(answers))
    assert model.evidence_share_ == 0


def test_profile_alone_is_its_win_rate_where_nothing_is_answered() -> None:
    blank = draw_answers(3, blank=1.0)
    assert np.allclose(fit_small_model(300).profile_log_odds(blank), logit(PROFILE.win_rate))


def test_profile_alone_adds_weights_times_positions() -> None:
    deal = pd.DataFrame({"portal": ["yes"], "systems": [20]}).reindex(columns=PROFILE.factor_ids)
    expected = logit(PROFILE.win_rate) + 0.6 + 0.8
    assert fit_small_model(0).profile_log_odds(deal).item() == pytest.approx(expected, abs=1e-6)


def test_classifier_learns_every_member_from_enough_deals() -> None:
    model = fit_small_model(300)
    assert list(model.members_) == ["linear", "curves", "interactions"]
    assert all(weight >= 0 for weight in model.weights_.values())
    assert 0.3 < model.evidence_share_ <= 1


def test_classifier_learns_the_win_rate_alone_from_too_few_deals() -> None:
    model = fit_small_model(12)
    assert not model.members_
    assert model.n_deals_ == 12


def test_classifier_beats_the_base_rate_and_a_wrong_profile_on_new_deals() -> None:
    answers = draw_answers(1000, seed=9)
    won = draw_outcomes(answers, seed=9)
    model = fit_small_model(300)
    loss = log_loss(won, model.predict_proba(answers)[:, 1])
    assert loss < log_loss(won, np.full(1000, won.mean())) - 0.03
    assert loss < log_loss(won, expit(model.profile_log_odds(answers)))


def test_classifier_does_no_worse_than_the_base_rate_where_there_is_nothing_to_learn() -> None:
    shuffled = np.random.default_rng(0).random(400) < 0.3
    answers = draw_answers(400, seed=3)
    model = FitClassifier(PROFILE).fit(answers, shuffled)
    new = draw_answers(2000, seed=4)
    truth = np.full(2000, 0.3)
    p = model.predict_proba(new)[:, 1]
    expected_loss = -(truth * np.log(p) + (1 - truth) * np.log(1 - p)).mean()
    assert expected_loss < -(0.3 * np.log(0.3) + 0.7 * np.log(0.7)) * 1.03


@sizes
@pytest.mark.parametrize("factor_id", IGNORED)
def test_unanswered_contributes_exactly_what_leaving_the_factor_out_does(count: int, factor_id: str) -> None:
    model, answers = fit_small_model(count), draw_answers(20, seed=5, blank=0)
    blank = answers.copy()
    blank[factor_id] = answers[factor_id].iloc[:0].reindex(answers.index)
    assert np.array_equal(model.decision_function(blank), model.decision_function(answers.drop(columns=factor_id)))


@pytest.mark.parametrize("count", [0, 12, 300])
def test_deal_without_answers_gets_the_base_log_odds(count: int) -> None:
    answers = draw_answers(count)
    model = FitClassifier(SILENT).fit(answers, draw_outcomes(answers))
    assert model.decision_function(draw_answers(2, blank=1.0)) == pytest.approx(model.base_log_odds_, abs=1e-12)


def test_unanswered_speaks_where_the_profile_says_that_it_informs() -> None:
    model, answers = fit_small_model(300), draw_answers(20, seed=5, blank=0)
    silent = answers.assign(industry=answers["industry"].iloc[:0].reindex(answers.index))
    assert (model.decision_function(silent) < model.decision_function(answers)).mean() > 0.9


@sizes
@given(seed=st.integers(0, 10_000), factor_id=st.sampled_from(UP + DOWN))
@settings(max_examples=25, deadline=None)
def test_score_never_moves_against_a_declared_direction(count: int, seed: int, factor_id: str) -> None:
    deal = draw_answers(1, seed=seed, blank=0.3).drop(columns=factor_id)
    steps = STEPS[factor_id]
    deals = pd.concat([deal] * len(steps), ignore_index=True).assign(**{factor_id: steps})
    moves = np.diff(fit_small_model(count).decision_function(deals))
    assert (moves >= -1e-12).all() if factor_id in UP else (moves <= 1e-12).all()


def test_column_that_is_no_factor_changes_nothing() -> None:
    answers = draw_answers(10)
    assert np.array_equal(
        fit_small_model(300).decision_function(answers.assign(owner="Kim")),
        fit_small_model(300).decision_function(answers),
    )


@pytest.mark.slow
def test_same_seed_gives_the_same_model() -> None:
    answers = draw_answers(80)
    won = draw_outcomes(answers)
    one, other = (FitClassifier(PROFILE, random_state=3).fit(answers, won).decision_function(answers) for _ in range(2))
    assert np.array_equal(one, other)


def test_order_of_the_answers_columns_changes_nothing() -> None:
    answers = draw_answers(20)
    assert np.array_equal(
        fit_small_model(300).decision_function(answers),
        fit_small_model(300).decision_function(answers[answers.columns[::-1]]),
    )


@pytest.mark.slow
def test_order_of_dated_deals_does_not_change_what_is_learned() -> None:
    answers, new = draw_answers(600, seed=4), draw_answers(50, seed=6)
    won, order = draw_outcomes(answers, seed=4), np.random.default_rng(1).permutation(600)
    model = FitClassifier(PROFILE).fit(answers, won, dates=np.arange(600))
    other = FitClassifier(PROFILE).fit(answers.iloc[order], won[order], dates=order)
    assert other.decision_function(new) == pytest.approx(model.decision_function(new), abs=1e-9)


def test_order_of_deals_does_not_change_their_scores() -> None:
    answers, order = draw_answers(300), np.random.default_rng(1).permutation(300)
    scores = fit_small_model(300).decision_function(answers)
    assert fit_small_model(300).decision_function(answers.iloc[order]) == pytest.approx(scores[order], abs=1e-12)


@pytest.mark.parametrize("factor", PROFILE.factors, ids=PROFILE.factor_ids)
def test_profile_with_a_single_factor_is_learned(factor: Factor) -> None:
    profile = replace(PROFILE, dimensions=(replace(NEEDS, factors=(factor,)),))
    answers, new = draw_answers(80), draw_answers(50, seed=7)
    model = FitClassifier(profile).fit(answers, draw_outcomes(answers))
    assert list(model.members_) == ["linear", "curves", "interactions"]
    found = explain(model, new)
    assert found.log_odds == pytest.approx(model.decision_function(new), abs=1e-9)
    assert found.points_by_dimension == pytest.approx(found.points)


def test_value_that_was_never_seen_is_scored_as_a_value_of_no_column() -> None:
    answers = draw_answers(300)
    seen = answers.assign(industry=answers["industry"].where(answers["industry"] != "state"))
    model = FitClassifier(SILENT).fit(seen, draw_outcomes(answers))
    unanswered = draw_answers(1, blank=1)
    state, bank = (model.decision_function(unanswered.assign(industry=value)) for value in ("state", "bank"))
    assert np.isfinite(state)
    assert state != bank
    assert explain(model, unanswered.assign(industry="state")).log_odds == pytest.approx(state, abs=1e-9)


def test_clone_has_the_same_parameters() -> None:
    model = FitClassifier(PROFILE, profile_strength=7, random_state=5)
    assert clone(model).get_params() == model.get_params()


def test_deals_of_weight_zero_do_not_move_the_win_rate() -> None:
    answers = draw_answers(16)
    won = np.arange(16) < 8
    weight = np.where(won, 1.0, 0.0)
    model = FitClassifier(PROFILE).fit(answers, won, sample_weight=weight)
    assert model.base_log_odds_ > FitClassifier(PROFILE).fit(answers, won).base_log_odds_


def test_answer_that_the_profile_does_not_know_is_refused() -> None:
    deal = pd.DataFrame({"security": ["extreme"]}).reindex(columns=PROFILE.factor_ids)
    with pytest.raises(DealsError, match=r'`security` must be one of .*, got "extreme"'):
        fit_small_model(0).predict(deal)


@pytest.mark.parametrize("method", ["predict_proba", "predict", "decision_function", "predict_interval"])
def test_table_without_most_of_the_questions_is_refused_with_the_nearest_columns(method: str) -> None:
    model, answers = fit_small_model(300), draw_answers(5)
    theirs = answers.rename(columns={"systems": "Systems count", "rivals": "Rival", "amount": "x", "portal": "y"})
    with pytest.raises(DealsError, match=r"4 of the 6 questions .*`systems` \(nearest: \"Systems count\"\).*reindex"):
        getattr(model, method)(theirs)
    with pytest.raises(DealsError, match="4 of the 6 questions"):
        explain(model, theirs)
    half = answers[["industry", "portal", "systems"]]
    whole = half.reindex(columns=PROFILE.factor_ids)
    np.testing.assert_array_equal(getattr(model, method)(half), getattr(model, method)(whole))
    getattr(model, method)(answers[[]].reindex(columns=PROFILE.factor_ids))


def test_questions_that_no_deal_trained_on_answered_may_be_without_a_column() -> None:
    answers = draw_answers(60)[["systems", "rivals"]]
    model = FitClassifier(PROFILE).fit(answers, draw_outcomes(draw_answers(60)))
    assert model.predict_proba(answers[["rivals"]]).shape == (60, 2)
    with pytest.raises(DealsError, match=r"2 of the 2 questions"):
        model.predict_proba(draw_answers(3)[["portal", "security", "amount", "industry"]])


def test_three_outcomes_are_refused() -> None:
    with pytest.raises(ValueError, match="Only binary classification is supported"):
        FitClassifier(PROFILE).fit(draw_answers(3), ["won", "lost", "open"])


def test_labels_may_be_words() -> None:
    answers = draw_answers(60)
    won = draw_outcomes(answers)
    model = FitClassifier(PROFILE).fit(answers, np.where(won, "won", "lost"))
    assert model.classes_.tolist() == ["lost", "won"]
    assert set(model.predict(answers)) <= {"lost", "won"}


@pytest.mark.parametrize("accounts", [["one"] * 80, ["one"] * 60 + ["other"] * 20], ids=["one account", "two accounts"])
def test_accounts_that_leave_too_little_to_train_on_are_divided_and_it_is_said(accounts: list[str]) -> None:
    answers = draw_answers(80)
    model = FitClassifier(PROFILE).fit(answers, draw_outcomes(answers), groups=accounts)
    assert model.members_
    assert "leave `account_id` empty" in model.shortfall_


def test_deals_too_few_to_divide_leave_the_profile_and_the_win_rate_and_say_why() -> None:
    answers = draw_answers(80)
    model = FitClassifier(PROFILE).fit(answers, np.arange(80) < 9)
    assert not model.members_
    assert "there are 9 won and 71 lost deals" in model.shortfall_
    assert np.isfinite(model.decision_function(answers)).all()


def test_dates_that_leave_one_outcome_to_learn_from_are_not_cut_into_blocks() -> None:
    answers = draw_answers(80)
    model = FitClassifier(PROFILE).fit(answers, np.arange(80) >= 70, dates=np.arange(80))
    assert list(model.members_) == ["linear", "curves", "interactions"]


def test_accounts_that_fill_a_block_of_time_are_learned_from() -> None:
    answers = draw_answers(80)
    accounts = np.repeat(np.arange(41), [40] + [1] * 40)
    model = FitClassifier(PROFILE).fit(answers, draw_outcomes(answers), groups=accounts, dates=np.arange(80))
    assert model.members_


def test_profile_that_asks_nothing_before_the_close_leaves_the_win_rate() -> None:
    late = tuple(replace(factor, known_at="close", weight=0.0) for factor in PROFILE.factors)
    profile = replace(PROFILE, dimensions=(replace(PROFILE.dimensions[0], factors=late),))
    answers = draw_answers(80)
    model = FitClassifier(profile).fit(answers, draw_outcomes(answers))
    assert np.ptp(model.decision_function(answers)) == 0
