"""A new deal is scored while its form is filled in, and stored once, under an id of its own."""

from tests.support.page_client import Visitor, latest_prediction, read_text
from tests.support.running_service import RunningService


def test_new_deal_is_scored_while_it_is_filled_in_and_then_stored(service: RunningService, visitor: Visitor) -> None:
    count = visitor.get("/").text.count('scope="row"')
    draft = visitor.send("/new/score", data={"name": "Draft", "answer.systems": "1,200"})
    assert "so far" in read_text(draft)
    assert visitor.get("/").text.count('scope="row"') == count
    answer = visitor.send("/new", data={"deal_id": "N-1", "name": "Nova", "answer.systems": "1,200"})
    assert answer.url.path == "/deals/N-1"
    assert latest_prediction(service, "N-1")["answers"] == {"systems": 1200}
    assert "Nova" in read_text(visitor.get("/?search=nov"))


def test_new_deal_never_replaces_another(service: RunningService, visitor: Visitor) -> None:
    before = latest_prediction(service, "D-1")
    answer = visitor.send("/new", data={"deal_id": "D-1", "name": "Other", "answer.systems": "4"})
    assert answer.status_code == 422
    assert "Deal D-1 already exists" in read_text(answer)
    assert 'value="Other"' in answer.text
    assert 'value="4"' in answer.text
    assert latest_prediction(service, "D-1") == before


def test_new_deal_without_an_id_gets_one(visitor: Visitor) -> None:
    first, second = (visitor.send("/new", data={"name": "Unnamed"}).url.path for _ in range(2))
    assert first.startswith("/deals/N-")
    assert first != second
