"""What-if in a browser: the score moves with the form, and nothing is saved."""

from playwright.sync_api import Page, expect

from tests.support.browser import ANSWERS, ScoreDeal, read_big_score


def test_what_if_moves_live_and_is_not_saved(page: Page, score_deal: ScoreDeal) -> None:
    score_deal("W-1", name="What if")
    page.goto("/deals/W-1")
    before = read_big_score(page)
    page.get_by_role("link", name="What if…").click()
    expect(page.locator("h1")).to_contain_text("What if, not saved")
    page.get_by_role("heading", name="Enterprise").click()
    page.locator("#field-turnkey_wish").get_by_label("Yes").check()
    expect(page.locator("#result")).to_contain_text("Wants a turnkey product: No Yes")
    would = int(page.locator("#result .score").nth(1).inner_text())
    assert would < before
    page.locator("#field-users input").fill("lots")
    expect(page.locator("#result")).to_contain_text("Users must be a whole number")
    page.get_by_role("link", name="Back to the deal").click()
    expect(page.locator(".past li")).to_have_count(1)
    assert read_big_score(page) == before


def test_action_can_be_tried(page: Page, score_deal: ScoreDeal) -> None:
    score_deal("T-1", {**ANSWERS, "turnkey_wish": True})
    page.goto("/deals/T-1")
    page.locator(".do").get_by_role("link", name="Try it with Wants a turnkey product").click()
    expect(page.locator("#result")).to_contain_text("Wants a turnkey product: Yes No")
    expect(page.locator("#field-turnkey_wish")).to_be_in_viewport()
