"""A session in a browser: it ends, and goes on after signing in; a server that goes away is reported."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.support.browser import ScoreDeal


def test_session_that_ended_leads_back_after_signing_in(
    context: BrowserContext, page: Page, score_deal: ScoreDeal, keys: tuple[str, str]
) -> None:
    score_deal("E-1")
    page.goto("/deals/E-1")
    context.clear_cookies()
    row = page.locator(".answers li", has_text="Partner portal")
    row.locator("summary").click()
    row.get_by_role("button", name="Yes").click()
    expect(page.get_by_text("your session has ended")).to_be_visible()
    page.get_by_label("Your key").fill(keys[1])
    page.keyboard.press("Enter")
    page.wait_for_url("**/deals/E-1")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Your key")).to_be_visible()


def test_lost_server_is_reported_until_it_is_back(page: Page, context: BrowserContext, score_deal: ScoreDeal) -> None:
    score_deal("G-1")
    page.goto("/deals/G-1")
    row = page.locator(".answers li", has_text="Partner portal")
    row.locator("summary").click()
    context.route("**/answer/**", lambda route: route.abort("connectionrefused"))
    row.get_by_role("button", name="Yes").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached. Your change may or may not have been saved")
    context.unroute("**/answer/**")
    context.route(
        "**/answer/**", lambda route: route.fulfill(status=503, body="The store is down. Nothing was stored.")
    )
    row.get_by_role("button", name="Yes").click()
    expect(page.get_by_role("alert")).to_contain_text("The store is down")
    context.unroute("**/answer/**")
    row.get_by_role("button", name="Yes").click()
    expect(row.locator(".answer")).to_have_text("Yes")
    expect(page.locator("#alert")).to_be_hidden()
