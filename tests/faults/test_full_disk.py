"""The disk is full: who asks is told so, nothing acknowledged is lost, and space is used as soon as there is some."""

from pathlib import Path

from tests.faults.disks import open_disk
from tests.faults.load import Load, check_refusals, check_stored, database_url
from tests.faults.process import run_process
from tests.support.champions import install_champion
from tests.support.running_service import build_settings, wait_for

BACK = 5.0  # seconds until predictions are stored again


def test_full_disk_is_told_and_used_again_when_there_is_space(tmp_path: Path) -> None:
    with open_disk(tmp_path / "disk") as disk:
        install_champion(disk.folder, "1")
        with (
            run_process(build_settings(disk.folder), log=tmp_path / "log") as service,
            Load(service.url).running(3) as load,
        ):
            for _ in range(2):
                load.wait_for_more()
                disk.fill()
                load.wait_for_refusals(20)
                assert service.get("/livez").status_code == 200
                disk.empty()
                load.wait_for_more(1, BACK)
                wait_for(lambda: service.get("/readyz").status_code == 200, "the service to be ready", BACK)
        check_refusals(load, "Free some space")
        assert load.broken == []
        check_stored(database_url(disk.folder), load)


def test_file_that_may_not_grow_is_told_and_used_again_when_it_may(tmp_path: Path) -> None:
    """As under a quota: no file of the process may be larger than the database is now."""
    install_champion(tmp_path, "1")
    with run_process(build_settings(tmp_path)) as service, Load(service.url).running(3) as load:
        load.wait_for_more()
        service.limit_files(64 * 1024)
        load.wait_for_refusals(20)
        assert service.get("/livez").status_code == 200
        service.limit_files(-1)
        load.wait_for_more(1, BACK)
    check_refusals(load, "cannot be used now")
    assert load.broken == []
    check_stored(database_url(tmp_path), load)


def test_log_that_cannot_be_written_costs_no_answer(tmp_path: Path) -> None:
    install_champion(tmp_path, "1")
    with run_process(build_settings(tmp_path), log=Path("/dev/full")) as service, Load(service.url).running(3) as load:
        load.wait_for_more(200)
    assert (load.refused, load.broken) == ([], [])
    check_stored(database_url(tmp_path), load)
