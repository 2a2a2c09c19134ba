"""Choices of a question that are too many for a page: those that have in them what was typed, for completion."""

from starlette.responses import Response

from icp_fit.serving.http.problems import Refusal
from icp_fit.serving.pages.form_fields import find_choices
from icp_fit.serving.pages.request import PageRequest
from icp_fit.serving.pages.route import PageRoute

MOST_TYPED = 200  # letters


async def choices(request: PageRequest) -> Response:
    """The choices as options; what was typed is in the one field that asks, whatever it is called."""
    profile, factor_id = request.model.profile, str(request.http.path_params["factor"])
    if factor_id not in profile.factor_ids:
        raise Refusal(404, "The profile has no such question any more. Reload the page.")
    typed = next(iter(request.http.query_params.values()), "")
    return request.render("choices.html", texts=find_choices(profile.factor(factor_id), typed[:MOST_TYPED]))


pages = (PageRoute("GET", "/choices/{factor}", choices),)
