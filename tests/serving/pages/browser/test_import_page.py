"""An import in a browser: from a file to its scores."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.cases import Case


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


def test_columns_and_outcomes_are_corrected_saved_and_used_again(page: Page, tmp_path: Path) -> None:
    table = tmp_path / "export.csv"
    table.write_text("Reference,Tools,Phase\nC-1,9,Talking\nC-2,4,Closed Lost\nC-3,5,On hold\n")
    page.goto("/import")
    page.locator("input[name=deals]").set_input_files(table)
    page.get_by_role("button", name="Check this file").click()
    expect(page.locator(".obstacles")).to_contain_text("Choose the column that holds the deal id")
    expect(page.get_by_role("button", name="Score")).to_be_disabled()
    page.get_by_label("Deal id").select_option("Reference")
    page.get_by_label("Integrations").select_option("Tools")
    page.get_by_role("button", name="Read again").click()
    page.get_by_role("radiogroup", name="On hold").get_by_label("Lost").check()
    page.get_by_label("Any other word means that the deal is open").check()
    page.get_by_role("button", name="Read again").click()
    expect(page.locator(".tiles")).to_contain_text("3 deals can be scored, 1 of them open, 0 won and 2 lost")
    expect(page.locator(".first-deals")).to_contain_text("C-1")
    page.get_by_label("Name of the mapping").fill("Own export")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("main .notice").first).to_contain_text("The mapping is saved")
    page.goto("/import")
    page.locator("input[name=deals]").set_input_files(table)
    page.locator("select[name=mapping]").select_option(label="Own export")
    page.get_by_role("button", name="Check this file").click()
    expect(page.locator(".tiles")).to_contain_text("3 deals can be scored, 1 of them open, 0 won and 2 lost")
    page.goto("/import")
    page.get_by_text("Delete… Own export").click()
    page.get_by_role("button", name="Delete it for good Own export").click()
    expect(page.locator("main")).not_to_contain_text("Own export")


def test_what_is_changed_last_is_looked_at_before_it_is_scored(page: Page, tmp_path: Path) -> None:
    table = tmp_path / "export.csv"
    table.write_text("deal_id,Tools,partner_portal\nL-1,9,yes\n")
    page.goto("/import")
    page.locator("input[name=deals]").set_input_files(table)
    page.get_by_role("button", name="Check this file").click()
    page.get_by_label("Integrations").select_option("Tools")
    page.get_by_label("Score although most questions stay open").check()
    page.get_by_role("button", name="Score 1 deal").click()
    expect(page.locator("main .notice").first).to_contain_text("Look at what came of it, then score.")
    expect(page.locator(".first-deals")).to_contain_text("Integrations")


def test_stages_that_the_shipped_mapping_lacks_are_shown_and_closed_deals_not_listed(page: Page) -> None:
    page.goto("/import")
    page.locator("input[name=deals]").set_input_files(Case("shipped-mapping-many-stages").file)
    page.locator("select[name=mapping]").select_option("salesforce")
    page.get_by_role("button", name="Check this file").click()
    expect(page.locator(".words")).to_contain_text("“Closed Lost to Competition”")
    expect(page.locator(".tiles")).to_contain_text("191 of them open")
    page.get_by_role("button", name="Score 2,000 deals").click()
    expect(page.get_by_role("heading", name="Scored")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="View the deals").click()
    page.get_by_label("Search").fill("D-00001")  # it was lost
    expect(page.locator(".deals tbody tr")).to_have_count(0)
