"""Any other address: a browser is told on a page that there is nothing, whatever else asks is told so in JSON."""

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from icp_fit.serving.http.problems import Refusal
from icp_fit.serving.pages.request import PageRequest
from icp_fit.serving.pages.route import PageRoute

ANYWHERE = "/{path:path}"


class Stray(Route):
    """A route for browsers alone: they say that they take HTML."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        is_browser = scope["type"] == "http" and "text/html" in Headers(scope=scope).get("accept", "")
        match, child = super().matches(scope)
        return (match, child) if is_browser and match is Match.FULL else (Match.NONE, {})


async def nowhere(visit: PageRequest) -> Response:
    raise Refusal(404, "There is no such page. Its address may be misspelt.")


route = Stray(ANYWHERE, PageRoute("GET", ANYWHERE, nowhere, act=None).route.endpoint, include_in_schema=False)
