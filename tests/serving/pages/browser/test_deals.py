"""The list of deals in a browser: searched and filtered in place, and with very many deals."""

from playwright.sync_api import Page, expect

from tests.support.browser import ScoreDeal
from tests.support.many_deals import store_many_deals
from tests.support.running_service import RunningService


def test_deals_are_searched_and_filtered_in_place(page: Page, score_deal: ScoreDeal) -> None:
    for number in range(3):
        score_deal(f"F-{number}", name=f"Filter {number}", owner="Only" if number else "Other")
    page.goto("/")
    page.get_by_label("Search").fill("Filter")
    expect(page.locator(".deals tbody tr")).to_have_count(3)
    page.get_by_label("Owner").select_option("Only")
    expect(page.locator(".deals tbody tr")).to_have_count(2)
    assert "owner=Only" in page.url
    page.reload()
    expect(page.locator(".deals tbody tr")).to_have_count(2)
    expect(page.get_by_label("Search")).to_have_value("Filter")


def test_list_of_very_many_deals_shows_its_first_page_and_finds_any_deal(page: Page, service: RunningService) -> None:
    store_many_deals(service.runtime, 5_000)
    page.goto("/?page=150")
    expect(page.locator(".deals tbody tr")).to_have_count(25)
    page.goto("/?search=deal 4999")
    expect(page.locator(".deals tbody tr")).to_have_count(1)
    page.goto("/")
    expect(page.locator(".tally")).to_contain_text("1 to 25 of 5,0")
    expect(page.locator(".deals .reason").first).not_to_be_empty()
