"""One way from a response's type to its JSON and to its schema: a field is declared in the type and nowhere else."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from starlette.responses import Response


def write_json(response: Any) -> bytes:
    """The JSON of a response, as its type's schema says."""
    kind: Any = type(response)
    return _adapter(kind).dump_json(response, by_alias=True)


def json_response(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def build_schemas(types: Sequence[type], template: str) -> dict[str, Any]:
    """The JSON schemas of responses and of all that they hold, by the names of their types."""
    adapters: list[Any] = [(kind.__name__, "serialization", _adapter(kind)) for kind in types]
    _, document = TypeAdapter.json_schemas(adapters, ref_template=template, by_alias=True)
    definitions: dict[str, Any] = document["$defs"]
    for definition in definitions.values():
        definition.pop("title", None)
    return definitions


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    """Made once a type, when it is first needed: it takes some milliseconds."""
    return TypeAdapter(kind)
