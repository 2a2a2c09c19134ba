"""The linear member: directions hold whatever the deals say, and the average deal gets nothing."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from icp_fit.models.linear import LinearMember, fit_linear
from tests.support.design_matrices import build_design, draw_simple_folds


def fit(count: int, effect: float, seed: int = 0) -> tuple[LinearMember, np.ndarray]:
    """A member of deals whose log-odds rise by so much a unit of the encoded number of systems."""
    design = build_design(count, seed, blank=0.0)
    systems = design.matrix[:, design.factor_of_column == 1][:, 0]
    probability = expit(effect * (systems - systems.mean()))
    design = replace(design, won=(np.random.default_rng(seed).random(count) < probability).astype(float))
    member, oof_log_odds = fit_linear(design, draw_simple_folds(design))
    return member, oof_log_odds if effect else design.won


def test_coefficients_follow_deals_that_agree_with_the_direction() -> None:
    member, _ = fit(600, effect=2.0)
    assert member.coefficients.shape == member.centres.shape
    assert (member.coefficients[:, 1] > 0.8).all()


def test_coefficients_are_zero_where_deals_contradict_the_direction() -> None:
    member, _ = fit(600, effect=-2.0)
    assert not member.coefficients[:, 1].any()
    signs = build_design(600, blank=0.0).encoder.signs
    assert (member.coefficients * signs >= 0).all()


def test_average_training_deal_and_a_deal_without_answers_get_nothing() -> None:
    design = build_design(300)
    member, _ = fit_linear(design, draw_simple_folds(design))
    nothing = replace(design, answered=np.zeros_like(design.answered))
    assert not member.log_odds(nothing).any()
    for fold, (train, _) in enumerate(
        (np.flatnonzero(draw_simple_folds(design)[0] != fold), fold) for fold in range(5)
    ):
        everything = replace(design, answered=np.ones_like(design.answered)).take(train)
        assert member.log_odds_of_fits(everything)[:, fold].mean() == pytest.approx(0, abs=1e-9)


def test_log_odds_are_the_mean_of_the_fits() -> None:
    design = build_design(200)
    member, _ = fit_linear(design, draw_simple_folds(design, repeats=2))
    assert member.log_odds_of_fits(design).shape == (200, 10)
    assert member.log_odds(design) == pytest.approx(member.log_odds_of_fits(design).mean(axis=1))


def test_out_of_fold_log_odds_are_those_of_the_fits_that_left_a_deal_out() -> None:
    design = build_design(200)
    folds = draw_simple_folds(design)
    member, oof_log_odds = fit_linear(design, folds)
    assert oof_log_odds == pytest.approx(member.log_odds_of_fits(design)[np.arange(200), folds[0]])


def test_noise_is_held_back() -> None:
    design = build_design(200, won=(np.random.default_rng(3).random(200) < 0.5).astype(float))
    _, oof_log_odds = fit_linear(design, draw_simple_folds(design))
    assert np.abs(oof_log_odds).max() < 0.3
