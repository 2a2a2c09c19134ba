"""Tables to download as CSV: a spreadsheet that opens them must not take a cell that somebody wrote for a formula."""

import re

import pandas as pd
from pandas.api.types import is_numeric_dtype

_FORMULA = re.compile(r"\s*[=+\-@]")
_NUMBER = re.compile(r"\s*[+-]?[\d.,' ]+%?\s*")


def write_csv(table: pd.DataFrame) -> bytes:
    """The table in UTF-8 with a byte order mark, for Excel; an apostrophe makes a text of what would compute."""
    texts = table.rename(columns=_disarm)
    for name in texts.columns[[not is_numeric_dtype(dtype) for dtype in texts.dtypes]]:
        texts[name] = texts[name].astype(object).map(_disarm, na_action="ignore")
    return texts.to_csv(index=False).encode("utf-8-sig")


def _disarm(cell: object) -> object:
    is_formula = isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if is_formula else cell
