"""Amounts in several currencies are converted or refused, never compared as if they were equal."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from icp_fit.features.chunk_reader import ChunkReader
from icp_fit.features.currency_rates import CurrencyRates
from icp_fit.features.deals import read_deals
from icp_fit.features.errors import DealsError, MappingError
from icp_fit.features.formats import find_source_formats
from icp_fit.features.mapping import Mapping, parse_mapping, write_mapping
from icp_fit.features.sources.opening import open_source
from tests.support.raw_deals import PROFILE, build_raw_deals

EURO = Mapping(currency=CurrencyRates("EUR", "Currency", rates={"USD": 0.5, "JPY": 0.01}))


def deals_in(*currencies: str, column: str = "Currency", amount: str = "100.50") -> pd.DataFrame:
    """Deals with a column of currencies, in turn."""
    table = build_raw_deals().assign(amount=amount)
    return table.assign(**{column: [currencies[row % len(currencies)] for row in range(len(table))]})


@pytest.mark.parametrize(
    "column", ["Currency", "CurrencyIsoCode", "Deal Currency", "Währung", "Moneda", "Devise", "Unit"]
)
def test_a_column_of_several_currencies_is_refused_with_the_remedy(column: str) -> None:
    with pytest.raises(
        DealsError, match=rf'`{column}` names several currencies, "JPY", "USD".*unit = "JPY", column = '
    ):
        read_deals(deals_in("USD", "JPY", column=column), PROFILE)


@pytest.mark.parametrize("names", [("US Dollar", "Euro"), ("USD - U.S. Dollar", "EUR - Euro"), ("$", "£")], ids=str)
def test_currencies_may_be_named_in_full(names: tuple[str, str]) -> None:
    with pytest.raises(DealsError, match="`Currency` names several currencies"):
        read_deals(deals_in(*names), PROFILE)


@pytest.mark.parametrize("names", [("€", "$"), ("eur", "usd"), ("Euro", "US-Dollar")], ids=str)
def test_signs_and_names_tell_currencies_whatever_their_column_is_called(names: tuple[str, str]) -> None:
    with pytest.raises(DealsError, match="`Unit` names several currencies"):
        read_deals(deals_in(*names, column="Unit"), PROFILE)


def test_words_that_may_be_currencies_and_are_none_that_is_common_name_none() -> None:
    assert read_deals(deals_in("R", "RM", column="Class"), PROFILE).table["amount"].eq(100.5).all()


@pytest.mark.parametrize(("label", "is_told"), [("Pipeline", True), ("Deal value", False)])
def test_amounts_beside_several_currencies_are_told_though_no_name_calls_them_money(label: str, is_told: bool) -> None:
    money = replace(PROFILE.factor("amount"), id="pipeline", label=label)
    dimension = replace(PROFILE.dimensions[0], factors=(money,))
    profile = replace(PROFILE, dimensions=(dimension,))
    table = deals_in("USD", "EUR").rename(columns={"amount": "pipeline"})
    if not is_told:
        with pytest.raises(DealsError, match="`Currency` names several currencies"):
            read_deals(table, profile)
        return
    assert any('[currency] amounts = ["pipeline"]' in note for note in read_deals(table, profile).notes)
    assert not any("[currency]" in note for note in read_deals(table.assign(Currency="USD"), profile).notes)


def test_of_two_columns_of_currencies_the_one_with_several_counts() -> None:
    table = deals_in("USD", "EUR", column="Amount Currency").assign(**{"Amount (converted) Currency": "USD"})
    with pytest.raises(DealsError, match="`Amount Currency` names several currencies"):
        read_deals(table[[*reversed(table.columns)]], PROFILE)


def test_signs_of_several_currencies_in_a_column_are_refused_with_the_remedy() -> None:
    table = build_raw_deals().assign(amount=["$5.50", "¥600"] * 10)
    with pytest.raises(DealsError, match=r'`amount` holds amounts in several currencies.*rates\] "¥" = '):
        read_deals(table, PROFILE)


def test_the_mapping_may_say_that_all_amounts_are_in_one_currency() -> None:
    deals = read_deals(deals_in("USD", "JPY"), PROFILE, Mapping(currency=CurrencyRates("EUR")))
    assert deals.table["amount"].eq(100.5).all()


@pytest.mark.parametrize("amount", ["100.50", 100.5], ids=["text", "numbers"])
def test_amounts_are_converted_by_the_currency_of_their_row(amount: object) -> None:
    table = deals_in("USD", "JPY", "EUR", "").assign(amount=amount)
    deals = read_deals(table, PROFILE, EURO)
    assert deals.table["amount"].tolist()[:4] == pytest.approx([50.25, 1.005, 100.5, 100.5])
    assert deals.ignored == ()
    assert "Converted into EUR by the mapping's rates: amount." in deals.notes


def test_amounts_are_converted_by_their_own_sign() -> None:
    mapping = Mapping(currency=CurrencyRates("EUR", rates={"USD": 0.5, "¥": 0.01}))
    deals = read_deals(build_raw_deals().assign(amount=["$5.50", "¥600"] * 10), PROFILE, mapping)
    assert deals.table["amount"].tolist()[:2] == [2.75, 6]


def test_a_row_in_a_currency_without_a_rate_is_set_aside() -> None:
    table = deals_in("EUR")
    table.loc[3, "Currency"] = "CHF"
    deals = read_deals(table, PROFILE, EURO)
    assert deals.rejected["row"].tolist() == [4]
    assert deals.rejected["reason"].item().startswith('`amount` is in "CHF", for which the mapping has no rate.')


def test_a_table_read_in_chunks_is_converted_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("icp_fit.features.sources.source.CHUNK", 7)
    table = deals_in("USD", "JPY", "CHF")
    table.to_csv(tmp_path / "deals.csv", index=False)
    source = open_source(tmp_path / "deals.csv")
    formats = find_source_formats(source, PROFILE, {"amount": "amount"}, EURO)
    reader = ChunkReader(PROFILE, {"amount": "amount"}, EURO, formats)
    read = [reader.read(chunk.cells) for chunk in source.chunks(["amount", "Currency"])]
    assert [len(problems) for _, problems in read] == [2, 2, 2]
    assert read[0][0][:2, PROFILE.factor_ids.index("amount")].tolist() == pytest.approx([50.25, 1.005])
    with pytest.raises(DealsError, match="several currencies"):
        find_source_formats(source, PROFILE, {"amount": "amount"}, Mapping())


def test_the_one_currency_of_a_table_is_what_later_tables_must_be_in() -> None:
    deals = read_deals(deals_in("USD"), PROFILE)
    assert deals.mapping.currency == CurrencyRates("USD", "Currency")
    later = read_deals(deals_in("USD", "USD", "EUR"), PROFILE, deals.mapping, max_rejected=1)
    assert later.rejected["row"].tolist() == [3, 6, 9, 12, 15, 18]
    signs = read_deals(build_raw_deals().assign(amount="$5.50"), PROFILE)
    assert signs.mapping.currency == CurrencyRates("USD")
    later = read_deals(build_raw_deals().assign(amount=["$5.50"] * 19 + ["€5.50"]), PROFILE, signs.mapping)
    assert later.rejected["row"].tolist() == [20]


def test_a_column_of_currencies_matters_to_money_alone() -> None:
    rate = replace(PROFILE.factor("amount"), id="margin", label="Margin", source="Margin")
    dimensions = tuple(
        replace(dimension, factors=tuple(rate if factor.id == "amount" else factor for factor in dimension.factors))
        for dimension in PROFILE.dimensions
    )
    profile = replace(PROFILE, dimensions=dimensions)
    table = deals_in("USD", "JPY").rename(columns={"amount": "margin"})
    assert read_deals(table, profile).table["margin"].eq(100.5).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[currency]\ncolumn = "Currency"', "must say in what the rates are"),
        ('[currency]\nunit = "EUR"\nrates = {USD = 0}', "must be more than 0"),
    ],
)
def test_rates_that_make_no_sense_are_refused(text: str, message: str) -> None:
    with pytest.raises(MappingError, match=message):
        parse_mapping(text)


def test_rates_are_written_and_read_back() -> None:
    assert parse_mapping(write_mapping(EURO)) == EURO
