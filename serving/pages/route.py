"""A page: an address, who may see it, and how a person is shown what went wrong there."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote, urlsplit

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from icp_fit.serving.access.access import Caller
from icp_fit.serving.access.roles import Act, may
from icp_fit.serving.errors import RecordError, StoreError
from icp_fit.serving.http.middleware import ROUTE
from icp_fit.serving.http.problems import FAILED, Refusal
from icp_fit.serving.pages.forms import check_token, read_form
from icp_fit.serving.pages.rendering import HEADERS
from icp_fit.serving.pages.request import PageRequest, local_path, redirect
from icp_fit.serving.pages.state import page_state_of

FORM_BYTES = 256 * 1024
SIGN_IN = "/sign-in"

log = logging.getLogger("icp_fit.pages")

PageHandler = Callable[[PageRequest], Awaitable[Response]]


class SignedOut(Exception):
    """There are keys, and the session belongs to none that is live."""


@dataclass(frozen=True)
class PageRoute:
    """One address; `act` is what a visitor must be allowed to do, None where anybody may see it."""

    method: str
    path: str
    handler: PageHandler
    act: Act | None = "pages"
    most_bytes: int = FORM_BYTES  # 0: as much as the service takes anywhere

    @property
    def route(self) -> Route:
        return Route(self.path, partial(_respond, self), methods=[self.method], name=f"page {self.handler.__name__}")


async def _respond(page: PageRoute, http: Request) -> Response:
    http.scope[ROUTE] = page.path
    state = page_state_of(http)
    known_session = state.sessions.read(http)
    session = known_session or state.sessions.begin()
    request = PageRequest(http, state, session, None, FormData())
    try:
        request = await _admit(page, request)
        response = await page.handler(request)
    except SignedOut:
        response = _redirect_to_sign_in(http)
    except Refusal as refusal:
        response = _render_problem(request, refusal.status, refusal.detail, refusal.headers)
    except HTTPException as error:
        response = _render_problem(request, error.status_code, str(error.detail))
    except StoreError as error:
        response = _render_problem(request, 503, f"{error} Nothing was stored.")
    except RecordError as error:
        response = _render_problem(request, 422, str(error))
    except Exception:  # the edge of the service: whoever reads pages gets a page
        log.exception("A page failed.", extra={"event": "failed", "route": page.path})
        response = _render_problem(request, 500, FAILED)
    finally:
        await request.form.close()
    if known_session is None and "set-cookie" not in response.headers:
        state.sessions.send(session, http, response)
    return response


async def _admit(page: PageRoute, request: PageRequest) -> PageRequest:
    """The request with its caller and its form; raises SignedOut or Refusal where it may not go on."""
    caller = await _identify(request) if page.act else None
    if caller and page.act and not may(caller.role, page.act):
        raise Refusal(403, f"A key with the role {caller.role} may not do this. Sign in with another one.")
    if caller:
        request.runtime.access.count(caller)
    form = FormData()
    if page.method == "POST":
        form = await read_form(request, page.most_bytes or request.runtime.settings.max_body)
        check_token(request, form)
    return PageRequest(request.http, request.state, request.session, caller, form)


async def _identify(request: PageRequest) -> Caller:
    key_id = request.session.key_id
    key = await request.state.keys.live(key_id) if key_id else None
    if key is not None:
        return Caller(key.role, key.id, key.name)
    try:
        return await request.runtime.access.identify(request.http)
    except Refusal as refusal:
        if refusal.status == 401:
            raise SignedOut from None
        raise


def _redirect_to_sign_in(request: Request) -> Response:
    """The sign-in page, which leads back to where the visitor was."""
    is_part = "hx-request" in request.headers
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if is_part or request.method != "GET":
        back = _path(request.headers.get("hx-current-url") or request.headers.get("referer", ""))
    address = f"{SIGN_IN}?next={quote(local_path(back), safe='')}&ended=1"
    if is_part:
        return Response(status_code=401, headers={**HEADERS, "HX-Redirect": address})
    return redirect(address)


def _path(address: str) -> str:
    try:
        return urlsplit(address).path or "/"
    except ValueError:
        return "/"


def _render_problem(
    request: PageRequest, status: int, detail: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A problem as a page or, for a part of a page, as the sentence that the page shows."""
    template = "problem_part.html" if "hx-request" in request.http.headers else "problem.html"
    response = request.render(template, status, code=status, detail=detail)
    if headers and "Retry-After" in headers:
        response.headers["Retry-After"] = headers["Retry-After"]
    return response
