"""Deals of different requests are explained together: the more come at once, the less each of them costs.

A request waits until the event loop has brought all others that are ready to the same point. The pass itself runs in
the loop: a deal takes some 50 microseconds of it, less than to hand it to a thread and back.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from icp_fit.models.explain import explain_numbers
from icp_fit.models.narrative.explained_deals import ExplainedDeals
from icp_fit.serving.scoring.served_model import ServedModel

AT_ONCE = 64  # deals in a pass: the loop does nothing else meanwhile


@dataclass(frozen=True)
class _Job:
    """One deal, shape (factors,), with the model that its request has chosen, and who waits."""

    model: ServedModel
    numbers: np.ndarray
    done: "asyncio.Future[tuple[ExplainedDeals, int]]"


class MicroBatcher:
    """Explains deals for the requests of one event loop."""

    def __init__(self) -> None:
        self._jobs: deque[_Job] = deque()

    async def explain(self, model: ServedModel, numbers: np.ndarray) -> tuple[ExplainedDeals, int]:
        """Explain one deal, shape (factors,): explained deals, and its place among them."""
        loop = asyncio.get_running_loop()
        job = _Job(model, numbers, loop.create_future())
        self._jobs.append(job)
        if len(self._jobs) == 1:
            loop.call_soon(self._run)
        return await job.done

    def _run(self) -> None:
        jobs = self._take()
        if self._jobs:
            asyncio.get_running_loop().call_soon(self._run)
        try:
            numbers = np.stack([job.numbers for job in jobs])
            # To ask the system how many cores there are would take a tenth as long as the pass.
            columns = ExplainedDeals.of(explain_numbers(jobs[0].model.compiled, numbers, threads=1))
        except Exception as error:  # whatever it is, those who wait must hear of it
            _fail(jobs, error)
            return
        for place, job in enumerate(jobs):
            if not job.done.done():  # else the request was given up
                job.done.set_result((columns, place))

    def _take(self) -> list[_Job]:
        """All that waits for the same model, up to one pass of it."""
        jobs = [self._jobs.popleft()]
        while self._jobs and len(jobs) < AT_ONCE and self._jobs[0].model is jobs[0].model:
            jobs.append(self._jobs.popleft())
        return jobs


def _fail(jobs: Sequence[_Job], error: Exception) -> None:
    for job in jobs:
        if not job.done.done():
            job.done.set_exception(error)
