"""Numbers in any style that people and programs write are read as what they say, and in one style a column."""

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from icp_fit.features.cells.number_evidence import NumberEvidence, find_number_evidence
from icp_fit.features.cells.numbers import DecimalSign, read_numbers

POINT = {
    "1,234.50": 1234.5, "1 234.50": 1234.5, "1\u00a0234.50": 1234.5, "1\u202f234.50": 1234.5, "1'234.50": 1234.5,
    "1\u2019234.50": 1234.5, "12,34,567": 1234567, "1,234,567": 1234567, "(1,234.50)": -1234.5, "1,234.50-": -1234.5,
    "\u22125": -5, "USD 1,234.50": 1234.5, "1,234.50 USD": 1234.5, "$1,234.50": 1234.5, "$(5.00)": -5,
    "-$5": -5, "$-5": -5,
    "R$ 1,000": 1000, "CHF 1'234.50": 1234.5, "kr 500": 500, "500 kr": 500, "5 KR": 5, "z\u0142 5": 5,
    "eur 5": 5, "US$5": 5,
    "1.5k": 1500, "$1.2M": 1.2e6, "5 Mio.": 5e6, "2 Mrd": 2e9, "3 Tsd": 3000, "1.2 MUSD": 1.2e6,
    "5 million": 5e6, "2 lakh": 2e5,
    "15%": 15, "15 percent": 15, "15 Prozent": 15, "$5 USD": 5,
    "$5 CAD": 5, "31.8 %": 31.8, "-5%": -5, "1'250.-": 1250, "$.50": 0.5, "5,000/-": 5000, "+5": 5, "1e3": 1000,
}  # fmt: skip
COMMA = {
    "1.234,50 €": 1234.5, "€ 1.234,50": 1234.5, "1 234,50": 1234.5, "1'234,50": 1234.5, "1.250.000": 1250000,
    "1234,50-": -1234.5, "(1.234,50)": -1234.5, "0,5 %": 0.5, "1,5 Mio. €": 1.5e6, "1.250,-": 1250,
    "1.250,-- €": 1250, "1.250": 1250,
}  # fmt: skip
NO_NUMBERS = [
    "", "many", "1-10", "5 pcs", "1,2,3", "12 34", "(5", "5)", "(-5)", "--5", "$5 €", "2024-01-31", "1.2.3",
    "0x1F", "inf",
    "10,00,0", "5 CR", "$5 EUR", "5 percentage", "5 %%", "1,234,5", "01/02/2024", "1" * 70 + " kg",
]  # fmt: skip


def series(*texts: str) -> pd.Series:
    return pd.Series(texts, dtype="str")


@pytest.mark.parametrize("text", POINT)
def test_a_number_with_a_decimal_point_is_read(text: str) -> None:
    assert read_numbers(series(text)).item() == pytest.approx(POINT[text])


@pytest.mark.parametrize("text", COMMA)
def test_a_number_with_a_decimal_comma_is_read(text: str) -> None:
    assert read_numbers(series(text), ",").item() == pytest.approx(COMMA[text])


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number_is_missing_in_either_style(text: str) -> None:
    assert read_numbers(series(text)).isna().item()
    assert read_numbers(series(text), ",").isna().item()


@pytest.mark.parametrize("text", ["12.5", "1,234.50", "1e3"])
def test_a_cell_of_the_other_style_is_missing(text: str) -> None:
    assert read_numbers(series(text), ",").isna().item()


def test_bare_numbers_have_neither_currency_nor_percent_sign() -> None:
    assert read_numbers(series("$5", "5%", "5 k", "5"), bare=True).dropna().tolist() == [5000, 5]


def test_amounts_are_converted_by_what_their_currency_is_worth() -> None:
    rates = {"$": 2.0, "": 1.0}
    numbers = read_numbers(series("$5", "5", "€5", "7.5"), rate_of=rates.get)
    assert numbers.tolist()[:2] + numbers.tolist()[3:] == [10, 5, 7.5]
    assert numbers.isna().tolist() == [False, False, True, False]


@pytest.mark.parametrize(
    ("texts", "evidence"),
    [
        (["$5", "USD 6", "7"], {"currencies": frozenset({"$", "USD"})}),
        (["15%", "0.15"], {"percent": "15%", "plain": "0.15", "mixes_percentages": True}),
        (["15%", "0", "0.0"], {"percent": "15%", "plain": "", "mixes_percentages": False}),
        (["0,125"], {"sign": ","}),
        (["1.250,-"], {"sign": ","}),
        (["1.000", "1.250"], {"pointed": "1.250", "is_proven": False}),
        (["1.250", "7.5"], {"grouped": False, "sign": "."}),
        (["1,250"], {"sign": ".", "is_proven": False, "is_told": True}),
        (["12"], {"is_proven": False, "is_told": False}),
    ],
    ids=" ".join,
)
def test_a_column_proves_its_style(texts: list[str], evidence: dict[str, object]) -> None:
    found = find_number_evidence(series(*texts))
    assert {name: getattr(found, name) for name in evidence} == evidence


@settings(deadline=None)
@given(st.lists(st.sampled_from([*POINT, *COMMA, *NO_NUMBERS]), max_size=6), st.integers(0, 6))
def test_evidence_of_parts_adds_up_to_that_of_the_column(texts: list[str], cut: int) -> None:
    whole = find_number_evidence(series(*texts))
    parts = find_number_evidence(series(*texts[:cut])) | find_number_evidence(series(*texts[cut:]))
    for name in ("sign", "currencies", "mixes_percentages", "is_proven", "is_told", "grouped", "is_settled"):
        assert getattr(parts, name) == getattr(whole, name)


STYLES: dict[str, tuple[DecimalSign, str]] = {
    "point": (".", ","), "comma": (",", "."), "space point": (".", " "), "narrow space comma": (",", "\u202f"),
    "apostrophe": (".", "'"), "nothing": (".", ""), "nothing comma": (",", ""),
}  # fmt: skip
AROUND = ["{}", "$ {}", "{} €", "USD {}", "{} CHF", "-{}", "({})", "{}-", "{}%", "{} kr"]


@settings(deadline=None)
@given(st.integers(0, 10**11), st.sampled_from(list(STYLES)), st.sampled_from(AROUND))
@example(125_000, "comma", "{} €")
def test_a_number_written_in_any_style_is_read_back_from_a_column_that_proves_it(
    cents: int, style: str, around: str
) -> None:
    decimal, thousands = STYLES[style]
    written = f"{cents / 100:,.2f}".replace(",", "\0").replace(".", decimal).replace("\0", thousands)
    texts = series(around.format(written), around.format(f"1{decimal}5"))
    found = find_number_evidence(texts)
    assert found.sign == decimal
    sign = -1 if around in ("-{}", "({})", "{}-") else 1
    assert read_numbers(texts, found.sign).iloc[0] == pytest.approx(sign * cents / 100)


def test_nothing_is_proven_by_nothing() -> None:
    assert find_number_evidence(series()) == NumberEvidence()
