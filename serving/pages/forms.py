"""Forms: read within a size and a time, and refused where another page than ours made a browser send them."""

import asyncio

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.types import Message

from icp_fit.serving.http.problems import Refusal
from icp_fit.serving.pages.request import PageRequest

TOKEN_FIELD, TOKEN_HEADER = "token", "x-form-token"


async def read_form(visit: PageRequest, limit: int) -> FormData:
    """What was sent, if it is of at most so many bytes and arrives in time; raises Refusal."""
    request, size = visit.request, 0
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise Refusal(411, "The form came without its length. Send it again.")
    if int(length[:20]) > limit:
        raise Refusal(413, f"This is too large: at most {limit / 1024**2:,.1f} MB are taken at once. Send less.")

    async def receive() -> Message:
        nonlocal size
        message = await request.receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise Refusal(413, "This is larger than it was said to be.")
        return message

    try:
        async with asyncio.timeout(visit.runtime.settings.timeout):
            return await Request(request.scope, receive).form(max_files=2, max_fields=500)
    except TimeoutError:
        raise Refusal(408, "The form took too long to arrive. Send it again.") from None


def check_token(visit: PageRequest, form: FormData) -> None:
    """Refuse what another page made a browser send: only ours know the session's token."""
    sent = visit.request.headers.get(TOKEN_HEADER) or form.get(TOKEN_FIELD)
    from_elsewhere = visit.request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
    if from_elsewhere or not isinstance(sent, str) or not visit.desk.sessions.is_token(sent, visit.session):
        raise Refusal(403, "This form is no longer valid, so nothing was done. Load the page again and repeat it.")
