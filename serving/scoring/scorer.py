"""The one way from a request to a score: computed by one model, then stored, counted and logged, then returned.

API, pages and imports all score by it, so that a score is acknowledged only after it is stored.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np

from icp_fit.serving.http.problems import refuse_temporarily
from icp_fit.serving.http.requests import DealRequest
from icp_fit.serving.logs import Journal
from icp_fit.serving.scoring.batch_predictions import ScoredBatch, score_batch
from icp_fit.serving.scoring.metrics import PredictionMetrics
from icp_fit.serving.scoring.micro_batching import MicroBatcher
from icp_fit.serving.scoring.predictions import Origin, ScoredDeal, first_question, narrate_deal
from icp_fit.serving.scoring.served_model import ServedModel
from icp_fit.serving.store.records import Prediction
from icp_fit.serving.store.store import Store
from icp_fit.serving.store.writer import Writer

LATE_SECONDS = 5  # until a client whose prediction was not stored in time should try again


class DealScorer:
    """Scores deals for the requests of one event loop; `timeout` is in seconds, for storing."""

    def __init__(
        self, store: Store, writer: Writer, metrics: PredictionMetrics, journal: Journal, timeout: float
    ) -> None:
        self._store = store
        self._writer = writer
        self._metrics = metrics
        self._journal = journal
        self._timeout = timeout
        self._explainer = MicroBatcher()

    async def score(
        self, model: ServedModel, deal: DealRequest, origin: Origin, *, with_question: bool = False
    ) -> ScoredDeal:
        """Score a deal; once this returns, its prediction is stored.

        `with_question` stores the question most worth asking as well, which takes some milliseconds in a thread. Raises
        AnswerError for answers that cannot be used, StoreError or Refusal where the prediction is not stored.
        """
        numbers = model.reader.read(deal.answers)
        question = await asyncio.to_thread(first_question, model, numbers) if with_question else None
        with self._writer.preparing():
            explained = await self._explainer.explain(model, numbers)
            scored = narrate_deal(model, deal, numbers, explained, self._store.new_id(), origin, question)
        await self._acknowledge(model, [scored.prediction], numbers[None], origin, prediction_id=scored.prediction.id)
        return scored

    async def score_batch(
        self, model: ServedModel, deals: Sequence[DealRequest], numbers: np.ndarray, origin: Origin
    ) -> ScoredBatch:
        """Score deals given as numbers too, shape (deals, factors); all of their predictions are stored, or none."""
        ids = [self._store.new_id() for _ in deals]
        scored = await asyncio.to_thread(score_batch, model, deals, numbers, ids, origin)
        await self._acknowledge(model, scored.predictions, numbers, origin, deals=len(deals))
        return scored

    async def _acknowledge(
        self, model: ServedModel, predictions: Sequence[Prediction], numbers: np.ndarray, origin: Origin, **logged: Any
    ) -> None:
        """Return once predictions are stored: only then are they counted, logged and sent to anybody."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._writer.write(*predictions)
        except TimeoutError:
            detail = "Timed out; the prediction may or may not have been saved; repeating is safe."
            raise refuse_temporarily(detail, LATE_SECONDS) from None
        self._metrics.count(model, numbers, predictions)
        self._journal.add(event="scored", route=origin.route, **logged, key=origin.key_id, **model.stamp)
