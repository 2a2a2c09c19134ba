"""Who may do what: keys, roles, rates, and nobody from elsewhere while there are no keys."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import HTTPConnection

from icp_fit.serving.access.access import is_local
from icp_fit.serving.access.roles import ROLES, may
from icp_fit.serving.errors import StoreError
from icp_fit.serving.server import choose_host
from tests.serving.http.test_problems import check_problem
from tests.support.champions import install_champion
from tests.support.running_service import ANSWERS, RunningService, build_settings, run_service, wait_for

ASKED: dict[str, tuple[str, str, Any]] = {
    "predict": ("POST", "/predict", {"deal_id": "D", "answers": {}}),
    "explain": ("POST", "/explain", {"answers": {}}),
    "batch": ("POST", "/batch", {"deals": [{"answers": {}}]}),
    "what_if": ("POST", "/what_if", {"answers": {}, "changes": {}}),
    "questions": ("POST", "/questions", {"answers": {}}),
    "outcomes": ("POST", "/outcomes", {"deal_id": "D", "outcome": "won"}),
    "profile": ("GET", "/profile", None),
    "model": ("GET", "/model", None),
    "history": ("GET", "/deals/D/history", None),
    "metrics": ("GET", "/metrics", None),
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    home = tmp_path_factory.mktemp("home")
    install_champion(home, "1")
    with run_service(build_settings(home)) as service:
        yield service


@pytest.fixture(scope="module")
def keys(served: RunningService) -> dict[str, str]:
    return {role: served.runtime.keys.create(f"tests, {role}", role)[1] for role in ROLES}


def ask(served: RunningService, act: str, **headers: str) -> httpx.Response:
    method, path, document = ASKED[act]
    return served.client.request(method, path, json=document, headers=headers)


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", list(ASKED))
def test_each_role_may_do_what_its_table_says_and_nothing_else(
    served: RunningService, keys: dict[str, str], act: str, role: str
) -> None:
    answer = ask(served, act, **bearer(keys[role]))
    if may(role, act):  # type: ignore[arg-type]
        assert answer.status_code == (404 if act == "history" and role == "view" else 200) or act == "history"
    else:
        check_problem(answer, 403, f"the role {role} may not do this. Use one with the role")


@pytest.mark.parametrize("act", list(ASKED))
def test_without_a_key_or_with_a_wrong_one_nobody_is_let_in(
    served: RunningService, keys: dict[str, str], act: str
) -> None:
    for headers in ({}, bearer("icpfit_0123456789ab_wrong"), bearer(keys["admin"][:-1]), {"X-API-Key": "é"}):
        raw = {name: value.encode() for name, value in headers.items()}
        answer = ask(served, act, **raw)  # type: ignore[arg-type]
        check_problem(answer, 401, "key")
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_key_may_come_as_x_api_key(served: RunningService, keys: dict[str, str]) -> None:
    assert ask(served, "predict", **{"X-API-Key": keys["score"]}).status_code == 200


def test_health_is_open_to_all(served: RunningService, keys: dict[str, str]) -> None:
    assert served.get("/livez").status_code == served.get("/readyz").status_code == 200


def test_revoked_key_is_refused_within_seconds_and_others_stay(served: RunningService, keys: dict[str, str]) -> None:
    key, text = served.runtime.keys.create("rotated", "score")
    wait_for(lambda: ask(served, "predict", **bearer(text)).status_code == 200, "the key to be known")
    served.runtime.keys.revoke(key.id)
    wait_for(lambda: ask(served, "predict", **bearer(text)).status_code == 401, "the key to be refused")
    assert ask(served, "predict", **bearer(keys["score"])).status_code == 200


def test_prediction_keeps_whose_key_asked(served: RunningService, keys: dict[str, str]) -> None:
    said = ask(served, "predict", **bearer(keys["score"])).json()
    stored = served.runtime.store.prediction(said["prediction_id"])
    assert stored is not None
    assert stored.key_id == keys["score"].split("_")[1]


def test_key_that_asks_too_often_is_told_when_to_come_back(tmp_path: Path) -> None:
    install_champion(tmp_path, "1")
    with run_service(build_settings(tmp_path, rate_limit=0.001, rate_burst=2)) as service:
        answers = [ask(service, "predict") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        check_problem(answers[2], 429, "Too many requests from this machine. Try again in")
        assert 900 < int(answers[2].headers["retry-after"]) <= 1000


def test_metrics_are_told_while_the_store_is_down_and_to_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_champion(tmp_path, "1")
    with run_service(build_settings(tmp_path)) as service:
        admin, other = (service.runtime.keys.create(role, role)[1] for role in ("admin", "view"))
        assert ask(service, "metrics", **bearer(admin)).status_code == 200

        def down() -> Any:
            raise StoreError("The database is down.")

        monkeypatch.setattr(service.runtime.keys, "stored", down)
        monkeypatch.setattr("icp_fit.serving.access.keyring.FRESH", 0.0)
        monkeypatch.setattr("icp_fit.serving.access.keyring.RENEW", 0.0)
        service.runtime.access._ring._read_at -= 60
        assert ask(service, "model", **bearer(admin)).status_code == 503
        assert ask(service, "metrics", **bearer(admin)).status_code == 200
        assert ask(service, "metrics", **bearer(other)).status_code == 403
        assert ask(service, "metrics", **bearer("icpfit_unknown_key")).status_code == 503
        assert ask(service, "metrics").status_code == 401


@pytest.mark.parametrize(
    ("client", "headers", "local"),
    [
        ("127.0.0.1", {"host": "127.0.0.1:3000"}, True),
        ("127.0.0.1", {"host": "localhost"}, True),
        ("::1", {"host": "[::1]:3000"}, True),
        ("10.0.0.7", {"host": "localhost"}, False),
        ("127.0.0.1", {"host": "rebound.example:3000"}, False),
        ("127.0.0.1", {"host": "localhost", "x-forwarded-for": "10.0.0.7"}, False),
        ("127.0.0.1", {"host": "localhost", "x-forwarded-proto": "https"}, False),
        ("127.0.0.1", {"host": "localhost", "via": "1.1 proxy"}, False),
        ("127.0.0.1", {}, False),
    ],
)
def test_without_keys_only_this_machine_by_its_own_name_is_let_in(
    client: str, headers: dict[str, str], local: bool
) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert is_local(HTTPConnection({"type": "http", "client": (client, 1), "headers": raw})) is local


def test_without_keys_the_service_listens_on_this_machine_only_and_says_so(tmp_path: Path) -> None:
    said: list[str] = []
    assert choose_host(build_settings(tmp_path, host="0.0.0.0"), said.append) == "127.0.0.1"
    assert "There are no keys, so icp-fit listens on 127.0.0.1 instead of 0.0.0.0." in said[0]


def test_with_a_key_the_service_listens_where_it_was_told(served: RunningService, keys: dict[str, str]) -> None:
    said: list[str] = []
    settings = build_settings(served.runtime.settings.store_paths.folder, host="0.0.0.0")
    assert choose_host(settings, said.append) == "0.0.0.0"
    assert said == []


def test_no_secret_and_no_answer_is_logged(served: RunningService, keys: dict[str, str]) -> None:
    stream = served.runtime.journal._stream = io.StringIO()
    deal = {"deal_id": "D-secret", "name": "Hush", "answers": {**ANSWERS, "amount": 4242.0}}
    said = served.post("/explain", deal, headers=bearer(keys["score"])).json()
    served.post("/explain", {"answers": {"amount": "4242 million"}}, headers=bearer(keys["score"]))
    served.post("/explain", deal, headers=bearer("icpfit_0123456789ab_wrong"))
    wait_for(stream.getvalue, "a line")
    logged = stream.getvalue()
    assert said["prediction_id"] in logged
    assert not any(secret in logged for secret in ("4242", "Hush", "wrong", keys["score"].split("_", 2)[2]))
