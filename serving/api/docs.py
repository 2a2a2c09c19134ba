"""The OpenAPI document as a page for people: no script, and nothing from elsewhere."""

import json
from collections.abc import Iterator
from html import escape
from typing import Any

PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430 }
summary { cursor: pointer; padding: .4rem 0 } code, pre { font: 13px/1.45 ui-monospace, monospace }
pre { background: #f2f4f7; padding: .8rem; overflow: auto; max-height: 24rem; border-radius: 6px }
.method { display: inline-block; width: 3.2rem; font-weight: 600 }
td { padding: .1rem 1rem .1rem 0; vertical-align: top }
@media (prefers-color-scheme: dark) {
  body { background: #14181f; color: #e6e9ee } pre { background: #1f2530 } a { color: #8ab4ff }
}
"""


def draw_document(document: dict[str, Any]) -> str:
    """An HTML page with each route, how to call it with curl, and what comes back."""
    info = document["info"]
    routes = [
        "".join(_draw(method, path, operation))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>ICP fit: the API</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body>'
        f"<h1>{escape(info['title'])}: the API</h1><p>{escape(info['description'])}</p>"
        '<p>The same for machines: <a href="openapi.json">openapi.json</a>. Send a key as '
        "<code>Authorization: Bearer</code> or <code>X-API-Key</code>, where there are keys.</p>"
        f"{''.join(routes)}</body></html>"
    )


def _draw(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f'<details><summary><span class="method">{method.upper()}</span> <code>{escape(path)}</code> '
    yield f"{escape(operation['summary'])}</summary>"
    yield f"<p>{escape(operation.get('description', ''))}</p><pre>{escape(_curl(method, path, operation))}</pre>"
    example = _example(operation["responses"]["200"])
    if example is not None:
        yield f"<pre>{escape(json.dumps(example, indent=2, ensure_ascii=False))}</pre>"
    yield "<table>"
    for status, response in operation["responses"].items():
        yield f"<tr><td>{escape(status)}</td><td>{escape(response['description'])}</td></tr>"
    yield "</table></details>"


def _curl(method: str, path: str, operation: dict[str, Any]) -> str:
    line = f"curl http://127.0.0.1:3000{path}"
    if "requestBody" not in operation:
        return line if method == "get" else f"{line} -X {method.upper()}"
    example = json.dumps(_example(operation["requestBody"]), ensure_ascii=False)
    return f"{line} -H 'Content-Type: application/json' -d '{example}'"


def _example(part: dict[str, Any]) -> Any:
    return next((media.get("example") for media in part.get("content", {}).values()), None)
