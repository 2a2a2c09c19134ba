import numpy as np
import pandas as pd
import pytest

from icp_fit.features.drafting.draft import draft_profile
from icp_fit.features.drafting.references import find_reference, is_named_id
from icp_fit.features.drafting.source_column import read_column

ROWS = 400
RANDOM = np.random.default_rng(0)


def reason(name: str, cells: object) -> str:
    return find_reference(read_column(name, pd.Series(cells)))


def shuffled(first: int, count: int = ROWS) -> np.ndarray:
    return RANDOM.permutation(np.arange(first, first + count))


@pytest.mark.parametrize(
    ("name", "cells", "why"),
    [
        ("LEADID", shuffled(1000), "is an identifier"),
        ("Kundennr", [f"K{n}" for n in range(ROWS)], "is an identifier"),
        ("Vorgang", shuffled(1000), "is a serial number"),
        ("Record", [str(n) for n in RANDOM.integers(10**9, 10**10 - 1, ROWS)], "holds record ids"),
        ("Ticket", [f"{n:06}" for n in shuffled(500)], "holds numbers with leading zeros, which number things"),
        ("Lead", [f"00Q5e00000{n:05}AAC" for n in range(ROWS)], "holds record ids"),
        ("Campaign", [f"7015e00000{n % 30:05}" for n in range(ROWS)], "holds record ids"),
        ("Key", [f"{n:08x}-0000-4000-8000-{n:012x}" for n in range(ROWS)], "holds record ids"),
        ("Contact", [f"ann.{n}@example.com" for n in range(ROWS)], "holds e-mail addresses"),
        ("Site", [f"https://example.com/{n}" for n in range(ROWS)], "holds web addresses"),
        ("Domain", [f"firm-{n}.co.uk" for n in range(ROWS)], "holds web addresses"),
        ("Reach", [f"+49 171 {n:07}" for n in range(ROWS)], "holds phone numbers"),
        ("Reach", [f"(030) {n:07}" for n in range(ROWS)], "holds phone numbers"),
        ("Phone", [str(n) for n in shuffled(5550000)], "holds phone numbers"),
        ("Where", [f"SW{n % 20}A {n % 10}AA" for n in range(ROWS)], "holds postal codes"),
        ("Billing Zip Code", [str(n) for n in RANDOM.integers(10000, 99999, ROWS)], "holds postal codes"),
        ("Billing Zip/Postal Code", [f"{n:05}" for n in RANDOM.integers(1000, 1010, ROWS)], "holds postal codes"),
        ("Ort PLZ", ["10115", "20095", "1067", "80331"] * (ROWS // 4), "holds postal codes"),
        ("Record", [f"{n}.0" for n in shuffled(1000)], "is a serial number"),
        ("PLZ", [str(n) for n in RANDOM.integers(10000, 10500, ROWS)], "holds postal codes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_references_are_told_by_how_they_are_made(name: str, cells: object, why: str):
    assert reason(name, cells) == why


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("Deal", RANDOM.lognormal(10, 1, ROWS).round(2)),
        ("Deal", RANDOM.lognormal(13, 1, ROWS).round()),
        ("Amount", shuffled(1000)),
        ("Amount paid", RANDOM.lognormal(10, 1, ROWS).round(2)),
        ("Employees", shuffled(1)),
        ("Days", RANDOM.integers(1, 400, ROWS)),
        ("Month", [f"{n % 12 + 1:02}" for n in range(ROWS)]),
        ("Cap", [10, 20, 30, 40] * (ROWS // 4)),
        ("Market cap", RANDOM.integers(100, 99999, ROWS)),
        ("Source", ["google.com", "linkedin.com"] * (ROWS // 2)),
        ("Product", ["Node.js", "Vue.js"] * (ROWS // 2)),
        ("Region ID", [n % 5 for n in range(ROWS)]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_sums_counts_and_choices_are_no_references(name: str, cells: object):
    assert reason(name, cells) == ""


@pytest.mark.parametrize(
    ("name", "is_id"),
    [("LEADID", True), ("Lead Number", True), ("customerNo", True), ("Auftragsnummer", True), ("Kunden-Nr.", True),
     ("Paid", False), ("Grid", False), ("Hybrid", False), ("Amount", False)],
)  # fmt: skip
def test_names_of_ids_are_told_from_words_that_end_alike(name: str, is_id: bool):
    assert is_named_id(read_column(name, pd.Series(["1"]))) == is_id


def deals(**columns: object) -> pd.DataFrame:
    segment = ["SMB", "Ent", "Ent", "Mid"] * (ROWS // 4)
    return pd.DataFrame({"Stage": ["won", "lost"] * (ROWS // 2), "Segment": segment, **columns})


def test_a_serial_number_names_the_deal_whatever_it_is_called():
    assert draft_profile(deals(LEADID=shuffled(1000)), "Stage").mapping.columns["deal_id"] == "LEADID"
    assert draft_profile(deals(Vorgang=shuffled(1000)), "Stage").mapping.columns["deal_id"] == "Vorgang"


def test_one_duplicated_row_does_not_lose_the_id_column_and_is_told_with_both_rows():
    ids = shuffled(1000).tolist()
    ids[76] = ids[2]
    drafted = draft_profile(deals(LEADID=ids), "Stage")
    assert drafted.mapping.columns["deal_id"] == "LEADID"
    assert f'`LEADID` names each deal once, but for "{ids[2]}" is in rows 3 and 77.' in drafted.notes


def test_blank_rows_do_not_lose_the_id_column_and_rows_keep_their_numbers():
    ids = [f"006{n:09}" for n in range(ROWS)]
    table = deals(Nr=ids)
    table.loc[200:204] = ""
    table.loc[300] = table.loc[299]
    drafted = draft_profile(table, "Stage")
    assert drafted.mapping.columns["deal_id"] == "Nr"
    assert any("is in rows 300 and 301" in note for note in drafted.notes)


def test_a_deal_without_an_id_does_not_lose_the_column_and_is_told_with_its_row():
    ids = [str(n) for n in shuffled(1000)]
    ids[7] = ""
    drafted = draft_profile(deals(LEADID=ids), "Stage")
    assert drafted.mapping.columns["deal_id"] == "LEADID"
    assert "`LEADID` names each deal once, but for no id in 1 row (8)." in drafted.notes


def test_a_column_that_is_called_the_deals_id_is_so_though_some_ids_repeat():
    names = {"Opportunity ID": [*range(ROWS - 10), *range(10)]}
    assert draft_profile(deals(**names), "Stage").mapping.columns["deal_id"] == "Opportunity ID"
    names = {"Opportunity ID": [*range(ROWS - 40), *range(40)]}
    assert "deal_id" not in draft_profile(deals(**names), "Stage").mapping.columns


def test_unique_numbers_with_leading_zeros_name_the_deals():
    assert (
        draft_profile(deals(Vorgang=[f"{n:06}" for n in shuffled(1)]), "Stage").mapping.columns["deal_id"] == "Vorgang"
    )


def test_ids_that_often_repeat_name_no_deal():
    drafted = draft_profile(deals(LEADID=[*range(ROWS - 10), *range(10)]), "Stage")
    assert "deal_id" not in drafted.mapping.columns
    assert drafted.mapping.columns["account_id"] == "LEADID"
