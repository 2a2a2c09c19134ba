"""A process is ready when a model is loaded and its store is open, and says which of them it waits for."""

import asyncio
from pathlib import Path

import pytest

from icp_fit.serving.errors import StoreError
from icp_fit.serving.http.problems import Refusal
from icp_fit.serving.runtime import Runtime
from icp_fit.serving.scoring.served_model import profile_alone
from icp_fit.serving.store.audit import read_trail
from tests.support.running_service import build_settings


def test_runtime_without_a_model_is_not_ready_and_refuses_for_now(tmp_path: Path) -> None:
    runtime = Runtime(build_settings(tmp_path))
    assert runtime.not_ready == "No model is loaded yet."
    with pytest.raises(Refusal, match=r"No model is loaded yet\. Try again in a second") as caught:
        _ = runtime.model
    assert (caught.value.status, caught.value.headers) == (503, {"Retry-After": "1"})


def test_runtime_with_a_model_says_why_its_store_is_not_ready(tmp_path: Path) -> None:
    runtime = Runtime(build_settings(tmp_path))
    runtime.champion.look()
    assert runtime.model.model_version == "profile"
    assert runtime.not_ready == "The store is not open yet. Try again in a second."


def test_runtime_is_ready_once_it_is_open_and_stores_what_waits_when_it_closes(tmp_path: Path) -> None:
    async def act() -> None:
        runtime = Runtime(build_settings(tmp_path))
        await runtime.open()
        async with asyncio.timeout(20):
            while runtime.not_ready is not None:
                await asyncio.sleep(0.02)
        await runtime.close()
        with pytest.raises(StoreError, match="closing"):
            await runtime.writer.write()

    asyncio.run(act())


def test_change_of_the_model_is_in_the_audit_trail(tmp_path: Path) -> None:
    runtime = Runtime(build_settings(tmp_path))
    runtime.database.prepare()
    runtime._record_change(profile_alone())
    (entry,) = read_trail(runtime.database)
    assert (entry.act, entry.by, entry.subject) == ("model changed", "service", "profile")
    runtime.database.close()
