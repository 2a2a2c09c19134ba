"""The page of imports: an export of a CRM is read, looked at and corrected, then scored, stored and given back."""

import asyncio
from pathlib import Path

import numpy as np
import pandas as pd
from starlette.datastructures import UploadFile
from starlette.responses import Response

from icp_fit.features.errors import DealsError, MappingError
from icp_fit.models.evidence import trained_questions
from icp_fit.serving.http.problems import Refusal
from icp_fit.serving.pages.csv_download import write_csv
from icp_fit.serving.pages.import_findings import find_obstacles
from icp_fit.serving.pages.import_form import read_correction
from icp_fit.serving.pages.import_mappings import find_mapping, list_choices
from icp_fit.serving.pages.import_reading import ImportReading, Upload, read_import
from icp_fit.serving.pages.import_scores import count_ended, read_requests, record_outcomes, write_scores
from icp_fit.serving.pages.import_view import DATE_FORMATS, view_import
from icp_fit.serving.pages.imports import DealImport, build_deals
from icp_fit.serving.pages.rendering import HEADERS, in_words
from icp_fit.serving.pages.request import PageRequest, redirect
from icp_fit.serving.pages.route import PageRoute
from icp_fit.serving.scoring.predictions import Origin

ROUTE = "import"
FORM_BYTES = 1024 * 1024  # a mapping as TOML is sent with the fields
AT_ONCE = 2_000  # predictions that are stored together
SAVED = "The mapping is saved: choose it for the next file of this kind."
CHANGED = "You changed how the file is read. Look at what came of it, then score."


async def start(request: PageRequest) -> Response:
    return await render_start(request)


async def check(request: PageRequest) -> Response:
    """Read a file as it is guessed, and show how it is understood."""
    model, choice = request.model, request.text("mapping")
    try:
        upload = request.form.get("deals")
        if not isinstance(upload, UploadFile) or not upload.filename:
            raise DealsError("Choose a file first: CSV, Excel or Parquet.")
        mapping = await find_mapping(request, choice)
        sent = Upload(Path(upload.filename).name[:200], await upload.read())
        async with request.runtime.batches:
            asked = trained_questions(model.profile, model.compiled.model.evidence_)
            reading = await asyncio.to_thread(read_import, sent, model.profile, mapping, asked, guess=True)
    except (DealsError, MappingError) as error:
        return await render_start(request, 422, choice, in_words(error))
    deal_import = DealImport(request.session.id, sent, model.profile, asked, reading)
    request.state.imports.add(deal_import)
    return redirect(f"/import/{deal_import.id}")


async def show(request: PageRequest) -> Response:
    deal_import = find_import(request)
    notices = [text for field, text in (("changed", CHANGED), ("saved", SAVED)) if request.text(field) == "1"]
    return render_import(request, deal_import, " ".join(notices))


async def correct(request: PageRequest) -> Response:
    """Read the file again, with what was corrected."""
    deal_import = find_import(request)
    try:
        await _read_again(request, deal_import)
    except (DealsError, MappingError) as error:
        return render_import(request, deal_import, in_words(error), 422)
    return redirect(f"/import/{deal_import.id}")


async def score(request: PageRequest) -> Response:
    """Score every deal as it was shown, and store those that are open so that the list of deals shows them."""
    deal_import, model = find_import(request), request.model
    if deal_import.profile.digest != model.profile.digest:
        raise Refusal(409, "The profile has changed since this file was read. Import it again.")
    try:
        if await _read_again(request, deal_import):
            return redirect(f"/import/{deal_import.id}?changed=1")
    except (DealsError, MappingError) as error:
        return render_import(request, deal_import, in_words(error), 422)
    read = deal_import.reading.deals
    if read is None or any(find_obstacles(deal_import.reading)):
        return render_import(request, deal_import, "Nothing was scored yet.", 422)
    if deal_import.reading.missing and request.text("allow_missing") != "1":
        return render_import(request, deal_import, "Say that deals are scored although most questions stay open.", 422)
    origin = Origin(ROUTE, request.key_id)
    async with request.runtime.batches:
        deals = await asyncio.to_thread(build_deals, read, model.profile)
        places = np.flatnonzero(deals.open)
        for start in range(0, len(places), AT_ONCE):
            part = places[start : start + AT_ONCE]
            requests = await asyncio.to_thread(read_requests, model, deals, part)
            await request.runtime.scorer.score_batch(model, requests, deals.numbers[part], origin)
        deal_import.closed = await asyncio.to_thread(record_outcomes, request, deals, deal_import.filename)
        deal_import.ended = await asyncio.to_thread(count_ended, request, deals)
        deal_import.scores, deal_import.grades = await asyncio.to_thread(write_scores, model, deals)
    return redirect(f"/import/{deal_import.id}")


async def download(request: PageRequest) -> Response:
    """The scores, or the rows that cannot be used or are no deals, with their reasons, as CSV."""
    deal_import, filename = find_import(request), str(request.http.path_params["file"])
    if filename == "rejected.csv" and deal_import.reading.deals is not None:
        deals = deal_import.reading.deals
        content = write_csv(pd.concat([deals.rejected, deals.skipped]).sort_values("row"))
    elif filename == "scores.csv" and deal_import.scores is not None:
        content = deal_import.scores
    else:
        raise Refusal(404, "There is no such file. Go back to the import and download it from there.")
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{filename}"'}
    return Response(content, headers=headers, media_type="text/csv; charset=utf-8")


async def render_start(request: PageRequest, status: int = 200, choice: str = "", problem: str = "") -> Response:
    choices, saved = await list_choices(request)
    most = request.runtime.settings.max_body
    return request.render(
        "import.html", status, choices=choices, saved=saved, choice=choice, problem=problem, most=most
    )


def render_import(
    request: PageRequest, deal_import: DealImport, notice: str = "", status: int = 200, name: str = ""
) -> Response:
    """The page of an import; `name` is that of a mapping which could not be saved."""
    view = view_import(deal_import.reading, deal_import.profile)
    values = {"deal_import": deal_import, "view": view, "notice": notice, "name": name, "date_formats": DATE_FORMATS}
    return request.render("import_read.html", status, **values)


def find_import(request: PageRequest) -> DealImport:
    deal_import = request.state.imports.find(str(request.http.path_params["id"]), request.session.id)
    if deal_import is None:
        raise Refusal(
            404, "This import is no longer available. Import the file again; deals that were scored are under Deals."
        )
    return deal_import


async def _read_again(request: PageRequest, deal_import: DealImport) -> bool:
    """Read the file anew if the form of the import differs from what was shown; returns whether it does."""
    before = deal_import.reading
    correction = read_correction(request.form, before, deal_import.profile)
    if not correction.is_changed:
        return False
    upload = Upload(deal_import.filename, deal_import.upload.body, correction.sheet)
    async with request.runtime.batches:
        reading: ImportReading = await asyncio.to_thread(
            read_import,
            upload,
            deal_import.profile,
            correction.mapping,
            deal_import.asked,
            guess=correction.sheet != before.sheet,
        )
    deal_import.read_again(upload, reading)
    return True


pages = (
    PageRoute("GET", "/import", start),
    PageRoute("POST", "/import", check, most_bytes=0),
    PageRoute("GET", "/import/{id}", show),
    PageRoute("POST", "/import/{id}", correct, most_bytes=FORM_BYTES),
    PageRoute("POST", "/import/{id}/score", score, most_bytes=FORM_BYTES),
    PageRoute("GET", "/import/{id}/{file}", download),
)
