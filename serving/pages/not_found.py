"""Any other address: a browser gets a page that says so, and whatever else asks gets the API's problem."""

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from icp_fit.serving.http.problems import Refusal
from icp_fit.serving.pages.request import PageRequest
from icp_fit.serving.pages.route import PageRoute

ANYWHERE = "/{path:path}"


class BrowserRoute(Route):
    """A route for browsers alone: they say that they take HTML."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        is_browser = scope["type"] == "http" and "text/html" in Headers(scope=scope).get("accept", "")
        match, child = super().matches(scope)
        return (match, child) if is_browser and match is Match.FULL else (Match.NONE, {})


async def show_not_found(request: PageRequest) -> Response:
    raise Refusal(404, "There is no page at this address. Check its spelling, or start from the list of deals.")


route = BrowserRoute(
    ANYWHERE, PageRoute("GET", ANYWHERE, show_not_found, act=None).route.endpoint, include_in_schema=False
)
