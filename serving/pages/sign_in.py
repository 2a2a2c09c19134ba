"""Signing in with a key, and out."""

from starlette.responses import Response

from icp_fit.serving.access.roles import may
from icp_fit.serving.pages.request import PageRequest, local_path, redirect
from icp_fit.serving.pages.route import SIGN_IN, PageRoute


async def show_sign_in(request: PageRequest) -> Response:
    if not await request.state.keys.any():
        return redirect("/")
    return request.render(
        "sign_in.html", back=local_path(request.text("next")), ended=request.text("ended"), problem=""
    )


async def sign_in(request: PageRequest) -> Response:
    """Begin a session of the key, under a new id."""
    key, back = await request.state.keys.find(request.text("key")), local_path(request.text("next"))
    if key is None:
        problem = "This key is unknown or has been revoked. Check that you copied all of it; it begins with icpfit_."
    elif not may(key.role, "pages"):
        problem = f"This key has the role {key.role}, which is for services. Ask for one with the role view."
    else:
        response = redirect(back)
        request.state.sessions.send(request.state.sessions.begin(key.id), request.http, response)
        return response
    return request.render("sign_in.html", 422, back=back, ended="", problem=problem)


async def sign_out(request: PageRequest) -> Response:
    response = redirect(SIGN_IN)
    request.state.sessions.end(response)
    return response


pages = (
    PageRoute("GET", SIGN_IN, show_sign_in, act=None),
    PageRoute("POST", SIGN_IN, sign_in, act=None),
    PageRoute("POST", "/sign-out", sign_out, act=None),
)
