"""How numbers are written is found over all cells of a source, before any is read."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from icp_fit.features.cells.number_evidence import find_number_evidence
from icp_fit.features.cells.numbers import DecimalSign
from icp_fit.features.errors import DealsError
from icp_fit.features.formats import Formats, find_source_formats, find_table_formats
from icp_fit.features.mapping import Mapping
from icp_fit.features.sources.opening import open_source
from tests.support.raw_deals import PROFILE

COLUMNS = {"amount": "amount", "integrations": "integrations"}


@pytest.mark.parametrize(
    ("texts", "sign"),
    [
        (["7", "12"], "."),
        (["12,5", "7"], ","),
        (["1.250.000"], ","),
        (["1,250"], "."),
        (["1.250"], "."),
        (["12,5", "1.250"], ","),
        (["12,5", "12.5"], "."),
        (["12,5", "1,250,000"], "."),
        (["12,5", "1e3"], "."),
        (["many", ""], "."),
    ],
    ids=str,
)
def test_decimal_evidence_of_parts_adds_up_to_that_of_the_column(texts: list[str], sign: str) -> None:
    column = pd.Series(texts, dtype="str")
    whole = find_number_evidence(column)
    assert whole.sign == sign
    for cut in range(len(texts) + 1):
        parts = find_number_evidence(column[:cut]) | find_number_evidence(column[cut:])
        assert (parts.sign, parts.grouped) == (whole.sign, whole.grouped)


@pytest.mark.parametrize(
    ("amounts", "others", "sign"),
    [
        (["1.250", "7"], ["1,5"], ","),
        (["1.250", "7"], ["1.5"], None),
        (["1,250", "7"], ["1,5"], ","),
        (["1,250", "7"], ["3"], "."),
        (["1.250", "7.5"], ["1,5"], "."),
    ],
    ids=str,
)
def test_what_one_column_proves_decides_for_those_that_prove_nothing(
    amounts: list[str], others: list[str], sign: str | None
) -> None:
    rate = replace(PROFILE.factor("amount"), id="rate", label="Rate")
    profile = replace(PROFILE, dimensions=(replace(PROFILE.dimensions[0], factors=(PROFILE.factor("amount"), rate)),))
    table = pd.DataFrame({"amount": amounts, "rate": (others * 2)[:2]})
    if sign:
        assert find_table_formats(table, profile, Mapping()).decimal_of("amount") == sign
        return
    with pytest.raises(DealsError, match=r'`amount` can be read in two ways: "1.250" may be 1.25 or 1,250'):
        find_table_formats(table, profile, Mapping())


def test_counts_are_whole_so_that_a_point_in_them_separates_thousands() -> None:
    table = pd.DataFrame({"integrations": ["1.250", "3"]})
    assert find_table_formats(table, PROFILE, Mapping()).decimal_of("integrations") == ","
    with pytest.raises(DealsError, match=r'"1.000" may be 1 or 1,000'):
        find_table_formats(pd.DataFrame({"integrations": ["1.000", "3"]}), PROFILE, Mapping())


def test_percentages_beside_plain_numbers_are_told() -> None:
    formats = find_table_formats(pd.DataFrame({"amount": ["15%", "0.15"]}), PROFILE, Mapping())
    assert [*formats.notes()] == [
        '`amount` mixes percentages ("15%") with plain numbers ("0.15"), which is read as 0.15%. Write all in one way.'
    ]


def test_the_mapping_is_filled_with_what_was_found() -> None:
    table = pd.DataFrame({"amount": ["1,5", "7"], "integrations": ["3", "4"]})
    filled = find_table_formats(table, PROFILE, Mapping()).fill(Mapping())
    assert filled == Mapping(decimal={"amount": ","})
    assert find_table_formats(table, PROFILE, filled).fill(filled) == filled
    assert find_table_formats(table, PROFILE, Mapping(decimal=",")).fill(Mapping(decimal=",")) == Mapping(decimal=",")


def test_currency_signs_and_words_of_the_mapping_prove_nothing_themselves() -> None:
    table = pd.DataFrame({"amount": ["€ 12,5", "7 €"], "integrations": ["1,5k", "3"]})
    mapping = Mapping(values={"integrations": {"1,5k": "1500"}})
    formats = find_table_formats(table, PROFILE, mapping)
    assert (formats.decimal_of("amount"), formats.decimal_of("integrations")) == (",", ".")


def test_a_mapping_that_names_the_sign_needs_no_proof_and_no_note() -> None:
    formats = find_table_formats(pd.DataFrame({"amount": ["1.250", "7"]}), PROFILE, Mapping(decimal=","))
    assert (formats.decimal_of("amount"), list(formats.notes())) == (",", [])


@pytest.mark.parametrize(("amounts", "told"), [(["12,5", "1.250"], "."), (["12.5", "1,250"], ",")], ids=str)
def test_a_table_that_proves_another_sign_than_the_mapping_is_refused(amounts: list[str], told: DecimalSign) -> None:
    table = pd.DataFrame({"amount": amounts})
    with pytest.raises(DealsError, match=f'`amount` is written with .*{amounts[0]}.* mapping says decimal = "{told}"'):
        find_table_formats(table, PROFILE, Mapping(decimal={"amount": told}))
    proofs_of_both = pd.DataFrame({"amount": ["12,5", "12.5"]})
    assert find_table_formats(proofs_of_both, PROFILE, Mapping(decimal=told)).decimal_of("amount") == told


def test_formats_of_a_file_are_found_in_its_last_row_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("icp_fit.features.sources.source.CHUNK", 2)
    (tmp_path / "deals.csv").write_text("amount;integrations\n1,250;3\n7;4\n12,5;5\n")
    formats = find_source_formats(open_source(tmp_path / "deals.csv"), PROFILE, COLUMNS, Mapping())
    assert (formats.decimal_of("amount"), formats.decimal_of("integrations")) == (",", ".")
    assert [note[:38] for note in formats.notes()] == ["`amount` is read with a decimal comma."[:38]]


def test_a_source_whose_numbers_are_numbers_is_not_read_for_formats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pd.DataFrame({"amount": [1.5], "integrations": [3]}).to_parquet(tmp_path / "deals.parquet")
    source = open_source(tmp_path / "deals.parquet")
    monkeypatch.setattr(type(source), "chunks", None)
    assert find_source_formats(source, PROFILE, COLUMNS, Mapping()) == Formats()
