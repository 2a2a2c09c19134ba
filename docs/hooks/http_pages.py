"""The page of the HTTP API, written from the OpenAPI document that the service itself gives for the shipped profile."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

HEAD = """# HTTP API

Written from the OpenAPI document of the shipped profile when this site was built. A running service gives its own, for
its own profile: `/openapi.json` for machines, `/docs` for people. Bodies are JSON. Leave out what is unknown, or send
null. Send a key as `X-API-Key` or `Authorization: Bearer`, where there are keys
([roles](operating.md#keys-and-roles)). What is wrong comes back as `application/problem+json` (RFC 9457).
"""
# what a page of the site need not show in full: the answers of each profile are in its data dictionary
DICTIONARY = "[data dictionary](data-dictionary.md)"
LONGEST = 60  # lines of an example


def read_document() -> dict[str, Any]:
    """The document, from a service with nothing but the shipped profile, on a free port of this machine."""
    with tempfile.TemporaryDirectory() as home:
        # Settings of the person who builds the site do not count here.
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("ICP_FIT_", "BENTOML_"))
        }
        service = subprocess.Popen(
            [sys.executable, "-m", "icp_fit", "serve", "--port", "0"],
            env={**environment, "ICP_FIT_HOME": home},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            with urlopen(f"{_address(service)}/openapi.json", timeout=60) as answer:
                return json.load(answer)
        finally:
            service.terminate()
            service.wait(60)


def _address(service: subprocess.Popen[str]) -> str:
    assert service.stdout is not None
    for line in service.stdout:
        if found := re.search(r"http://[\w.:]+", line):
            return found[0]
    raise RuntimeError("The service ended before it said where it listens. Start `icp-fit serve` to see why.")


def write_http_api(document: dict[str, Any]) -> str:
    """The whole page in Markdown."""
    schemas = document["components"]["schemas"]
    return "\n".join([HEAD, *_routes(document["paths"]), "## Schemas\n", *_schemas(schemas)])


def _routes(paths: dict[str, Any]) -> Iterator[str]:
    for path, operations in paths.items():
        for method, operation in operations.items():
            if "pages" not in operation.get("tags", ()):
                yield from _route(method.upper(), path, operation)


def _route(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"## `{method} {path}`\n"
    yield f"{operation['summary']}. {operation.get('description', '')}\n"
    for parameter in operation.get("parameters", ()):
        yield f"- `{parameter['name']}` in the {parameter['in']}: {parameter.get('description', 'as it was sent')}"
    if "parameters" in operation:
        yield ""
    body = operation.get("requestBody")
    if body:
        yield from _content("Request", body["content"])
    yield from _content("Answer", operation["responses"]["200"]["content"])
    yield "| status | meaning |"
    yield "|---|---|"
    for status, response in operation["responses"].items():
        yield f"| {status} | {response['description']} |"
    yield ""


def _content(title: str, content: dict[str, Any]) -> Iterator[str]:
    for media, part in content.items():
        schema = part["schema"]
        yield f"{title}: {_type(schema) if '$ref' in schema else f'`{media}`'}\n"
        if "example" in part:
            lines = json.dumps(part["example"], indent=2, ensure_ascii=False).splitlines()
            shown = lines if len(lines) <= LONGEST else [*lines[:LONGEST], "..."]
            yield f'??? example "Example: {title.lower()}"\n'
            yield "    ```json"
            yield from (f"    {line}" for line in shown)
            yield "    ```\n"


def _schemas(schemas: dict[str, Any]) -> Iterator[str]:
    for name, schema in schemas.items():
        if "properties" not in schema:
            continue
        yield f"### {name} {{#{name.lower()}}}\n"
        yield f"{_prose(schema.get('description', ''))}\n"
        if name == "Answers":
            yield f"One property a factor of the profile: see the {DICTIONARY} of the shipped one.\n"
            continue
        required = schema.get("required", ())
        yield "| property | type | | meaning |"
        yield "|---|---|---|---|"
        for key, value in schema["properties"].items():
            needed = "required" if key in required else ""
            yield f"| `{key}` | {_type(value)} | {needed} | {_prose(value.get('description', ''))} |"
        yield ""


def _type(schema: dict[str, Any]) -> str:
    """A type in a cell of a table, with a link where it is a schema of its own."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})" if name != "Document" else "the document"
    if "anyOf" in schema:
        return " or ".join(_type(part) for part in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    kind = schema.get("type", "anything")
    if isinstance(kind, list):
        return " or ".join(kind)
    if kind == "array" and "items" in schema:
        return f"list of {_type(schema['items'])}"
    return schema.get("format", kind)


def _prose(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
