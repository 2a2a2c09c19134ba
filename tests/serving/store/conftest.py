"""Fixtures of the store's own tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from icp_fit.serving.store.store import Store
from tests.support.databases import open_database


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[Store]:
    with open_database("sqlite", tmp_path) as database:
        yield Store(database)
