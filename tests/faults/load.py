"""Callers that send one request after the other, and what came back: acknowledged predictions and refusals."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
from sqlalchemy import func, select

from icp_fit.serving.http.problems import MEDIA_TYPE
from icp_fit.serving.store.database import Database
from icp_fit.serving.store.records import deals, predictions
from tests.support.running_service import ANSWERS, wait_for

BATCH = 20  # deals of a batch
PAUSE = 0.02  # seconds after a refusal
_numbers = count()


@dataclass
class Load:
    """Callers of one service; every deal that they ask for has an id of its own."""

    url: str
    answers: Mapping[str, Any] = field(default_factory=lambda: ANSWERS)
    acknowledged: dict[str, str] = field(default_factory=dict)  # deal id by prediction id
    batches: dict[str, bool] = field(default_factory=dict)  # whether it was acknowledged, by the start of its deal ids
    responses: list[dict[str, Any]] = field(default_factory=list)
    refused: list[httpx.Response] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    slowest: float = 0.0
    _ended: Event = field(default_factory=Event)

    @contextmanager
    def running(self, callers: int = 6) -> Iterator["Load"]:
        """Ask until the end of the block; every third caller asks for batches."""
        threads = [Thread(target=self._ask, args=(place % 3 == 2,)) for place in range(callers)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            for thread in threads:
                thread.join()

    def wait_for_more(self, more: int = 50, seconds: float = 30.0) -> None:
        """Wait until so many more predictions were acknowledged."""
        enough = len(self.acknowledged) + more
        wait_for(lambda: len(self.acknowledged) >= enough, f"{more} predictions to be acknowledged", seconds)

    def wait_for_refusals(self, more: int = 5) -> None:
        enough = len(self.refused) + more
        wait_for(lambda: len(self.refused) >= enough, f"{more} requests to be refused")

    @property
    def statuses(self) -> Counter[int]:
        """How often each status was answered that is no 200."""
        return Counter(answer.status_code for answer in self.refused)

    def _ask(self, in_batches: bool) -> None:
        with httpx.Client(base_url=self.url, timeout=30) as client:
            while not self._ended.is_set():
                began = time.monotonic()
                try:
                    self._ask_batch(client) if in_batches else self._ask_one(client)
                except httpx.TransportError as error:
                    self.broken.append(repr(error))
                    time.sleep(PAUSE)
                self.slowest = max(self.slowest, time.monotonic() - began)

    def _ask_one(self, client: httpx.Client) -> None:
        place = next(_numbers)
        request = {"deal_id": f"D-{place}", "answers": self.answers}
        answer = client.post("/explain" if place % 2 else "/predict", json=request)
        if self._is_acknowledged(answer):
            self.acknowledged[answer.json()["prediction_id"]] = request["deal_id"]

    def _ask_batch(self, client: httpx.Client) -> None:
        start = f"B-{next(_numbers)}-"
        self.batches[start] = False
        request = [{"deal_id": f"{start}{place}", "answers": self.answers} for place in range(BATCH)]
        answer = client.post("/batch", json={"deals": request})
        if self._is_acknowledged(answer):
            self.batches[start] = True
            self.acknowledged |= {
                prediction["prediction_id"]: prediction["deal_id"] for prediction in answer.json()["predictions"]
            }

    def _is_acknowledged(self, answer: httpx.Response) -> bool:
        if answer.status_code == 200:
            self.responses.append(answer.json())
            return True
        self.refused.append(answer)
        time.sleep(PAUSE)
        return False


def check_refusals(load: Load, *says: str) -> None:
    """Every refusal is a 503 in the shape of all problems, which gives one of these reasons and when to come back."""
    assert set(load.statuses) <= {503}, load.statuses
    for answer in load.refused:
        assert answer.headers["content-type"] == MEDIA_TYPE
        assert int(answer.headers["retry-after"]) >= 1
        assert any(words in answer.json()["detail"] for words in says), answer.json()["detail"]


def check_stored(url: str, *loads: Load) -> int:
    """All that was acknowledged is stored, nothing twice, batches whole or not at all; returns how much is stored."""
    database = Database(url)
    with database.read() as connection:
        stored = {row.id: row.deal_id for row in connection.execute(select(predictions.c.id, predictions.c.deal_id))}
        ranked = connection.scalar(select(func.count()).select_from(deals))
        if database.is_sqlite:
            assert connection.exec_driver_sql("pragma integrity_check").scalar() == "ok"
    database.close()
    acknowledged = {id: deal_id for load in loads for id, deal_id in load.acknowledged.items()}
    lost = acknowledged.items() - stored.items()
    assert not lost, f"{len(lost):,} of {len(acknowledged):,} acknowledged predictions are not stored"
    often = Counter(stored.values())
    assert set(often.values()) == {1}, f"stored more than once: {[id for id, times in often.items() if times > 1][:5]}"
    assert ranked == len(often)
    parts = Counter(f"{deal_id.rpartition('-')[0]}-" for deal_id in stored.values() if deal_id.startswith("B-"))
    assert set(parts.values()) <= {BATCH}, "a batch is stored in part"
    return len(stored)


def database_url(home: Path) -> str:
    return f"sqlite:///{home / 'predictions.db'}"
