"""The database: what is durable, what a sync does, and whom an error blames."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from icp_fit.serving.errors import RecordError, StoreError
from icp_fit.serving.store.database import Database
from icp_fit.serving.store.store import Store
from tests.support.databases import build_prediction, open_database

FULL, NORMAL = 2, 1  # of SQLite's pragma synchronous


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database("sqlite", tmp_path) as opened:
        opened.prepare()
        yield opened


@pytest.mark.parametrize(("durable", "level"), [(True, FULL), (False, NORMAL)])
def test_only_a_durable_write_waits_for_the_disk_at_its_commit(database: Database, durable: bool, level: int) -> None:
    for _ in range(2):  # the second time on the same connection, after a write of the other kind
        with database.write(durable=durable) as connection:
            assert connection.scalar(text("pragma synchronous")) == level
        with database.write(durable=not durable) as connection:
            assert connection.scalar(text("pragma synchronous")) != level


def test_sync_moves_what_was_written_into_the_file_of_the_database(database: Database, tmp_path: Path) -> None:
    database.sync()
    store, file = Store(database), tmp_path / "predictions.db"
    store.add([build_prediction(store, explanation="x" * 200_000)], durable=False)
    before = file.stat().st_size
    database.sync()
    assert file.stat().st_size >= before + 100_000


@pytest.mark.parametrize("url", ["postgresql+psycopg://ana:secret@127.0.0.1:1/icp?connect_timeout=1"])
def test_database_is_named_without_who_opens_it(url: str) -> None:
    database = Database(url)
    with pytest.raises(StoreError, match="cannot be used now") as caught:
        database.ping()
    assert "127.0.0.1" in str(caught.value)
    assert "ana" not in str(caught.value)
    assert "secret" not in str(caught.value)
    database.close()


def test_error_blames_the_record_where_the_database_would_refuse_it_again(database: Database) -> None:
    store = Store(database)
    with pytest.raises(RecordError, match="cannot be stored"):
        store.add([build_prediction(store, name="\ud800")])
    with database.write() as connection:
        connection.execute(text("drop table predictions"))
    with pytest.raises(StoreError, match="no such table"):
        store.add([build_prediction(store)])


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    database = Database(f"sqlite:///{tmp_path / 'file' / 'predictions.db'}")
    with pytest.raises(StoreError, match=r"cannot be opened: .* Check the folder"):
        database.prepare()
    database.close()
