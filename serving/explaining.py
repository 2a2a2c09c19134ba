"""Deals of different requests are explained together, by one thread, while the event loop reads and writes others.

The pass over deals holds no lock of the interpreter, so a second core does it. Whoever comes while a pass is under way
waits for the next one, which takes all that wait: the more come at once, the less each of them costs.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Condition, Thread

import numpy as np

from models.explain import Explanation
from models.fast import FastModel
from serving.champion import ServedModel
from serving.telling import Columns

AT_ONCE = 64  # deals in a pass: what waits for the first of them waits for all


@dataclass(frozen=True)
class _Job:
    """One deal, shape (factors,), with the model that its request has chosen, and who waits."""

    model: ServedModel
    numbers: np.ndarray
    loop: asyncio.AbstractEventLoop
    done: "asyncio.Future[tuple[Columns, int]]"


class Explainer:
    """`start` before the first deal, `close` after the last."""

    def __init__(self) -> None:
        self._jobs: deque[_Job] = deque()
        self._changed = Condition()
        self._closing = False
        self._thread = Thread(target=self._run, name="icp-fit-explainer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    async def explain(self, model: ServedModel, numbers: np.ndarray) -> tuple[Columns, int]:
        """Explain one deal, shape (factors,): explained deals, and its place among them."""
        loop = asyncio.get_running_loop()
        job = _Job(model, numbers, loop, loop.create_future())
        with self._changed:
            self._jobs.append(job)
            self._changed.notify()
        return await job.done

    def _run(self) -> None:
        while jobs := self._take():
            try:
                columns = Columns.of(_explain(jobs[0].model.fast, np.stack([job.numbers for job in jobs])))
            except Exception as error:  # the thread must outlive whatever it meets, for nobody else explains
                _finish(jobs, None, error)
            else:
                _finish(jobs, columns, None)

    def _take(self) -> list[_Job]:
        """All that waits for the same model; nothing once it is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or self._closing)
            jobs: list[_Job] = []
            while self._jobs and len(jobs) < AT_ONCE and (not jobs or self._jobs[0].model is jobs[0].model):
                jobs.append(self._jobs.popleft())
            return jobs


def _explain(fast: FastModel, numbers: np.ndarray) -> Explanation:
    """What `explain_numbers` does, without asking the system how many cores there are: that takes a tenth as long."""
    found = fast.run(numbers, threads=1)
    return Explanation(fast, numbers, found.values, found.variance)


def _finish(jobs: Sequence[_Job], columns: Columns | None, error: Exception | None) -> None:
    with suppress(RuntimeError):  # a loop that was closed has nobody waiting in it
        jobs[0].loop.call_soon_threadsafe(_resolve, jobs, columns, error)


def _resolve(jobs: Sequence[_Job], columns: Columns | None, error: Exception | None) -> None:
    for place, job in enumerate(jobs):
        if job.done.done():  # the request was given up
            continue
        if columns is not None:
            job.done.set_result((columns, place))
        elif error is not None:
            job.done.set_exception(error)
