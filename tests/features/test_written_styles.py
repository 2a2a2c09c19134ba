"""A table in a style of its own is drafted, checked and read as the plain table that says the same."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from icp_fit.features.deals import Deals, read_deals
from icp_fit.features.drafting.draft import draft_profile
from icp_fit.features.mapping import parse_mapping, write_mapping

ROWS = 120


def plain_deals() -> pd.DataFrame:
    """Deals as text, with two dates, an amount and a percentage."""
    random = np.random.default_rng(5)
    created = pd.Timestamp("2023-01-01") + pd.to_timedelta(random.integers(0, 500, ROWS), unit="D")
    return pd.DataFrame(
        {
            "Opportunity ID": [f"006-{row:05}" for row in range(ROWS)],
            "Stage": np.where(random.random(ROWS) < 0.5, "Closed Won", "Closed Lost"),
            "Created Date": created,
            "Close Date": created + pd.to_timedelta(random.integers(1, 90, ROWS), unit="D"),
            "Amount": random.integers(1_000, 9_000_000, ROWS) / 100,
            "Discount": random.integers(1, 60, ROWS),
            "Employees": random.integers(5, 500, ROWS),
        }
    )


def read_as_written(write: dict[str, Callable[[object], str]]) -> Deals:
    """Deals drafted and read from a table whose columns are written so."""
    table = plain_deals()
    for column in table:
        table[column] = table[column].map(write.get(str(column), str)).astype("str")
    drafted = draft_profile(table, "Stage")
    return read_deals(table, drafted.profile, parse_mapping(write_mapping(drafted.mapping)))


DATES: dict[str, Callable[[pd.Timestamp], str]] = {
    "day, month name and time": lambda day: day.strftime("%d %b, %Y 00:02:00"),
    "dashes": lambda day: day.strftime("%d-%m-%Y"),
    "serials": lambda day: str((day - pd.Timestamp("1899-12-30")).days),
    "month first with time, as Excel saves": lambda day: f"{day.month}/{day.day}/{day.year} 0:00",
    "milliseconds": lambda day: str(day.value // 1_000_000 if day.unit == "ns" else int(day.timestamp() * 1000)),
    "two digits": lambda day: day.strftime("%d.%m.%y"),
    "12 hours": lambda day: day.strftime("%m/%d/%Y 12:00 AM"),
    "slashes": lambda day: day.strftime("%Y/%m/%d"),
}


@pytest.mark.parametrize("style", DATES)
def test_dates_are_those_of_the_plain_table(style: str) -> None:
    deals = read_as_written({"Created Date": DATES[style], "Close Date": DATES[style]})
    expected = plain_deals()
    assert deals.rejected.empty
    assert deals.table["created_on"].dt.normalize().tolist() == expected["Created Date"].tolist()
    assert deals.table["closed_on"].dt.normalize().tolist() == expected["Close Date"].tolist()


def german(amount: float) -> str:
    return f"{amount:,.2f}".translate({44: ".", 46: ","})


AMOUNTS: dict[str, Callable[[float], str]] = {
    "code before": lambda amount: f"USD {amount:,.2f}",
    "euro behind": lambda amount: f"{german(amount)} €",
    "German": german,
    "Swiss": lambda amount: f"CHF {amount:,.2f}".replace(",", "'"),
    "French": lambda amount: german(amount).replace(".", "\u202f") + " €",
    "thousands": lambda amount: f"${amount / 1000:.5f}k",
}


@pytest.mark.parametrize("style", AMOUNTS)
def test_amounts_are_those_of_the_plain_table(style: str) -> None:
    deals = read_as_written({"Amount": AMOUNTS[style]})
    assert deals.table["amount"].tolist() == pytest.approx(plain_deals()["Amount"].tolist())


@pytest.mark.parametrize("sign", ["%", " %"])
def test_percentages_are_numbers(sign: str) -> None:
    deals = read_as_written({"Discount": lambda discount: f"{discount}{sign}"})
    assert deals.table["discount"].tolist() == plain_deals()["Discount"].tolist()


@pytest.mark.parametrize(
    "word", ["n.v.", "k.A.", "unbekannt", "inconnu", "desconocido", "TBD", "(blank)", "#N/A", "\u2013"]
)
def test_a_word_for_unknown_leaves_a_column_of_numbers_one(word: str) -> None:
    deals = read_as_written({"Employees": lambda count: word if int(str(count)) % 12 == 0 else str(count)})
    expected = plain_deals()["Employees"]
    assert deals.table["employees"].dropna().tolist() == expected[expected % 12 != 0].tolist()


@pytest.mark.parametrize(
    ("yes", "no"), [("ja", "nein"), ("oui", "non"), ("sì", "no"), ("✓", "✗"), ("wahr", "falsch"), ("on", "off")]
)
def test_words_for_yes_and_no_are_read_in_many_languages(yes: str, no: str) -> None:
    deals = read_as_written({"Discount": lambda discount: yes if int(str(discount)) % 2 else no})
    assert deals.table["discount"].tolist() == (plain_deals()["Discount"] % 2 == 1).tolist()
