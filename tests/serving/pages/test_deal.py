"""The page of a deal: answers and overrides are stored, refused where they were given, and shown."""

import re

import pytest

from tests.support.page_client import MARKUP, Visitor, latest_prediction, read_text
from tests.support.running_service import ANSWERS, RunningService


def test_answer_is_stored_and_moves_the_score(service: RunningService, visitor: Visitor) -> None:
    service.post("/explain", {"deal_id": "A-1", "name": "Answered", "answers": {"systems": 3}})
    before = latest_prediction(service, "A-1")
    answer = visitor.send("/answer/A-1", data={"factor": "portal", "answer": "yes"})
    after = latest_prediction(service, "A-1")
    assert after["answers"] == {"systems": 3, "portal": True}
    assert f"Saved: Portal. The score is {after['score']}, up from {before['score']}" in read_text(answer)
    visitor.send("/answer/A-1", data={"factor": "portal", "clear": "1"})
    assert latest_prediction(service, "A-1")["answers"] == {"systems": 3}
    assert latest_prediction(service, "A-1")["score"] == before["score"]


def test_answer_to_a_question_that_is_not_asked_is_refused(service: RunningService, visitor: Visitor) -> None:
    before = latest_prediction(service, "D-1")
    answer = visitor.send("/answer/D-1", data={"factor": "shoe_size", "answer": "3"})
    assert answer.status_code == 422
    assert latest_prediction(service, "D-1") == before


def test_markup_in_an_answer_is_refused_where_it_was_given(visitor: Visitor) -> None:
    answer = visitor.send("/answer/D-1", data={"factor": "systems", "answer": MARKUP})
    assert answer.status_code == 422
    assert "<img" not in answer.text
    assert "Systems must be a whole number of at least 0" in read_text(answer)


def test_unanswered_is_shown_as_neither_no_nor_zero(visitor: Visitor) -> None:
    text = visitor.get("/deals/D-1").text
    assert re.search(r'Industry</span> <span class="answer none">not answered', text)
    assert re.search(r'Portal</span> <span class="answer">Yes', text)


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"score": "101", "reason": "Sure."}, "whole number from 0 to 100"),
        ({"score": "many", "reason": "Sure."}, "whole number from 0 to 100"),
        ({"score": "40", "reason": " "}, "Give a reason"),
    ],
    ids=["too-high", "no-number", "no-reason"],
)
def test_override_needs_a_score_and_a_reason(visitor: Visitor, form: dict[str, str], says: str) -> None:
    answer = visitor.send("/override/D-1", data=form)
    assert answer.status_code == 422
    assert says in read_text(answer)
    assert f'value="{form["score"]}"' in answer.text


def test_override_stands_beside_the_score(service: RunningService, visitor: Visitor) -> None:
    before = latest_prediction(service, "D-1")
    text = read_text(visitor.send("/override/D-1", data={"score": "40", "reason": "The sponsor left."}))
    assert "Somebody on this machine: 40 “The sponsor left.”" in text
    assert latest_prediction(service, "D-1") == before
    assert "Override: 40" in read_text(visitor.get("/?search=D-1"))


def test_closed_deal_shows_its_outcome_and_asks_nothing(service: RunningService, visitor: Visitor) -> None:
    service.post("/explain", {"deal_id": "B-1", "answers": ANSWERS})
    service.post("/outcomes", {"deal_id": "B-1", "outcome": "lost", "note": "They built it themselves."})
    text = read_text(visitor.get("/deals/B-1"))
    assert "Lost : “They built it themselves.”" in text
    assert "Ask next" not in text
    assert "Ask next" not in read_text(visitor.get("/?closed=1"))
