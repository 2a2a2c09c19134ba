"""The page of imports: an export of a CRM is checked row by row, scored, stored, and given back with its scores."""

import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import select
from starlette.datastructures import UploadFile
from starlette.responses import Response

from features.deals import read_deals
from features.errors import DealsError, MappingError
from features.mapping import Mapping, parse_mapping, read_mapping
from features.reading import answer_of
from features.tables import read_table
from models.explain import explain_numbers
from serving.api.problems import Refusal
from serving.api.requests import DealRequest
from serving.champion import ServedModel
from serving.pages.imports import Import, build_import
from serving.pages.page import Page
from serving.pages.rendering import HEADERS
from serving.pages.visit import Visit, go
from serving.predictions import ScoredBatch, score_batch
from serving.store.database import Database
from serving.store.records import Outcome, deals

MAPPINGS = {"": "Our own names", "salesforce": "Salesforce", "hubspot": "HubSpot", "file": "A mapping file (TOML)"}
SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".parquet", ".pq")
AT_ONCE = 2_000  # predictions that are stored together
MOST_SHOWN = 50  # rows that cannot be used
MOST_MAPPING = 100_000  # bytes


async def start(visit: Visit) -> Response:
    return visit.render("import.html", mappings=MAPPINGS, chosen="", problem="", most=visit.runtime.settings.max_body)


async def check(visit: Visit) -> Response:
    """Read a table, and show what is wrong with it."""
    model, chosen = visit.model, visit.text("mapping")
    try:
        upload = visit.form.get("deals")
        if not isinstance(upload, UploadFile) or not upload.filename:
            raise DealsError("Choose a file first: CSV, Excel or Parquet.")
        mapping = await _read_mapping(visit, chosen)
        body, name = await upload.read(), Path(upload.filename).name[:200]
        async with visit.runtime.batches:
            found = await asyncio.to_thread(_read, body, name, model, mapping, visit.session.id)
    except (DealsError, MappingError) as error:
        problem = str(error).replace("`", "")
        settings = visit.runtime.settings
        return visit.render(
            "import.html", 422, mappings=MAPPINGS, chosen=chosen, problem=problem, most=settings.max_body
        )
    visit.desk.imports.add(found)
    return go(f"/import/{found.id}")


async def show(visit: Visit) -> Response:
    found = _find(visit)
    reasons = found.rejected.head(MOST_SHOWN)[["row", "deal_id", "reason"]].to_dict("records")
    return visit.render("import_read.html", found=found, reasons=reasons, is_open=int(found.open.sum()))


async def score(visit: Visit) -> Response:
    """Score every deal, and store those that are open so that the list of deals shows them."""
    found, model = _find(visit), visit.model
    if found.profile.digest != model.profile.digest:
        raise Refusal(409, "The profile changed since this file was read. Import it again.")
    async with visit.runtime.batches:
        places = np.flatnonzero(found.open)
        for start in range(0, len(places), AT_ONCE):
            part = places[start : start + AT_ONCE]
            scored = await asyncio.to_thread(_score, visit, model, found, part)
            await visit.runtime.store_predictions(scored.predictions)
            explanation = scored.explanation
            visit.runtime.metrics.scored(model, explanation.numbers, explanation.score.tolist(), explanation.grade)
        found.became = await asyncio.to_thread(_record_outcomes, visit, found)
        found.scores = await asyncio.to_thread(_write_scores, model, found)
    visit.runtime.journal.add(event="scored", route="import", deals=found.count, key=visit.key_id, **model.stamp)
    return go(f"/import/{found.id}")


async def download(visit: Visit) -> Response:
    """The scores, or the rows that cannot be used with their reasons, as CSV."""
    found, wanted = _find(visit), str(visit.request.path_params["what"])
    if wanted == "rejected.csv":
        content = found.rejected.to_csv(index=False).encode("utf-8-sig")
    elif wanted == "scores.csv" and found.scores is not None:
        content = found.scores
    else:
        raise Refusal(404, "There is no such file here.")
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{wanted}"'}
    return Response(content, headers=headers, media_type="text/csv; charset=utf-8")


def _find(visit: Visit) -> Import:
    found = visit.desk.imports.find(str(visit.request.path_params["id"]), visit.session.id)
    if found is None:
        raise Refusal(404, "This import is no longer kept. Import the file again; what was scored is under Deals.")
    return found


async def _read_mapping(visit: Visit, chosen: str) -> Mapping:
    if chosen not in MAPPINGS:
        raise MappingError("Choose one of the mappings.")
    if chosen != "file":
        return read_mapping(chosen) if chosen else Mapping()
    upload = visit.form.get("mapping_file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        raise MappingError("Choose the mapping file, or another mapping.")
    body = await upload.read(MOST_MAPPING + 1)
    if len(body) > MOST_MAPPING:
        raise MappingError("The mapping file is too large to be one.")
    return parse_mapping(body.decode("utf-8", "replace"), where=Path(upload.filename).name)


def _read(body: bytes, name: str, model: ServedModel, mapping: Mapping, session_id: str) -> Import:
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise DealsError(f"{name} is no CSV, Excel or Parquet file. Export the deals as one of these.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"deals{suffix}"
        path.write_bytes(body)
        try:
            cells = read_table(path)
        except DealsError as error:
            raise DealsError(str(error).replace(str(path), name)) from None
    read = read_deals(cells, model.profile, mapping, outcome_required=False, max_rejected=1.0)
    return build_import(read, cells, model.profile, session_id, name)


def _score(visit: Visit, model: ServedModel, found: Import, places: np.ndarray) -> ScoredBatch:
    about = found.about.iloc[places].astype(object)
    rows = about.where(about.notna(), None)[["deal_id", "name", "owner", "region"]].to_numpy(object).tolist()
    numbers = found.numbers[places]
    requests = [DealRequest(_answers(model, deal), *row) for deal, row in zip(numbers.tolist(), rows, strict=True)]
    ids = [visit.runtime.store.new_id() for _ in requests]
    return score_batch(model, requests, numbers, ids, visit.key_id)


def _answers(model: ServedModel, numbers: list[float]) -> dict[str, object]:
    factors = zip(model.profile.factors, numbers, strict=True)
    return {factor.id: answer_of(factor, number) for factor, number in factors if number == number}


def _record_outcomes(visit: Visit, found: Import) -> int:
    """Record what became of deals that the list still shows as open; returns how many."""
    closed = found.about[~found.open].set_index("deal_id")["outcome"]
    count = 0
    for deal_id in _open_ids(visit.runtime.database, closed.index.tolist()):
        outcome = Outcome(deal_id, str(closed[deal_id]), datetime.now(UTC), visit.key_id, f"Import of {found.filename}")
        visit.runtime.store.add_outcome(outcome)
        count += 1
    return count


def _open_ids(database: Database, ids: list[str]) -> list[str]:
    listed: list[str] = []
    with database.read() as connection:
        for start in range(0, len(ids), AT_ONCE):
            part = deals.c.deal_id.in_(ids[start : start + AT_ONCE])
            listed += connection.scalars(select(deals.c.deal_id).where(part, deals.c.outcome.is_(None))).all()
    return listed


def _write_scores(model: ServedModel, found: Import) -> bytes:
    """The scores as CSV, and how many open deals have which grade."""
    explanation = explain_numbers(model.fast, found.numbers)
    table = pd.DataFrame(
        {
            **{name: found.about[name] for name in ("deal_id", "name", "owner", "outcome")},
            "score": explanation.score,
            "win_probability": explanation.win_probability.round(4),
            "low": explanation.low.round(4),
            "high": explanation.high.round(4),
            "grade": explanation.grade,
            "completeness": explanation.completeness.round(4),
            "model_version": model.model_version,
        }
    )
    found.grades = {grade: int((table["grade"][found.open] == grade).sum()) for grade in "ABCD"}
    return table.to_csv(index=False).encode("utf-8-sig")


pages = (
    Page("GET", "/import", start),
    Page("POST", "/import", check, most_bytes=0),
    Page("GET", "/import/{id}", show),
    Page("POST", "/import/{id}/score", score),
    Page("GET", "/import/{id}/{what}", download),
)
