"""Logs are JSON, one object a line with its time, whoever writes them."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest

from icp_fit.serving.logs import NAME, SERVER, Journal, configure_logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where logs go, until the test is over."""
    loggers = [logging.getLogger(name) for name in (NAME, SERVER)]
    before = [(logger.handlers[:], logger.level, logger.propagate) for logger in loggers]
    written = io.StringIO()
    configure_logs(stream=written)
    yield written
    for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)


def test_lines_of_the_service_and_of_its_server_are_json(stream: io.StringIO) -> None:
    logging.getLogger("icp_fit.store").error("It is %s.", "down", extra={"event": "store_down"})
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    logging.getLogger("uvicorn.error").info("Started.")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["level"], line["message"]) for line in lines] == [
        ("error", "It is down."),
        ("warning", "Invalid HTTP request received."),
    ]
    assert lines[0]["event"] == "store_down"


def test_failure_is_logged_with_its_traceback_in_one_line(stream: io.StringIO) -> None:
    try:
        raise ValueError("no")
    except ValueError:
        logging.getLogger("icp_fit.http").exception("A request failed.")
    (line,) = stream.getvalue().splitlines()
    assert "ValueError: no" in json.loads(line)["exception"]


def test_journal_writes_lines_of_many_requests_at_once_each_with_its_time() -> None:
    written = io.StringIO()

    async def act() -> None:
        journal = Journal(written)
        journal.add(event="scored", prediction_id="1")
        journal.add(event="scored", prediction_id="2")
        assert written.getvalue() == ""
        journal.flush()

    asyncio.run(act())
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [line["prediction_id"] for line in lines] == ["1", "2"]
    assert all(line["at"].endswith("+00:00") and line["level"] == "info" for line in lines)
