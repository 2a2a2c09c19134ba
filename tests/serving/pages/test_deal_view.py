"""A deal is explained by the model that scored it, or by the champion where that is gone."""

import re
from pathlib import Path

from tests.support.champions import install_champion
from tests.support.page_client import Visitor, latest_prediction, read_text
from tests.support.running_service import ANSWERS, build_settings, run_service, wait_for
from tests.support.small_profile import fit_small_model


def test_deal_of_an_earlier_model_says_so_and_can_be_scored_again(tmp_path: Path) -> None:
    install_champion(tmp_path, "7")
    with run_service(build_settings(tmp_path)) as service:
        service.post("/explain", {"deal_id": "D-1", "answers": ANSWERS})
        was = latest_prediction(service, "D-1")
        install_champion(tmp_path, "8", fit_small_model(120))
        wait_for(lambda: service.runtime.model.model_version == "8", "version 8")
        visitor = Visitor(service.url)
        page = visitor.get("/deals/D-1")
        assert "This score is from model version 7. Deals are now scored by model version 8." in read_text(page)
        assert f'<span class="score">{was["score"]}</span>' in page.text
        assert "None of these scores is from model version 8" in read_text(visitor.get("/"))
        again = visitor.send("/rescore/D-1")
        assert latest_prediction(service, "D-1")["model_version"] == "8"
        assert "from model version 8, which" not in read_text(visitor.get("/"))
        link = re.search(r'hx-get="(/change/[^"]+)"', again.text)
        assert link
        assert "New model, version 8 instead of 7" in read_text(visitor.get(link[1].replace("&amp;", "&")))


def test_deal_whose_model_is_gone_is_still_shown(tmp_path: Path) -> None:
    install_champion(tmp_path, "7")
    with run_service(build_settings(tmp_path)) as service:
        service.post("/explain", {"deal_id": "D-1", "answers": ANSWERS})
        with service.runtime.database.write() as connection:
            connection.exec_driver_sql("update predictions set bundle_hash = 'gone', model_version = '3'")
        visitor = Visitor(service.url)
        assert "This score is from model version 3, which is no longer stored here" in read_text(
            visitor.get("/deals/D-1")
        )
        assert visitor.get("/").status_code == 200
        assert visitor.get("/?summaries=1").status_code == 200
