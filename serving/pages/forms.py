"""Forms: read within a size and a time, and refused where a page of another site made a browser send them."""

import asyncio

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.types import Message

from icp_fit.serving.http.problems import Refusal
from icp_fit.serving.pages.request import PageRequest

MOST_FIELDS = 2_000  # a question has up to two, and an import some more
TOKEN_FIELD, TOKEN_HEADER = "token", "x-form-token"


async def read_form(request: PageRequest, limit: int) -> FormData:
    """The form, if it has at most so many bytes and arrives in time; raises Refusal."""
    http, size = request.http, 0
    length = http.headers.get("content-length", "")
    if not length.isdecimal():
        raise Refusal(411, "The form arrived without its length. Send it again.")
    if int(length[:20]) > limit:
        raise Refusal(413, f"This is too large: at most {limit / 1024**2:,.1f} MB can be sent at once. Send less.")

    async def receive() -> Message:
        nonlocal size
        message = await http.receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise Refusal(413, "More was sent than announced. Send it again.")
        return message

    try:
        async with asyncio.timeout(request.runtime.settings.timeout):
            return await Request(http.scope, receive).form(max_files=2, max_fields=MOST_FIELDS)
    except TimeoutError:
        raise Refusal(408, "The form took too long to arrive. Send it again.") from None


def check_token(request: PageRequest, form: FormData) -> None:
    """Refuse a form that a page of another site sent: only our pages have the session's token."""
    token = request.http.headers.get(TOKEN_HEADER) or form.get(TOKEN_FIELD)
    from_elsewhere = request.http.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
    if from_elsewhere or not isinstance(token, str) or not request.state.sessions.is_token(token, request.session):
        raise Refusal(403, "This form has expired, so nothing was saved. Reload the page and try again.")
