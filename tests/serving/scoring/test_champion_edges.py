"""How often the champion is looked at, what is said of it and to whom, and what the garbage collector sees of it."""

import gc
import logging
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock, patch

import pytest

from icp_fit.models.bundle import MANIFEST
from icp_fit.models.store_paths import StorePaths
from icp_fit.serving.scoring import champion as champions
from icp_fit.serving.scoring.champion import Champion, calm_garbage_collector
from icp_fit.serving.scoring.served_model import ServedModel
from tests.support.champions import install_champion
from tests.support.running_service import wait_for
from tests.support.small_profile import fit_small_model


class Cycle:
    """What only the garbage collector can free."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def usual_garbage_collector() -> Iterator[None]:
    """As other tests want it; each begins with nothing frozen."""
    thresholds = gc.get_threshold()
    gc.unfreeze()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def look_at(home: Path, *versions: str) -> Champion:
    """A champion that has seen these versions, one after the other."""
    champion = Champion(StorePaths(home))
    for version in versions:
        install_champion(home, version, fit_small_model(0))
        champion.look()
    return champion


def refusals(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]


def test_champion_is_looked_at_every_second_until_it_is_closed(tmp_path: Path) -> None:
    champion = Champion(StorePaths(tmp_path))
    champion._closed = Mock(**{"is_set.side_effect": [False, False, True]})
    with patch.object(champion, "look") as look:
        champion._watch()
    assert look.call_count == 2
    assert [call.args for call in champion._closed.wait.call_args_list] == [(1.0,), (1.0,)]


@pytest.mark.parametrize(
    ("target", "seconds", "looks"),
    [("2-test", 9.999, 0), ("2-test", 10.0, 1), ("3-test", 0.0, 1)],
    ids=["the same, sooner", "the same, after ten seconds", "another"],
)
def test_bundle_that_was_refused_is_looked_at_again_after_ten_seconds_and_another_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, seconds: float, looks: int
) -> None:
    champion = look_at(tmp_path, "1")
    clock = Mock(**{"monotonic.return_value": 1000.0})
    monkeypatch.setattr(champions, "time", clock)
    StorePaths(tmp_path).point_champion("2-test")
    champion.look()
    clock.monotonic.return_value += seconds
    StorePaths(tmp_path).point_champion(target)
    with patch.object(champions, "load_model", side_effect=OSError("gone")) as load:
        champion.look()
    assert load.call_count == looks


def test_refusal_is_logged_once_for_each_bundle_and_each_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(champions, "RETRY", 0.0)
    champion = Champion(StorePaths(tmp_path))
    for target, error in [
        ("2-test", OSError("gone")),
        ("2-test", OSError("gone")),
        ("2-test", ZeroDivisionError()),
        ("3-test", ZeroDivisionError()),
        ("3-test", ZeroDivisionError()),
    ]:
        StorePaths(tmp_path).point_champion(target)
        with patch.object(champions, "load_model", side_effect=error):
            champion.look()
    refused = "The champion is refused, and nothing answers: "
    assert refusals(caplog) == [f"{refused}gone", f"{refused}ZeroDivisionError", f"{refused}ZeroDivisionError"]


def test_log_says_which_version_answers_and_which_did_before(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "icp_fit.champion"):
        champion = look_at(tmp_path, "1", "2")
    assert champion.model is not None
    told = [record for record in caplog.records if record.name == "icp_fit.champion"]
    assert [record.getMessage() for record in told] == ["Version 1 answers now.", "Version 2 answers now, after 1."]
    assert vars(told[1])["bundle_hash"] == champion.model.bundle_hash


def test_change_is_told_of_a_model_that_replaces_another_and_of_no_first_one(tmp_path: Path) -> None:
    changes: list[ServedModel] = []
    champion = Champion(StorePaths(tmp_path), changes.append)
    for version in ("1", "2"):
        install_champion(tmp_path, version, fit_small_model(0))
        champion.look()
        champion.look()
    assert [model.model_version for model in changes] == ["2"]


def test_champion_is_watched_by_a_thread_that_keeps_no_process_alive_and_ends_when_it_is_closed(tmp_path: Path) -> None:
    install_champion(tmp_path, "1", fit_small_model(0))
    champion = Champion(StorePaths(tmp_path))
    champion.start()
    try:
        wait_for(lambda: champion.model, "version 1")
        assert [thread.daemon for thread in threading.enumerate() if thread.name == "icp-fit-champion"] == [True]
    finally:
        champion.close()
    assert "icp-fit-champion" not in [thread.name for thread in threading.enumerate()]


def test_model_of_an_old_prediction_is_found_past_folders_that_are_no_bundles(tmp_path: Path) -> None:
    champion = look_at(tmp_path, "1", "2")
    bundles = StorePaths(tmp_path).bundles
    for number, manifest in enumerate([b"{", b"[]", b"{}", b'{"files": []}', b'{"files": {}}', b"\xff"]):
        folder = bundles / f"0-{number}"  # looked at before those that are whole
        folder.mkdir()
        (folder / MANIFEST).write_bytes(manifest)
    (bundles / "0-folder" / MANIFEST).mkdir(parents=True)
    first = champions.load_model(bundles / "1-test")
    found = champion.model_of(first.bundle_hash, first.profile.digest)
    assert found is not None
    assert found.model_version == "1"


def test_older_model_is_loaded_once_for_many_of_its_predictions(tmp_path: Path) -> None:
    champion = look_at(tmp_path, "1")
    first = champion.model
    assert first is not None
    champion = look_at(tmp_path, "2")
    with patch.object(champions, "load_model", wraps=champions.load_model) as load:
        for _ in range(3):
            champion.model_of(first.bundle_hash, first.profile.digest)
    assert load.call_count == 1


@pytest.mark.usefixtures("usual_garbage_collector")
def test_model_that_was_loaded_is_out_of_the_garbage_collectors_sight(tmp_path: Path) -> None:
    look_at(tmp_path, "1")
    assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == (50_000, 20, 50)


@pytest.mark.usefixtures("usual_garbage_collector")
def test_what_a_model_before_left_behind_is_freed_when_the_next_one_is_loaded() -> None:
    left, gone = Cycle(), weakref.WeakSet[Cycle]()
    gone.add(left)
    calm_garbage_collector()
    assert len(gone) == 1
    del left
    gc.collect()
    assert len(gone) == 1  # nobody looks at it any more
    calm_garbage_collector()
    assert len(gone) == 0
