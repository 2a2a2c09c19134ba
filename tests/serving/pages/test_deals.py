"""The list of deals: ranked, searched, filtered, paged and summarised."""

import re
from pathlib import Path

from tests.support.champions import install_champion
from tests.support.page_client import Visitor, read_text
from tests.support.running_service import build_settings, run_service


def test_deals_are_ranked_searched_filtered_and_paged(tmp_path: Path) -> None:
    install_champion(tmp_path, "7")
    with run_service(build_settings(tmp_path)) as service:
        deals = [
            {"deal_id": f"P-{i}", "name": f"Deal {i}%", "owner": "AB"[i % 2], "answers": {"systems": i % 20}}
            for i in range(60)
        ]
        service.post("/batch", {"deals": deals})
        visitor = Visitor(service.url)
        scores = [int(score) for score in re.findall(r'class="score">(\d+)', visitor.get("/").text)]
        assert scores == sorted(scores, reverse=True)
        assert len(scores) == 25
        assert "51 to 60 of 60" in read_text(visitor.get("/?page=99"))
        assert "1 to 1 of 1 " in read_text(visitor.get("/?search=deal 7%25"))
        assert "of 30 open deals" in read_text(visitor.get("/?owner=A"))
        assert "No deals match" in read_text(visitor.get("/?grade=X"))
        assert "It " in read_text(visitor.get("/?summaries=1")) or "Systems" in read_text(visitor.get("/?summaries=1"))
        service.post("/outcomes", {"deal_id": "P-3", "outcome": "won"})
        assert "of 59 open deals" in read_text(visitor.get("/"))
        assert "P-3" in read_text(visitor.get("/?closed=1"))
