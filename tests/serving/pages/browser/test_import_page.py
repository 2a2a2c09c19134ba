"""An import in a browser: from a file to its scores."""

from pathlib import Path

from playwright.sync_api import Page, expect


def test_import_shows_what_is_wrong_scores_and_gives_back(page: Page, tmp_path: Path) -> None:
    table = tmp_path / "export.csv"
    table.write_text("deal_id,name,integrations,partner_portal\nX-1,Imported,9,yes\nX-2,Wrong,many,no\n")
    page.goto("/import")
    page.locator("input[name=deals]").set_input_files(table)
    expect(page.locator(".chosen-file")).to_have_text("export.csv")
    page.get_by_role("button", name="Check this file").click()
    expect(page.locator(".faults")).to_contain_text("1 row")
    expect(page.locator(".faults")).to_contain_text('got "many"')
    page.get_by_label("Score although most questions stay open").check()
    page.get_by_role("button", name="Score 1 deal").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the scores").click()
    assert "X-1" in download.value.path().read_text(encoding="utf-8-sig")
    page.get_by_role("link", name="View the deals").click()
    page.get_by_label("Search").fill("Imported")
    expect(page.locator(".deals tbody tr")).to_have_count(1)
    expect(page.locator(".deals .reason").first).not_to_be_empty()
