"""What-if shows another score and stores nothing."""

from tests.support.page_client import Visitor, read_text
from tests.support.running_service import ANSWERS, RunningService


def test_what_if_shows_a_score_and_stores_nothing(service: RunningService, visitor: Visitor) -> None:
    before = service.runtime.store.history("D-1")
    form = {f"answer.{name}": str(answer) for name, answer in ANSWERS.items() if answer is not None}
    form |= {"answer.portal": "no", "answer.systems": "2"}
    text = read_text(visitor.send("/what-if/D-1", data=form))
    assert text.startswith("What if, not saved")
    assert "Systems: 12 2" in text
    assert "Portal: Yes No" in text
    assert service.runtime.store.history("D-1") == before


def test_what_if_says_what_it_cannot_use(visitor: Visitor) -> None:
    answer = visitor.send("/what-if/D-1", data={"answer.systems": "many"})
    assert answer.status_code == 422
    assert "Systems must be a whole number" in read_text(answer)
