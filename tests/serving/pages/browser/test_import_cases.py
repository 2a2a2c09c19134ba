"""Exports as people have them go through the import page in a browser, from the file to the scores."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from icp_fit.models.fit import fit_nothing
from tests.support.browser import Watch
from tests.support.cases import CASES, Case
from tests.support.champions import install_champion
from tests.support.running_service import RunningService, build_settings, run_service


@pytest.fixture(scope="module")
def case_service(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningService, Path]]:
    """A service without keys, and the folder of its models."""
    folder = tmp_path_factory.mktemp("store")
    install_champion(folder, "7")
    with run_service(build_settings(folder)) as running:
        yield running, folder


@pytest.mark.parametrize(
    ("folder", "says"),
    [
        ("money-currency-column", "The column Currency names several currencies"),
        ("money-two-signs", "amount holds amounts in several currencies"),
    ],
)
def test_sums_in_several_currencies_are_told_and_cannot_be_scored(
    browser: Browser, case_service: tuple[RunningService, Path], folder: str, says: str
) -> None:
    service, models = case_service
    draft = Case("money-code-before").draft()
    install_champion(models, folder, fit_nothing(draft.profile), mapping=draft.mapping)
    service.runtime.champion.look()
    context = browser.new_context(base_url=service.url)
    page = context.new_page()

    page.goto("/import")
    page.locator("input[name=deals]").set_input_files(Case(folder).file)
    page.get_by_role("button", name="Check this file").click()
    expect(page.locator(".obstacles")).to_contain_text(says)
    expect(page.get_by_role("button", name="Score")).to_be_disabled()

    context.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.folder)
def test_an_export_is_read_shown_and_scored(
    browser: Browser, case_service: tuple[RunningService, Path], case: Case
) -> None:
    service, folder = case_service
    draft = case.draft()
    install_champion(folder, case.folder, fit_nothing(draft.profile), mapping=draft.mapping)
    service.runtime.champion.look()
    context = browser.new_context(base_url=service.url)
    watch, page = Watch(context, service.url), context.new_page()

    page.goto("/import")
    page.locator("input[name=deals]").set_input_files(case.file)
    page.get_by_role("button", name="Check this file").click()
    deals = 20 if case.scored else case.counts[2]
    expect(page.locator(".tiles")).to_contain_text(f"{deals:,} deals can be scored")
    expect(page.locator(".tiles")).to_contain_text("0 rows cannot be used")
    expect(page.get_by_label("Deal id")).not_to_have_value("")
    if case.skipped:
        expect(page.locator(".tiles")).to_contain_text(f"{case.skipped} are no deals")
    expect(page.locator(".first-deals")).to_be_visible()
    page.get_by_role("button", name="Score").click()
    expect(page.get_by_role("heading", name="Scored")).to_be_visible(timeout=60_000)

    context.close()
    assert watch.wrong == []
