"""Whatever a client sends, it is answered in one shape that names field, value and remedy, and never with a 500."""

import gzip
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from icp_fit.serving.http import connections
from icp_fit.serving.http.problems import MEDIA_TYPE
from tests.support.champions import install_champion
from tests.support.running_service import ANSWERS, PATIENCE, RunningService, build_settings, run_service, wait_for

JSON = {"content-type": "application/json"}
HEAD = b"POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
MOST = 64 * 1024  # bytes of a body in these tests


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    home = tmp_path_factory.mktemp("home")
    install_champion(home, "1")
    with run_service(build_settings(home, max_body=MOST, max_batch=3)) as service:
        yield service


def check_problem(answer: httpx.Response, status: int, says: str = "") -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    assert says in problem["detail"], problem["detail"]
    return problem


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(b"", "must be JSON: Expecting value at line 1, column 1", id="empty"),
        pytest.param(b"{", "must be JSON", id="cut short"),
        pytest.param(b'{"answers": {}} x', "Extra data", id="more than one value"),
        pytest.param(b'{"answers": {"systems": NaN}}', "`NaN` is not JSON", id="NaN"),
        pytest.param(b'{"answers": {"systems": -Infinity}}', "`-Infinity` is not JSON", id="infinity"),
        pytest.param(b'{"answers": {"systems": 1, "systems": 2}}', "`systems` is twice", id="a key twice"),
        pytest.param(b'{"answers": {"systems": "\xff"}}', "must be UTF-8, got byte 0xff at 25", id="invalid UTF-8"),
        pytest.param('{"answers": {}}'.encode("utf-16"), "must be UTF-8", id="another encoding"),
        pytest.param(b"\xef\xbb\xbf{}", "begins with a byte order mark", id="byte order mark"),
        pytest.param(b"[" * 50_000, "nested too deeply", id="deep nesting"),
        pytest.param(b'{"answers": ' * 5_000, "nested too deeply", id="deep objects"),
        pytest.param(b'{"answers": {"systems": %s}}' % (b"9" * 5_000), "too long", id="thousands of digits"),
        pytest.param(b'{"answers": {"systems": "\n"}}', "must be JSON", id="a raw line break"),
    ],
)
@pytest.mark.parametrize("route", ["/predict", "/batch", "/outcomes"])
def test_malformed_body_is_a_400_that_says_where(served: RunningService, route: str, body: bytes, says: str) -> None:
    check_problem(served.client.post(route, content=body, headers=JSON), 400, says)


@pytest.mark.parametrize(
    ("document", "field", "says"),
    [
        ([], "", "must be an object, got a list"),
        (None, "", "must be an object, got null"),
        ({}, "answers", "`answers` must be an object of answers by factor, got nothing"),
        ({"answers": []}, "answers", "got a list"),
        ({"answers": {}, "deal": "D"}, "deal", "Did you mean `deal_id`?"),
        ({"answers": {}, "systems": 3}, "systems", "`systems` is a factor. Put it into `answers`."),
        ({"answers": {"system": 3}}, "answers.system", "Did you mean `systems`?"),
        ({"answers": {"systems": "many"}}, "answers.systems", 'got the text "many"'),
        ({"answers": {"systems": 1.5}}, "answers.systems", "must be a whole number of at least 0, got 1.5"),
        ({"answers": {"systems": -1}}, "answers.systems", "got -1"),
        ({"answers": {"systems": True}}, "answers.systems", "got true"),
        ({"answers": {"amount": 10**400}}, "answers.amount", "too large"),
        ({"answers": {"portal": 1}}, "answers.portal", "must be yes or no, got 1"),
        ({"answers": {"security": "extreme"}}, "answers.security", 'must be one of "low", "high", "top"'),
        ({"answers": {"industry": {"is": "bank"}}}, "answers.industry", "got an object"),
        ({"answers": {"\ud800": 1}}, "answers.\\ud800", "is no question"),
        ({"answers": {}, "deal_id": 7}, "deal_id", "`deal_id` must be text, got a number"),
        ({"answers": {}, "deal_id": " "}, "deal_id", "`deal_id` is blank"),
        ({"answers": {}, "deal_id": "x" * 201}, "deal_id", "at most 200 letters, got 201"),
        ({"answers": {}, "name": "a\u0000b"}, "name", "control character"),
        ({"answers": {}, "owner": "\ud83d"}, "owner", "half of one"),
    ],
)
def test_wrong_field_is_a_422_that_names_it_and_the_remedy(
    served: RunningService, document: Any, field: str, says: str
) -> None:
    problem = check_problem(_post_ascii(served, "/predict", document), 422, says)
    assert [error["field"] for error in problem["errors"]] == [field]


def test_every_wrong_field_is_named_at_once(served: RunningService) -> None:
    problem = check_problem(
        served.post("/predict", {"answers": {"systems": "x", "portal": 5}, "nam": 1, "owner": 2}), 422
    )
    assert [error["field"] for error in problem["errors"]] == ["nam", "owner"]
    problem = check_problem(served.post("/predict", {"answers": {"systems": "x", "portal": 5}}), 422, "(1 more in")
    assert [error["field"] for error in problem["errors"]] == ["answers.systems", "answers.portal"]


def test_number_beyond_what_a_float_holds_is_refused(served: RunningService) -> None:
    body = b'{"answers": {"amount": 1e999}}'
    check_problem(served.client.post("/predict", content=body, headers=JSON), 422, "must be a number")


@pytest.mark.parametrize(
    ("deals", "says"),
    [
        ([], "at least one deal"),
        ({"answers": {}}, "must be a list"),
        ([{"answers": {}}] * 4, "at most 3 deals, got 4"),
        ([{"answers": {}}, {"answers": {"systems": "x"}}], "Deal 2: `systems` must be a whole number"),
        ([{"answers": {}}, {"deal_id": "D", "answer": {}}], "Deal 2: `answer` is not a field of this request."),
        ([{"answers": {}}, 3], "Deal 2: Each request must be an object, got a number."),
    ],
)
def test_wrong_batch_is_refused_whole_and_names_the_deal(served: RunningService, deals: Any, says: str) -> None:
    check_problem(served.post("/batch", {"deals": deals}), 422, says)


def test_wrong_deal_of_a_batch_is_named_by_place_and_id(served: RunningService) -> None:
    deals = [{"answers": {}}, {"deal_id": "D-7", "answers": {"systems": -2}}]
    problem = check_problem(served.post("/batch", {"deals": deals}), 422)
    assert (problem["errors"][0]["deal"], problem["errors"][0]["deal_id"]) == (2, "D-7")


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"outcome": "won"}, "`deal_id` is missing"),
        ({"deal_id": "D"}, "`outcome` is missing"),
        ({"deal_id": "D", "outcome": "open"}, "`outcome` must be won or lost, got `open`"),
        ({"deal_id": "D", "outcome": None}, "`outcome` is missing"),
        ({"deal_id": "D", "outcome": "won", "note": "x" * 2_001}, "at most 2,000 letters"),
    ],
)
def test_wrong_outcome_is_refused(served: RunningService, document: Any, says: str) -> None:
    check_problem(served.post("/outcomes", document), 422, says)


def test_wrong_change_is_refused_by_its_name(served: RunningService) -> None:
    problem = check_problem(served.post("/what_if", {"answers": ANSWERS, "changes": {"systems": "x"}}), 422)
    assert problem["errors"][0]["field"] == "changes.systems"
    check_problem(served.post("/what_if", {"answers": ANSWERS}), 422, "`changes` must be an object")


def test_body_beyond_the_limit_is_a_413_whether_it_says_its_length_or_not(served: RunningService) -> None:
    body = b" " * (MOST + 1)
    check_problem(served.client.post("/predict", content=body, headers=JSON), 413, "at most 65,536 bytes")
    check_problem(served.client.post("/predict", content=iter([body[:100], body]), headers=JSON), 413)


def test_huge_body_is_refused_before_it_is_sent(served: RunningService) -> None:
    assert b" 413 " in _talk(served, HEAD + b"content-length: 100000000\r\n\r\n").partition(b"\r\n")[0]


@pytest.mark.parametrize("media_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_body_of_another_type_is_a_415(served: RunningService, media_type: str | None) -> None:
    headers = {} if media_type is None else {"content-type": media_type}
    answer = served.client.post("/predict", content=b"{}", headers=headers)
    check_problem(answer, 415, "`Content-Type` must be application/json")


def test_body_that_is_compressed_is_a_415(served: RunningService) -> None:
    headers = {**JSON, "content-encoding": "gzip"}
    answer = served.client.post("/predict", content=gzip.compress(b'{"answers": {}}'), headers=headers)
    check_problem(answer, 415, "`Content-Encoding` must be left out, got `gzip`.")


def test_unknown_address_is_a_404_and_a_wrong_method_a_405_that_names_the_right_one(served: RunningService) -> None:
    check_problem(served.get("/nothing"), 404, "/openapi.json")
    answer = served.client.delete("/predict")
    check_problem(answer, 405)
    assert answer.headers["allow"] == "POST"
    answer = served.client.post("/static/pages.css")
    check_problem(answer, 405)
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1001", "9" * 400, "\u0661"])
def test_wrong_limit_is_refused(served: RunningService, limit: str) -> None:
    check_problem(served.get("/deals/D/history", params={"limit": limit}), 422, "`limit` must be a whole number")


def test_deal_id_that_cannot_be_stored_is_refused(served: RunningService) -> None:
    check_problem(served.get("/deals/%00/history"), 422, "control character")
    check_problem(served.get(f"/deals/{'x' * 300}/history"), 422, "at most 200 letters")
    check_problem(served.get("/deals/%FF%FE/history"), 404)


def test_body_that_does_not_end_is_a_408_in_time(tmp_path: Path) -> None:
    install_champion(tmp_path, "1")
    with run_service(build_settings(tmp_path, timeout=0.3)) as service:
        assert b" 408 " in _talk(service, HEAD + b"content-length: 10\r\n\r\n{").partition(b"\r\n")[0]


@pytest.mark.parametrize("sent", [b"", b"POST /pre", b"GET / HTTP/1.1\r\nhost: local"], ids=["nothing", "line", "head"])
def test_request_that_does_not_begin_is_hung_up_on(
    served: RunningService, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "SECONDS", 0.2)
    with socket.create_connection(served.address, timeout=PATIENCE) as connection:
        connection.sendall(sent)
        assert _read_to_end(connection) == b""


def test_half_sent_requests_are_bounded_in_number_and_others_are_answered(
    served: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST", 50)
    held = [socket.create_connection(served.address, timeout=PATIENCE) for _ in range(60)]
    try:
        for connection in held:
            connection.sendall(b"POST /predict HTTP/1.1\r\n")
        wait_for(lambda: _refused(held), "connections to be refused")
        monkeypatch.setattr(connections, "SECONDS", 0.0)
        wait_for(lambda: served.get("/livez").status_code == 200, "an answer")
    finally:
        for connection in held:
            connection.close()


def test_endless_head_is_a_431(served: RunningService) -> None:
    answer = _talk(served, b"GET /livez HTTP/1.1\r\nhost: localhost\r\nx-long: " + b"a" * (2 * connections.MOST_HEAD))
    assert b" 431 " in answer.partition(b"\r\n")[0]


def test_what_is_no_http_is_a_400_in_the_same_shape(served: RunningService) -> None:
    answer = _talk(served, b"\x16\x03\x01 hello\r\n\r\n")
    assert b" 400 " in answer.partition(b"\r\n")[0]
    assert MEDIA_TYPE.encode() in answer


def _refused(held: list[socket.socket]) -> bool:
    """Whether at least ten of the connections were hung up on."""
    ended = 0
    for connection in held:
        connection.setblocking(False)
        try:
            ended += bool(connection.recv(4096, socket.MSG_PEEK)) or True
        except BlockingIOError:
            continue
        except OSError:
            ended += 1
    return ended >= 10


def _post_ascii(served: RunningService, path: str, document: Any) -> httpx.Response:
    """Post JSON in which half a surrogate pair is escaped, as a careless client does."""
    return served.client.post(path, content=json.dumps(document).encode(), headers=JSON)


def _talk(served: RunningService, sent: bytes) -> bytes:
    with socket.create_connection(served.address, timeout=PATIENCE) as connection:
        connection.sendall(sent)
        return _read_to_end(connection)


def _read_to_end(connection: socket.socket) -> bytes:
    read = b""
    try:
        while chunk := connection.recv(65536):
            read += chunk
            if b"\r\n\r\n" in read and b"connection: close" not in read.lower():
                break
    except ConnectionResetError:
        pass
    return read
