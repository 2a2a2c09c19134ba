"""Answers as large as numbers go: each is scored, and a batch tells the same of it as `/explain` does."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.support.champions import install_champion
from tests.support.running_service import RunningService, build_settings, run_service

LARGEST = int(1.7976931348623157e308)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[RunningService]:
    install_champion(tmp_path, "1")
    with run_service(build_settings(tmp_path)) as service:
        yield service


def test_batch_of_extreme_answers_tells_what_explain_tells(served: RunningService) -> None:
    deals = [{"answers": answers} for answers in extremes()]
    said = served.post("/batch", {"deals": deals}).json()
    beyond = 0
    for deal, told in zip(deals, said["predictions"], strict=True):
        alone = served.post("/explain", deal).json()
        assert (told["score"], told["win_probability"]) == (alone["score"], alone["win_probability"])
        points = dict(zip(said["factors"], told["points"], strict=True))
        reasons = alone["strengths"] + alone["risks"] + alone["details"]
        assert all(points[reason["factor"]] == reason["points"] for reason in reasons)
        beyond += any(abs(moved) > 100 for moved in told["points"])
    assert beyond  # factors that oppose each other, each by more than the whole scale


def extremes() -> Iterator[dict[str, Any]]:
    """Every combination of the largest, the smallest and no answers."""
    for systems, rivals, amount in product((0, LARGEST, None), (0, LARGEST, None), (LARGEST, -LARGEST, 1e6, None)):
        for portal in (True, None):
            yield {"portal": portal, "systems": systems, "rivals": rivals, "amount": amount, "security": "top"}
