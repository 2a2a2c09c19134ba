"""Many choices in a browser: typing finds them, and the score follows what is chosen, not what is half typed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from icp_fit.models.fit import fit_nothing
from tests.serving.pages.test_choices import PROFILE
from tests.support.browser import Watch
from tests.support.champions import install_champion
from tests.support.running_service import build_settings, run_service


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """A page of a service without keys, whose profile asks two questions of many choices."""
    install_champion(tmp_path, "7", fit_nothing(PROFILE))
    with run_service(build_settings(tmp_path)) as service:
        context = browser.new_context(base_url=service.url)
        watch = Watch(context, service.url)
        yield context.new_page()
        context.close()
    assert watch.wrong == []


def test_choices_are_found_while_typing_and_count_once_they_are_whole(open_page: Page) -> None:
    page = open_page
    page.goto("/new")
    field, live = page.locator("#field-manager input"), page.locator("#live")
    field.press_sequentially("manager 499")
    expect(page.locator("#q-manager-choices option")).to_have_count(11)
    expect(live).to_contain_text("0 of 2 answered")
    expect(live.locator(".error")).to_have_count(0)
    field.press_sequentially("7")
    field.press("Tab")
    expect(live).to_contain_text("1 of 2 answered")
