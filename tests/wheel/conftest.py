"""These tests take minutes: `make test-wheel` runs them. Each environment is made once."""

from pathlib import Path

import pytest

from tests.support.on_demand import collect_on_demand
from tests.wheel.environments import Environment, build_archives, create_environment

pytest_ignore_collect = collect_on_demand(Path(__file__).parent)


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel and the source archive."""
    return build_archives(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def wheel(archives: tuple[Path, Path]) -> Path:
    return archives[0]


@pytest.fixture(scope="session")
def plain(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return create_environment(tmp_path_factory.mktemp("plain"), f"icp-fit @ {wheel.as_uri()}")


@pytest.fixture(scope="session")
def training(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return create_environment(tmp_path_factory.mktemp("training"), f"icp-fit[training] @ {wheel.as_uri()}")


@pytest.fixture(scope="session")
def everything(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The extra `all`, and what runs notebooks."""
    notebooks = ("ipykernel", "ipywidgets", "nbclient")
    return create_environment(tmp_path_factory.mktemp("all"), f"icp-fit[all] @ {wheel.as_uri()}", *notebooks)
