"""A new deal in a browser: its score follows the form."""

from playwright.sync_api import Page, expect


def test_new_deal_shows_its_score_while_it_is_filled_in(page: Page) -> None:
    page.goto("/new")
    live = page.locator("#live")
    first = live.locator(".big .score").inner_text()
    expect(live).to_contain_text("0 of 41 answered")
    page.locator("#field-integrations input").fill("30")
    expect(live).to_contain_text("1 of 41 answered")
    page.get_by_role("heading", name="Enterprise").click()
    page.locator("#field-turnkey_wish").get_by_label("No", exact=True).check()
    expect(live).to_contain_text("2 of 41 answered")
    assert live.locator(".big .score").inner_text() != first
    page.get_by_label("Name").fill("Written here")
    page.get_by_role("button", name="Save this deal").click()
    page.wait_for_url("**/deals/N-*")
    expect(page.get_by_role("heading", level=1)).to_have_text("Written here")
