"""Problems are shown on a page: with a code, a remedy and, for a part of a page, as a sentence."""

from pathlib import Path

import pytest

from icp_fit.serving.access.keys import Keys
from icp_fit.serving.http.problems import FAILED
from icp_fit.serving.pages import deals
from tests.support.champions import install_champion
from tests.support.page_client import Visitor, create_key, read_text
from tests.support.running_service import RunningService, build_settings, run_service


def test_store_that_is_down_is_shown_on_a_page(tmp_path: Path) -> None:
    (tmp_path / "file").touch()  # where a folder must be
    install_champion(tmp_path, "7")
    database = f"sqlite:///{tmp_path / 'file' / 'predictions.db'}"
    with run_service(build_settings(tmp_path, database_url=database), ready=False) as service:
        answer = Visitor(service.url).get("/")
        assert answer.status_code == 503
        assert answer.headers["content-type"].startswith("text/html")
        assert "Nothing was stored" in read_text(answer)


def test_pages_count_against_the_rate_limit_of_the_key_that_signed_in(tmp_path: Path) -> None:
    install_champion(tmp_path, "7")
    with run_service(build_settings(tmp_path, rate_limit=0.1, rate_burst=3)) as service:
        _, text = create_key(Keys(service.runtime.database), "Ana")
        visitor = Visitor(service.url)
        assert visitor.sign_in(text).status_code == 303
        assert service.get("/model", headers={"X-API-Key": text}).status_code == 200
        assert [visitor.get("/new").status_code for _ in range(3)] == [200, 200, 429]
        limited, part = visitor.get("/new"), visitor.get("/new", headers={"HX-Request": "true"})
        assert "Too many requests" in read_text(limited)
        assert limited.headers["content-type"].startswith("text/html")
        assert "<html" not in part.text
        assert 1 <= int(limited.headers["retry-after"]) <= 10
        assert visitor.get("/sign-in").status_code == 200
        assert service.get("/model", headers={"X-API-Key": text}).status_code == 429


def test_page_that_fails_is_a_page_with_a_code_and_a_remedy(
    service: RunningService, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret of the machine")

    monkeypatch.setattr(deals, "list_deals", fail)
    page, part = visitor.get("/"), visitor.get("/", headers={"HX-Request": "true"})
    assert (page.status_code, part.status_code) == (500, 500)
    assert "Error 500" in read_text(page)
    assert "its log says why" in read_text(page)
    assert "secret" not in page.text
    assert part.text.strip() == FAILED


@pytest.mark.parametrize(
    ("path", "code"), [("/deals/nothing", 404), ("/what-if/nothing", 404), ("/import/nothing", 404)]
)
def test_problem_names_its_code_and_what_to_do(visitor: Visitor, path: str, code: int) -> None:
    answer = visitor.get(path)
    assert answer.status_code == code
    assert f"Error {code}" in read_text(answer)
    assert "Go to the deals" in read_text(answer)
