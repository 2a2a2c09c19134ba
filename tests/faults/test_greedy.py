"""Who sends too much, or too little for too long, is refused in bounded time and memory, and others are answered."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.crowd import HEAD, PATIENCE, count_open, hold_connections, send_endless, shorten_patience
from tests.faults.load import Load
from tests.faults.process import ServiceProcess, run_process
from tests.support.champions import install_champion
from tests.support.running_service import build_settings, wait_for

MEGABYTE = 1024 * 1024
CROWD = 1_000
TIMEOUT = 5.0
QUICK = 4.0  # seconds that others may wait meanwhile


def numbered(count: int) -> bytes:
    """Members of a JSON object that nobody has asked for."""
    return b",".join([b'"q%d":1' % place for place in range(count)])


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    home = tmp_path_factory.mktemp("home")
    install_champion(home, "1")
    with run_process(build_settings(home, timeout=TIMEOUT), shorten_patience) as started:
        yield started


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(HEAD, id="half a head"),
        pytest.param(HEAD + b'content-length: 1000\r\n\r\n{"answers": {', id="half a body"),
        pytest.param(HEAD + b'transfer-encoding: chunked\r\n\r\n5\r\n{"ans', id="half a chunk"),
    ],
)
def test_thousand_half_sent_requests_are_ended_in_time_and_others_are_answered(
    service: ServiceProcess, sent: bytes
) -> None:
    with Load(service.url).running(3) as load, hold_connections(service.address, CROWD, sent) as held:
        began = time.monotonic()
        load.wait_for_more(20)
        wait_for(lambda: count_open(held) == 0, "the connections to be ended", TIMEOUT + 2 * PATIENCE)
        seconds = time.monotonic() - began
        load.wait_for_more(20)
    print(f"{CROWD:,} ended in {seconds:.1f} s, others answered in {load.slowest:.1f} s at most")  # noqa: T201
    assert (load.refused, load.broken) == ([], [])
    assert load.slowest < QUICK


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(HEAD + b"content-length: 104857600\r\n\r\n", id="length told"),
        pytest.param(HEAD + b"transfer-encoding: chunked\r\n\r\n6400000\r\n", id="chunked"),
        pytest.param(HEAD.replace(b"/predict", b"/batch") + b"content-length: 104857600\r\n\r\n", id="batch"),
        pytest.param(HEAD.replace(b"/predict", b"/nothing") + b"content-length: 104857600\r\n\r\n", id="no route"),
        pytest.param(
            HEAD.replace(b"application/json", b"text/plain") + b"content-length: 104857600\r\n\r\n", id="text"
        ),
    ],
)
def test_bodies_of_a_hundred_megabytes_are_refused_and_take_no_memory(service: ServiceProcess, head: bytes) -> None:
    before = service.memory
    with Load(service.url).running(2) as load, ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(send_endless, service.address, head, 100 * MEGABYTE) for _ in range(16)]
        answers = [future.result() for future in asked]
        load.wait_for_more(20)
    expected = b"404" if b"/nothing" in head else b"415" if b"text/plain" in head else b"413"
    assert {answer.split(b" ")[1] for answer in answers if answer} == {expected}
    assert (load.refused, load.broken) == ([], [])
    assert service.memory - before < 400 * MEGABYTE


LONG = 15 * MEGABYTE


def in_batch(deal: bytes) -> bytes:
    return b'{"deals":[%s]}' % deal


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"[" * LONG, 400, id="deep lists"),
        pytest.param(b'{"a":' * (LONG // 5), 400, id="deep objects"),
        pytest.param(in_batch(b"[" * 900 + b"]" * 900), 422, id="lists as deep as can be read"),
        pytest.param(in_batch(b'{"answers":' * 900 + b"{}" + b"}" * 900), 422, id="objects as deep as can be read"),
        pytest.param(in_batch(b'{"answers":{%s}}' % numbered(1_000_000)), 422, id="many answers"),
        pytest.param(in_batch(b"{%s}" % numbered(1_000_000)), 422, id="many fields"),
        pytest.param(in_batch(b",".join([b'{"answers":{%s}}' % numbered(100)] * 10_000)), 422, id="many wrong answers"),
        pytest.param(in_batch(b'{"answers":{"%s":1}}' % (b"q" * LONG)), 422, id="a long name"),
        pytest.param(in_batch(b'{"answers":{"systems":"%s"}}' % (b"9" * LONG)), 422, id="a long text"),
        pytest.param(in_batch(b'{"answers":{"systems":%s}}' % (b"9" * LONG)), 400, id="a long whole number"),
        pytest.param(in_batch(b'{"answers":{"amount":0.%s}}' % (b"3" * LONG)), 200, id="a long fraction"),
        pytest.param(in_batch(b'{"answers":{"amount":1e%s}}' % (b"9" * LONG)), 422, id="a long exponent"),
        pytest.param(in_batch(b'{"answers":{"amount":NaN}}') + b" " * LONG, 400, id="NaN"),
        pytest.param(b" " * LONG + in_batch(b'{"answers":{}}'), 200, id="blanks"),
        pytest.param(in_batch(b'{"answers":{}}') + b"\xff" * LONG, 400, id="invalid UTF-8"),
        pytest.param(in_batch(b'{"owner":"%s"}' % (b"\\ud800" * (LONG // 6))), 422, id="halves of characters"),
        pytest.param(in_batch(b",".join([b"[]"] * (LONG // 3))), 422, id="many lists"),
    ],
)
def test_costly_body_is_answered_in_time_and_others_are_not_kept_waiting(
    service: ServiceProcess, body: bytes, status: int
) -> None:
    with Load(service.url).running(2) as load:
        load.wait_for_more(5)
        load.slowest = 0.0
        began = time.monotonic()
        answer = service.post("/batch", None, content=body, headers={"content-type": "application/json"})
        seconds = time.monotonic() - began
        load.wait_for_more(5)
    print(f"answered {answer.status_code} in {seconds:.1f} s, others in {load.slowest:.1f} s at most")  # noqa: T201
    assert answer.status_code == status, answer.text[:300]
    assert len(answer.content) < 100_000
    assert seconds < 10
    assert (load.refused, load.broken) == ([], [])
    assert load.slowest < QUICK


def test_request_for_one_deal_may_not_be_as_long_as_a_batch(service: ServiceProcess) -> None:
    body = b'{"answers":{%s}}' % numbered(100_000)
    for route in ("/predict", "/explain", "/what_if", "/questions", "/outcomes"):
        answer = service.post(route, None, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 413
        assert "at most 262,144 bytes" in answer.json()["detail"]


def test_batch_of_ten_thousand_wrong_deals_is_refused_briefly(service: ServiceProcess) -> None:
    deals = [{"deal_id": str(place), "answers": {"systems": "x" * 500, "unknown": 1}} for place in range(10_000)]
    answer = service.post("/batch", {"deals": deals})
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 100
    assert "more are not listed" in answer.json()["detail"]
    assert len(json.dumps(answer.json())) < 100_000


def test_file_of_the_log_holds_no_failure(service: ServiceProcess, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Last of all: whatever was sent above, it surprised nobody."""
    log = Path(next(tmp_path_factory.getbasetemp().glob("home*/service.log"))).read_text()
    assert "Traceback" not in log
    assert '"level": "error"' not in log
