"""The clock jumps for years, forwards and back: nothing is refused, lost, or put into another order."""

import time
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path

import pytest

from icp_fit.serving.access import keyring
from icp_fit.serving.api import deals
from icp_fit.serving.scoring import predictions
from icp_fit.serving.store import store
from icp_fit.serving.store.ids import Ids
from tests.support.champions import install_champion
from tests.support.running_service import ANSWERS, RunningService, build_settings, run_service

JUMPS = (0, 3600, -3600, 10 * 365 * 86_400, -30 * 365 * 86_400, 0)  # seconds away from the right time


class Jumping(datetime):
    """A clock that is wrong by `off` seconds."""

    off = 0.0

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + timedelta(seconds=cls.off)


@pytest.fixture
def _jumping(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (deals, keyring, predictions):
        monkeypatch.setattr(module, "datetime", Jumping)
    monkeypatch.setattr(Jumping, "off", 0.0)
    monkeypatch.setattr(time, "time", lambda: _nanoseconds() / 1e9)
    monkeypatch.setattr(store, "Ids", partial(Ids, _nanoseconds))


@pytest.mark.usefixtures("_jumping")
def test_clock_that_jumps_keeps_ids_and_history_in_the_order_of_asking(tmp_path: Path) -> None:
    install_champion(tmp_path, "1")
    with run_service(build_settings(tmp_path, rate_limit=1000, rate_burst=1000)) as service:
        asked = [_ask(service, off) for off in JUMPS for _ in range(20)]
        assert asked == sorted(asked)
        history = service.get("/deals/D/history").json()
        assert [past["prediction_id"] for past in history["predictions"]] == asked
        years = {past["scored_at"][:4] for past in history["predictions"]}
        assert len(years) == 3  # the time is told as the clock had it
        outcome = service.post("/outcomes", {"deal_id": "D", "outcome": "won"}).json()
        assert outcome["prediction_id"] == asked[-1]
        assert datetime.fromisoformat(outcome["recorded_at"]).year == datetime.now(UTC).year


@pytest.mark.usefixtures("_jumping")
def test_clock_that_went_back_while_the_service_was_down_puts_nothing_before_what_is_stored(tmp_path: Path) -> None:
    install_champion(tmp_path, "1")
    with run_service(build_settings(tmp_path)) as service:
        first = _ask(service, 0)
    with run_service(build_settings(tmp_path)) as service:
        assert _ask(service, -365 * 86_400) > first
        assert len(service.get("/deals/D/history").json()["predictions"]) == 2


def _nanoseconds() -> int:
    return time.time_ns() + int(1e9 * Jumping.off)


def _ask(service: RunningService, off: float) -> str:
    Jumping.off = off
    answer = service.post("/predict", {"deal_id": "D", "answers": ANSWERS})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["prediction_id"])
