"""Structured logs: one JSON object a line on standard error, which never holds an answer, a key or a body.

A prediction's line waits up to a fifth of a second for others, so that many cost one write.
"""

import asyncio
import json
import logging
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TextIO

NAME = "icp_fit"
SERVER = "uvicorn.error"
DELAY = 0.2  # seconds
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "taskName"}


class JsonFormatter(logging.Formatter):
    """A record as a JSON object, with what it was given in `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": _time(record.created),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _OWN}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure_logs(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send the service's own logs, and the server's warnings, to standard error; the root logger stays as it is."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    for name, least in ((NAME, level), (SERVER, "WARNING")):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.setLevel(least)
        logger.propagate = False


class Journal:
    """Lines about requests, written together, with the time of that."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._lines: list[dict[str, Any]] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, **line: Any) -> None:
        """Write a line soon; call it in the event loop."""
        self._lines.append(line)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(DELAY, self.flush)

    def flush(self) -> None:
        self._timer = None
        lines, self._lines = self._lines, []
        if lines:
            stream, head = self._stream or sys.stderr, {"at": _time(time.time()), "level": "info"}
            with suppress(OSError):  # a log on a full disk is no reason to fail
                stream.write("".join([f"{_encode({**head, **line})}\n" for line in lines]))
                stream.flush()


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


_encode = json.JSONEncoder(separators=(", ", ": "), default=str).encode
