"""Deals of many requests are explained in one pass, each by its own model, and whoever waits hears of a failure."""

import asyncio
from unittest.mock import patch

import numpy as np
import pytest

from icp_fit.models.explain import explain_numbers
from icp_fit.serving.scoring import micro_batching
from icp_fit.serving.scoring.micro_batching import AT_ONCE, MicroBatcher
from icp_fit.serving.scoring.served_model import build_served
from tests.support.running_service import ANSWERS
from tests.support.small_profile import fit_small_model

ONE, OTHER = build_served(fit_small_model(300), "1"), build_served(fit_small_model(12), "2")
NUMBERS = ONE.reader.read(ANSWERS)


def explain_all(batcher: MicroBatcher, models: list[object]) -> tuple[list[float], list[int]]:
    """The win probability of the same deal by each of the models, all asked for at once, and the deals in each pass."""
    passes: list[int] = []

    def watch(compiled: object, numbers: np.ndarray, **options: object) -> object:
        passes.append(len(numbers))
        return explain_numbers(compiled, numbers, **options)  # type: ignore[arg-type]

    async def act() -> list[float]:
        found = await asyncio.gather(*[batcher.explain(model, NUMBERS) for model in models])  # type: ignore[arg-type]
        return [deals.win_probability[row] for deals, row in found]

    with patch.object(micro_batching, "explain_numbers", watch):
        return asyncio.run(act()), passes


@pytest.mark.parametrize(
    ("count", "passes"), [(1, [1]), (AT_ONCE, [AT_ONCE]), (AT_ONCE + 1, [AT_ONCE, 1])], ids=["one", "full", "one more"]
)
def test_requests_that_come_at_once_share_a_pass_up_to_a_limit(count: int, passes: list[int]) -> None:
    assert explain_all(MicroBatcher(), [ONE] * count)[1] == passes


def test_each_request_is_explained_by_the_model_that_it_chose() -> None:
    found, passes = explain_all(MicroBatcher(), [ONE, ONE, OTHER, ONE])
    one, other = (float(explain_numbers(m.compiled, NUMBERS[None]).win_probability[0]) for m in (ONE, OTHER))
    assert found == pytest.approx([one, one, other, one])
    assert passes == [2, 1, 1]


def test_failure_reaches_all_that_wait_and_not_those_that_come_later() -> None:
    async def act() -> list[object]:
        batcher = MicroBatcher()
        with patch.object(micro_batching, "explain_numbers", side_effect=ZeroDivisionError("no")):
            failed = await asyncio.gather(*[batcher.explain(ONE, NUMBERS) for _ in range(3)], return_exceptions=True)
        await batcher.explain(ONE, NUMBERS)
        return failed

    assert [type(error) for error in asyncio.run(act())] == [ZeroDivisionError] * 3


def test_request_that_is_given_up_troubles_nobody() -> None:
    async def act() -> None:
        batcher = MicroBatcher()
        given_up = asyncio.create_task(batcher.explain(ONE, NUMBERS))
        other = asyncio.create_task(batcher.explain(ONE, NUMBERS))
        await asyncio.sleep(0)
        given_up.cancel()
        await other

    asyncio.run(act())
