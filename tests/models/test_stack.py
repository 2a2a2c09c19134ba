"""The weights of the members: the profile alone without evidence, what predicts with it, and never a negative one."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, logit

from icp_fit.models.stack import BALANCE, fit_stack, fit_weights

COUNT = 4000


def deals(*truth: float, seed: int = 0, intercept: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds of independent members and outcomes that follow so much of each of them."""
    rng = np.random.default_rng(seed)
    members = rng.normal(size=(COUNT, len(truth)))
    return members, (rng.random(COUNT) < expit(intercept + members @ np.array(truth))).astype(float)


def fit(members: np.ndarray, won: np.ndarray, strength: float = 1.0) -> tuple[float, np.ndarray]:
    """The weights where the profile is the first member, and right."""
    return fit_weights(members, won, np.ones(len(won)), expit(members[:, 0]), strength)


def test_weights_are_those_that_the_outcomes_follow() -> None:
    intercept, weights = fit(*deals(0.6, 0.9, 0.3, 0.7, intercept=-0.5))
    assert intercept == pytest.approx(-0.5, abs=0.12)
    assert weights == pytest.approx([0.6, 0.9, 0.3, 0.7], abs=0.12)


def test_no_weight_is_negative_where_a_member_errs_and_the_others_make_up_for_it() -> None:
    _, weights = fit(*deals(0.5, -0.8, 0.5, 0.5))
    assert weights[1] == 0
    assert (weights[[0, 2, 3]] > 0.2).all()


def test_profile_has_the_only_weight_where_its_word_is_worth_more_than_all_deals() -> None:
    intercept, weights = fit(*deals(0.0, 1.0, 0.0, 1.0), strength=1e7)
    assert intercept == pytest.approx(0, abs=0.01)
    assert weights == pytest.approx([1, 0, 0, 0], abs=0.01)


def test_pull_toward_the_profile_grows_with_its_strength() -> None:
    data = deals(0.0, 1.0, 0.0, 1.0)
    profile = [fit(*data, strength=strength)[1][0] for strength in (1, 100, 1_000, 10_000)]
    assert profile == sorted(profile)
    assert profile[-1] - profile[0] > 0.5


def test_strength_is_a_number_of_deals_that_went_as_the_profile_says() -> None:
    """As many deals again, each won to the share that the profile gives it, do the same as the pull."""
    members, won = deals(0.4, 0.9)
    prior = expit(members[:, 0])
    pulled = fit_weights(members, won, np.ones(COUNT), prior, strength=COUNT / 2)
    again = np.concatenate([members, members])
    shares, weight = np.concatenate([won, prior]), np.concatenate([np.ones(COUNT), np.full(COUNT, 0.5)])
    given_shares = fit_weights(again, shares, weight, expit(again[:, 0]), strength=1e-9)
    assert pulled[0] == pytest.approx(given_shares[0], abs=1e-3)
    assert pulled[1] == pytest.approx(given_shares[1], abs=1e-3)


def test_deal_of_twice_the_weight_counts_as_two() -> None:
    members, won = deals(0.4, 0.9)
    prior, twice = expit(members[:, 0]), np.arange(COUNT) % 2
    heavy = fit_weights(members, won, 1.0 + twice, prior, strength=1e-9)
    rows = np.concatenate([np.arange(COUNT), np.flatnonzero(twice)])
    repeated = fit_weights(members[rows], won[rows], np.ones(len(rows)), prior[rows], strength=1e-9)
    assert heavy[1] == pytest.approx(repeated[1], abs=1e-3)


def test_few_deals_give_the_linear_member_and_the_interactions_like_weights_and_the_curves_little() -> None:
    members, won = deals(0.0, 1.2, 1.2, 0.0)
    few = slice(40)
    _, weights = fit(members[few], won[few])
    assert weights[1] == pytest.approx(weights[3], abs=0.15)
    assert weights[2] < 0.3
    _, weights = fit(members, won)
    assert weights[1] > weights[3] + 0.8
    assert weights[2] > 0.9


def test_balance_costs_nothing_for_the_profile_and_for_equal_weights() -> None:
    for free in ([1, 0, 0, 0], [0, 1, 0, 1]):
        assert free @ BALANCE @ free == 0
    for costly in ([0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]):
        assert costly @ BALANCE @ costly == 30


def test_score_of_a_deal_of_which_nothing_is_known_is_the_win_rate() -> None:
    won = (np.arange(1000) < 250).astype(float)
    intercept, _ = fit_weights(np.zeros((1000, 4)), won, np.ones(1000), np.full(1000, 0.25), strength=50.0)
    assert intercept == pytest.approx(logit(0.25), abs=1e-3)


def test_weights_calibrate_members_that_are_too_sure_or_too_timid() -> None:
    for factor in (0.5, 2.0):
        members, won = deals(1.0, 0.0)
        prior = expit(members[:, 0])
        _, weights = fit_weights(members * factor, won, np.ones(COUNT), prior, strength=1.0)
        assert weights[0] * factor == pytest.approx(1, abs=0.1)


def test_fewer_members_than_four_can_be_weighed() -> None:
    assert fit(*deals(0.7))[1] == pytest.approx([0.7], abs=0.1)


def test_balance_costs_nothing_where_linear_and_interactions_weigh_alike_and_the_curves_nothing() -> None:
    assert (BALANCE == BALANCE.T).all()
    assert (BALANCE[0] == 0).all()  # the profile's weight is free
    assert BALANCE @ np.array([0.3, 0.5, 0.0, 0.5]) == pytest.approx(np.zeros(4))
    assert np.linalg.eigvalsh(BALANCE).min() == pytest.approx(0, abs=1e-9)


def test_weights_of_few_deals_are_where_loss_and_penalty_together_are_least() -> None:
    """Found again without the gradient, by another method."""
    members, won = (values[:40] for values in deals(0.2, 1.2, 0.8, 0.1))
    prior = expit(members[:, 0])

    def loss(parameters: np.ndarray) -> float:
        log_odds = parameters[0] + members @ parameters[1:]
        own = (np.logaddexp(0, log_odds) - won * log_odds).sum()
        pull = 10 / 40 * (np.logaddexp(0, log_odds) - prior * log_odds).sum()
        return float(own + pull + parameters[1:] @ BALANCE @ parameters[1:] / 2)

    bounds = [(-5, 5), *[(0, 5)] * 4]
    expected = minimize(loss, np.full(5, 0.3), method="Powell", bounds=bounds, options={"ftol": 1e-12}).x
    intercept, weights = fit_weights(members, won, np.ones(40), prior, strength=10)
    assert [intercept, *weights] == pytest.approx(expected, abs=5e-3)


def test_stack_without_deals_is_the_profile_with_its_own_intercept() -> None:
    none = np.empty(0)
    stack = fit_stack(np.empty((0, 1)), none, none, none, base_log_odds=-0.7, strength=40)
    assert (stack.base_log_odds, stack.weights.tolist(), stack.evidence_share) == (-0.7, [1.0], 0.0)
    assert stack.scores.shape == (0,)


def test_stack_keeps_quantiles_of_out_of_fold_win_probabilities_from_the_lowest_to_the_highest() -> None:
    members, won = deals(0.6, 0.9)
    stack = fit_stack(members, won, np.ones(COUNT), members[:, 0], base_log_odds=0.0, strength=40)
    probabilities = np.sort(expit(stack.base_log_odds + members @ stack.weights))
    assert stack.scores.shape == (101,)
    assert stack.scores[[0, 50, 100]] == pytest.approx([probabilities[0], np.median(probabilities), probabilities[-1]])
    intercept, weights = fit_weights(members, won, np.ones(COUNT), expit(members[:, 0]), strength=40)
    assert (stack.base_log_odds, *stack.weights) == (intercept, *weights)


def test_evidence_share_is_that_of_the_spread_which_the_trained_members_bring() -> None:
    members, won = deals(0.6, 0.9, 0.7)
    members *= np.array([1.0, 2.0, 0.5])
    stack = fit_stack(members, won, np.ones(COUNT), members[:, 0], base_log_odds=0.0, strength=40)
    profile, *trained = stack.weights * members.std(axis=0)
    assert stack.evidence_share == pytest.approx(sum(trained) / (profile + sum(trained)))
    assert 0.5 < stack.evidence_share < 1


def test_evidence_share_is_nothing_where_no_member_tells_deals_apart() -> None:
    won = np.array([1.0, 0.0, 1.0])
    stack = fit_stack(np.zeros((3, 2)), won, np.ones(3), np.zeros(3), base_log_odds=0.0, strength=40)
    assert stack.evidence_share == 0.0
