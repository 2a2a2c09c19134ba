"""A browser that is signed in to a service with keys and a model of the profile that is shipped."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from icp_fit.features.deals import read_deals
from icp_fit.features.profile import read_profile
from icp_fit.features.simulation.sample import sample_deals
from icp_fit.models.fit import FitClassifier
from icp_fit.serving.access.keys import Keys
from tests.support.browser import ANSWERS, LAPTOP, ScoreDeal, Watch, open_browser
from tests.support.champions import install_champion
from tests.support.running_service import RunningService, build_settings, run_service


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="package")
def service(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A service whose model was trained on few deals; the browser comes first, so that without one nothing starts."""
    folder = tmp_path_factory.mktemp("store")
    profile = read_profile("liferay")
    deals = read_deals(sample_deals(profile, 120, seed=7), profile).closed
    install_champion(folder, "7", FitClassifier(profile, random_state=0).fit(deals.answers, deals.won.to_numpy(bool)))
    with run_service(build_settings(folder)) as running:
        yield running


@pytest.fixture(scope="package")
def keys(service: RunningService) -> tuple[str, str]:
    """A key that may do everything, for the API, and one that may view."""
    keys = Keys(service.runtime.database)
    return keys.create("CRM", "admin")[1], keys.create("Ana Ruiz", "view")[1]


@pytest.fixture(scope="package")
def session_cookies(browser: Browser, service: RunningService, keys: tuple[str, str]) -> list[dict[str, object]]:
    """The cookies of somebody who signed in."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(service.url)
    page.get_by_label("Your key").fill(keys[1])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Deals")
    cookies = [dict(cookie) for cookie in context.cookies()]
    context.close()
    return cookies


@pytest.fixture
def context(
    browser: Browser, service: RunningService, session_cookies: list[dict[str, object]]
) -> Iterator[BrowserContext]:
    """A signed-in browser on a laptop; at the end, it must have asked no other host and met no error."""
    context = browser.new_context(viewport=LAPTOP, base_url=service.url)  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    context.add_cookies(session_cookies)  # type: ignore[arg-type]
    watch = Watch(context, service.url)
    yield context
    context.close()
    assert watch.wrong == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def score_deal(service: RunningService, keys: tuple[str, str]) -> ScoreDeal:
    """Scores a deal as a service does."""

    def score_deal(deal_id: str, answers: dict[str, object] | None = None, **about: str) -> None:
        deal = {"deal_id": deal_id, "answers": ANSWERS if answers is None else answers, **about}
        service.post("/explain", deal, headers={"X-API-Key": keys[0]}).raise_for_status()

    return score_deal
