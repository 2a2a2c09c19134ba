"""The sellers' pages: routes of the same Starlette application as the API, and reached after it.

A page finds what it needs in its `PageRequest`: the champion, the store, the caller and what was sent.
"""

from starlette.routing import BaseRoute, Mount

from icp_fit.serving.pages import (
    choices,
    deal,
    deals,
    import_page,
    model,
    new_deal,
    not_found,
    saved_mappings,
    sign_in,
    what_if,
)
from icp_fit.serving.pages.rendering import HERE, Assets

_PAGES = (
    *deals.pages,
    *deal.pages,
    *what_if.pages,
    *new_deal.pages,
    *choices.pages,
    *saved_mappings.pages,
    *import_page.pages,
    *model.pages,
    *sign_in.pages,
)
routes: list[BaseRoute] = [
    *(page.route for page in _PAGES),
    Mount("/static", Assets(directory=HERE / "static"), name="static"),
    not_found.route,
]
