"""The columns that every deal may have, whatever the profile: which deal it is, whose, its dates and its outcome."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from icp_fit.features.answers import Problem
from icp_fit.features.cell_parsing import distinct_texts, is_word, spread
from icp_fit.features.cells.dates import ISO, read_dates
from icp_fit.features.deal_dates import DATES, is_typed
from icp_fit.features.mapping import DEAL_COLUMNS, Mapping
from icp_fit.features.sources.arrow_cells import as_array, read_texts


def read_deal_columns(raw: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    """The columns that every deal may have but for its outcome, typed; missing where unanswered or unreadable."""
    deals = pd.DataFrame(index=raw.index)
    for column in (column for column in DEAL_COLUMNS if column in raw and column != "outcome"):
        if column in DATES:
            if is_typed(raw[column]):
                deals[column] = pd.to_datetime(raw[column], utc=True).dt.tz_localize(None).dt.as_unit("us")
                continue
            codes, texts = distinct_texts(raw[column])
            answers = texts.mask(is_word(texts, ("", *mapping.unanswered)))
            deals[column] = spread(codes, read_dates(answers, mapping.date_format_of(column)))
        else:
            names = read_texts(as_array(raw[column]), mapping.unanswered)
            deals[column] = pd.Series(names.to_pandas(), dtype="str")
    return deals


def find_problems(raw: pd.DataFrame, deals: pd.DataFrame, mapping: Mapping) -> Iterator[Problem]:
    ids: list[str | None] = [None] * len(deals)
    if "deal_id" in deals:
        ids = deals["deal_id"].astype(object).where(deals["deal_id"].notna(), None).tolist()
        for row in np.flatnonzero(deals["deal_id"].isna()):
            yield Problem(int(row) + 1, None, "deal_id", "`deal_id` must name the deal, got nothing. Give it one.")
    for column in (column for column in DATES if column in deals):
        suspects = raw.loc[deals[column].isna(), column]
        codes, texts = distinct_texts(suspects)
        date_format = mapping.date_format_of(column)
        wanted = "a date such as 2026-01-31" if date_format in ("", ISO) else f"a date written as {date_format}"
        unreadable = read_dates(texts, date_format).isna() & ~is_word(texts, ("", *mapping.unanswered))
        for row, cell in suspects[np.append(unreadable, False)[codes]].items():
            message = f'`{column}` must be {wanted}, got "{cell}". Correct it, or set `date_format` in a mapping.'
            yield Problem(int(row) + 1, ids[int(row)], column, message)
    if set(DATES) <= set(deals):
        created, closed = deals["created_on"].dt.normalize(), deals["closed_on"].dt.normalize()
        for row in np.flatnonzero(closed < created):
            message = (
                f"`closed_on` ({closed[row]:%Y-%m-%d}) is before `created_on` ({created[row]:%Y-%m-%d}). Correct one."
            )
            yield Problem(int(row) + 1, ids[int(row)], "closed_on", message)
