"""A change of the score is explained in parts that add up."""

import re

from tests.support.page_client import Visitor, latest_prediction, read_text
from tests.support.running_service import RunningService


def test_change_is_explained_in_parts_that_add_up(service: RunningService, visitor: Visitor) -> None:
    service.post("/explain", {"deal_id": "C-1", "answers": {"systems": 2}})
    service.post("/explain", {"deal_id": "C-1", "answers": {"systems": 20, "portal": True}})
    link = re.search(r'hx-get="(/change/[^"]+)"', visitor.get("/deals/C-1").text)
    assert link
    text = read_text(visitor.get(link[1].replace("&amp;", "&")))
    assert text.startswith("New answers")
    assert "Systems: 2 → 20" in text
    assert "Portal: not answered → Yes" in text
    assert "New model" not in text


def test_change_between_predictions_of_two_deals_is_not_explained(service: RunningService, visitor: Visitor) -> None:
    service.post("/explain", {"deal_id": "C-2", "answers": {}})
    other, own = latest_prediction(service, "C-2")["prediction_id"], latest_prediction(service, "D-1")["prediction_id"]
    assert visitor.get(f"/change/D-1?before={other}&after={own}").status_code == 404
