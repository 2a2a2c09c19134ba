"""What is done with saved mappings on the page of imports: one is saved, downloaded or deleted."""

import asyncio

from starlette.responses import Response

from icp_fit.features.mapping import write_mapping
from icp_fit.serving.errors import RecordError
from icp_fit.serving.http.problems import Refusal
from icp_fit.serving.pages.import_mappings import settled_mapping, toml_response
from icp_fit.serving.pages.import_page import find_import, render_import
from icp_fit.serving.pages.rendering import in_words
from icp_fit.serving.pages.request import PageRequest, redirect
from icp_fit.serving.pages.route import PageRoute


async def save(request: PageRequest) -> Response:
    """Save the mapping of an import as it was read last, under a name; another of this name is replaced on demand."""
    deal_import, name = find_import(request), request.text("name")
    toml = write_mapping(settled_mapping(deal_import.reading))
    replaces = request.text("replace") == "1"
    try:
        await asyncio.to_thread(request.runtime.mappings.save, name, toml, by=request.key_id, replace=replaces)
    except RecordError as error:
        return render_import(request, deal_import, in_words(error), 422, name)
    return redirect(f"/import/{deal_import.id}?saved=1")


async def download_settled(request: PageRequest) -> Response:
    """The mapping of an import as it was read last."""
    return toml_response(write_mapping(settled_mapping(find_import(request).reading)), "mapping")


async def download_saved(request: PageRequest) -> Response:
    name = str(request.http.path_params["name"])
    saved = await asyncio.to_thread(request.runtime.mappings.find, name)
    if saved is None:
        raise Refusal(404, "There is no such mapping any more. Go back to the page of imports.")
    return toml_response(saved.toml, saved.name)


async def delete(request: PageRequest) -> Response:
    await asyncio.to_thread(request.runtime.mappings.delete, request.text("name"), by=request.key_id)
    return redirect("/import")


pages = (
    PageRoute("POST", "/import/mappings/delete", delete),
    PageRoute("GET", "/import/mappings/{name:path}", download_saved),
    PageRoute("GET", "/import/{id}/mapping.toml", download_settled),
    PageRoute("POST", "/import/{id}/mapping", save),
)
