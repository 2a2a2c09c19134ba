"""Every page on a laptop and a phone, light and dark: nothing keeps people out or runs off the side."""

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from tests.support.browser import ANSWERS, LAPTOP, PHONE, ScoreDeal


def test_light_and_dark_are_switched_and_remembered(page: Page) -> None:
    page.goto("/")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Switch between light and dark").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert light != dark
    page.goto("/new")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


def import_odd_file(page: Page) -> str:
    """An import with something of everything that its page can show; returns its address."""
    rows = "".join(f"R-{i},{'many' if i % 3 else i},{'x' * 200},Phase {i % 4},1.{i + 100}\n" for i in range(30))
    table = f"Reference,integrations,{'Long ' * 30},Stage,users\n{rows}R-31,3,,Closed Lost,2.000\n"
    page.goto("/import")
    file = {"name": f"{'long-' * 20}.csv", "mimeType": "text/csv", "buffer": table.encode()}
    page.locator("input[name=deals]").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Check this file").click()
    page.wait_for_url("**/import/*")
    return urlsplit(page.url).path


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_keeps_people_out_or_runs_off_the_side(
    context: BrowserContext, page: Page, score_deal: ScoreDeal, size: dict[str, int], theme: str
) -> None:
    score_deal("P-1", name="Accessible", owner="Ana")
    score_deal("P-1", {**ANSWERS, "partner_portal": True}, name="Accessible", owner="Ana")
    score_deal("P-" + 90 * "x", name=40 * "Long", owner=90 * "y")
    long = f"/deals/P-{90 * 'x'}"
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    imported = import_odd_file(page)
    for path in (
        "/",
        "/?search=xxx",
        "/deals/P-1",
        long,
        "/what-if/P-1",
        "/new",
        "/import",
        imported,
        "/about-model",
        "/deals/nothing",
    ):
        page.goto(path)
        found = Axe().run(page)
        serious = [v for v in found.response["violations"] if v["impact"] in ("serious", "critical")]
        assert not serious, f"{path}: " + str(
            [(v["id"], [node["html"][:200] for node in v["nodes"][:3]]) for v in serious]
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
    context.clear_cookies()
    page.goto("/sign-in")
    assert not [v for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
