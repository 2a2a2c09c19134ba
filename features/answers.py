"""Answers: one typed column for each factor of a profile, read from raw cells and checked against the profile.

Unanswered is a missing value in every column: it is neither no nor zero.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pyarrow import RecordBatch

from icp_fit.features.answer_rules import answer_dtype, number_rule, requirement, typed_column
from icp_fit.features.cell_reader import build_cell_readers
from icp_fit.features.errors import DealsError
from icp_fit.features.factors import Factor, Profile
from icp_fit.features.formats import Formats, find_table_formats
from icp_fit.features.mapping import Mapping
from icp_fit.features.money import CURRENCY, RowCurrencies
from icp_fit.features.sources.arrow_cells import as_arrow

MOST_SHOWN = 20


@dataclass(frozen=True)
class Problem:
    """A cell that cannot be used, where it is (`row` counts data rows from 1) and what to do about it.

    `cell` is its text where a mapping can say what it means.
    """

    row: int
    deal_id: str | None
    column: str
    message: str
    cell: str | None = None

    def __str__(self) -> str:
        where = f"row {self.row:,}" if self.deal_id is None else f"row {self.row:,}, deal {self.deal_id}"
        return f"{where}: {self.message}"


@lru_cache(maxsize=16)
def answer_schema(profile: Profile) -> pa.DataFrameSchema:
    """The schema of typed answers: each factor's dtype, and the answers that it allows."""
    return pa.DataFrameSchema({factor.id: _schema(factor) for factor in profile.factors})


def read_answers(
    profile: Profile,
    table: pd.DataFrame,
    deal_ids: pd.Series | None = None,
    mapping: Mapping | None = None,
    formats: Formats | None = None,
) -> tuple[pd.DataFrame, list[Problem]]:
    """Read raw cells (text, numbers, booleans) as typed answers.

    `table` has a column for each factor, named by its id; a factor without one is unanswered throughout. `deal_ids`,
    one a row, name the deals in problems. `mapping` says which words mean unanswered, or another answer; `formats` how
    numbers are written, found in the table where they are not given. Returns the answers, shape (rows, factors), in
    which a cell that cannot be used is unanswered, and a problem for each of these.
    """
    mapping = mapping or Mapping()
    columns = {factor_id: factor_id for factor_id in profile.factor_ids if factor_id in table}
    formats = formats or find_table_formats(table, profile, mapping)
    cells = as_arrow(table[[*columns, *([CURRENCY] if formats.currency_column else [])]])
    currencies = find_row_currencies(cells, mapping, formats)
    readers = build_cell_readers(profile, columns, mapping, formats)
    answers: dict[str, object] = {}
    problems: list[Problem] = []
    for factor in profile.factors:
        numbers = np.full(len(table), np.nan)
        if factor.id in readers:
            numbers = readers[factor.id].read(cells.column(factor.id))
            if currencies and factor.id in formats.converted:
                numbers, unknown = currencies.convert(numbers)
                problems += find_currency_problems(factor, unknown, currencies, deal_ids)
            rows = np.flatnonzero(np.isinf(numbers))
            numbers[rows] = np.nan
            ids = None if deal_ids is None or not len(rows) else deal_ids.astype(object).iloc[rows].tolist()
            problems += find_answer_problems(factor, rows, table[factor.id].iloc[rows], ids)
        answers[factor.id] = typed_column(factor, numbers)
    return pd.DataFrame(answers, index=table.index), problems


def check_answers(profile: Profile, table: pd.DataFrame) -> pd.DataFrame:
    """Return the typed answers of a table, shape (rows, factors), or raise DealsError with the cells it cannot use.

    A table that is typed already is only checked; of any other, cells are read as `read_answers` does.
    """
    if all(factor.id in table and table[factor.id].dtype == answer_dtype(factor) for factor in profile.factors):
        answers = table[list(profile.factor_ids)]
        problems = list(_schema_problems(profile, answers))
    else:
        answers, problems = read_answers(profile, table)
    if problems:
        more = f"\n... and {len(problems) - MOST_SHOWN:,} more." if len(problems) > MOST_SHOWN else ""
        raise DealsError("\n".join(map(str, problems[:MOST_SHOWN])) + more)
    return answers


def find_answer_problems(
    factor: Factor, rows: np.ndarray, cells: pd.Series, deal_ids: Sequence[Any] | None = None
) -> Iterator[Problem]:
    """A problem for each of these rows, from 0, whose cell is no answer; `cells` and ids are those of the rows."""
    wanted = requirement(factor)
    ids = [None] * len(rows) if deal_ids is None else deal_ids
    for row, cell, deal_id in zip(rows, cells.to_numpy(object), ids, strict=True):
        message = f'`{factor.id}` {wanted}, got "{cell}". Leave it empty if unknown.'
        yield Problem(int(row) + 1, None if pd.isna(deal_id) else str(deal_id), factor.id, message, str(cell))


def find_row_currencies(cells: RecordBatch, mapping: Mapping, formats: Formats) -> RowCurrencies | None:
    """The currency of each row, where a column names it."""
    if not formats.currency_column:
        return None
    return RowCurrencies(cells.column(formats.currency_column), formats.currency, mapping)


def find_currency_problems(
    factor: Factor, rows: np.ndarray, currencies: RowCurrencies, deal_ids: pd.Series | None = None
) -> Iterator[Problem]:
    """A problem for each of these rows, from 0, whose currency the mapping does not convert."""
    for row in rows:
        deal_id = None if deal_ids is None or pd.isna(deal_ids.iloc[row]) else str(deal_ids.iloc[row])
        message = (
            f'`{factor.id}` is in "{currencies.name(row)}", for which the mapping has no rate. Add it under '
            "[currency.rates]."
        )
        yield Problem(int(row) + 1, deal_id, factor.id, message)


def _schema(factor: Factor) -> pa.Column:
    rule = number_rule(factor)

    def is_allowed(answers: pd.Series) -> pd.Series:
        return pd.Series(rule.allowed(answers.to_numpy()), answers.index)

    checks = [pa.Check(is_allowed, name=requirement(factor))]
    return pa.Column(
        answer_dtype(factor),
        checks if factor.is_number else [],
        nullable=True,
        title=factor.label,
        description=factor.question,
    )


def _schema_problems(profile: Profile, answers: pd.DataFrame) -> Iterator[Problem]:
    """A problem for each of the typed answers that the schema refuses."""
    try:
        answer_schema(profile).validate(answers.reset_index(drop=True), lazy=True)
    except pa.errors.SchemaErrors as error:
        for factor_id, refused in error.failure_cases.groupby("column", sort=False):
            rows = np.unique(refused["index"].to_numpy(int))
            yield from find_answer_problems(profile.factor(str(factor_id)), rows, answers[factor_id].iloc[rows])
