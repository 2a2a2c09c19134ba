"""The process is killed under load, again and again: what it acknowledged is stored, once, and it starts again."""

import time
from pathlib import Path

import numpy as np

from tests.faults.load import Load, check_stored, database_url
from tests.faults.process import run_process, start_process
from tests.support.champions import install_champion
from tests.support.running_service import ANSWERS, build_settings

KILLS = 20
AT_ONCE = 10.0  # seconds until one that was killed answers again, in most cases, where others use the machine too


def test_twenty_kills_under_load_lose_nothing_acknowledged_and_store_nothing_twice(tmp_path: Path) -> None:
    install_champion(tmp_path, "1")
    settings = build_settings(tmp_path)
    loads, ready, rng = [], [], np.random.default_rng(0)
    for _ in range(KILLS):
        service = start_process(settings)
        loads.append(Load(service.url))
        ready.append(service.ready_in)
        with loads[-1].running():
            loads[-1].wait_for_more(100)
            time.sleep(rng.uniform(0, 0.2))  # so that each falls at another moment of a write
            service.kill()
    stored = check_stored(database_url(tmp_path), *loads)
    acknowledged = sum(len(load.acknowledged) for load in loads)
    assert not any(load.refused for load in loads)
    assert np.median(ready) < AT_ONCE
    with run_process(settings) as service:
        assert service.post("/explain", {"deal_id": "last", "answers": ANSWERS}).status_code == 200
    print(f"{KILLS} kills, {acknowledged:,} acknowledged, {stored:,} stored, ready in {np.median(ready):.1f} s")  # noqa: T201
