"""The page of the model shows its curves and versions, and what to do next where there is no champion."""

import re
from pathlib import Path

from tests.support.page_client import PAGES, Visitor, read_text
from tests.support.running_service import build_settings, run_service


def test_model_page_shows_curves_versions_and_counts(visitor: Visitor) -> None:
    text = read_text(visitor.get("/about-model"))
    assert "★ champion" in text
    assert "from the 300 deals trained on" in text
    assert re.search(r"Yes \d+\.\d \d+% of \d+ deals won", text)


def test_without_a_champion_every_page_says_what_to_do_next(tmp_path: Path) -> None:
    with run_service(build_settings(tmp_path)) as service:
        service.post("/explain", {"deal_id": "D-1", "answers": {"integrations": 9}})
        visitor = Visitor(service.url)
        for path in PAGES[:6]:
            answer = visitor.get(path)
            assert answer.status_code == 200
            assert "icp-fit train deals.csv" in read_text(answer)
        assert "What to do next" in read_text(visitor.get("/about-model"))
