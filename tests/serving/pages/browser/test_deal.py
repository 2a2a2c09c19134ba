"""The page of a deal in a browser: answers, corrections, overrides and changes, in place and by keyboard."""

from playwright.sync_api import Page, expect

from tests.support.browser import ANSWERS, ScoreDeal, read_big_score
from tests.support.page_client import MARKUP


def test_seller_finds_the_best_deal_answers_a_question_and_sees_the_score_move(
    page: Page, score_deal: ScoreDeal
) -> None:
    score_deal("S-1", {**ANSWERS, "complexity_awareness": "aware", "security_level": "very_high"}, name="Best of all")
    page.goto("/?search=Best of")
    page.get_by_role("link", name="Best of all").click()
    expect(page.get_by_role("heading", name="Strengths")).to_be_visible()
    before, question = read_big_score(page), page.locator(".ask li").first
    wording = question.locator(".question span").first.inner_text()
    answer = question.get_by_role("button").first
    if question.locator("input[type=text]").count():
        question.locator("input[type=text]").fill("9")
    answer.click()
    expect(page.locator("#status .news")).to_contain_text("Saved:")
    expect(page.locator(".ask")).not_to_contain_text(wording)
    expect(page.locator("#status")).to_contain_text(f"The score is {read_big_score(page)}")
    page.reload()
    expect(page.locator(".past li")).to_have_count(2)
    assert read_big_score(page) in range(101)
    assert before in range(101)


def test_answering_works_by_keyboard_alone(page: Page, score_deal: ScoreDeal) -> None:
    score_deal("K-1", name="Keyboard")
    page.goto("/?search=Keyboard")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Keyboard":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/deals/K-1")
    for _ in range(20):
        page.keyboard.press("Tab")
        if (
            page.evaluate("document.activeElement.closest('.ask') !== null && document.activeElement.tagName")
            == "BUTTON"
        ):
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    if page.evaluate("document.activeElement.textContent") == "Save":
        page.keyboard.press("Shift+Tab")
        page.keyboard.type("9")
    page.keyboard.press("Enter")
    expect(page.locator("#status .news")).to_contain_text("Saved:")
    # whoever answers by keyboard goes on at the next question
    expect(page.locator(".ask *:focus")).to_have_count(1)


def test_answer_can_be_corrected_and_taken_away(page: Page, score_deal: ScoreDeal) -> None:
    score_deal("C-1", name="Correct")
    page.goto("/deals/C-1")
    row = page.locator(".answers li", has_text="Partner portal")
    expect(row.locator(".answer")).to_have_text("not answered")
    row.locator("summary").click()
    row.get_by_role("button", name="Yes").click()
    expect(row.locator(".answer")).to_have_text("Yes")
    row.locator("summary").click()
    row.get_by_role("button", name="Clear answer").click()
    expect(row.locator(".answer")).to_have_text("not answered")


def test_answer_can_be_undone(page: Page, score_deal: ScoreDeal) -> None:
    score_deal("U-1", name="Undo")
    page.goto("/deals/U-1")
    before, row = read_big_score(page), page.locator(".answers li", has_text="Integrations").first
    row.locator("summary").click()
    row.locator("input[name=answer]").fill("1")
    row.get_by_role("button", name="Save").click()
    expect(row.locator(".answer")).to_have_text("1")
    page.get_by_role("button", name="Undo").click()
    expect(row.locator(".answer")).to_have_text("12")
    assert read_big_score(page) == before


def test_wrong_answer_is_refused_where_it_was_given(page: Page, score_deal: ScoreDeal) -> None:
    score_deal("V-1")
    page.goto("/deals/V-1")
    row = page.locator(".answers li", has_text="Integrations").first
    row.locator("summary").click()
    row.locator("input[name=answer]").fill("many")
    row.get_by_role("button", name="Save").click()
    expect(row.get_by_role("alert")).to_have_text(
        "Integrations must be a whole number of at least 0, not “many”. Leave it empty if unknown."
    )
    expect(row.locator("input[name=answer]")).to_be_focused()


def test_answers_that_hold_markup_stay_text(page: Page, score_deal: ScoreDeal) -> None:
    score_deal("M-1", name=MARKUP, owner=MARKUP)
    page.goto("/deals/M-1")
    expect(page.get_by_role("heading", level=1)).to_have_text(MARKUP)
    row = page.locator(".answers li", has_text="Integrations").first
    row.locator("summary").click()
    row.locator("input[name=answer]").fill(MARKUP)
    row.get_by_role("button", name="Save").click()
    expect(page.locator(".answers .error").first).to_contain_text("whole number")
    assert page.locator("img").count() == 0
    expect(page.locator(".answers li", has_text="Integrations").first.locator("input[name=answer]")).to_have_value(
        MARKUP
    )


def test_override_stands_beside_the_score(page: Page, score_deal: ScoreDeal) -> None:
    score_deal("O-1")
    page.goto("/deals/O-1")
    before = read_big_score(page)
    page.get_by_text("Disagree with this score?").click()
    page.get_by_label("Your score").fill("35")
    page.get_by_label("Why").fill("The sponsor left.")
    page.get_by_role("button", name="Save your score").click()
    expect(page.locator(".hero .own")).to_contain_text("Ana Ruiz: 35 “The sponsor left.”")
    assert read_big_score(page) == before


def test_change_is_explained_where_it_is_listed(page: Page, score_deal: ScoreDeal) -> None:
    score_deal("H-1")
    score_deal("H-1", {**ANSWERS, "turnkey_wish": True})
    page.goto("/deals/H-1")
    page.get_by_role("button", name="Why?").click()
    expect(page.locator(".why").first).to_contain_text("Wants a turnkey product: No → Yes")
    page.get_by_role("button", name="Why?").click()
    expect(page.locator(".why").first).to_be_empty()


def test_deal_is_printed_without_controls(page: Page, score_deal: ScoreDeal) -> None:
    score_deal("Q-1")
    page.goto("/deals/Q-1")
    page.emulate_media(media="print")
    expect(page.locator("header.top")).to_be_hidden()
    expect(page.locator(".ask form button").first).to_be_hidden()
    expect(page.locator(".hero .big")).to_be_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")
