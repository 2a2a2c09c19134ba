"""Members are trained where ten deals of either outcome allow it, and their log-odds are out of fold."""

from collections.abc import Iterator
from unittest.mock import patch

import numpy as np
import pytest

from icp_fit.features.groups import FEWEST_OF_EACH
from icp_fit.models import interactions
from icp_fit.models.members import MEMBERS, train_members
from tests.support.design_matrices import build_design


@pytest.fixture(autouse=True)
def few_trees() -> Iterator[None]:
    with patch.object(interactions, "RANDOMISED_TREES", 25):
        yield


def outcomes(won: int, lost: int) -> np.ndarray:
    return np.repeat([1.0, 0.0], [won, lost])


@pytest.mark.parametrize(
    ("won", "lost", "names"),
    [
        (FEWEST_OF_EACH, 50, MEMBERS[1:]),
        (FEWEST_OF_EACH - 1, 50, ()),
        (50, FEWEST_OF_EACH, MEMBERS[1:]),
        (50, FEWEST_OF_EACH - 1, ()),
        (0, 60, ()),
    ],
)
def test_members_are_trained_from_ten_deals_of_either_outcome_on(won: int, lost: int, names: tuple[str, ...]) -> None:
    trained = train_members(build_design(won + lost, won=outcomes(won, lost)), None, None, 5, 0)
    assert tuple(trained.members) == names
    assert [len(log_odds) for log_odds in trained.oof_log_odds] == [won + lost] * len(names)
    assert trained.shortfall.startswith("Nothing was learned but the win rate") == (not names)


def test_members_of_one_account_are_trained_with_the_account_divided_and_it_is_said() -> None:
    trained = train_members(build_design(60, won=outcomes(30, 30)), np.repeat("one", 60), None, 5, 0)
    assert tuple(trained.members) == MEMBERS[1:]
    assert "Deals of one account were not kept together" in trained.shortfall


def test_members_of_fewer_accounts_than_folds_are_trained_on_as_many_folds_as_accounts() -> None:
    accounts = np.arange(60) % 3
    trained = train_members(build_design(60, won=outcomes(30, 30)), accounts, None, 5, 0)
    assert (trained.folds, trained.shortfall) == (3, "")
    assert tuple(trained.members) == MEMBERS[1:]


def test_log_odds_of_a_deal_do_not_follow_its_own_outcome() -> None:
    """Of noise, members know nothing of a deal that they have not seen: no better than chance, and mostly worse."""
    won = (np.random.default_rng(5).random(200) < 0.5).astype(float)
    trained = train_members(build_design(200, won=won), None, None, 5, 0)
    design = build_design(200, won=won)
    for member, oof in zip(trained.members.values(), trained.oof_log_odds, strict=True):
        seen = member.log_odds(design)
        assert seen[won > 0].mean() > seen[won == 0].mean()
        assert oof[won > 0].mean() - oof[won == 0].mean() < 0.5 * (seen[won > 0].mean() - seen[won == 0].mean())
