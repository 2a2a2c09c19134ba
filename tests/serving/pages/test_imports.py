"""Imports wait for their session alone, for an hour, and not too many at once; their deals have the ids of the file."""

import numpy as np
import pandas as pd
import pytest

from icp_fit.features.deals import read_deals
from icp_fit.features.mapping import Mapping
from icp_fit.serving.pages.import_reading import ImportReading, Upload
from icp_fit.serving.pages.imports import (
    LIFETIME,
    MOST_IMPORTS,
    DealImport,
    DealImports,
    ImportedDeals,
    build_deals,
)
from tests.support.small_profile import PROFILE

READING = ImportReading(None, (), Mapping(), Mapping())


def build_import(read_at: float = 0.0) -> DealImport:
    return DealImport("session", Upload("deals.csv", b""), PROFILE, (), READING, read_at=read_at)


def read(cells: dict[str, list[object]]) -> ImportedDeals:
    return build_deals(read_deals(pd.DataFrame(cells), PROFILE, outcome_required=False, max_rejected=1.0), PROFILE)


def test_import_is_found_by_its_own_session_alone() -> None:
    imports, deal_import = DealImports(lambda: 0.0), build_import()
    imports.add(deal_import)
    assert imports.find(deal_import.id, "session") is deal_import
    assert imports.find(deal_import.id, "another") is None


@pytest.mark.parametrize(("age", "is_there"), [(LIFETIME - 1, True), (LIFETIME, False)])
def test_import_ends_with_its_time(age: float, is_there: bool) -> None:
    imports, old = DealImports(lambda: age), build_import()
    imports.add(old)
    imports.add(build_import(age))
    assert (imports.find(old.id, "session") is not None) == is_there


def test_oldest_import_makes_room() -> None:
    imports = DealImports(lambda: 0.0)
    waiting = [build_import(number) for number in range(MOST_IMPORTS + 1)]
    for deal_import in waiting:
        imports.add(deal_import)
    found = [imports.find(deal_import.id, "session") is not None for deal_import in waiting]
    assert found == [False] + [True] * MOST_IMPORTS


def test_reading_again_forgets_the_scores_of_the_reading_before() -> None:
    deal_import = build_import()
    deal_import.scores, deal_import.grades, deal_import.closed = b"", {"A": 1}, 2
    deal_import.ended = 3
    deal_import.read_again(Upload("deals.csv", b"", "Two"), READING)
    assert (deal_import.scores, deal_import.grades, deal_import.closed, deal_import.ended) == (None, {}, 0, 0)
    assert deal_import.upload.sheet == "Two"


def test_deals_have_the_ids_of_their_file_and_no_others() -> None:
    cells: dict[str, list[object]] = {"systems": ["4", "many", "6"], "outcome": ["", "", "won"]}
    deals = read({"deal_id": ["A", "B", "C"], **cells})
    assert deals.about["deal_id"].tolist() == ["A", "C"]
    assert deals.open.tolist() == [True, False]
    with pytest.raises(KeyError, match="deal_id"):
        read(cells)


def test_names_are_tidied_for_the_page() -> None:
    name = "  Nova\x00\n Ltd  " + "x" * 500
    about = read({"deal_id": ["A"], "systems": ["4"], "name": [name], "owner": [np.nan]}).about
    assert about["name"][0].startswith("Nova Ltd xxx")
    assert len(about["name"][0]) <= 200
    assert pd.isna(about["owner"][0])
