"""A visitor of the pages without a browser: keeps cookies, and sends forms with the token that pages give."""

import html
import re
import time
from typing import Any

import httpx

from icp_fit.serving.access.keys import Key, Keys
from tests.support.running_service import PATIENCE, RunningService

PAGES = ("/", "/new", "/import", "/about-model", "/deals/D-1", "/what-if/D-1", "/deals/nothing", "/import/nothing")
MARKUP = '<img src=x onerror="alert(1)">&amp;'


class Visitor:
    """Visits the pages of a service at an address."""

    def __init__(self, url: str) -> None:
        # one connection a request, so that none is left open
        self.client = httpx.Client(base_url=url, timeout=PATIENCE, headers={"Connection": "close"})

    @property
    def token(self) -> str:
        page = self.client.get("/import", follow_redirects=True).text
        found = re.search(r'name="token" value="([^"]+)"', page)
        assert found, page
        return found[1]

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.client.get(path, **options)

    def send(self, path: str, *, follow: bool = True, **options: Any) -> httpx.Response:
        """Send a form, as a browser without scripts does."""
        data = {"token": self.token, **options.pop("data", {})}
        return self.client.post(path, data=data, follow_redirects=follow, **options)

    def sign_in(self, key: str, back: str = "/") -> httpx.Response:
        return self.send("/sign-in", data={"key": key, "next": back}, follow=False)


def read_text(answer: httpx.Response) -> str:
    """A page's text as a person reads it."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def latest_prediction(service: RunningService, deal_id: str) -> dict[str, Any]:
    predictions: list[dict[str, Any]] = service.get(f"/deals/{deal_id}/history").json()["predictions"]
    return predictions[-1]


def create_key(keys: Keys, name: str, role: str = "view") -> tuple[Key, str]:
    """A new key, with its text, that the service knows."""
    key = keys.create(name, role)
    time.sleep(0.6)  # so often does a service look for keys that it does not know
    return key
