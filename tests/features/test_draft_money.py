import numpy as np
import pandas as pd
import pytest

from icp_fit.features.drafting.column_checks import is_named_date
from icp_fit.features.drafting.draft import draft_profile
from icp_fit.features.drafting.money_columns import find_mixed_money
from icp_fit.features.drafting.source_column import SourceColumn, read_column

ROWS = 60
RANDOM = np.random.default_rng(5)


def column(name: str, cells: list[str]) -> SourceColumn:
    return read_column(name, pd.Series((cells * ROWS)[:ROWS]))


SUMS = column("Amount", ["1200.50", "700.25", "99.10"])
CURRENCIES = column("Currency", ["USD", "JPY"])


@pytest.mark.parametrize(
    ("columns", "mixed"),
    [
        ([column("Deal", ["$1,200", "¥7,000"])], {"Deal": "is in several currencies: $, ¥"}),
        ([column("Deal", ["USD 12", "EUR 7"])], {"Deal": "is in several currencies: EUR, USD"}),
        ([column("Deal", ["$1,200", "USD 700"])], {}),
        ([column("Deal", ["USD 12", "USD 7"])], {}),
        ([SUMS, CURRENCIES], {"Amount": "is in several currencies: USD, JPY, by `Currency`"}),
        ([SUMS, column("Währung", ["EUR", "USD"])], {"Amount": "is in several currencies: EUR, USD, by `Währung`"}),
        ([column("Value", ["500", "70"]), CURRENCIES], {"Value": "is in several currencies: USD, JPY, by `Currency`"}),
        ([column("Value", ["5", "7"]), CURRENCIES], {}),
        ([SUMS, column("Currency", ["USD"])], {}),
        ([SUMS, column("Market", ["US", "JP"])], {}),
        ([SUMS, column("Market", ["€", "$"])], {"Amount": "is in several currencies: €, $, by `Market`"}),
        ([SUMS, column("Market", ["R", "RM"])], {}),
        ([column("Seats", ["3", "7"]), CURRENCIES], {}),
    ],
    ids=lambda value: "" if isinstance(value, dict) else " and ".join(each.name for each in value),
)
def test_sums_in_several_currencies_are_named(columns: list[SourceColumn], mixed: dict[str, str]):
    assert find_mixed_money(columns) == mixed


def test_sums_in_several_currencies_are_left_out_with_the_remedy():
    table = pd.DataFrame({"Stage": ["won", "lost"] * ROWS, "Segment": ["a", "b", "b", "c"] * (ROWS // 2)})
    drafted = draft_profile(table.assign(Amount=["$1,200.50", "¥700"] * ROWS), "Stage")
    assert drafted.ignored["Amount"].startswith("is in several currencies")
    assert any("`Amount`. Say under [currency] in the mapping" in note for note in drafted.notes)


@pytest.mark.parametrize(
    ("name", "cells", "is_date"),
    [
        ("Created Date", ["2026 week 07", "2026 week 09"], True),
        ("Erstelldatum", ["KW 07/2026", "KW 08/2026"], True),
        ("Closed On", ["Q1 FY2026", "Q2 FY2026"], True),
        ("Date de création", ["2026.T1", "2026.T2"], True),
        ("Created by", ["ann1234", "bob1234"], False),
        ("Closed amount", ["12000", "13000"], False),
        ("Created Date", ["early", "late"], False),
        ("Days since created", ["1000", "2000"], False),
        ("Segment", ["2026 week 07", "2026 week 09"], False),
    ],
    ids=str,
)
def test_columns_named_like_dates_are_told(name: str, cells: list[str], is_date: bool):
    assert is_named_date(column(name, cells)) == is_date


def test_a_column_named_like_a_date_is_no_question_whatever_its_format():
    table = pd.DataFrame({"Stage": ["won", "lost"] * ROWS, "Segment": ["a", "b", "b", "c"] * (ROWS // 2)})
    drafted = draft_profile(table.assign(Created=["2026 week 07", "2026 week 09", "2026 week 11"] * 40), "Stage")
    assert drafted.ignored["Created"] == 'is named like a date, in a format that is not known: "2026 week 07"'
    assert any(note.startswith("No column of dates was recognised") for note in drafted.notes)
