"""Signing in with a key, and out."""

from starlette.responses import Response

from icp_fit.serving.access.roles import may
from icp_fit.serving.pages.request import PageRequest, go, local_path
from icp_fit.serving.pages.route import SIGN_IN, PageRoute


async def ask(visit: PageRequest) -> Response:
    if not await visit.desk.keys.any():
        return go("/")
    return visit.render("sign_in.html", back=local_path(visit.text("next")), ended=visit.text("ended"), problem="")


async def sign_in(visit: PageRequest) -> Response:
    """Begin a session of the key, under a new id."""
    key, back = await visit.desk.keys.find(visit.text("key")), local_path(visit.text("next"))
    if key is None:
        problem = "This key is not known, or was revoked. Check that it was copied whole; it begins with icpfit_."
    elif not may(key.role, "pages"):
        problem = f"This key has the role {key.role}, which is for services. Ask for one with the role view."
    else:
        response = go(back)
        visit.desk.sessions.keep(visit.desk.sessions.begin(key.id), visit.request, response)
        return response
    return visit.render("sign_in.html", 422, back=back, ended="", problem=problem)


async def sign_out(visit: PageRequest) -> Response:
    response = go(SIGN_IN)
    visit.desk.sessions.end(response)
    return response


pages = (
    PageRoute("GET", SIGN_IN, ask, act=None),
    PageRoute("POST", SIGN_IN, sign_in, act=None),
    PageRoute("POST", "/sign-out", sign_out, act=None),
)
