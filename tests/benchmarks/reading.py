"""Cells that are read rightly, beside pandas alone and dateutil: 300 numbers or dates in each of the styles of CRMs.

Each column is read as a user would with that library: pandas infers one format a column (`to_datetime`, `to_numeric`),
dateutil guesses cell by cell. Read wrongly counts cells that came out as another number or day, without a word.
"""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from dateutil.parser import ParserError, parse
from rich.console import Console
from rich.table import Table

from icp_fit.features.cells.date_formats import find_date_format
from icp_fit.features.cells.dates import read_dates
from icp_fit.features.cells.number_evidence import find_number_evidence
from icp_fit.features.cells.numbers import read_numbers

ROWS = 300
SEED = 0
NUMBER_STYLES = {  # decimal sign, thousands, around
    "1234.50": (".", "", "{}"),
    "1,234.50": (".", ",", "{}"),
    "1.234,50": (",", ".", "{}"),
    "1 234,50": (",", "\u202f", "{}"),
    "1'234.50": (".", "'", "{}"),
    "$1,234.50": (".", ",", "${}"),
    "USD 1,234.50": (".", ",", "USD {}"),
    "1.234,50 €": (",", ".", "{} €"),
    "(1,234.50)": (".", ",", "({})"),
    "1234.50-": (".", "", "{}-"),
    "31.80 %": (".", "", "{} %"),
    "1.234,50k": (",", ".", "{}k"),
}
DATE_STYLES = [
    "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y",
    "%m/%d/%y %I:%M %p", "%d/%m/%y", "%d %b, %Y %H:%M:%S", "%b %d, %Y", "German months", "Spanish months",
    "Excel serials", "epoch seconds", "days 1 to 12, then 3% proofs",
]  # fmt: skip
MONTHS = {
    "German months": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "Spanish months": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}


@dataclass(frozen=True)
class Column:
    """Cells of one style and what they say."""

    style: str
    cells: pd.Series
    truth: pd.Series


def measure_reading(console: Console) -> None:
    """Print for each style how many of its cells are read rightly and wrongly."""
    _compare(console, "numbers", _numbers(), {"ours": _read_numbers, "pandas": _pandas_numbers})
    _compare(console, "dates", _dates(), {"ours": _read_dates, "pandas": _pandas_dates, "dateutil": _dateutil})


def _compare(
    console: Console, title: str, columns: Iterator[Column], readers: dict[str, Callable[[pd.Series], pd.Series]]
) -> None:
    table = Table(title=f"{title}: read rightly / wrongly of {ROWS}", box=None)
    table.add_column("style")
    for name in readers:
        table.add_column(name, justify="right")
    totals = {name: np.zeros(2) for name in readers}
    for column in columns:
        shown = []
        for name, read in readers.items():
            found = read(column.cells)
            right = int((found == column.truth).sum())
            wrong = int(found.notna().sum()) - right
            totals[name] += (right, wrong)
            shown.append(f"{right} / {wrong}")
        table.add_row(column.style, *shown)
    table.add_row("all", *(f"{right:.0f} / {wrong:.0f}" for right, wrong in totals.values()))
    console.print(table)


def _numbers() -> Iterator[Column]:
    random = np.random.default_rng(SEED)
    for style, (decimal, thousands, around) in NUMBER_STYLES.items():
        values = np.round(10 ** random.uniform(0, 6, ROWS), 2)
        written = [f"{v:,.2f}".translate({44: thousands, 46: decimal}) for v in values]
        factor = -1 if around in ("({})", "{}-") else 1000 if "k" in around else 1
        truth = pd.Series(values * factor).round(4)
        yield Column(style, pd.Series([around.format(w) for w in written], dtype="str"), truth)


def _dates() -> Iterator[Column]:
    random = np.random.default_rng(SEED)
    for style in DATE_STYLES:
        days = pd.Series(pd.Timestamp("2022-01-01") + pd.to_timedelta(random.integers(0, 900, ROWS), unit="D"))
        if style.startswith("days"):
            days = pd.Series(
                [pd.Timestamp(2023, month % 12 + 1, 1) for month in range(ROWS - 9)] + [pd.Timestamp("2023-05-28")] * 9
            )
        yield Column(style, pd.Series(list(_written(days, style)), dtype="str"), days)


def _written(days: pd.Series, style: str) -> Iterator[str]:
    for day in days:
        match style:
            case "German months":
                yield f"{day.day}. {MONTHS[style].split()[day.month - 1]} {day.year}"
            case "Spanish months":
                yield f"{day.day} de {MONTHS[style].split()[day.month - 1]} de {day.year}"
            case "Excel serials":
                yield str((day - pd.Timestamp("1899-12-30")).days)
            case "epoch seconds":
                yield str(int(day.timestamp()))
            case _:
                yield day.strftime("%d/%m/%Y" if style.startswith("days") else style)


def _read_numbers(cells: pd.Series) -> pd.Series:
    return read_numbers(cells, find_number_evidence(cells).sign).round(4)


def _pandas_numbers(cells: pd.Series) -> pd.Series:
    return pd.to_numeric(cells, errors="coerce").round(4)


def _read_dates(cells: pd.Series) -> pd.Series:
    found = find_date_format(cells).date_format
    return read_dates(cells, found) if found else pd.Series(pd.NaT, cells.index)


def _pandas_dates(cells: pd.Series) -> pd.Series:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it found no format, or another
        return pd.to_datetime(cells, errors="coerce", utc=True).dt.tz_localize(None).dt.normalize()


def _dateutil(cells: pd.Series) -> pd.Series:
    def read(text: str) -> pd.Timestamp:
        try:
            return pd.Timestamp(parse(text).replace(tzinfo=None)).normalize()
        except (ParserError, OverflowError):
            return pd.NaT

    return pd.Series([read(text) for text in cells])
