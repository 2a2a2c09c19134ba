"""Sums of money in several currencies: which column names the currency, what is money, and the rate of each row.

Amounts in different currencies are never put side by side as if they were equal: with rates they are converted, without
they are refused.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from dataclasses import field as field_

import numpy as np
import pandas as pd
import pyarrow as pa

from icp_fit.features.cell_parsing import distinct_texts, fold, is_word
from icp_fit.features.cells.currencies import are_currencies, currency_codes, names_currency, names_money
from icp_fit.features.cells.words import UNANSWERED
from icp_fit.features.currency_rates import CurrencyRates
from icp_fit.features.errors import DealsError
from icp_fit.features.factors import Factor
from icp_fit.features.mapping import Mapping
from icp_fit.features.quoting import quoted
from icp_fit.features.sources.arrow_cells import distinct_cells, texts_of

CURRENCY_SAMPLE = 1_000  # rows that tell which column it is
CURRENCY = "[currency]"  # the column of currencies among ours; no factor's id has brackets


@dataclass(frozen=True)
class CurrencyEvidence:
    """The currencies that a source names, as it writes them: in cells, by factor id, and in a column of their own."""

    cells: dict[str, frozenset[str]] = field_(default_factory=dict)
    column: str = ""
    in_column: frozenset[str] = frozenset()


def is_money(factor: Factor, mapping: Mapping, column: str = "") -> bool:
    """Whether a factor is a sum of money, as the mapping or the names say."""
    if mapping.currency.amounts:
        return factor.id in mapping.currency.amounts
    return factor.kind == "amount" and any(map(names_money, (factor.id, factor.label, column)))


def find_currency_column(sample: pd.DataFrame, mapping: Mapping) -> str:
    """The column that names each deal's currency, by its name or its words, in some rows of a source; else nothing.

    Where the mapping gives a unit, only the column that it names counts.
    """
    if mapping.currency.unit:
        wanted = fold(mapping.currency.column)
        return next((str(name) for name in sample if wanted and fold(str(name)) == wanted), "")
    counts = {str(name): _count_currencies(sample[name], names_currency(str(name))) for name in sample}
    holding = [name for name, count in counts.items() if count]
    return min(holding, key=lambda name: (not names_currency(name), -counts[name]), default="")


def _count_currencies(column: pd.Series, is_named: bool) -> int:
    """How many currencies a column holds; 0 where it is none of them: only codes tell where its name does not."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return 0
    texts = distinct_texts(column)[1]
    words = texts[~is_word(texts, UNANSWERED)]
    holds = any(map(currency_codes, words)) if is_named else are_currencies(words)
    return len(different(words)) if holds else 0


def currencies_of(column: pa.Array, mapping: Mapping) -> tuple[np.ndarray, pd.Series]:
    """Each row's position among the distinct currencies (-1 where missing), and these; empty where unanswered."""
    codes, cells = distinct_cells(column)
    texts = texts_of(cells)
    return codes, texts.mask(is_word(texts, mapping.unanswered), "")


def check_currencies(found: CurrencyEvidence, money: Collection[str], mapping: Mapping) -> None:
    """Raise DealsError where amounts are in several currencies and the mapping does not say what each is worth."""
    if mapping.currency.unit:
        return
    for factor_id, written in found.cells.items():
        if len(different(written)) > 1:
            raise DealsError(f"`{factor_id}` holds amounts in {_remedy(written)}")
    if money and len(different(found.in_column)) > 1:
        raise DealsError(
            f"The column `{found.column}` names {_remedy(found.in_column, found.column)} If the amounts "
            'are in one currency all the same, say so: [currency] unit = "...", alone.'
        )


def different(written: Iterable[str]) -> dict[str, str]:
    """One spelling for each currency that differs from the others, by its likeliest code."""
    return {next(iter(currency_codes(name)), name): name for name in sorted(written) if name}


def settled_rates(found: CurrencyEvidence, mapping: Mapping) -> CurrencyRates:
    """The mapping's rates, or the one currency that the source names."""
    if mapping.currency.unit:
        return mapping.currency
    written = different(name for names in (*found.cells.values(), found.in_column) for name in names)
    if len(written) != 1:
        return mapping.currency
    column = found.column if different(found.in_column) else ""
    return CurrencyRates(next(iter(written)), column, mapping.currency.amounts)


class RowCurrencies:
    """The currency of each row of a table, and what one of it is worth in the unit of `rates`."""

    def __init__(self, column: pa.Array, rates: CurrencyRates, mapping: Mapping) -> None:
        self._codes, self._names = currencies_of(column, mapping)
        worth = [rates.rate_of(name) for name in self._names]
        self._rates = np.append([np.inf if rate is None else rate for rate in worth], 1.0)[self._codes]

    def convert(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Amounts in the unit, shape (rows,), and the rows whose currency has no rate; nothing is nothing in any."""
        unknown = np.isinf(self._rates) & np.isfinite(numbers) & (numbers != 0)
        rates = np.where(np.isinf(self._rates), 1.0, self._rates)
        return np.where(unknown, np.nan, numbers * rates), np.flatnonzero(unknown)

    def name(self, row: int) -> str:
        return str(self._names.iloc[self._codes[row]])


def currency_notes(found: CurrencyEvidence, money: Collection[str], mapping: Mapping) -> Iterator[str]:
    """A sentence for amounts that were converted, or whose currencies the mapping's statement overrules."""
    unit, converted = mapping.currency.unit, [id_ for id_, names in found.cells.items() if len(different(names)) > 1]
    if len(different(found.in_column)) > 1:
        converted += [factor_id for factor_id in sorted(money) if factor_id not in converted]
    if mapping.currency.column and not found.column:
        yield (
            f"No column is called `{mapping.currency.column}`, the mapping's currency.column: amounts are taken to be "
            f"in {unit}."
        )
    if unit and converted:
        yield f"Converted into {unit} by the mapping's rates: {', '.join(converted)}."


def maybe_money_notes(found: CurrencyEvidence, others: Collection[str], mapping: Mapping) -> Iterator[str]:
    """A sentence for amounts beside a column of several currencies that no name calls money."""
    if others and len(different(found.in_column)) > 1 and not (mapping.currency.unit or mapping.currency.amounts):
        yield (
            f"{', '.join(f'`{factor_id}`' for factor_id in others)}: the column `{found.column}` names several "
            f"currencies, {quoted(list(different(found.in_column).values()))}, and these amounts are read as they are. "
            f"If they are sums of money, say so in a mapping: [currency] amounts = {json.dumps([*others])}, "
            "with `unit` and rates."
        )


def _remedy(written: Iterable[str], column: str = "") -> str:
    names = list(different(written).values())
    rates = ", ".join(f'"{name}" = ...' for name in names[1:])
    says = f', column = "{column}"' if column else ""
    return (
        f"several currencies, {quoted(names)}, which must not be compared as if they were equal. Say in a mapping "
        f'what one of each is worth: [currency] unit = "{names[0]}"{says} and [currency.rates] {rates}; or give the '
        "table in one currency."
    )
