"""The mapping's `[currency]`: in which currency amounts are, and what others are worth in it."""

from dataclasses import dataclass, field
from math import isfinite

from pydantic import ConfigDict

from icp_fit.features.cells.currencies import is_same_currency
from icp_fit.features.errors import MappingError


@dataclass(frozen=True)
class CurrencyRates:
    """Amounts are in `unit`, or made so by `rates`: what one of each other currency is worth in it.

    `column` is the source's column that names each deal's currency. `amounts` are the factors that are sums of money;
    if empty, those whose name says so or whose cells name a currency.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    unit: str = ""
    column: str = ""
    amounts: tuple[str, ...] = ()
    rates: dict[str, float] = field(default_factory=dict)

    def rate_of(self, currency: str) -> float | None:
        """What one of a currency, as a cell names it, is worth in the unit; None where nothing says so.

        >>> CurrencyRates("EUR", rates={"USD": 0.92}).rate_of("US$")
        0.92
        """
        if not currency or not self.unit or is_same_currency(currency, self.unit):
            return 1.0
        named = {name.casefold(): rate for name, rate in self.rates.items()}
        if (rate := named.get(currency.strip().casefold())) is not None:
            return rate
        return next((rate for name, rate in self.rates.items() if is_same_currency(name, currency)), None)

    def check(self, where: str) -> None:
        """Raise MappingError where the rates cannot be used."""
        if (self.rates or self.column) and not self.unit:
            raise MappingError(f'{where}: [currency] must say in what the rates are, as in unit = "EUR". Add it.')
        for name, rate in self.rates.items():
            if not (isfinite(rate) and rate > 0):
                raise MappingError(f"{where}: [currency.rates] `{name}` must be more than 0, got {rate:g}. Correct it.")
