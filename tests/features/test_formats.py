"""How numbers are written is found over all cells of a source, before any is read."""

from pathlib import Path

import pandas as pd
import pytest

from icp_fit.features.cells.number_evidence import find_number_evidence
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
        assert (parts.sign, parts.thousands) == (whole.sign, whole.thousands)


@pytest.mark.parametrize(
    ("texts", "example"), [(["1.250"], "1.250"), (["1.250", "2.5"], ""), (["0.125"], ""), (["12"], "")], ids=str
)
def test_a_point_that_may_separate_thousands_is_remembered(texts: list[str], example: str) -> None:
    assert find_number_evidence(pd.Series(texts, dtype="str")).thousands == example


def test_currency_signs_and_words_of_the_mapping_prove_nothing_themselves() -> None:
    table = pd.DataFrame({"amount": ["€ 12,5", "7 €"], "integrations": ["1,5k", "3"]})
    mapping = Mapping(values={"integrations": {"1,5k": "1500"}})
    formats = find_table_formats(table, PROFILE, mapping)
    assert (formats.decimal_of("amount"), formats.decimal_of("integrations")) == (",", ".")


def test_a_mapping_that_names_the_sign_needs_no_proof_and_no_note() -> None:
    formats = find_table_formats(pd.DataFrame({"amount": ["12,5"]}), PROFILE, Mapping(decimal="."))
    assert formats.evidence["amount"].comma, "looked at for currencies"
    assert (formats.decimal_of("amount"), list(formats.notes())) == (".", [])


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
