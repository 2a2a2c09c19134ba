"""A batch as a table of the CRM: its export as CSV, or its rows as JSON, read by the mapping that the model carries.

What cannot be read is told as elsewhere: rows that cannot be used are set aside with their reasons where they are few,
and refuse the batch where they are more; a word that is no choice of its question counts as unanswered.
"""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from icp_fit.features.deal_dates import DATES
from icp_fit.features.deal_reader import answers_of
from icp_fit.features.deals import Deals, read_deals
from icp_fit.features.encoder import answer_numbers
from icp_fit.features.errors import DealsError
from icp_fit.features.missing_columns import check_columns
from icp_fit.features.unseen import UnseenAnswer, count_unseen
from icp_fit.models.evidence import trained_questions
from icp_fit.serving.api.responses.batch import RejectedRow
from icp_fit.serving.http.problems import FieldProblem, Refusal
from icp_fit.serving.http.requests import MOST_LETTERS, DealRequest, read_deal_id, tidy
from icp_fit.serving.scoring.served_model import ServedModel

MOST_REJECTED = 0.05  # share of the rows, as in training
MOST_COLUMNS = 1_000
TOP = 1_000_000  # bytes of a file in which its header must be
MOST_CELLS = 20_000_000  # lines times columns: a short file may claim any number of them
_REMEDY = "Send the columns by the names that the model was trained on, or send `deals` with answers by factor."


@dataclass(frozen=True)
class TableBatch:
    """The open deals of a table, as requests and as numbers (deals, factors), and what to know of its other rows.

    `closed` counts the deals that are won or lost already: they are not scored, for the list would show them as open.
    """

    deals: Sequence[DealRequest]
    numbers: np.ndarray
    rejected: tuple[RejectedRow, ...] = ()
    unseen: tuple[UnseenAnswer, ...] = ()
    closed: int = 0
    notes: tuple[str, ...] = ()


def read_csv(body: bytes, model: ServedModel, most: int) -> TableBatch:
    """The deals of a CSV file, at most so many; raises Refusal for one that cannot be read."""
    _check_size(body)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "body.csv"
        path.write_bytes(body)
        return _read(path, model, most, hidden=str(path))


def read_rows(rows: Any, model: ServedModel, most: int) -> TableBatch:
    """The deals of a list of objects, each a row by the CRM's names, at most so many; raises Refusal likewise."""
    return _read(_frame(rows, most), model, most)


def _read(source: Path | pd.DataFrame, model: ServedModel, most: int, hidden: str = "") -> TableBatch:
    profile = model.profile
    asked = trained_questions(profile, model.compiled.model.evidence_)
    try:
        # dates are no part of a score: as an API of the CRM writes them, they must not cost the deal
        mapping = model.mapping.without(*DATES)
        deals = read_deals(source, profile, mapping, outcome_required=False, max_rejected=1.0, accept_unseen=True)
        ours = {*profile.factor_ids, *deals.table.columns}.difference(deals.absent)
        check_columns(ours, asked, deals.ignored, profile, deals.mapping, _REMEDY)
    except DealsError as error:
        message = str(error).replace(f"`{hidden}`", "The body").replace(hidden, "the body") if hidden else str(error)
        raise Refusal(422, message, code=error.code) from None
    _check_rows(deals, most)
    is_open = deals.won.isna().to_numpy(bool)
    table = deals.table[is_open]
    if table.empty:
        raise Refusal(422, "The table holds no open deal that can be scored. Send open deals.", code=DealsError.code)
    numbers = answer_numbers(profile, table)
    return TableBatch(
        deals=_requests(table, numbers, model),
        numbers=numbers,
        rejected=_rejected(deals),
        unseen=count_unseen(deals.unseen),
        closed=int((~is_open).sum()),
        notes=deals.notes,
    )


def _requests(table: pd.DataFrame, numbers: np.ndarray, model: ServedModel) -> list[DealRequest]:
    about = {name: table[name].tolist() if name in table else [None] * len(table) for name in ("name", "owner")}
    requests = []
    for deal_id, name, owner, deal in zip(table["deal_id"], about["name"], about["owner"], numbers, strict=True):
        answers = answers_of(model.profile, deal)
        region = answers.get("region")
        requests.append(
            DealRequest(
                answers,
                read_deal_id(str(deal_id)),
                _text_or_none(name),
                _text_or_none(owner),
                region if isinstance(region, str) else None,
            )
        )
    return requests


def _check_rows(deals: Deals, most: int) -> None:
    """Raise Refusal where a table has too many rows, or too many that cannot be used."""
    count, rejected = len(deals.table) + len(deals.rejected), _rejected(deals)
    if count > most:
        raise Refusal(422, f"A table must hold at most {most:,} deals, got {count:,}. Send it in parts.")
    if len(rejected) > MOST_REJECTED * count:
        errors = [FieldProblem("rows", row.reason, row.row, row.deal_id) for row in rejected]
        detail = (
            f"{len(rejected):,} of {count:,} rows cannot be used, more than the {MOST_REJECTED:.0%} that are set "
            f"aside. Row {rejected[0].row:,}: {rejected[0].reason}"
        )
        raise Refusal(422, detail, errors, code=DealsError.code)


def _rejected(deals: Deals) -> tuple[RejectedRow, ...]:
    rows = deals.rejected[["row", "deal_id", "reason"]].itertuples(index=False)
    return tuple(
        RejectedRow(int(row), None if pd.isna(deal_id) else str(deal_id), str(reason)) for row, deal_id, reason in rows
    )


def _check_size(body: bytes) -> None:
    """Refuse a file that would unpack into far more cells than it has bytes."""
    lines = max(body.count(b"\n"), body.count(b"\r")) + 1
    top = body[:TOP].splitlines()[:50]
    header = max((line.count(mark) for line in top for mark in (b",", b";", b"\t", b"|")), default=0)
    if header >= MOST_COLUMNS or lines * (header + 1) > MOST_CELLS:
        raise Refusal(
            413, f"A table must have fewer than {MOST_COLUMNS:,} columns and {MOST_CELLS:,} cells. Send less of it."
        )


def _frame(rows: Any, most: int) -> pd.DataFrame:
    """A table of JSON rows; a column of numbers holds no text, so that a number means itself."""
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise _refuse_rows("`rows` must be a list of at least one object, each a row of the CRM.")
    if len(rows) > most:
        raise _refuse_rows(f"`rows` must be at most {most:,} rows, got {len(rows):,}. Send them in parts.")
    names = list(dict.fromkeys(name for row in rows for name in row))
    if len(names) > MOST_COLUMNS:
        raise _refuse_rows(f"`rows` must have at most {MOST_COLUMNS:,} fields together, got {len(names):,}.")
    return pd.DataFrame({_clean(name): _column(name, [row.get(name) for row in rows]) for name in names})


def _column(name: str, cells: list[Any]) -> Any:
    kinds = {_kind(cell) for cell in cells if cell is not None}
    if kinds == {"number"}:
        exact = all(isinstance(cell, int) for cell in cells if cell is not None)
        # ids may have more digits than a float holds, and are read as text
        if not exact:
            return np.array([np.nan if cell is None else _number(cell) for cell in cells])
        return pd.Series([None if cell is None else str(cell) for cell in cells], dtype="str")
    if "number" in kinds and len(kinds) > 1 and any(isinstance(cell, float) for cell in cells):
        raise _refuse_rows(f"`{_clean(name)[:60]}` must be numbers or text, not both. Send one of them in all rows.")
    return pd.Series([None if cell is None else _text(cell) for cell in cells], dtype="str")


def _kind(cell: Any) -> str:
    return "number" if isinstance(cell, int | float) and not isinstance(cell, bool) else "text"


def _number(cell: float) -> float:
    try:
        return float(cell)
    except OverflowError:
        return np.inf  # which is no answer


def _text(cell: Any) -> str:
    return _clean(cell) if isinstance(cell, str) else json.dumps(cell)[:MOST_LETTERS]


def _clean(text: str) -> str:
    """The same text; raises Refusal for one with half of a character, which cannot be stored."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _refuse_rows("`rows` must be printable text, got half of a character. Remove it.") from None
    return text


def _text_or_none(text: object) -> str | None:
    return tidy(text) or None if isinstance(text, str) else None


def _refuse_rows(detail: str) -> Refusal:
    return Refusal(422, detail, [FieldProblem("rows", detail)])
