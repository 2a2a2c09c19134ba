"""A score is acknowledged only once it is stored, and only then counted and logged: one deal or many."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from icp_fit.features.deal_reader import AnswerError
from icp_fit.models.store_paths import StorePaths
from icp_fit.serving.errors import StoreError
from icp_fit.serving.http.problems import Refusal
from icp_fit.serving.http.requests import DealRequest
from icp_fit.serving.logs import Journal
from icp_fit.serving.scoring.batch_predictions import read_numbers
from icp_fit.serving.scoring.champion import Champion
from icp_fit.serving.scoring.metrics import PredictionMetrics
from icp_fit.serving.scoring.predictions import Origin, first_question
from icp_fit.serving.scoring.scorer import DealScorer
from icp_fit.serving.scoring.served_model import build_served
from icp_fit.serving.store.store import Store
from icp_fit.serving.store.writer import Writer
from tests.support.databases import open_database
from tests.support.running_service import ANSWERS
from tests.support.small_profile import fit_small_model

MODEL = build_served(fit_small_model(300), "1", bundle_hash="one")
DEAL = DealRequest(ANSWERS, "D-1", "Portal", "Ana", "EMEA")
ORIGIN = Origin("explain", "k1")


class Bench:
    """A scorer with all that it tells: its store, its counts and its log."""

    def __init__(self, store: Store, home: Path, timeout: float) -> None:
        self.store = store
        self.writer = Writer(store)
        self.stream = io.StringIO()
        self.journal = Journal(self.stream)
        self.metrics = PredictionMetrics(Champion(StorePaths(home)))
        self.scorer = DealScorer(store, self.writer, self.metrics, self.journal, timeout)

    @property
    def logged(self) -> list[dict[str, Any]]:
        self.journal.flush()
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    @property
    def counted(self) -> float:
        registry = CollectorRegistry()
        registry.register(self.metrics)
        lines = generate_latest(registry).decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("icp_fit_predictions_total"))


@asynccontextmanager
async def bench(folder: Path, timeout: float = 5.0) -> AsyncIterator[Bench]:
    with open_database("sqlite", folder) as database:
        made = Bench(Store(database), folder, timeout)
        made.writer.start()
        while made.writer.refusal is not None:
            await asyncio.sleep(0.01)
        yield made
        await asyncio.to_thread(made.writer.close)


def fail_writes(bench: Bench, monkeypatch: pytest.MonkeyPatch, error: Exception | None) -> None:
    """Let each write fail or, without an error, never end."""

    async def write(*predictions: object) -> None:
        assert (bench.counted, bench.logged) == (0, [])
        if error is not None:
            raise error
        await asyncio.sleep(60)

    monkeypatch.setattr(bench.writer, "write", write)


def test_score_is_stored_counted_and_logged(tmp_path: Path) -> None:
    async def act() -> None:
        async with bench(tmp_path) as made:
            scored = await made.scorer.score(MODEL, DEAL, ORIGIN)
            assert made.store.prediction(scored.prediction.id) == scored.prediction
            assert (scored.prediction.route, scored.prediction.key_id) == ORIGIN
            assert scored.prediction.question is None
            assert made.counted == 1
            (line,) = made.logged
            assert (line["event"], line["route"], line["key"]) == ("scored", "explain", "k1")
            assert (line["prediction_id"], line["model_version"]) == (scored.prediction.id, "1")

    asyncio.run(act())


@pytest.mark.parametrize("many", [False, True], ids=["one deal", "a batch"])
@pytest.mark.parametrize(
    ("error", "expected", "says"),
    [
        (StoreError("gone"), StoreError, "gone"),
        (None, Refusal, "Timed out; the prediction may or may not have been saved; repeating is safe."),
    ],
    ids=["down", "slow"],
)
def test_score_that_is_not_stored_is_neither_counted_nor_logged_nor_returned(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    many: bool,
    error: Exception | None,
    expected: type[Exception],
    says: str,
) -> None:
    async def act() -> None:
        async with bench(tmp_path, timeout=0.1) as made:
            fail_writes(made, monkeypatch, error)
            scorer, numbers = made.scorer, read_numbers(MODEL, [DEAL])
            score = scorer.score_batch(MODEL, [DEAL], numbers, ORIGIN) if many else scorer.score(MODEL, DEAL, ORIGIN)
            with pytest.raises(expected, match=says):
                await score
            assert (made.counted, made.logged, made.store.history("D-1")) == (0, [], [])

    asyncio.run(act())


def test_batch_is_stored_whole_counted_by_deal_and_logged_once(tmp_path: Path) -> None:
    deals = [DealRequest({**ANSWERS, "systems": systems}, f"D-{systems}") for systems in range(7)]

    async def act() -> None:
        async with bench(tmp_path) as made:
            scored = await made.scorer.score_batch(MODEL, deals, read_numbers(MODEL, deals), Origin("batch"))
            assert [made.store.prediction(one.id) for one in scored.predictions] == scored.predictions
            assert [one.deal_id for one in scored.predictions] == [deal.deal_id for deal in deals]
            assert made.counted == 7
            (line,) = made.logged
            assert (line["route"], line["deals"], line["key"]) == ("batch", 7, None)

    asyncio.run(act())


def test_question_is_stored_where_it_is_asked_for(tmp_path: Path) -> None:
    deal = DealRequest({"portal": True}, "D-1")

    async def act() -> str | None:
        async with bench(tmp_path) as made:
            scored = await made.scorer.score(MODEL, deal, ORIGIN, with_question=True)
            (stored,) = made.store.history("D-1")
            assert stored == scored.prediction
            return stored.question

    question = asyncio.run(act())
    assert question is not None
    assert question == first_question(MODEL, MODEL.reader.read(deal.answers))


def test_answers_that_cannot_be_used_wake_those_that_wait_for_this_request(tmp_path: Path) -> None:
    async def act() -> None:
        async with bench(tmp_path) as made:
            results: Sequence[object] = await asyncio.gather(
                made.scorer.score(MODEL, DEAL, ORIGIN),
                made.scorer.score(MODEL, DealRequest({"systems": "many"}), ORIGIN),
                return_exceptions=True,
            )
            assert isinstance(results[1], AnswerError)
            assert len(made.store.history("D-1")) == 1
            assert made.writer._queue._preparing == 0

    asyncio.run(act())


def test_deals_of_a_batch_that_cannot_be_used_are_named_each() -> None:
    deals = [DEAL, DealRequest({"systems": -1}, "D-2"), DealRequest({"portal": 3}, "D-3")]
    with pytest.raises(Refusal, match="Deal 2: `systems` must be a whole number") as caught:
        read_numbers(MODEL, deals)
    assert [(error.deal, error.deal_id) for error in caught.value.errors] == [(2, "D-2"), (3, "D-3")]
    assert np.isnan(read_numbers(MODEL, [DealRequest({})])).all()
