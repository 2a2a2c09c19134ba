"""What belongs to two names never mixes, though they share one database, and a database of another name is refused."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from icp_fit.serving.access.keys import Keys
from icp_fit.serving.errors import StoreError
from icp_fit.serving.settings import read_settings
from icp_fit.serving.store.audit import read_trail, record
from icp_fit.serving.store.database import Database
from icp_fit.serving.store.records import Outcome
from icp_fit.serving.store.store import Store
from tests.support.databases import KINDS, NOW, SERVER, build_prediction, open_database

POSTGRESQL = SERVER.replace("://", "+psycopg://", 1)


def draw_name() -> str:
    return f"t-{uuid4().hex[:12]}"


@contextmanager
def open_named(kind: str, folder: Path, name: str) -> Iterator[Store]:
    """The store of a name, as its settings would have it: in one model store, or in one PostgreSQL database."""
    environ = {"ICP_FIT_HOME": str(folder), "ICP_FIT_NAME": name}
    settings = read_settings(environ if kind == "sqlite" else {**environ, "ICP_FIT_DATABASE_URL": SERVER})
    database = Database(settings.database_url, settings.name)
    try:
        store = Store(database)
        store.prepare()
        yield store
    finally:
        if database.schema:
            with database.write() as connection:
                connection.execute(text(f"drop schema if exists {database.schema} cascade"))
        database.close()


@pytest.fixture(params=KINDS)
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """The stores of two names."""
    with (
        open_database(request.param, tmp_path),  # skips where there is no PostgreSQL
        open_named(request.param, tmp_path, draw_name()) as one,
        open_named(request.param, tmp_path, draw_name()) as other,
    ):
        yield one, other


def test_predictions_of_two_names_do_not_mix_under_one_deal_id(stores: tuple[Store, Store]) -> None:
    one, other = stores
    one.add([build_prediction(one, "D-1", score=70)])
    other.add([build_prediction(other, "D-1", score=20)])
    assert [past.score for past in one.scores(["D-1"])["D-1"]] == [70]
    assert [past.score for past in other.scores(["D-1"])["D-1"]] == [20]


def test_outcomes_keys_and_the_audit_trail_of_one_name_are_unknown_to_the_other(stores: tuple[Store, Store]) -> None:
    one, other = stores
    one.add_outcome(Outcome("D-1", "won", NOW))
    Keys(one.database).create("CRM", "score")
    with one.database.write() as connection:
        record(connection, "model changed", by="service", subject="3")
    assert len(one.outcomes("D-1")) == 1
    assert Keys(one.database).any()
    assert {entry.act for entry in read_trail(one.database)} >= {"model changed", "outcome", "key created"}
    assert other.outcomes("D-1") == []
    assert not Keys(other.database).any()
    assert read_trail(other.database) == []


def test_both_names_may_be_opened_again_and_again(stores: tuple[Store, Store]) -> None:
    for store in stores:
        store.add([build_prediction(store)])
        again = Database(store.database.url.render_as_string(hide_password=False), store.database.name)
        again.prepare()
        again.close()


@pytest.mark.parametrize("kind", KINDS)
def test_database_of_another_name_is_refused_with_the_remedy(kind: str, tmp_path: Path) -> None:
    """One SQLite file for two names; or a role whose own schema is that of another name."""
    with open_database(kind, tmp_path) as database:
        database.prepare()
        with database.write() as connection:
            connection.execute(text("update installation set name = 'emea'"))
        again = Database(database.url.render_as_string(hide_password=False))
        with pytest.raises(StoreError, match=r"belongs to the name `emea`, and ICP_FIT_NAME is `icp-fit`\. Give each"):
            again.prepare()
        again.close()


def test_file_with_predictions_from_before_there_were_names_belongs_to_the_default_name(tmp_path: Path) -> None:
    with open_database("sqlite", tmp_path) as database:
        store = Store(database)
        store.prepare()
        store.add([build_prediction(store)])
    with sqlite3.connect(tmp_path / "predictions.db") as connection:
        connection.execute("drop table installation")
        connection.execute("drop table mappings")
        connection.execute("update alembic_version set version_num = '0001'")
    connection.close()
    url = f"sqlite:///{tmp_path / 'predictions.db'}"
    with closing(Database(url, "emea")) as another, pytest.raises(StoreError, match="belongs to the name `icp-fit`"):
        another.prepare()
    with closing(Database(url)) as default:
        default.prepare()


def test_default_name_has_no_schema_of_its_own_and_others_cannot_be_taken_for_a_system_one() -> None:
    schemas = [Database(POSTGRESQL, name).schema for name in ("icp-fit", "public", "emea-sales")]
    assert schemas == [None, "icp_fit_public", "icp_fit_emea_sales"]


def test_role_that_may_not_create_a_schema_is_told_what_to_run(tmp_path: Path) -> None:
    role, name = f"icp_{uuid4().hex}", draw_name()
    with open_database("postgresql", tmp_path) as database, database.write() as connection:
        connection.execute(text(f"create role {role} login"))
    try:
        url = database.url.set(username=role, query={}).render_as_string(hide_password=False)
        remedy = f"Let its owner run `create schema icp_fit_{name.replace('-', '_')} authorization ROLE`"
        with closing(Database(url, name)) as denied, pytest.raises(StoreError, match=remedy):
            denied.prepare()
    finally:
        with closing(Database(POSTGRESQL)) as server, server.write() as connection:
            connection.execute(text(f"drop role {role}"))
