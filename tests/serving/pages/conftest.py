"""Services for the tests of pages: one that is open, with one deal, and one that has keys."""

from collections.abc import Iterator

import pytest

from icp_fit.serving.access.keys import Keys
from tests.support.champions import install_champion
from tests.support.page_client import Visitor
from tests.support.running_service import ANSWERS, RunningService, build_settings, run_service


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A service without keys, with one deal."""
    folder = tmp_path_factory.mktemp("store")
    install_champion(folder, "7")
    with run_service(build_settings(folder)) as running:
        running.post("/explain", {"deal_id": "D-1", "name": "First", "owner": "Ana", "answers": ANSWERS})
        yield running


@pytest.fixture(scope="package")
def service_with_keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningService, Keys]]:
    folder = tmp_path_factory.mktemp("store")
    install_champion(folder, "7")
    with run_service(build_settings(folder)) as running:
        keys = Keys(running.runtime.database)
        keys.create("Owner", "admin")
        yield running, keys


@pytest.fixture
def visitor(service: RunningService) -> Iterator[Visitor]:
    visitor = Visitor(service.url)
    with visitor.client:
        yield visitor
