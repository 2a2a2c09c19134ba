"""A table that lacks what scores need is told from one in which somebody left questions open."""

import pytest

from icp_fit.features.errors import DealsError
from icp_fit.features.mapping import Mapping
from icp_fit.features.missing_columns import check_columns, describe_missing_id, describe_missing_questions
from tests.support.small_profile import PROFILE

ASKED = PROFILE.factor_ids


@pytest.mark.parametrize(("count", "is_told"), [(0, False), (3, False), (4, True), (6, True)])
def test_more_than_half_of_the_questions_without_a_column_are_told(count: int, is_told: bool) -> None:
    told = describe_missing_questions(ASKED[:count], ASKED, [], PROFILE, Mapping())
    assert (told is not None) is is_told


def test_only_questions_that_are_asked_count() -> None:
    absent = ("portal", "systems", "rivals")
    assert describe_missing_questions(absent, ("amount", "industry"), [], PROFILE, Mapping()) is None
    told = describe_missing_questions(absent, ("portal", "amount", "systems"), [], PROFILE, Mapping())
    assert told is not None
    assert told.startswith("2 of the 3 questions of profile `small` have no column")


def test_question_that_the_mapping_leaves_out_is_not_missed() -> None:
    mapping = Mapping(columns=dict.fromkeys(("portal", "systems", "rivals"), ""))
    assert describe_missing_questions(ASKED, ASKED, [], PROFILE, mapping) is not None
    assert describe_missing_questions(("portal", "systems", "rivals"), ASKED, [], PROFILE, mapping) is None


def test_nearest_column_is_by_our_name_by_the_mapping_and_by_the_label() -> None:
    mapping = Mapping(columns={"rivals": "Mitbewerber"})
    told = describe_missing_questions(ASKED, ASKED, ["Mitbewerb", "SYSTEM", "Zzz"], PROFILE, mapping)
    assert told is not None
    assert '`systems` (nearest: "SYSTEM"), `rivals` (nearest: "Mitbewerb"), `security`' in told
    assert 'Columns that nothing reads: "Mitbewerb", "SYSTEM", "Zzz".' in told


@pytest.mark.parametrize(
    ("others", "says"),
    [
        (["Stage", "Opportunity ID", "Paid"], 'one of "Opportunity ID"'),
        (["Stage", "Kunden-Nr.", "Vorgang Nr."], '"Vorgang Nr."'),
        (["Stage", "recordId", "account_key"], 'one of "recordId", "account_key"'),
        (["Stage", "Vorgänge"], '"Vorgänge"'),
        (["Stage", "Owner"], 'one of "Stage", "Owner"'),
    ],
)
def test_columns_that_are_called_like_ids_are_named(others: list[str], says: str) -> None:
    told = describe_missing_id([], others, Mapping(columns={"deal_id": "Vorgang"}))
    assert told is not None
    assert told.startswith('No column is called "Vorgang", "deal_id", the id of each deal.')
    assert told.endswith(f"It may be {says}.")


def test_table_with_ids_and_questions_passes() -> None:
    check_columns(["deal_id", *ASKED[:3]], ASKED, ["x"], PROFILE, Mapping())
    with pytest.raises(DealsError, match=r"(?s)4 of the 6 .* No column is called .*--allow-missing"):
        check_columns(ASKED[:2], ASKED, ["x"], PROFILE, Mapping())
