"""Summaries of predictions are remembered up to a number; the oldest makes room."""

import pytest

from icp_fit.serving.pages import state
from icp_fit.serving.pages.state import DealSummary, SummaryCache

SUMMARY = DealSummary("It has a portal.", "How strict?", True)


def test_summary_is_found_by_its_prediction() -> None:
    cache = SummaryCache()
    assert cache.find("p") is None
    assert cache.add("p", SUMMARY) is SUMMARY
    assert cache.find("p") is SUMMARY


def test_oldest_summary_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "MOST_SUMMARIES", 2)
    cache = SummaryCache()
    for id in ("first", "second", "third"):
        cache.add(id, SUMMARY)
    assert [cache.find(id) is not None for id in ("first", "second", "third")] == [False, True, True]
