"""A request for a page by somebody who may see it, with the form that was sent and what all pages share."""

from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from icp_fit.serving.access.access import Caller
from icp_fit.serving.access.roles import Act, may
from icp_fit.serving.pages.rendering import HEADERS, render
from icp_fit.serving.pages.sessions import Session
from icp_fit.serving.pages.state import PageState
from icp_fit.serving.runtime import Runtime
from icp_fit.serving.scoring.served_model import ServedModel

THEMES = ("light", "dark")


@dataclass(frozen=True)
class PageRequest:
    """`http` is the request as Starlette has it; `form` is empty for a GET, `caller` is None on the sign-in page."""

    http: Request
    state: PageState
    session: Session
    caller: Caller | None
    form: FormData

    @property
    def runtime(self) -> Runtime:
        return self.state.runtime

    @property
    def model(self) -> ServedModel:
        """The champion, or the profile alone: take it once a request."""
        return self.runtime.model

    @property
    def key_id(self) -> str | None:
        return self.caller.key_id if self.caller else None

    def text(self, field: str) -> str:
        """A field of the form, or of the address, without blanks around it."""
        value = self.form.get(field) or self.http.query_params.get(field) or ""
        return value.strip() if isinstance(value, str) else ""

    def can(self, act: Act) -> bool:
        return self.caller is not None and may(self.caller.role, act)

    def render(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page, or a part of one, with what all of them need."""
        theme = self.http.cookies.get("icp_fit_theme", "")
        return render(
            template,
            status,
            request=self,
            token=self.state.sessions.token(self.session),
            theme=theme if theme in THEMES else "",
            served=self.runtime.champion.model,
            **values,
        )


def redirect(path: str) -> Response:
    """A redirect to another page."""
    return RedirectResponse(path, 303, HEADERS)


def local_path(text: str) -> str:
    """An address of this service, else the first page: nobody is sent to another host."""
    is_ours = text.startswith("/") and text[1:2] not in ("/", "\\") and text.isprintable()
    return text if is_ours else "/"
