"""Chunks mean what the whole table means, for every type of column and every cut."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_fit.features.answers import Problem, read_answers
from icp_fit.features.cell_parsing import fold
from icp_fit.features.chunk_reader import ChunkReader
from icp_fit.features.deal_columns import read_deal_columns
from icp_fit.features.encoder import answer_numbers
from icp_fit.features.errors import DealsError
from icp_fit.features.factors import Profile
from icp_fit.features.formats import Formats, find_formats
from icp_fit.features.mapping import Mapping
from icp_fit.features.sources.arrow_cells import as_arrow, read_texts
from tests.support.raw_deals import PROFILE

TEXTS = [
    "", " ", "Unknown", "n/a", "yes", "No", "TRUE", "0", "1", "1.0", "3", "-2", "2.5", "12,5", "1,250", "1.250",
    "1.250.000", "$1,200.50", "€ 7", "1e3", "inf", "many", "low", "Medium", " high ", "EMEA", "north_america", "NA",
    "tbd", "-1",
]  # fmt: skip
TYPES = {
    "str": st.sampled_from(TEXTS) | st.none(),
    "object": st.sampled_from([*TEXTS, 3, 3.0, 2.5, -1, True, False, Decimal("1200.50"), None, np.nan]),
    "float64": st.floats() | st.sampled_from([0.0, 1.0, 3.0, -1.0]),
    "float32": st.floats(width=32) | st.sampled_from([0.0, 1.0, 3.0, -1.0]),
    "int64": st.integers(-3, 5) | st.integers(-(2**60), 2**60),
    "uint8": st.integers(0, 5),
    "Int64": st.integers(-3, 5) | st.none(),
    "bool": st.booleans(),
    "boolean": st.booleans() | st.none(),
    "category": st.sampled_from(TEXTS) | st.none(),
    "datetime64[us]": st.sampled_from(["2026-01-05", None]),
}
MAPPINGS = {
    "none": Mapping(),
    "words": Mapping(values={"security": {"tbd": "", "many": "high"}, "integrations": {"many": "12"}}),
    "blank numbers": Mapping(unanswered=("-1", "tbd")),
    "decimal comma": Mapping(decimal=","),
}


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Raw cells of every type, most of them senseless for their question; some questions have no column."""
    rows = draw(st.integers(1, 12))
    asked = draw(st.lists(st.sampled_from(PROFILE.factor_ids), min_size=1, unique=True))
    columns = {}
    for factor_id in asked:
        dtype = draw(st.sampled_from(list(TYPES)))
        cells = draw(st.lists(TYPES[dtype], min_size=rows, max_size=rows))
        columns[factor_id] = pd.Series(cells, dtype=dtype)
    return pd.DataFrame(columns)


def read_chunks(
    batches: Sequence[pa.RecordBatch], mapping: Mapping, profile: Profile = PROFILE
) -> tuple[np.ndarray, list[Problem]]:
    """All chunks, read by the formats that all of them prove."""
    columns = {name: name for name in batches[0].schema.names}
    reader = ChunkReader(profile, columns, mapping, find_formats(batches, profile, columns, mapping))
    found = [reader.read(batch) for batch in batches]
    return np.concatenate([numbers for numbers, _ in found]), [p for _, problems in found for p in problems]


def cut(table: pd.DataFrame, size: int) -> Iterator[pa.RecordBatch]:
    return (as_arrow(table.iloc[start : start + size]) for start in range(0, len(table), size))


@settings(max_examples=25, deadline=None)
@given(tables(), st.sampled_from(list(MAPPINGS)), st.sampled_from([3, 12]))
def test_numbers_and_refusals_are_those_of_read_answers(table: pd.DataFrame, named: str, size: int) -> None:
    try:
        answers, problems = read_answers(PROFILE, table, mapping=MAPPINGS[named])
    except DealsError as refused:  # in several currencies, or to be read in two ways
        with pytest.raises(DealsError, match=re.escape(str(refused)[:20])):
            read_chunks(list(cut(table, size)), MAPPINGS[named])
        return
    numbers, found = read_chunks(list(cut(table, size)), MAPPINGS[named])
    assert np.array_equal(numbers, answer_numbers(PROFILE, answers), equal_nan=True)
    assert len(found) == len(problems)
    whole = read_chunks([as_arrow(table)], MAPPINGS[named])[1]
    assert {(p.row, p.column) for p in whole} == {(p.row, p.column) for p in problems}


@settings(max_examples=15, deadline=None)
@given(tables())
def test_cells_that_went_through_parquet_mean_the_same(table: pd.DataFrame) -> None:
    mixed = {name: "str" for name in table if pd.api.types.is_object_dtype(table[name])}
    stored = pa.Table.from_pandas(table.astype(mixed))
    try:
        answers, problems = read_answers(PROFILE, stored.to_pandas())
    except DealsError as refused:
        with pytest.raises(DealsError, match=re.escape(str(refused)[:20])):
            read_chunks(stored.to_batches(), Mapping())
        return
    numbers, found = read_chunks(stored.to_batches(), Mapping())
    assert np.array_equal(numbers, answer_numbers(PROFILE, answers), equal_nan=True)
    assert {(p.row, p.column) for p in found} == {(p.row, p.column) for p in problems}


@pytest.mark.parametrize(
    "kind", [pa.decimal128(9, 2), pa.date32(), pa.binary(), pa.list_(pa.int64()), pa.null()], ids=str
)
def test_a_column_of_an_unusual_type_means_what_it_says_as_text(kind: pa.DataType) -> None:
    cells = {"decimal128(9, 2)": [Decimal("3.00"), Decimal("2.50")], "date32[day]": [0, 1], "binary": [b"3", b"x"]}
    column = pa.array(cells.get(str(kind), [[3], [4]] if pa.types.is_nested(kind) else [None, None]), kind)
    batch = pa.record_batch({"amount": column})
    answers, problems = read_answers(PROFILE, batch.to_pandas())
    numbers, found = read_chunks([batch], Mapping())
    assert np.array_equal(numbers, answer_numbers(PROFILE, answers), equal_nan=True)
    assert [str(problem) for problem in found] == [str(problem) for problem in problems]


def test_a_decimal_comma_proved_by_the_last_chunk_is_read_in_the_first() -> None:
    table = pd.DataFrame({"amount": ["1,250", "7", "12,5"]})
    numbers, problems = read_chunks(list(cut(table, 1)), Mapping())
    assert problems == []
    assert numbers[:, 2].tolist() == [1.25, 7, 12.5]


def test_a_decimal_point_proved_later_takes_the_comma_back() -> None:
    table = pd.DataFrame({"amount": ["1,250", "12,5", "12.5"]})
    numbers, problems = read_chunks(list(cut(table, 1)), Mapping())
    assert numbers[0, 2] == 1250
    assert ['got "12,5"' in str(problem) for problem in problems] == [True]


def test_a_problem_names_row_deal_and_cell() -> None:
    batch = as_arrow(pd.DataFrame({"integrations": ["3", "many"], "security": ["low", "low"]}))
    reader = ChunkReader(PROFILE, {"integrations": "integrations", "security": "security"}, Mapping(), Formats())
    _, problems = reader.read(batch, pa.array(["D-1", "D-2"]))
    assert [str(problem) for problem in problems] == [
        'row 2, deal D-2: `integrations` must be a whole number of at least 0, got "many". Leave it empty if unknown.'
    ]


def test_a_distinct_cell_is_read_once_in_all_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    folded: list[str] = []

    def count(text: str) -> str:
        folded.append(text)
        return fold(text)

    batches = [as_arrow(pd.DataFrame({"security": words})) for words in (["low", "high"], ["high", "low"], ["medium"])]
    monkeypatch.setattr("icp_fit.features.cell_reader.fold", count)
    numbers, _ = read_chunks(batches, Mapping())
    assert numbers[:, PROFILE.factor_ids.index("security")].tolist() == [0, 2, 2, 0, 1]
    assert folded == ["low", "high", "medium"]


def test_more_distinct_cells_than_are_remembered_mean_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("icp_fit.features.cell_reader.MOST_REMEMBERED", 3)
    table = pd.DataFrame({"amount": ["1", "2", "3", "4", "1", "x", "2", "5"]})
    for size in (2, 3, 4, 8):
        numbers, problems = read_chunks(list(cut(table, size)), Mapping())
        assert np.array_equal(numbers[:, 2], [1, 2, 3, 4, 1, np.nan, 2, 5], equal_nan=True)
        assert len(problems) == 1


@pytest.mark.parametrize(
    "cells",
    [
        pd.Series([" D-1 ", "", "Unknown", None], dtype="str"),
        pd.Series([7, 8, 9, 7]),
        pd.Series([7.0, np.nan, 2.5, 7.0]),
        pd.Series([7, "D-1", None, "-"], dtype=object),
        pd.Series(["D-1", "D-1", None, "n/a"], dtype="category"),
    ],
    ids=["text", "integers", "floats", "mixed", "category"],
)
def test_ids_are_those_of_read_deal_columns(cells: pd.Series) -> None:
    expected = read_deal_columns(pd.DataFrame({"deal_id": cells}), Mapping())["deal_id"].astype(object)
    found = read_texts(as_arrow(pd.DataFrame({"deal_id": cells})).column("deal_id"), Mapping().unanswered)
    assert found.to_pylist() == expected.where(expected.notna(), None).tolist()


def test_an_empty_row_reads_as_what_the_mapping_says_of_empty_cells() -> None:
    mapping = Mapping(values={"security": {"": "low"}})
    columns = {"security": "security", "amount": "amount"}
    reader = ChunkReader(PROFILE, columns, mapping, Formats())
    numbers, _ = reader.read(as_arrow(pd.DataFrame({"security": ["", None], "amount": ["", None]}, dtype="str")))
    assert np.array_equal(numbers, np.tile(reader.empty, (2, 1)), equal_nan=True)
    assert reader.empty[PROFILE.factor_ids.index("security")] == 0
    assert np.isnan(reader.empty).sum() == len(PROFILE.factor_ids) - 1
