"""A real browser for tests: Debian's Chromium, or the one that ICP_FIT_TEST_BROWSER names."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

PATH = os.environ.get("ICP_FIT_TEST_BROWSER") or shutil.which("chromium") or "/usr/bin/chromium"
# A deal of the profile that is shipped.
ANSWERS = {"user_types": 6, "integrations": 12, "audience": "b2b", "users": 5_000, "turnkey_wish": False}
LAPTOP, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
# It runs as root in containers, has no screen, and asks nobody for updates.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

ScoreDeal = Callable[..., None]  # of a deal's id, its answers, and what else is known of it


@contextmanager
def open_browser() -> Iterator[Browser]:
    """The browser, closed at the end; skips the test where there is none."""
    if not os.access(PATH, os.X_OK):
        pytest.skip(f"no browser at {PATH}: install chromium, or name one in ICP_FIT_TEST_BROWSER")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PATH, args=ARGUMENTS)
        yield browser
        browser.close()


class Watch:
    """Notes what a visit must not do: ask another host, run into an error, or open a dialog."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url = url
        self.wrong: list[str] = []
        context.on("request", self._asked)
        context.on("console", self._said)
        context.on("page", self._opened)
        context.on("weberror", lambda error: self.wrong.append(f"error: {error.error}"))

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.wrong.append(f"another host: {request.url}")

    def _said(self, message: ConsoleMessage) -> None:
        # what the server refuses, and what cannot be reached, the browser and htmx note by themselves
        noted = ("Failed to load resource", "htmx:", "Response Status Error")
        if message.type == "error" and not message.text.startswith(noted):
            self.wrong.append(f"console: {message.text}")

    def _opened(self, page: Page) -> None:
        page.on("dialog", lambda dialog: (self.wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))


def read_big_score(page: Page) -> int:
    return int(page.locator(".hero .big .score").inner_text())
