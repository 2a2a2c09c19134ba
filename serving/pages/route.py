"""A page: an address, who may visit it, and how what goes wrong there is told to a person."""

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
from icp_fit.serving.http.problems import Refusal
from icp_fit.serving.pages.forms import check_token, read_form
from icp_fit.serving.pages.rendering import HEADERS
from icp_fit.serving.pages.request import PageRequest, go, local_path
from icp_fit.serving.pages.state import page_state_of

FORM_BYTES = 256 * 1024
SIGN_IN = "/sign-in"

Answer = Callable[[PageRequest], Awaitable[Response]]


class SignedOut(Exception):
    """There are keys, and the session belongs to none that is live."""


@dataclass(frozen=True)
class PageRoute:
    """One address; `act` is what a visitor must be allowed to do, None where anybody may come."""

    method: str
    path: str
    answer: Answer
    act: Act | None = "pages"
    most_bytes: int = FORM_BYTES  # 0: as much as the service takes of anything

    @property
    def route(self) -> Route:
        return Route(self.path, partial(_respond, self), methods=[self.method], name=f"page {self.answer.__name__}")


async def _respond(page: PageRoute, request: Request) -> Response:
    request.scope[ROUTE] = page.path
    desk = page_state_of(request)
    found = desk.sessions.read(request)
    session = found or desk.sessions.begin()
    visit = PageRequest(request, desk, session, None, FormData())
    try:
        visit = await _admit(page, visit)
        response = await page.answer(visit)
    except SignedOut:
        response = _sign_in(request)
    except Refusal as refusal:
        response = _tell(visit, refusal.status, refusal.detail, refusal.headers)
    except HTTPException as error:
        response = _tell(visit, error.status_code, str(error.detail))
    except StoreError as error:
        response = _tell(visit, 503, f"{error} Nothing was stored.")
    except RecordError as error:
        response = _tell(visit, 422, str(error))
    finally:
        await visit.form.close()
    if found is None and "set-cookie" not in response.headers:
        desk.sessions.keep(session, request, response)
    return response


async def _admit(page: PageRoute, visit: PageRequest) -> PageRequest:
    """The visit with its visitor and what was sent; raises SignedOut or Refusal where it may not go on."""
    caller = await _identify(visit) if page.act else None
    if caller and page.act and not may(caller.role, page.act):
        raise Refusal(403, f"A key with the role {caller.role} may not do this. Sign in with another one.")
    if caller:
        visit.runtime.access.count(caller)
    form = FormData()
    if page.method == "POST":
        form = await read_form(visit, page.most_bytes or visit.runtime.settings.max_body)
        check_token(visit, form)
    return PageRequest(visit.request, visit.desk, visit.session, caller, form)


async def _identify(visit: PageRequest) -> Caller:
    key_id = visit.session.key_id
    key = await visit.desk.keys.live(key_id) if key_id else None
    if key is not None:
        return Caller(key.role, key.id, key.name)
    try:
        return await visit.runtime.access.identify(visit.request)
    except Refusal as refusal:
        if refusal.status == 401:
            raise SignedOut from None
        raise


def _sign_in(request: Request) -> Response:
    """The page that signs in, which leads back to where the visitor was."""
    is_part = "hx-request" in request.headers
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if is_part or request.method != "GET":
        back = _path(request.headers.get("hx-current-url") or request.headers.get("referer", ""))
    address = f"{SIGN_IN}?next={quote(local_path(back), safe='')}&ended=1"
    if is_part:
        return Response(status_code=401, headers={**HEADERS, "HX-Redirect": address})
    return go(address)


def _path(address: str) -> str:
    try:
        return urlsplit(address).path or "/"
    except ValueError:
        return "/"


def _tell(visit: PageRequest, status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """What went wrong, as a page, or as the sentence that the page the visitor is on shows."""
    template = "problem_part.html" if "hx-request" in visit.request.headers else "problem.html"
    response = visit.render(template, status, code=status, detail=detail)
    if headers and "Retry-After" in headers:
        response.headers["Retry-After"] = headers["Retry-After"]
    return response
