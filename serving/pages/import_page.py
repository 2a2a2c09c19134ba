"""The page of imports: an export of a CRM is checked row by row, scored, stored, and given back with its scores."""

import asyncio
import tempfile
from pathlib import Path

import numpy as np
from starlette.datastructures import UploadFile
from starlette.responses import Response

from icp_fit.features.deals import read_deals
from icp_fit.features.errors import DealsError, MappingError
from icp_fit.features.mapping import Mapping, parse_mapping, read_mapping
from icp_fit.features.sources.opening import read_table
from icp_fit.serving.http.problems import Refusal
from icp_fit.serving.pages.import_scores import record_outcomes, score_places, write_scores
from icp_fit.serving.pages.imports import Import, build_import
from icp_fit.serving.pages.rendering import HEADERS
from icp_fit.serving.pages.request import PageRequest, go
from icp_fit.serving.pages.route import PageRoute
from icp_fit.serving.scoring.champion import ServedModel

MAPPINGS = {"": "Our own names", "salesforce": "Salesforce", "hubspot": "HubSpot", "file": "A mapping file (TOML)"}
SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".parquet", ".pq")
AT_ONCE = 2_000  # predictions that are stored together
MOST_SHOWN = 50  # rows that cannot be used
MOST_MAPPING = 100_000  # bytes


async def start(visit: PageRequest) -> Response:
    return _ask(visit)


async def check(visit: PageRequest) -> Response:
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
        return _ask(visit, 422, chosen, str(error).replace("`", ""))
    visit.desk.imports.add(found)
    return go(f"/import/{found.id}")


async def show(visit: PageRequest) -> Response:
    found = _find(visit)
    reasons = found.rejected.head(MOST_SHOWN)[["row", "deal_id", "reason"]].to_dict("records")
    return visit.render("import_read.html", found=found, reasons=reasons, is_open=int(found.open.sum()))


async def score(visit: PageRequest) -> Response:
    """Score every deal, and store those that are open so that the list of deals shows them."""
    found, model = _find(visit), visit.model
    if found.profile.digest != model.profile.digest:
        raise Refusal(409, "The profile changed since this file was read. Import it again.")
    async with visit.runtime.batches:
        places = np.flatnonzero(found.open)
        for start in range(0, len(places), AT_ONCE):
            part = places[start : start + AT_ONCE]
            scored = await asyncio.to_thread(score_places, visit, model, found, part)
            await visit.runtime.store_predictions(scored.predictions)
            explanation = scored.explanation
            visit.runtime.metrics.scored(model, explanation.numbers, explanation.score.tolist(), explanation.grade)
        found.became = await asyncio.to_thread(record_outcomes, visit, found)
        found.scores = await asyncio.to_thread(write_scores, model, found)
    visit.runtime.journal.add(event="scored", route="import", deals=found.count, key=visit.key_id, **model.stamp)
    return go(f"/import/{found.id}")


async def download(visit: PageRequest) -> Response:
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


def _ask(visit: PageRequest, status: int = 200, chosen: str = "", problem: str = "") -> Response:
    most = visit.runtime.settings.max_body
    return visit.render("import.html", status, mappings=MAPPINGS, chosen=chosen, problem=problem, most=most)


def _find(visit: PageRequest) -> Import:
    found = visit.desk.imports.find(str(visit.request.path_params["id"]), visit.session.id)
    if found is None:
        raise Refusal(404, "This import is no longer kept. Import the file again; what was scored is under Deals.")
    return found


async def _read_mapping(visit: PageRequest, chosen: str) -> Mapping:
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


pages = (
    PageRoute("GET", "/import", start),
    PageRoute("POST", "/import", check, most_bytes=0),
    PageRoute("GET", "/import/{id}", show),
    PageRoute("POST", "/import/{id}/score", score),
    PageRoute("GET", "/import/{id}/{what}", download),
)
