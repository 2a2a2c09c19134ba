"""Formats: how the cells of a source are written, found over all of them before any is read as an answer.

Only then does the same cell mean the same in every row, wherever chunks end.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Named
from dataclasses import dataclass, field, replace

import pandas as pd
import pyarrow as pa
from pandas.api.types import is_numeric_dtype

from icp_fit.features.cells.number_evidence import NumberEvidence, find_number_evidence
from icp_fit.features.cells.numbers import DecimalSign, read_numbers
from icp_fit.features.currency_rates import CurrencyRates
from icp_fit.features.errors import DealsError
from icp_fit.features.factors import Factor, Profile
from icp_fit.features.mapping import Mapping
from icp_fit.features.money import (
    CURRENCY,
    CURRENCY_SAMPLE,
    CurrencyEvidence,
    check_currencies,
    currencies_of,
    currency_notes,
    find_currency_column,
    is_money,
    maybe_money_notes,
    settled_rates,
)
from icp_fit.features.sources.arrow_cells import as_arrow, as_pandas, distinct_cells, is_number, texts_of
from icp_fit.features.sources.source import Source


@dataclass(frozen=True)
class Formats:
    """How the numbers of a source are written, by factor id, and in which currency its amounts are.

    `decimals` are the decimal signs that are known, `evidence` is what the columns prove where the mapping, which has
    `given` some, leaves it open. `converted` are the factors whose amounts are in the currency that the column
    `currency_column` names in each row.
    """

    decimals: Named[str, DecimalSign] = field(default_factory=dict)
    evidence: Named[str, NumberEvidence] = field(default_factory=dict)
    currency: CurrencyRates = field(default_factory=CurrencyRates)
    currency_column: str = ""
    converted: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    money_notes: tuple[str, ...] = ()

    def decimal_of(self, factor_id: str) -> DecimalSign:
        """The decimal sign of a factor's column."""
        return self.decimals.get(factor_id, ".")

    def fill(self, mapping: Mapping) -> Mapping:
        """The mapping with what was found, so that another table is read in the same way or refused."""
        given = {} if isinstance(mapping.decimal, str) else mapping.decimal
        told = {factor_id: self.decimals[factor_id] for factor_id, found in self.evidence.items() if found.is_told}
        decimal = mapping.decimal if mapping.decimal and isinstance(mapping.decimal, str) else {**told, **given}
        return replace(mapping, decimal=decimal or "", currency=self.currency)

    def notes(self) -> Iterator[str]:
        """A sentence for each column whose numbers are read in a way that the mapping should confirm."""
        for factor_id, evidence in self.evidence.items():
            decimal = self.decimal_of(factor_id)
            if decimal == "," and evidence.is_told and factor_id not in self.given:
                yield f'`{factor_id}` is read with a decimal comma. Say so in a mapping: decimal = ",".'
            if evidence.mixes_percentages:
                shown = f"{read_numbers(pd.Series([evidence.plain], dtype='str'), decimal).iloc[0]:g}"
                yield (
                    f'`{factor_id}` mixes percentages ("{evidence.percent}") with plain numbers ("{evidence.plain}"), '
                    f"which is read as {shown}%. Write all in one way."
                )
        yield from self.money_notes


def find_source_formats(source: Source, profile: Profile, columns: Named[str, str], mapping: Mapping) -> Formats:
    """Find the formats of a source, which is read for it only where its numbers may be written as text.

    `columns` gives the source's name for each factor that has one. Raises DealsError as `find_formats` does.
    """
    numbers = [factor for factor in profile.factors if factor.is_number and factor.id in columns]
    texts = {f.id: columns[f.id] for f in numbers if source.holds_text(columns[f.id])}
    currency = ""
    has_sums = any(factor.kind == "amount" or is_money(factor, mapping) for factor in numbers)
    if has_sums and _may_name_currency(mapping):
        currency = find_currency_column(_first_texts(source), mapping)
    wanted = list(dict.fromkeys([*texts.values(), *([currency] if currency else [])]))
    chunks = (chunk.cells for chunk in source.chunks(wanted, wanted, strict=False)) if wanted else iter(())
    return find_formats(chunks, profile, columns, mapping, currency, texts=texts)


def find_formats(
    chunks: Iterable[pa.RecordBatch],
    profile: Profile,
    columns: Named[str, str],
    mapping: Mapping,
    currency_column: str = "",
    currency_name: str = "",
    texts: Named[str, str] | None = None,
) -> Formats:
    """Find the formats of all chunks of a table; `columns` gives its name for each factor that has one.

    `currency_column` names each row's currency, and `currency_name` is what the source calls it if not that.
    `texts` are those of these columns that are looked at, by factor id. Raises DealsError where the cells can be read
    in two ways and nothing says which, or amounts are in several currencies that the mapping does not convert.
    """
    looked_at = columns if texts is None else texts
    factors = [f for f in profile.factors if f.is_number and f.id in looked_at]
    evidence = {factor.id: NumberEvidence() for factor in factors}
    in_column: frozenset[str] = frozenset()
    for cells in chunks:
        factors = [f for f in factors if _needs_currency(f, mapping) or not evidence[f.id].is_settled]
        if not factors and not currency_column:
            break
        if currency_column:
            in_column |= frozenset(currencies_of(cells.column(currency_column), mapping)[1]) - {""}
        for factor in factors:
            column = cells.column(columns[factor.id])
            if not is_number(column.type):
                answers = mapping.translate(factor.id, texts_of(distinct_cells(column)[1]))
                evidence[factor.id] |= find_number_evidence(answers, bare=factor.kind == "count")
    named = {factor_id: found.currencies for factor_id, found in evidence.items() if found.currencies}
    currencies = CurrencyEvidence(named, currency_name or currency_column, in_column)
    return _decide(profile, columns, mapping, evidence, currencies, currency_column)


def find_table_formats(table: pd.DataFrame, profile: Profile, mapping: Mapping, currency_name: str = "") -> Formats:
    """Find the formats of a table in memory, whose columns have the names of the factors, and `CURRENCY`.

    `currency_name` is what the source calls that column.
    """
    numbers = {factor.id: factor.id for factor in profile.factors if factor.is_number and factor.id in table}
    texts = {factor_id: factor_id for factor_id in numbers if not is_numeric_dtype(table[factor_id])}
    currency = CURRENCY if CURRENCY in table else ""
    cells = as_arrow(table[[*texts, *([currency] if currency else [])]])
    return find_formats([cells], profile, numbers, mapping, currency, currency_name, texts)


def _first_texts(source: Source) -> pd.DataFrame:
    """The first rows of the columns that may hold text."""
    if not (names := [name for name in source.names if source.holds_text(name)]):
        return pd.DataFrame()
    first = next(iter(source.chunks(names, names, strict=False)))
    return as_pandas(first.cells.slice(0, CURRENCY_SAMPLE))


def _needs_currency(factor: Factor, mapping: Mapping) -> bool:
    """Whether the currency of a column is to be found, in whatever row it is named."""
    return factor.kind == "amount" and not mapping.currency.unit


def _may_name_currency(mapping: Mapping) -> bool:
    return not mapping.currency.unit or bool(mapping.currency.column)


def _decide(
    profile: Profile,
    columns: Named[str, str],
    mapping: Mapping,
    evidence: Named[str, NumberEvidence],
    currencies: CurrencyEvidence,
    currency_column: str,
) -> Formats:
    factors = [factor for factor in profile.factors if factor.is_number and factor.id in columns]
    money = {f.id for f in factors if is_money(f, mapping, columns[f.id]) or f.id in currencies.cells}
    check_currencies(currencies, money, mapping)
    signs = {found.sign for found in evidence.values() if found.is_proven}
    table_sign = signs.pop() if len(signs) == 1 else None
    decimals: dict[str, DecimalSign] = {}
    for factor in factors:
        if told := mapping.decimal_of(factor.id):
            decimals[factor.id] = told
            _check_sign(factor, evidence.get(factor.id, NumberEvidence()), told)
        elif found := evidence.get(factor.id):
            decimals[factor.id] = _sign(factor, found, table_sign)
    rates = settled_rates(currencies, mapping) if money else mapping.currency
    others = [
        f.id
        for f in factors
        if f.kind == "amount" and f.id not in money and not evidence.get(f.id, NumberEvidence()).percent
    ]
    return Formats(
        decimals,
        evidence,
        rates,
        currency_column if rates.column else "",
        frozenset(money - set(currencies.cells)) if rates.column else frozenset(),
        frozenset(factor.id for factor in factors if mapping.decimal_of(factor.id)),
        (*currency_notes(currencies, money, mapping), *maybe_money_notes(currencies, others, mapping)),
    )


def _check_sign(factor: Factor, found: NumberEvidence, told: DecimalSign) -> None:
    """Raise DealsError where a column proves the other decimal sign than the mapping's, and nothing proves that one."""
    if found.comma == found.point or found.sign == told:
        return
    names = {".": "point", ",": "comma"}
    example = (found.pointed if found.sign == "." else found.commaed) or found.pointed
    raise DealsError(
        f'`{factor.id}` is written with a decimal {names[found.sign]}, as in "{example}", but the '
        f'mapping says decimal = "{told}". Export the table as before, or correct the mapping.'
    )


def _sign(factor: Factor, found: NumberEvidence, table_sign: DecimalSign | None) -> DecimalSign:
    """The decimal sign that a column proves, or that the others of the table do."""
    if found.is_proven or not found.is_told:
        return found.sign
    if factor.kind == "count" and found.pointed and not found.pointed.endswith("000"):
        return ","  # only then are they whole numbers
    if table_sign == "," or not found.pointed:
        return table_sign or "."  # a point proves nothing for others: typed numbers of a spreadsheet have one, too
    example = found.pointed
    raise DealsError(
        f'`{factor.id}` can be read in two ways: "{example}" may be {float(example):g} or {example.replace(".", ",")}, '
        'and no cell of the table says which. Say in a mapping that the point separates thousands, decimal = ",", or '
        'decimals, decimal = ".".'
    )
