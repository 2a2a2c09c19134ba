"""What the guard against leakage would refuse is no question of a draft."""

import numpy as np
import pandas as pd
import pytest

from icp_fit.features.deals import read_deals
from icp_fit.features.drafting.draft import Draft, draft_profile
from icp_fit.features.drafting.leaks import REASON, leave_out_leaks
from icp_fit.features.errors import ProfileError
from icp_fit.features.leakage import find_leaks

ROWS = 400
RANDOM = np.random.default_rng(5)
WON = RANDOM.random(ROWS) < 0.4


def table_of(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"Stage": np.where(WON, "won", "lost"), **columns})


SEATS = RANDOM.integers(1, 50, ROWS)
REASONS = np.where(WON, "", RANDOM.choice(["Price", "Rival"], ROWS))  # why it was lost


def draft(table: pd.DataFrame, *allowed: str) -> Draft:
    return leave_out_leaks(draft_profile(table, "Stage"), table, allowed)


def test_question_that_only_the_outcome_answers_is_left_out_with_the_evidence() -> None:
    table = table_of(Seats=SEATS, Cause=REASONS)
    assert draft_profile(table, "Stage").profile.factor_ids == ("seats", "cause")

    drafted = draft(table)

    assert drafted.profile.factor_ids == ("seats",)
    assert (
        drafted.ignored["Cause"] == f"{REASON}: alone tells won from lost with an AUC of 1.00, hardly by honest means"
    )
    assert "cause" not in drafted.mapping.columns
    assert "Cause" not in drafted.informative
    assert any("--allow" in note for note in drafted.notes)


@pytest.mark.parametrize("name", ["Cause", "cause"])
def test_question_that_is_allowed_by_column_or_id_stays(name: str) -> None:
    table = table_of(Seats=SEATS, Cause=REASONS)
    assert draft(table, name).profile == draft_profile(table, "Stage").profile


def test_honest_draft_is_left_as_it_is() -> None:
    table = table_of(Seats=SEATS)
    assert draft(table) == draft_profile(table, "Stage")


def test_draft_of_leaks_alone_is_refused_with_the_way_out() -> None:
    with pytest.raises(ProfileError, match=r"No question is left: `Cause` may be known.*--allow"):
        draft(table_of(Cause=REASONS))


def test_table_that_cannot_be_searched_is_told() -> None:
    table = table_of(Seats=SEATS)[WON]
    drafted = draft(table)
    assert drafted.profile.factor_ids == ("seats",)
    assert "could not be searched for what leaks" in drafted.notes[-1]


def test_question_that_is_only_reported_stays() -> None:
    table = table_of(Seats=SEATS, **{"Last Activity": RANDOM.choice(["Call", "Mail"], ROWS)})
    before = draft_profile(table, "Stage")
    deals = read_deals(table, before.profile, before.mapping)
    assert [(leak.column, leak.blocking) for leak in find_leaks(deals, before.profile)] == [("last_activity", False)]
    assert draft(table) == before
