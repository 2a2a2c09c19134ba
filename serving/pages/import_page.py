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
from icp_fit.serving.pages.import_scores import read_requests, record_outcomes, write_scores
from icp_fit.serving.pages.imports import DealImport, build_import
from icp_fit.serving.pages.rendering import HEADERS
from icp_fit.serving.pages.request import PageRequest, redirect
from icp_fit.serving.pages.route import PageRoute
from icp_fit.serving.scoring.predictions import Origin
from icp_fit.serving.scoring.served_model import ServedModel

MAPPINGS = {"": "The profile", "salesforce": "Salesforce", "hubspot": "HubSpot", "file": "A mapping file (TOML)"}
SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".parquet", ".pq")
ROUTE = "import"
AT_ONCE = 2_000  # predictions that are stored together
MOST_SHOWN = 50  # rejected rows
MOST_MAPPING = 100_000  # bytes


async def start(request: PageRequest) -> Response:
    return _render_start(request)


async def check(request: PageRequest) -> Response:
    """Read a table, and show what is wrong with it."""
    model, mapping_name = request.model, request.text("mapping")
    try:
        upload = request.form.get("deals")
        if not isinstance(upload, UploadFile) or not upload.filename:
            raise DealsError("Choose a file first: CSV, Excel or Parquet.")
        mapping = await _read_mapping(request, mapping_name)
        body, name = await upload.read(), Path(upload.filename).name[:200]
        async with request.runtime.batches:
            deal_import = await asyncio.to_thread(_read, body, name, model, mapping, request.session.id)
    except (DealsError, MappingError) as error:
        return _render_start(request, 422, mapping_name, str(error).replace("`", ""))
    request.state.imports.add(deal_import)
    return redirect(f"/import/{deal_import.id}")


async def show(request: PageRequest) -> Response:
    deal_import = _find(request)
    reasons = deal_import.rejected.head(MOST_SHOWN)[["row", "deal_id", "reason"]].to_dict("records")
    return request.render(
        "import_read.html", deal_import=deal_import, reasons=reasons, open_count=int(deal_import.open.sum())
    )


async def score(request: PageRequest) -> Response:
    """Score every deal, and store those that are open so that the list of deals shows them."""
    deal_import, model = _find(request), request.model
    if deal_import.profile.digest != model.profile.digest:
        raise Refusal(409, "The profile has changed since this file was checked. Import it again.")
    origin = Origin(ROUTE, request.key_id)
    async with request.runtime.batches:
        places = np.flatnonzero(deal_import.open)
        for start in range(0, len(places), AT_ONCE):
            part = places[start : start + AT_ONCE]
            deals = await asyncio.to_thread(read_requests, model, deal_import, part)
            await request.runtime.scorer.score_batch(model, deals, deal_import.numbers[part], origin)
        deal_import.closed = await asyncio.to_thread(record_outcomes, request, deal_import)
        deal_import.scores = await asyncio.to_thread(write_scores, model, deal_import)
    return redirect(f"/import/{deal_import.id}")


async def download(request: PageRequest) -> Response:
    """The scores, or the rows that cannot be used with their reasons, as CSV."""
    deal_import, filename = _find(request), str(request.http.path_params["file"])
    if filename == "rejected.csv":
        content = deal_import.rejected.to_csv(index=False).encode("utf-8-sig")
    elif filename == "scores.csv" and deal_import.scores is not None:
        content = deal_import.scores
    else:
        raise Refusal(404, "There is no such file. Go back to the import and download it from there.")
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{filename}"'}
    return Response(content, headers=headers, media_type="text/csv; charset=utf-8")


def _render_start(request: PageRequest, status: int = 200, mapping_name: str = "", problem: str = "") -> Response:
    most = request.runtime.settings.max_body
    return request.render(
        "import.html", status, mappings=MAPPINGS, mapping_name=mapping_name, problem=problem, most=most
    )


def _find(request: PageRequest) -> DealImport:
    deal_import = request.state.imports.find(str(request.http.path_params["id"]), request.session.id)
    if deal_import is None:
        raise Refusal(
            404, "This import is no longer available. Import the file again; deals that were scored are under Deals."
        )
    return deal_import


async def _read_mapping(request: PageRequest, mapping_name: str) -> Mapping:
    if mapping_name not in MAPPINGS:
        raise MappingError("Choose one of the mappings.")
    if mapping_name != "file":
        return read_mapping(mapping_name) if mapping_name else Mapping()
    upload = request.form.get("mapping_file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        raise MappingError("Choose the mapping file, or another mapping.")
    body = await upload.read(MOST_MAPPING + 1)
    if len(body) > MOST_MAPPING:
        raise MappingError("The mapping file is larger than any mapping. Choose another file.")
    return parse_mapping(body.decode("utf-8", "replace"), where=Path(upload.filename).name)


def _read(body: bytes, name: str, model: ServedModel, mapping: Mapping, session_id: str) -> DealImport:
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise DealsError(f"{name} is not a CSV, Excel or Parquet file. Export the deals as one of these.")
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
    PageRoute("GET", "/import/{id}/{file}", download),
)
