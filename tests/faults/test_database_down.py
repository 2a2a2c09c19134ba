"""PostgreSQL goes away under load and comes back: who asks is told, and nothing that was acknowledged is lost."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.cluster import Cluster, open_cluster
from tests.faults.load import Load, check_refusals, check_stored
from tests.faults.process import ServiceProcess, run_process
from tests.support.champions import install_champion
from tests.support.running_service import build_settings, wait_for

BACK = 5.0  # seconds until predictions are stored again
TIMEOUT = 2.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with open_cluster() as opened:
        yield opened


@pytest.fixture
def service(cluster: Cluster, tmp_path: Path) -> Iterator[ServiceProcess]:
    install_champion(tmp_path, "1")
    with run_process(build_settings(tmp_path, database_url=cluster.url, timeout=TIMEOUT)) as started:
        yield started


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_stopped_and_started_under_load_is_told_and_nothing_acknowledged_is_lost(
    cluster: Cluster, service: ServiceProcess, mode: str
) -> None:
    with Load(service.url).running() as load:
        for _ in range(2):
            load.wait_for_more()
            cluster.stop(mode)
            load.wait_for_refusals(20)
            assert service.get("/readyz").status_code == 503
            assert service.get("/livez").status_code == 200
            cluster.start()
            load.wait_for_more(1, BACK)
            wait_for(lambda: service.get("/readyz").status_code == 200, "the service to be ready", BACK)
    check_refusals(load, "cannot be used now")
    assert load.broken == []
    assert load.slowest < TIMEOUT + 3
    report(load, check_stored(cluster.url, load))


def test_frozen_server_is_told_in_time_and_used_again_when_it_answers(
    cluster: Cluster, service: ServiceProcess
) -> None:
    with Load(service.url).running() as load:
        load.wait_for_more()
        with cluster.frozen():
            load.wait_for_refusals(12)
            began = time.monotonic()
            assert service.get("/livez").status_code == 200
            assert time.monotonic() - began < 1
        load.wait_for_more(1, BACK)
    check_refusals(
        load,
        "cannot be used now",
        "Timed out; the prediction may or may not have been saved",
        "wait to be stored already",
    )
    assert load.broken == []
    assert load.slowest < TIMEOUT + 3
    report(load, check_stored(cluster.url, load))


def report(load: Load, stored: int) -> None:
    said = f"{len(load.acknowledged):,} acknowledged, {stored:,} stored, {load.statuses.total():,} refused"
    print(f"{said}, the slowest answer after {load.slowest:.1f} s")  # noqa: T201
