"""Rendering: templates, always escaped, with the words and numbers that they share, sent under a strict policy.

Nothing on a page runs but our own files: no inline script or style, no other host.
"""

import hashlib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from icp_fit.serving.scoring.served_model import PROFILE_ALONE

HERE = Path(__file__).parent
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
_OPTIONS = {"Say which with --sheet.": "Choose one.", "--sheet takes another.": "Choose another where it is wrong."}
FOREVER = "public, max-age=31536000, immutable"


class Assets(StaticFiles):
    """Our own files, which a browser keeps: their addresses change when they do."""

    def file_response(self, full_path: Any, stat_result: Any, scope: Scope, status_code: int = 200) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        if b"v=" in scope["query_string"]:
            response.headers["Cache-Control"] = FOREVER
        return response


def render(template: str, status: int = 200, **values: Any) -> Response:
    return HTMLResponse(environment().get_template(template).render(**values), status, HEADERS)


@cache
def environment() -> Environment:
    jinja = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (path_text, percent, signed, tenth, day, moment, iso, count, model_name, in_words)
    jinja.filters.update({function.__name__: function for function in filters})
    jinja.globals.update(asset=asset)
    return jinja


@cache
def asset(name: str) -> str:
    """The address of one of our files, with its hash."""
    return f"/static/{name}?v={hashlib.sha256((HERE / 'static' / name).read_bytes()).hexdigest()[:12]}"


def path_text(text: str) -> str:
    """A text as one part of an address."""
    return quote(text, safe="")


def percent(share: float) -> str:
    return f"{share:.0%}"


def signed(points: float, digits: int = 1) -> str:
    """Points with their sign, and a minus as wide as a plus."""
    text = f"{points:+,.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}") if float(text.replace(",", "")) else "0"


def tenth(number: float) -> str:
    return f"{number:,.1f}"


def count(number: int, noun: str = "") -> str:
    """A number, with what it counts where that is given."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}" if noun else f"{number:,}"


def model_name(version: str) -> str:
    return "the profile alone" if version == PROFILE_ALONE else f"model version {version}"


def in_words(message: object) -> str:
    """An error or a note as a page says it: without marks of code, and with a choice in place of a command's option."""
    text = str(message).replace("`", "")
    for ours, theirs in _OPTIONS.items():
        text = text.replace(ours, theirs)
    return text


def day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%-d %b %Y}"


def moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
