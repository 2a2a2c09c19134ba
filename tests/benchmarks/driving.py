"""Drives a service on this machine: `wrk` where it is installed, else a client of ours, which is much slower."""

import asyncio
import json
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

WRK = shutil.which("wrk")
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
_LUA = """
local bodies = {}
for line in io.lines("%s") do bodies[#bodies + 1] = line end
local next_body = 0
request = function()
  next_body = next_body + 1
  return wrk.format("POST", nil, {["content-type"] = "application/json"}, bodies[next_body %% #bodies + 1])
end
"""


@dataclass(frozen=True)
class Drive:
    """What a service gave: requests a second, the median and the 99th percentile in seconds, and how many failed."""

    rate: float
    median: float
    late: float
    requests: int
    failed: int


def drive(url: str, connections: int, seconds: float, bodies: list[bytes] | None = None) -> Drive:
    """Ask as often as a service answers, with GET or, in turn, with these bodies."""
    if WRK:
        return _drive_wrk(url, connections, seconds, bodies)
    return asyncio.run(_drive_ours(url, connections, seconds, bodies))


def _drive_wrk(url: str, connections: int, seconds: float, bodies: list[bytes] | None) -> Drive:
    with tempfile.TemporaryDirectory() as folder:
        script = []
        if bodies is not None:
            (Path(folder) / "bodies.txt").write_bytes(b"\n".join(bodies))
            (Path(folder) / "ask.lua").write_text(_LUA % (Path(folder) / "bodies.txt"))
            script = ["-s", str(Path(folder) / "ask.lua")]
        command = [str(WRK), "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency", *script, url]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    counted = re.search(r"(\d+) requests in ([\d.]+)(\w+)", said)
    assert counted, said
    requests, took = int(counted[1]), float(counted[2]) * _UNITS[counted[3]]
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    return Drive(requests / took, _percentile(said, 50), _percentile(said, 99), requests, int(wrong[1]) if wrong else 0)


def _percentile(said: str, percent: int) -> float:
    found = re.search(rf"\s{percent}%\s+([\d.]+)(us|ms|s|m)", said)
    assert found, said
    return float(found[1]) * _UNITS[found[2]]


async def _drive_ours(url: str, connections: int, seconds: float, bodies: list[bytes] | None) -> Drive:
    took: list[float] = []
    failed = 0
    parts = urlsplit(url)
    end = time.perf_counter() + seconds

    async def ask(first: int) -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        place = first
        while (started := time.perf_counter()) < end:
            writer.write(_request(parts.path, parts.netloc, bodies and bodies[place % len(bodies)]))
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head.lower())
            assert length, head
            await reader.readexactly(int(length[1]))
            took.append(time.perf_counter() - started)
            failed += not head.startswith(b"HTTP/1.1 2")
            place += connections
        writer.close()

    await asyncio.gather(*(ask(first) for first in range(connections)))
    median, late = np.percentile(took, [50, 99])
    return Drive(len(took) / seconds, float(median), float(late), len(took), failed)


def _request(path: str, host: str, body: bytes | None) -> bytes:
    if body is None:
        return f"GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n".encode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def as_lines(documents: list[dict[str, object]]) -> list[bytes]:
    return [json.dumps(document).encode() for document in documents]
