"""Sums of money that cannot be added up as they are, because they are in several currencies."""

from collections.abc import Iterable, Sequence

from icp_fit.features.cells.currencies import (
    are_currencies,
    currency_codes,
    is_same_currency,
    names_currency,
    names_money,
)
from icp_fit.features.drafting.source_column import SourceColumn

MOST_SHOWN = 5
LEAST_SUM = 50


def is_named_money(column: SourceColumn) -> bool:
    """Whether a column is called like a sum of money, and some of its numbers are no class of revenue but a sum."""
    return names_money(column.words) and column.numbers().max() >= LEAST_SUM


def find_mixed_money(columns: Sequence[SourceColumn]) -> dict[str, str]:
    """The columns of sums in several currencies, with the reason: their own signs, or a column beside them."""
    mixed = {}
    beside = next((column for column in columns if _names_several(column)), None)
    for column in columns:
        signs = sorted(column.number_evidence.currencies)
        is_money = bool(signs) or is_named_money(column)
        if is_money and not column.mostly(column.numbers().notna()):
            continue
        if _are_several(signs):
            mixed[column.name] = f"is in several currencies: {_shown(signs)}"
        elif beside is not None and is_money and column is not beside:
            mixed[column.name] = f"is in several currencies: {_shown(beside.answers)}, by `{beside.name}`"
    return mixed


def mixed_money_note(mixed: dict[str, str]) -> str:
    """What to do about sums in several currencies."""
    named = ", ".join(f"`{name}`" for name in mixed)
    return (
        f"Sums in several currencies were left out: {named}. Say under [currency] in the mapping in which unit they "
        'are to be read and the rate of each currency (unit = "EUR", [currency.rates] USD = 0.92, and `column` where '
        "a column names them), then add the factor to the profile; or export them in one currency."
    )


def _names_several(column: SourceColumn) -> bool:
    """Whether it is a column of currencies, and names more than one."""
    codes = column.answers.map(lambda text: bool(currency_codes(text)))
    holds = column.mostly(codes) if names_currency(column.words) else are_currencies(column.answers)
    return holds and _are_several(list(column.answers[codes]))


def _are_several(currencies: Sequence[str]) -> bool:
    return any(not is_same_currency(currencies[0], other) for other in currencies[1:])


def _shown(currencies: Iterable[str]) -> str:
    named = list(currencies)
    return ", ".join(named[:MOST_SHOWN]) + (f" and {len(named) - MOST_SHOWN:,} more" if len(named) > MOST_SHOWN else "")
