"""Folders of tests that take minutes: they are collected only where they are asked for by name."""

from collections.abc import Callable
from pathlib import Path

import pytest


def collect_on_demand(folder: Path) -> Callable[[Path, pytest.Config], bool | None]:
    """The hook `pytest_ignore_collect` of a folder's conftest."""

    def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
        asked = [(config.invocation_params.dir / argument.partition("::")[0]).resolve() for argument in config.args]
        return None if any(folder in (path, *path.parents) for path in asked) else True

    return pytest_ignore_collect
