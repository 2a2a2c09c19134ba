"""What a mapping lacks is guessed by the names of CRMs and by what cells look like; a doubt is no guess."""

import pandas as pd
import pytest

from icp_fit.features.mapping import Mapping
from icp_fit.serving.pages.import_columns import list_columns
from icp_fit.serving.pages.import_guess import guess_mapping
from tests.support.small_profile import PROFILE


def guess(columns: dict[str, list[str]], mapping: Mapping | None = None) -> tuple[dict[str, object], list[str]]:
    cells = pd.DataFrame(columns)
    guessed, doubts = guess_mapping(list_columns(cells), cells, PROFILE, mapping or Mapping())
    return dict(guessed.columns), doubts


def test_columns_are_guessed_by_the_names_that_crms_give_them() -> None:
    columns = {"Opportunity ID": ["a", "b"], "Account Name": ["x", "x"], "Deal owner": ["p", "q"], "Stage": ["n", "n"]}
    assert guess(columns) == (
        {"deal_id": "Opportunity ID", "account_id": "Account Name", "owner": "Deal owner", "outcome": "Stage"},
        [],
    )


@pytest.mark.parametrize(
    ("name", "cells", "is_guessed"),
    [
        ("LEADID", ["1", "2"], True),
        ("Ticket number", ["1", "2"], True),
        ("Ticket number", ["1", "1"], False),
        ("Colour", ["1", "2"], False),
    ],
    ids=["joined", "number", "repeats", "no-id"],
)
def test_id_is_guessed_only_where_name_and_cells_say_so(name: str, cells: list[str], is_guessed: bool) -> None:
    assert guess({name: cells})[0] == ({"deal_id": name} if is_guessed else {})


@pytest.mark.parametrize(
    ("name", "words", "is_guessed"),
    [
        ("Ergebnis", ["Gewonnen", "Verloren"], True),
        ("Deal phase", ["Talking", "Closed Lost"], True),
        ("Buyer", ["Lost Mine Inc", "Acme"], False),
        ("Colour", ["red", "blue"], False),
    ],
    ids=["words", "name", "accident", "other"],
)
def test_outcome_is_guessed_by_words_that_say_how_deals_ended(name: str, words: list[str], is_guessed: bool) -> None:
    assert guess({name: words})[0] == ({"outcome": name} if is_guessed else {})


def test_what_the_mapping_says_is_not_guessed() -> None:
    mapping = Mapping(columns={"outcome": "Result", "deal_id": ""})
    columns = {"Result": ["x"], "Stage": ["Closed Won"], "Deal ID": ["1"]}
    assert guess(columns, mapping)[0] == {"outcome": "Result", "deal_id": ""}


def test_column_that_may_be_several_is_left_out_and_told() -> None:
    found, doubts = guess({"Systems": ["1"], "systems ": ["2"], "Deal ID": ["a"]})
    assert found == {"systems": ""}
    assert doubts == ['`systems` may be any of the columns "Systems", "systems ".']
