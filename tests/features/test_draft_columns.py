import numpy as np
import pandas as pd
import pytest

from icp_fit.features.deals import read_deals
from icp_fit.features.drafting.checkboxes import find_yes_no
from icp_fit.features.drafting.draft import Draft, draft_profile
from icp_fit.features.drafting.draft_listing import describe_draft, list_draft
from icp_fit.features.drafting.picklists import find_values
from icp_fit.features.drafting.source_column import read_column
from icp_fit.features.errors import DealsError
from icp_fit.features.profile import check_profile

ROWS = 400
RANDOM = np.random.default_rng(1)


def deals(**columns: object) -> pd.DataFrame:
    segment = RANDOM.choice(["SMB", "Ent", "Mid"], ROWS)
    return pd.DataFrame(
        {"Stage": ["won", "lost"] * (ROWS // 2), "Segment": segment, "closed_on": "2026-01-31", **columns}
    )


def draft(**columns: object) -> Draft:
    drafted = draft_profile(deals(**columns), "Stage")
    check_profile(drafted.profile)
    return drafted


def test_a_picklist_with_several_values_becomes_a_question_a_value():
    cells = RANDOM.choice(["SSO;Audit", "SSO", "Audit;Mobile", "", "Mobile"], ROWS)
    drafted = draft(Features=cells)
    assert drafted.mapping.split == {"Features": ";"}
    assert set(drafted.profile.factor_ids) == {"segment", "features_sso", "features_audit", "features_mobile"}
    factor = drafted.profile.factor("features_sso")
    assert (factor.kind, factor.label, factor.question) == ("yes_no", "Features: SSO", "Features: SSO, yes or no?")
    assert factor.phrases == ("Features do not include SSO", "Features include SSO")
    read = read_deals(deals(Features=cells), drafted.profile, drafted.mapping)
    assert read.answers["features_sso"].sum() == np.isin(cells, ["SSO;Audit", "SSO"]).sum()
    assert read.answers["features_sso"].isna().sum() == (cells == "").sum()
    assert read.ignored == ()


@pytest.mark.parametrize(
    ("cells", "separator"),
    [
        (["a;b;c", "a", "b;a"], ";"),
        (["a|b", "a"], "|"),
        (["SSO, Audit", "Audit", "SSO", "Chat, SSO"], ","),
        (["Austin, TX", "Boston, MA"], None),
        (["Food, beverages and tobacco", "Metals", "Energy, oil"], None),
        (["1,000", "2,000"], None),
        (["SSO\nAudit", "Audit", "SSO"], "\n"),
        (["SSO / Audit", "Audit", "SSO", "Chat / SSO"], "/"),
        (["SSO + Audit", "Audit", "SSO", "Chat + SSO"], "+"),
        (["Sales/Marketing", "IT", "HR/Finance"], None),
        (["11-50", "51-200", "1000+"], None),
        (["plain", "choices"], None),
    ],
    ids=str,
)
def test_the_sign_between_values_is_told_where_it_is_certain(cells: list[str], separator: str | None):
    found = find_values(read_column("X", pd.Series(cells * 10)))
    assert (found and found[0]) == separator


DASHES_NO = dict.fromkeys("-\u2013\u2014", "no")


@pytest.mark.parametrize(
    ("answers", "has_blanks", "words"),
    [
        (["x"], True, {"x": "yes", "": "no"} | DASHES_NO),
        (["true"], True, {"": "no"} | DASHES_NO),
        (["x"], False, None),
        (["yes", "no"], True, {}),
        (["ja", "nein"], False, {"ja": "yes", "nein": "no"}),
        (["red"], True, None),
        (["no"], True, None),
    ],
    ids=str,
)
def test_checkboxes_are_told_with_what_their_words_mean(answers: list[str], has_blanks: bool, words: object):
    found = find_yes_no(answers, has_blanks)
    # a word that is understood as it is needs no saying
    assert (found is None) == (words is None)
    assert set((words or {}).items()) >= set((found or {}).items())
    assert (found or {}).get("") == (words or {}).get("")


def test_the_blank_of_a_checkbox_is_no():
    drafted = draft(Signed=["x", "", "", "x"] * (ROWS // 4))
    assert drafted.profile.factor("signed").kind == "yes_no"
    assert drafted.mapping.values["signed"][""] == "no"
    assert drafted.informative == {}


@pytest.mark.parametrize(("unticked", "n_no"), [("-", ROWS // 2), ("n/a", 0)])
def test_a_dash_beside_a_mark_is_no_and_what_is_not_available_is_unanswered(unticked: str, n_no: int):
    table = deals(Signed=["x", unticked, unticked, "x"] * (ROWS // 4))
    drafted = draft_profile(table, "Stage")
    signed = read_deals(table, drafted.profile, drafted.mapping).table["signed"]
    assert [signed.sum(), (~signed.astype("boolean")).sum()] == [ROWS // 2, n_no]


def test_bands_become_levels_in_their_order():
    factor = draft(Employees=RANDOM.choice(["51-200", "1-10", "11-50", "1000+"], ROWS)).profile.factor("employees")
    assert (factor.kind, factor.levels, factor.direction) == ("ordinal", ("1-10", "11-50", "51-200", "1000+"), "none")


def test_categories_of_many_values_are_kept_where_deals_share_them():
    managers = draft(Manager=[f"Manager {n % 150}" for n in range(ROWS)])
    assert len(managers.profile.factor("manager").values) == 150
    assert "for nearly every deal" in draft(Manager=[f"Manager {n}" for n in range(ROWS)]).ignored["Manager"]


def test_long_answers_are_remarks():
    remarks = RANDOM.choice(["they asked for more " * 6, "short", "shorter"], ROWS)
    assert draft(Notes=remarks).ignored["Notes"] == "holds free text: 3 distinct answers"


def test_nearly_empty_columns_are_left_out_or_told():
    few = draft(Few=["a", "b"] * 4 + [""] * (ROWS - 8))
    assert few.ignored["Few"] == "is nearly empty: 8 answers"
    table = pd.concat([deals(Some=["a", "b"] * 6 + [""] * (ROWS - 12))] * 2, ignore_index=True)
    some = draft_profile(table, "Stage")
    assert some.profile.factor("some").values == ("a", "b")
    assert "`Some` is nearly empty: 24 of 800 deals have an answer." in some.notes


def test_a_column_that_repeats_another_is_left_out_with_its_name():
    region = RANDOM.choice(["N", "S"], ROWS)
    drafted = draft(Region=region, Region2=region, Other=np.where(region == "N", "S", "N"))
    assert drafted.ignored == {"Region2": "repeats another column: `Region`"}


def test_columns_that_say_how_deals_ended_are_left_out():
    drafted = draft(
        Status=["Closed Won", "Closed Lost"] * (ROWS // 2),
        IsWon=["true", "false"] * (ROWS // 2),
        LostReason=RANDOM.choice(["", "price", "timing"], ROWS),
        ClosedTickets=RANDOM.integers(0, 9, ROWS),
    )
    assert drafted.ignored["Status"] == 'says how deals ended: "Closed Won", "Closed Lost"'
    assert drafted.ignored["IsWon"] == drafted.ignored["LostReason"]
    assert "known only once a deal has ended" in drafted.ignored["IsWon"]
    assert drafted.profile.factor("closed_tickets").kind == "count"


def test_words_among_numbers_that_come_again_are_unanswered_and_told():
    cells = np.where(RANDOM.random(ROWS) < 0.08, "ask Ann", RANDOM.integers(1, 99, ROWS).astype(str))
    drafted = draft(Users=cells)
    assert drafted.profile.factor("users").kind == "count"
    assert drafted.mapping.values["users"] == {"ask Ann": ""}
    assert '`Users` holds numbers; "ask Ann" is read as unanswered.' in drafted.notes
    assert (
        read_deals(deals(Users=cells), drafted.profile, drafted.mapping, max_rejected=0).answers["users"].isna().any()
    )


def test_points_that_may_separate_thousands_are_told():
    drafted = draft(Budget=[f"{n}.{n % 900 + 100}" for n in range(1, ROWS + 1)], Rate=RANDOM.random(ROWS).round(4))
    (note,) = drafted.notes
    assert note.startswith('`Budget` can be read in two ways: "1.101" may be 1.101 or 1,101. Say in the mapping')


def test_a_stage_beside_another_outcome_is_left_out():
    stage = np.where(RANDOM.random(ROWS) < 0.5, "Closed Won", "Closed Lost")
    drafted = draft_profile(deals(Stage=stage, Result=np.where(stage == "Closed Won", "won", "lost")), "Result")
    assert drafted.ignored["Stage"].startswith("says how deals ended")


def test_a_draft_is_told_in_a_line_a_reason():
    ones = {f"Only {n}": "a" for n in range(9)}
    drafted = draft(Portal=RANDOM.choice(["yes", "no"], ROWS), Amount=RANDOM.random(ROWS), **ones)
    lines = list(list_draft(drafted))
    assert lines[0] == "Outcome, in `Stage`"
    assert '  won        200  "won" 200' in lines
    assert "Columns of a deal" in lines
    assert "  closed_on is `closed_on`" in lines
    assert "Questions: 3" in lines
    assert "  yes or no (1): `Portal`" in lines
    (left,) = [line for line in lines if "holds one value (9)" in line]
    assert left.count("`") == 12
    assert left.endswith("and 3 more")
    assert describe_draft(drafted)["ignored_columns"] == dict.fromkeys(ones, 'holds one value: "a"')


def test_a_header_below_a_wide_title_is_told_by_its_row():
    table = pd.DataFrame([["Stage", "Seats"], ["won", "3"], ["lost", "4"]], columns=["Report", "2024"])
    with pytest.raises(DealsError, match="Row 1 has a cell `Stage`: if it is the header, remove what stands above it"):
        draft_profile(table, "Stage")
    with pytest.raises(DealsError) as caught:
        draft_profile(table, "Outcome")
    assert "remove what stands above" not in str(caught.value)
