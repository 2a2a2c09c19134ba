"""Mappings on the page of imports: those to choose from, and those that people save, download and delete."""

import asyncio
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.responses import Response

from icp_fit.features.errors import MappingError
from icp_fit.features.mapping import Mapping, parse_mapping, read_mapping
from icp_fit.serving.pages.import_reading import ImportReading
from icp_fit.serving.pages.rendering import HEADERS
from icp_fit.serving.pages.request import PageRequest
from icp_fit.serving.store.mappings import MOST_BYTES, SavedMapping

SHIPPED = {"salesforce": "Salesforce", "hubspot": "HubSpot"}
SAVED = "saved:"  # before the name of a saved mapping, among the choices


async def list_choices(request: PageRequest) -> tuple[list[tuple[str, str]], list[SavedMapping]]:
    """The mappings to choose from, as (value, name), and those of them that somebody saved."""
    saved = await asyncio.to_thread(request.runtime.mappings.list)
    own = "The model's own" if request.model.mapping != Mapping() else "The profile, by their names"
    choices = [("", own), *((SAVED + one.name, one.name) for one in saved), *SHIPPED.items()]
    return [*choices, ("file", "A mapping file (TOML)")], saved


async def find_mapping(request: PageRequest, choice: str) -> Mapping:
    """The mapping that was chosen; raises MappingError where there is none, or it cannot be used."""
    if not choice:
        return request.model.mapping
    if choice in SHIPPED:
        return read_mapping(choice)
    if choice.startswith(SAVED):
        name = choice.removeprefix(SAVED)
        saved = await asyncio.to_thread(request.runtime.mappings.find, name)
        if saved is None:
            raise MappingError(f"The mapping {name[:100]} was deleted. Choose another one.")
        return parse_mapping(saved.toml, where=f"The mapping {name}")
    if choice != "file":
        raise MappingError("Choose one of the mappings.")
    upload = request.form.get("mapping_file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        raise MappingError("Choose the mapping file, or another mapping.")
    body = await upload.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise MappingError("The mapping file is larger than any mapping. Choose another file.")
    return parse_mapping(body.decode("utf-8", "replace"), where=Path(upload.filename).name)


def settled_mapping(reading: ImportReading) -> Mapping:
    """The mapping by which a file was read, with every column and word by name, for files like it."""
    mapping = reading.mapping
    named = {ours: theirs for ours, theirs in reading.matched.items() if theirs not in _names(mapping, ours)}
    words = [word for word in (reading.deals.outcome_words if reading.deals else ()) if word.reason == "says so"]
    outcome = mapping.outcome.adding(
        [word.word for word in words if word.outcome == "won"], [word.word for word in words if word.outcome == "lost"]
    )
    return replace(mapping, columns={**mapping.columns, **named}, outcome=outcome)


def toml_response(toml: str, name: str) -> Response:
    """A mapping as the TOML file that `--mapping` reads."""
    filename = f"attachment; filename=\"mapping.toml\"; filename*=UTF-8''{quote(name, safe='')}.toml"
    return Response(toml, headers={**HEADERS, "Content-Disposition": filename}, media_type="application/toml")


def _names(mapping: Mapping, ours: str) -> tuple[str, ...]:
    """The names that a mapping spells out for a column of ours."""
    named = mapping.columns.get(ours, ())
    return (named,) if isinstance(named, str) else named
