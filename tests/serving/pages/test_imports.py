"""Imports wait for their session alone, for an hour, and not too many at once."""

import numpy as np
import pandas as pd
import pytest

from icp_fit.features.deals import read_deals
from icp_fit.serving.pages.imports import LIFETIME, MOST_IMPORTS, DealImport, DealImports, build_import
from tests.support.small_profile import PROFILE


def read_import(cells: pd.DataFrame, read_at: float = 0.0) -> DealImport:
    deals = read_deals(cells, PROFILE, outcome_required=False, max_rejected=1.0)
    deal_import = build_import(deals, cells, PROFILE, "session", "deals.csv")
    deal_import.read_at = read_at
    return deal_import


CELLS = pd.DataFrame({"systems": ["4", "many", "6"], "outcome": ["", "", "won"]})


def test_import_is_found_by_its_own_session_alone() -> None:
    imports, deal_import = DealImports(lambda: 0.0), read_import(CELLS)
    imports.add(deal_import)
    assert imports.find(deal_import.id, "session") is deal_import
    assert imports.find(deal_import.id, "another") is None


@pytest.mark.parametrize(("age", "is_there"), [(LIFETIME - 1, True), (LIFETIME, False)])
def test_import_ends_with_its_time(age: float, is_there: bool) -> None:
    imports, old = DealImports(lambda: age), read_import(CELLS)
    imports.add(old)
    imports.add(read_import(CELLS, read_at=age))
    assert (imports.find(old.id, "session") is not None) == is_there


def test_oldest_import_makes_room() -> None:
    imports = DealImports(lambda: 0.0)
    waiting = [read_import(CELLS, read_at=number) for number in range(MOST_IMPORTS + 1)]
    for deal_import in waiting:
        imports.add(deal_import)
    found = [imports.find(deal_import.id, "session") is not None for deal_import in waiting]
    assert found == [False] + [True] * MOST_IMPORTS


def test_deals_without_ids_are_called_after_their_rows() -> None:
    deal_import = read_import(CELLS)
    assert deal_import.about["deal_id"].tolist() == ["deals row 1", "deals row 3"]
    assert deal_import.rejected["row"].tolist() == [2]
    assert deal_import.open.tolist() == [True, False]
    assert deal_import.count == 2


def test_names_are_tidied_for_the_page() -> None:
    name = "  Nova\x00\n Ltd  " + "x" * 500
    deal_import = read_import(pd.DataFrame({"systems": ["4"], "name": [name], "owner": [np.nan]}))
    assert deal_import.about["name"][0].startswith("Nova Ltd xxx")
    assert len(deal_import.about["name"][0]) <= 200
    assert pd.isna(deal_import.about["owner"][0])


def test_columns_that_are_missing_or_ignored_are_named_for_people() -> None:
    deal_import = read_import(pd.DataFrame({"systems": ["4"], "shoe": ["x"]}))
    assert "Portal" in deal_import.absent
    assert deal_import.ignored == ["shoe"]
