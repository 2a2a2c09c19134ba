"""Dates in a known format: that of `strptime`, or one that has no letters for it, such as a spreadsheet's serials."""

import re

import pandas as pd

from icp_fit.features.cells.months import spelled_format, without_words

ISO = "iso"  # the year first, with or without separators, time and zone
EXCEL = "excel"  # days since 1899-12-30
EPOCH_S, EPOCH_MS = "epoch_s", "epoch_ms"  # seconds or milliseconds since 1970
FORMATS_BY_NAME = (ISO, EXCEL, EPOCH_S, EPOCH_MS)
_DAY_ZERO = {EXCEL: "1899-12-30", EPOCH_S: "1970-01-01", EPOCH_MS: "1970-01-01"}
_UNITS = {EXCEL: 86_400.0, EPOCH_S: 1.0, EPOCH_MS: 0.001}
_LAST = 4_102_444_800  # seconds from 1970 to 2100; a later moment is no date of a deal
_ISO = r"\d{4}-?\d\d-?\d\d(?:[T ]\d.*)?|\d{4}([-/.])\d{1,2}[-/.]\d{1,2}(?:[T ]\d.*)?"
_EXTENDED = r"\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d.*)?"
_TIME = re.compile(r"[^%\w]*T?%[HI].*$")


def read_dates(texts: pd.Series, date_format: str = ISO) -> pd.Series:
    """Dates without time zone (UTC where one is given), NaT where a text is none in this format.

    Whatever the format, `2026-01-31` is read, for it cannot mean anything else; and a format with a time of day
    reads a date without one as midnight.
    """
    if date_format in ("", ISO):
        dates = _read_iso(texts, _ISO)
    elif date_format in _UNITS:
        dates = _read_serials(texts, date_format).fillna(_read_iso(texts, _EXTENDED))
    else:
        dates = _read_formatted(texts, date_format)
        missing = dates.isna() & texts.str.contains(r"\d").fillna(False).astype(bool)
        if missing.any():
            dates = dates.fillna(_read_iso(texts[missing], _EXTENDED))
    return dates.dt.tz_localize(None).dt.as_unit("us")


def swap_order(date_format: str) -> str:
    """The same format with day and month in each other's place; nothing where no cell could read in both."""
    if "%d" not in date_format or "%m" not in date_format:
        return ""
    return date_format.replace("%d", "%\0").replace("%m", "%d").replace("%\0", "%m")


def without_time(date_format: str) -> str:
    """The part of a format that says the day."""
    return _TIME.sub("", date_format)


def _read_iso(texts: pd.Series, pattern: str) -> pd.Series:
    iso = texts.where(texts.str.fullmatch(pattern).fillna(False).astype(bool))
    zoned = iso.str.contains("UTC|GMT").fillna(False).astype(bool)
    if zoned.any():
        iso = iso.mask(zoned, iso.str.replace(r" ?(?:UTC|GMT)$", "Z", regex=True))
    other = iso.str.contains(r"^\d{4}[/.]").fillna(False).astype(bool)
    if other.any():
        iso = iso.mask(other, iso.str.replace(r"^(\d{4})[/.](\d+)[/.](\d+)", r"\1-\2-\3", regex=True))
    return pd.to_datetime(iso, format="ISO8601", utc=True, errors="coerce")


def _read_serials(texts: pd.Series, date_format: str) -> pd.Series:
    numbers = texts.where(texts.str.fullmatch(r"\d{1,16}(?:\.\d+)?").fillna(False).astype(bool)).astype("float64")
    seconds = (numbers * _UNITS[date_format]).round(3)
    moments = seconds + pd.Timestamp(_DAY_ZERO[date_format]).timestamp()
    moments = moments.where((numbers > 0) & (moments < _LAST))
    return pd.to_datetime((moments * 1000).round(), unit="ms", utc=True)


def _read_formatted(texts: pd.Series, date_format: str) -> pd.Series:
    plain = without_words(texts)
    dates = pd.Series(pd.NaT, texts.index, dtype="datetime64[us, UTC]")
    for wanted in _shorter_formats(spelled_format(date_format)):
        rest = plain[dates.isna()].dropna()
        if rest.empty:
            break
        dates = dates.fillna(pd.to_datetime(rest, format=wanted, utc=True, errors="coerce").dt.as_unit("us"))
    return dates


def _shorter_formats(date_format: str) -> dict[str, None]:
    """The format, and it without fractions, seconds and time of day, which some cells of a column may lack."""
    whole = re.sub(r"[.,]%f", "", date_format)
    minutes = whole.replace(":%S", "")
    return dict.fromkeys((date_format, whole, minutes, without_time(minutes)))
