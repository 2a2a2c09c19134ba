"""A connection has as long, and as many bytes of a head, as is stated, and not a moment or a byte more."""

from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from icp_fit.serving.http.connections import MOST_HEAD, SECONDS, PatientProtocol


def build_protocol(began: float | None) -> PatientProtocol:
    protocol = PatientProtocol.__new__(PatientProtocol)
    protocol._began = began
    return protocol


@pytest.mark.parametrize(("waited", "late"), [(SECONDS, False), (SECONDS + 0.001, True)])
def test_request_is_late_after_the_stated_seconds(waited: float, late: bool) -> None:
    assert build_protocol(100.0).is_late(100.0 + waited) is late


def test_connection_on_which_nothing_is_under_way_is_never_late() -> None:
    assert not build_protocol(None).is_late(1e9)


@pytest.fixture
def protocol(monkeypatch: pytest.MonkeyPatch) -> PatientProtocol:
    """A protocol that has read nothing, over uvicorn's own, which takes whatever comes."""
    above: Any = PatientProtocol.__mro__[1]
    for name in ("data_received", "on_message_begin", "on_headers_complete", "on_message_complete"):
        monkeypatch.setattr(above, name, Mock())
    protocol = build_protocol(0.0)
    protocol._head = 0
    protocol.loop = Mock(time=lambda: 7.0)
    protocol.transport = Mock(is_closing=Mock(return_value=False))
    protocol.cycle = None  # type: ignore[assignment]
    return protocol


@pytest.mark.parametrize(("size", "refused"), [(MOST_HEAD, False), (MOST_HEAD + 1, True)])
def test_head_may_have_as_many_bytes_as_stated(protocol: PatientProtocol, size: int, refused: bool) -> None:
    protocol.data_received(b"x" * (size - 1))
    assert not protocol.transport.close.called
    protocol.data_received(b"x")
    assert protocol.transport.close.called is refused
    if refused:
        assert protocol.transport.write.call_args.args[0].startswith(b"HTTP/1.1 431 ")


def test_bytes_of_a_body_do_not_count_as_a_head(protocol: PatientProtocol) -> None:
    protocol.data_received(b"x" * MOST_HEAD)
    protocol.on_headers_complete()
    protocol.data_received(b"x" * MOST_HEAD)
    assert not protocol.transport.close.called
    protocol.on_message_complete()
    protocol.data_received(b"x" * MOST_HEAD)  # the next request of the same connection has a head of its own
    assert not protocol.transport.close.called


def test_patience_begins_with_a_request_and_ends_with_it(protocol: PatientProtocol) -> None:
    protocol.on_message_begin()
    assert not protocol.is_late(7.0 + SECONDS)
    assert protocol.is_late(7.5 + SECONDS)
    protocol.on_message_complete()
    assert not protocol.is_late(1e9)


@pytest.mark.parametrize(("complete", "written"), [(True, True), (False, False)])
def test_refusal_does_not_break_into_an_answer_that_is_on_its_way(
    protocol: PatientProtocol, complete: bool, written: bool
) -> None:
    protocol.cycle = SimpleNamespace(response_complete=complete)  # type: ignore[assignment]
    protocol.send_400_response("That is no request.")
    assert protocol.transport.write.called is written
    assert protocol.transport.close.called


def test_connection_that_is_closing_is_not_written_to(protocol: PatientProtocol) -> None:
    protocol.transport.is_closing.return_value = True
    protocol.send_400_response("That is no request.")
    assert not protocol.transport.write.called
