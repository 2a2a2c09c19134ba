"""The profile as a member: weights times answers, relative to the average deal."""

import numpy as np
import pytest

from icp_fit.features.encoder import AnswerEncoder, signed_log
from icp_fit.features.factors import Factor
from icp_fit.models.prior import (
    ProfileMember,
    declared_log_odds,
    fit_profile_member,
    profile_contributions,
    profile_log_odds,
    scale_ends,
)
from tests.support.design_matrices import encode_answers
from tests.support.small_profile import PROFILE, draw_answers

SYSTEMS, SECURITY = PROFILE.factor("systems"), PROFILE.factor("security")
DOWN = Factor("rivals", "count", "Rivals", "How many?", direction="down", weight=0.5, scale=(0, 4))


@pytest.mark.parametrize(
    ("number", "share"),
    [(1, -1), (0, -1), (20, 1), (21, 1), (10_000, 1)],
    ids=["lower end", "below it", "upper end", "above it", "far above it"],
)
def test_weight_is_reached_at_the_ends_of_the_scale_and_never_passed(number: float, share: float) -> None:
    encoded = signed_log(np.array([[number]], dtype=float))
    assert declared_log_odds([SYSTEMS], encoded).item() == pytest.approx(share * SYSTEMS.weight)


def test_weight_is_spread_on_a_log_scale_between_the_ends() -> None:
    low, high = scale_ends(SYSTEMS)
    assert declared_log_odds([SYSTEMS], np.array([[(low + high) / 2]])).item() == pytest.approx(0, abs=1e-12)


def test_factor_that_points_down_takes_away_at_its_upper_end() -> None:
    at_ends = declared_log_odds([DOWN], signed_log(np.array([[0.0], [4.0]])))[:, 0]
    assert at_ends == pytest.approx([0.5, -0.5])


def test_levels_without_a_scale_are_spread_from_the_first_to_the_last() -> None:
    assert scale_ends(SECURITY) == (0.0, 2.0)
    assert scale_ends(PROFILE.factor("portal")) == (0.0, 1.0)


def test_open_question_adds_nothing_even_where_it_counts() -> None:
    answers = draw_answers(60, blank=0.5)
    encoder = AnswerEncoder(PROFILE).fit(answers)
    design = encode_answers(encoder, answers)
    assert design.answered[:, -1].all(), "leaving the industry open counts"
    contributions = profile_contributions(encoder, design.matrix, design.answered)
    is_open = answers.isna().to_numpy()
    assert not contributions[is_open].any()
    assert (contributions[:, 1] != 0).sum() > 20


def test_centre_is_the_average_of_the_deals_and_of_as_many_as_the_strength_at_zero() -> None:
    contributions, answered = np.full((60, 1), 0.6), np.ones((60, 1), dtype=bool)
    for strength, centre in ((0.0, 0.6), (60.0, 0.3), (1e12, 0.0)):
        member = fit_profile_member(contributions, answered, np.ones(60), strength)
        assert member.centre == pytest.approx([centre], abs=1e-9)


def test_centre_counts_only_deals_that_answer() -> None:
    answered = np.arange(60)[:, None] < 20
    member = fit_profile_member(np.full((60, 1), 0.6), answered, np.ones(60), 20.0)
    assert member.centre == pytest.approx([0.3])


def test_factor_that_is_left_out_adds_nothing_and_any_other_its_distance_from_the_centre() -> None:
    member = ProfileMember(np.array([0.25]))
    log_odds = member.factor_log_odds(np.array([[0.6], [0.6]]), np.array([[True], [False]]))
    assert log_odds[:, 0] == pytest.approx([0.35, 0])


def test_profile_alone_starts_at_its_win_rate() -> None:
    assert profile_log_odds(0.5, np.array([[0.0, 0.0], [0.4, -0.1]])) == pytest.approx([0, 0.3])
