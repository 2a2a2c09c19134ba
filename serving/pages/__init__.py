"""The sellers' pages: routes of the same Starlette application as the API, and reached after it.

A page finds what it needs in `serving.runtime.runtime_of(request)`: the model that answers, the store, and who asks.
"""

from starlette.routing import BaseRoute, Mount

from icp_fit.serving.pages import deal, deals, model, new_deal, what_if
from icp_fit.serving.pages import import_page as importing
from icp_fit.serving.pages import not_found as stray
from icp_fit.serving.pages import sign_in as signing
from icp_fit.serving.pages.rendering import HERE, Assets

_PAGES = (
    *deals.pages,
    *deal.pages,
    *what_if.pages,
    *new_deal.pages,
    *importing.pages,
    *model.pages,
    *signing.pages,
)
routes: list[BaseRoute] = [
    *(page.route for page in _PAGES),
    Mount("/static", Assets(directory=HERE / "static"), name="static"),
    stray.route,
]
