"""Fixtures of serving: a store of one's own, in each kind of database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from icp_fit.serving.store.store import Store
from tests.support.databases import KINDS, open_database


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with open_database(request.param, tmp_path) as database:
        opened = Store(database)
        opened.prepare()
        yield opened
