"""Evidence beside a reason: from five deals on, and with a caveat where the deals alone do not support it."""

import numpy as np
import pytest

from icp_fit.features.factors import Factor
from icp_fit.models.evidence import FEWEST_DEALS, Evidence
from icp_fit.models.narrative.answer_evidence import ALIKE, NOISE, count_answers, usual_answer

PORTAL = Factor("portal", "yes_no", "Portal", "Is there a portal?", direction="up")
SYSTEMS = Factor("systems", "count", "Systems", "How many?", direction="up")


def evidence(deals: list[int], won: list[int], n_deals: int = 1000, n_won: int = 300) -> Evidence:
    ends = np.arange(len(deals) - 1, dtype=float)
    return Evidence(
        (ends,), (np.arange(len(deals), dtype=float),), (np.array(deals),), (np.array(won),), n_deals, n_won
    )


@pytest.mark.parametrize(("deals", "is_shown"), [(FEWEST_DEALS - 1, False), (FEWEST_DEALS, True)])
def test_fewer_than_five_deals_are_no_evidence(deals: int, is_shown: bool) -> None:
    assert (count_answers(PORTAL, 0, 1, 1, evidence([100, deals], [30, 1])) is not None) == is_shown


@pytest.mark.parametrize(
    ("won", "side", "agrees", "ends"),
    [
        pytest.param(400, 1, True, "overall.", id="strength with more wins"),
        pytest.param(200, -1, True, "overall.", id="risk with fewer wins"),
        pytest.param(200, 1, False, "; these deals alone suggest the opposite.", id="strength with fewer wins"),
        pytest.param(400, -1, False, "; these deals alone suggest the opposite.", id="risk with more wins"),
        pytest.param(299, 1, False, ", no clear difference.", id="as good as the same"),
        pytest.param(300, 1, False, ", no clear difference.", id="the same"),
        pytest.param(303, 1, False, ", no clear difference.", id="the same to a reader"),
        pytest.param(306, 1, True, "overall.", id="more to a reader"),
        pytest.param(200, 0, True, "overall.", id="neither"),
    ],
)
def test_caveat_says_where_the_deals_do_not_support_the_reason(won: int, side: int, agrees: bool, ends: str) -> None:
    found = count_answers(PORTAL, 0, 1, side, evidence([0, 1000], [0, won]))
    assert found is not None
    assert found.agrees is agrees
    assert found.sentence.endswith(ends)


@pytest.mark.parametrize(
    ("deals", "ends"), [(40, "; too few to tell."), (400, "; these deals alone suggest the opposite.")]
)
def test_opposite_is_suggested_only_beyond_the_noise(deals: int, ends: str) -> None:
    apart = 0.1
    found = count_answers(PORTAL, 0, 1, 1, evidence([0, deals], [0, round((0.3 - apart) * deals)]))
    noise = NOISE * (0.3 * 0.7 / deals) ** 0.5
    assert found is not None
    assert (apart > noise) == ("opposite" in ends)
    assert apart > ALIKE
    assert found.sentence.endswith(ends)


def test_all_answers_together_are_no_group_of_their_own() -> None:
    """The lowest group and all above it would be everybody: then the group is counted alone."""
    found = count_answers(SYSTEMS, 0, 0, 1, evidence([50, 60, 70], [10, 20, 30]))
    assert found is not None
    assert found.deals == 50


def test_usual_answer_is_the_middle_one_of_enough_deals() -> None:
    assert usual_answer(SYSTEMS, 0, evidence([2, 2, 1], [0, 0, 0])) == 1
    assert usual_answer(SYSTEMS, 0, evidence([3, 1, 1], [0, 0, 0])) == 0
    assert usual_answer(SYSTEMS, 0, evidence([2, 1, 1], [0, 0, 0])) is None
    assert usual_answer(PORTAL, 0, evidence([50, 50], [0, 0])) is None
