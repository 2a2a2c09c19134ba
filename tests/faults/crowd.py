"""Connections that are held open and say little, and bodies that never seem to end."""

import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from icp_fit.serving.http import connections

HEAD = b"POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
CHUNK = bytes(256 * 1024)
PATIENCE = 5.0  # seconds that the service gives a request in these tests, more than it is ever kept busy


def shorten_patience() -> None:
    """In the process of the service: hang up earlier than it usually does, for the sake of the test's time."""
    connections.SECONDS = PATIENCE
    connections.LOOK = 0.1


@contextmanager
def hold_connections(address: tuple[str, int], count: int, sent: bytes) -> Iterator[list[socket.socket]]:
    """So many connections, each with the beginning of a request."""
    held: list[socket.socket] = []
    try:
        for _ in range(count):
            held.append(socket.create_connection(address, timeout=30))
            held[-1].sendall(sent)
        yield held
    finally:
        for connection in held:
            connection.close()


def count_open(held: list[socket.socket]) -> int:
    """How many of the connections the other side has not ended."""
    return sum(_is_open(connection) for connection in held)


def _is_open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        while connection.recv(65536):
            pass
        return False
    except BlockingIOError:
        return True
    except OSError:
        return False


def send_endless(address: tuple[str, int], head: bytes, size: int, seconds: float = 30.0) -> bytes:
    """Send a body of so many bytes unless there is an answer before; returns the answer."""
    end = time.monotonic() + seconds
    with socket.create_connection(address, timeout=seconds) as connection:
        connection.sendall(head)
        left = size
        while time.monotonic() < end:
            readable, writable, _ = select.select([connection], [connection] if left > 0 else [], [], 1.0)
            try:
                if readable:
                    return connection.recv(65536)
                if writable:
                    left -= connection.send(CHUNK[: min(left, len(CHUNK))])
            except ConnectionError:
                return b""
    return b""
