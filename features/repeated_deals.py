"""Deals that stand in a table more than once: copies are set aside, and rows that contradict each other rejected."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from icp_fit.features.answers import Problem
from icp_fit.features.cell_parsing import distinct_texts
from icp_fit.features.errors import DealsError
from icp_fit.features.sources.source import SkippedRow

MOST_SHOWN = 5
MOST_REPEATED = 0.5  # of the rows; where more share their id, it is no id of deals


def find_copies(cells: pd.DataFrame, id_column: str | None) -> list[SkippedRow]:
    """The rows whose cells, the deal's id among them, are those of a row before; the index holds the rows' numbers."""
    if id_column is None or not cells[id_column].duplicated().any():
        return []
    same_id = cells[cells[id_column].duplicated(keep=False)]
    texts = pd.DataFrame({name: _texts(same_id[name]) for name in same_id}, index=same_id.index)
    named = texts[texts[id_column] != ""]
    first = named.index.to_series().groupby([named[name] for name in named], sort=False).transform("first")
    copies = first[first != first.index]
    rows = texts.loc[copies.index].itertuples(index=False, name=None)
    return [
        SkippedRow(int(row), f"It is the same as row {original:,}.", tuple(row_cells))
        for row, original, row_cells in zip(copies.index, copies, rows, strict=True)
    ]


def find_repeats(ids: pd.Series, column: str) -> Iterator[Problem]:
    """A problem for each row whose id names another row too; the index of the ids holds the rows' numbers.

    Raises DealsError where so many do that the column is no id of deals.
    """
    repeated = ids[ids.notna() & ids.duplicated(keep=False)]
    groups = list(repeated.groupby(repeated, sort=False))
    if len(repeated) > MOST_REPEATED * len(ids):
        shown = "; ".join(f'"{deal_id}" is in rows {_rows(group)}' for deal_id, group in groups[:MOST_SHOWN])
        more = f"; and {len(groups) - MOST_SHOWN:,} more ids repeat" if len(groups) > MOST_SHOWN else ""
        raise DealsError(
            f"`{column}` must name each deal once: {shown}{more}. Keep one row a deal, or map the column that tells "
            "the deals apart."
        )
    for deal_id, group in groups:
        message = (
            f'`deal_id` must name each deal once, got "{deal_id}" in rows {_rows(group)}, which differ. Keep the one '
            "that is right."
        )
        for row in group.index:
            yield Problem(int(row), str(deal_id), "deal_id", message)


def _rows(group: pd.Series) -> str:
    shown = [f"{row:,}" for row in group.index[:MOST_SHOWN]]
    return ", ".join(shown) + (", ..." if len(group) > MOST_SHOWN else "")


def _texts(column: pd.Series) -> np.ndarray:
    codes, texts = distinct_texts(column)
    return np.append(texts.to_numpy(object), [""])[codes]
