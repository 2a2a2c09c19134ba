"""The store keeps what it is given, in SQLite and in PostgreSQL alike, and says clearly when it cannot."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, func, select

from icp_fit.serving.errors import RecordError, StoreError
from icp_fit.serving.store.audit import read_trail, record
from icp_fit.serving.store.database import Database
from icp_fit.serving.store.ids import Ids
from icp_fit.serving.store.ranking import DealFilter, list_choices, rank_deals
from icp_fit.serving.store.records import Outcome, Override, metadata, predictions
from icp_fit.serving.store.store import Store
from tests.support.databases import NOW, build_prediction, open_database


def count(store: Store) -> int:
    with store.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(predictions)) or 0


def test_migrations_from_nothing_give_the_tables_of_the_code(store: Store) -> None:
    with store.database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_database_is_named_without_who_opens_it_and_with_what() -> None:
    database = Database("postgresql+psycopg://icpfit:secret@db.example.com:5433/icpfit?password=other&sslmode=require")
    assert str(database) == "postgresql+psycopg://db.example.com:5433/icpfit"


def test_prepare_may_be_repeated(store: Store) -> None:
    store.add([build_prediction(store)])
    again = Store(Database(store.database.url.render_as_string(hide_password=False)))
    again.prepare()
    assert count(again) == 1
    again.database.close()


def test_prediction_is_read_as_it_was_written(store: Store) -> None:
    written = build_prediction(store)
    bare = build_prediction(store, None, key_id=None, explanation=None, name=None, owner=None, region=None)
    store.add([written, bare])
    assert store.prediction(written.id) == written
    assert store.prediction(bare.id) == bare
    assert store.prediction("unknown") is None


@pytest.mark.parametrize("rows", [1, 7, 64, 131])
def test_every_row_of_a_batch_is_stored(store: Store, rows: int) -> None:
    store.add([build_prediction(store, f"D-{row}") for row in range(rows)])
    assert count(store) == rank_deals(store.database).total == rows


def test_time_is_kept_as_utc_whatever_its_zone(store: Store) -> None:
    local = build_prediction(store, scored_at=datetime(2025, 6, 1, 14, tzinfo=timezone(timedelta(hours=2))))
    store.add([local])
    found = store.prediction(local.id)
    assert found is not None
    assert (found.scored_at, found.scored_at.tzinfo) == (NOW, UTC)


def test_writing_a_prediction_twice_changes_nothing(store: Store) -> None:
    first, second = build_prediction(store), build_prediction(store, win_probability=0.1)
    store.add([first, second])
    store.add([first])
    assert count(store) == 2
    assert rank_deals(store.database).deals[0].prediction_id == second.id


def test_wrong_record_is_refused_with_all_of_its_batch_and_nothing_of_it_in_the_message(store: Store) -> None:
    wrong = build_prediction(store, name="secret \ud800")
    with pytest.raises(RecordError, match="cannot be stored") as caught:
        store.add([build_prediction(store), wrong])
    assert "secret" not in str(caught.value)
    assert count(store) == 0


def test_history_is_oldest_first_even_where_the_clock_went_back(store: Store) -> None:
    given = [build_prediction(store, scored_at=NOW - timedelta(days=day), model_version=str(day)) for day in range(4)]
    store.add([*given, build_prediction(store, "D-2")])
    assert store.history("D-1") == given
    assert store.history("D-1", limit=2) == given[-2:]
    assert store.history("D-3") == []


def test_scores_are_the_histories_of_the_deals_asked_for(store: Store) -> None:
    store.add([build_prediction(store, score=score) for score in (50, 60)] + [build_prediction(store, "D-2")])
    found = store.scores(["D-1", "D-9"])
    assert [point.score for point in found["D-1"]] == [50, 60]
    assert found["D-9"] == []


def test_last_outcome_counts_and_closes_a_deal_scored_before_or_after(store: Store) -> None:
    store.add([build_prediction(store, "before")])
    for deal_id in ("before", "after"):
        store.add_outcome(Outcome(deal_id, "lost", NOW, by="k1"))
        store.add_outcome(Outcome(deal_id, "won", NOW, note="after all"))
    store.add([build_prediction(store, "after"), build_prediction(store, "open")])
    assert [outcome.outcome for outcome in store.outcomes("before")] == ["lost", "won"]
    assert [deal.deal_id for deal in rank_deals(store.database).deals] == ["open"]
    closed = rank_deals(store.database, DealFilter(closed=True)).deals
    assert sorted((deal.deal_id, deal.outcome) for deal in closed) == [("after", "won"), ("before", "won")]


def test_overrides_are_kept_in_order_and_leave_the_score_alone(store: Store) -> None:
    store.add([build_prediction(store)])
    given = [Override("D-1", score, "I met them", NOW, by="k1") for score in (90, 80)]
    for override in given:
        store.add_override(override)
    assert store.overrides("D-1") == given
    assert store.history("D-1")[0].score == 70


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: Outcome("D-1", "maybe", NOW), "must be won or lost"),
        (lambda: Override("D-1", 101, "why", NOW), "from 0 to 100"),
        (lambda: Override("D-1", 50, " ", NOW), "must say why"),
    ],
    ids=["outcome", "score", "reason"],
)
def test_outcome_or_override_that_means_nothing_is_refused(build: object, says: str) -> None:
    assert callable(build)
    with pytest.raises(RecordError, match=says):
        build()


def test_deals_are_ranked_by_their_latest_prediction(store: Store) -> None:
    store.add([build_prediction(store, "a", win_probability=0.9), build_prediction(store, "b", win_probability=0.5)])
    store.add([build_prediction(store, "a", win_probability=0.1)])
    ranked = rank_deals(store.database)
    assert [(deal.deal_id, deal.win_probability) for deal in ranked.deals] == [("b", 0.5), ("a", 0.1)]
    assert (ranked.total, ranked.deals[0].reason) == (2, "There is a portal.")


@pytest.mark.parametrize(
    ("deal_filter", "found"),
    [
        (DealFilter(), ["c", "b", "a"]),
        (DealFilter(search="acme"), ["b", "a"]),
        (DealFilter(search="100%"), ["b"]),
        (DealFilter(search="C"), ["c", "b", "a"]),
        (DealFilter(owner="Ada", region="APAC"), ["c"]),
        (DealFilter(grade="A", search="corp"), ["a"]),
        (DealFilter(owner="Nobody"), []),
    ],
    ids=str,
)
def test_deals_are_searched_and_filtered(store: Store, deal_filter: DealFilter, found: list[str]) -> None:
    store.add(
        [
            build_prediction(store, "a", name="Acme Corp", grade="A", owner="Bob", win_probability=0.1),
            build_prediction(store, "b", name="ACME 100% pure", owner="Bob", win_probability=0.2),
            build_prediction(store, "c", name=None, region="APAC", win_probability=0.3),
        ]
    )
    ranked = rank_deals(store.database, deal_filter)
    assert [deal.deal_id for deal in ranked.deals] == found
    assert ranked.total == len(found)


def test_pages_follow_each_other_without_a_gap(store: Store) -> None:
    store.add([build_prediction(store, f"D-{deal:02}", win_probability=0.5) for deal in range(25)])
    pages = [rank_deals(store.database, page=page, size=10) for page in (1, 2, 3)]
    assert [len(page.deals) for page in pages] == [10, 10, 5]
    assert len({deal.deal_id for page in pages for deal in page.deals}) == 25


def test_choices_are_those_of_open_deals(store: Store) -> None:
    store.add(
        [
            build_prediction(store, "a", owner="Bob"),
            build_prediction(store, "b", owner=None),
            build_prediction(store, "c", owner="Eve"),
        ]
    )
    store.add_outcome(Outcome("c", "lost", NOW))
    assert list_choices(store.database) == (["B"], ["Bob"], ["EMEA"])


def test_prune_keeps_the_latest_prediction_of_each_deal_and_its_outcome(store: Store) -> None:
    old = [build_prediction(store, scored_at=NOW - timedelta(days=day)) for day in (30, 20, 10)]
    store.add([*old, build_prediction(store, None, scored_at=NOW - timedelta(days=30)), build_prediction(store, "D-2")])
    store.add_outcome(Outcome("D-1", "won", NOW - timedelta(days=30)))
    assert store.prune(NOW - timedelta(days=5)) == 3
    assert [prediction.id for prediction in store.history("D-1")] == [old[-1].id]
    assert len(store.outcomes("D-1")) == 1
    assert count(store) == 2


def test_trail_tells_who_scored_recorded_and_overrode_newest_first(store: Store) -> None:
    given = build_prediction(store)
    store.add([given])
    store.add_outcome(Outcome("D-1", "won", NOW + timedelta(hours=1), by="k2"))
    store.add_override(Override("D-1", 90, "I met them", NOW + timedelta(hours=2), by="k3"))
    with store.database.write() as connection:
        record(connection, "model changed", by="service", subject="4")
    trail = [(entry.act, entry.by, entry.subject) for entry in read_trail(store.database)]
    assert trail == [
        ("model changed", "service", "4"),
        ("override", "k3", "D-1"),
        ("outcome", "k2", "D-1"),
        ("scored", "k1", given.id),
    ]


def test_ids_of_a_process_only_grow_whatever_its_clock_does() -> None:
    times = iter([5_000_000, 1_000_000, 9_000_000, 9_000_000, 2_000_000])
    ids = Ids(lambda: next(times))
    given = [ids.new() for _ in range(5)]
    assert given == sorted(set(given))
    assert all(id[14] == "7" and id[19] in "89ab" for id in given)


def test_ids_of_a_new_process_follow_those_in_the_store(store: Store) -> None:
    store.add([replace(build_prediction(store), id=Ids(lambda: 2**61).new())])
    again = Store(store.database)
    again.prepare()
    assert again.new_id() > store.history("D-1")[0].id


def test_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    with open_database("sqlite", tmp_path) as database:
        database.prepare()
        with database.write() as connection:
            connection.exec_driver_sql("update alembic_version set version_num = 'later'")
        with pytest.raises(StoreError, match=r"another version of icp-fit.*Upgrade"):
            Database(str(database.url)).prepare()


def test_unreachable_database_is_a_store_error_without_its_password() -> None:
    database = Database("postgresql+psycopg://me:hunter2@127.0.0.1:1/none")
    with pytest.raises(StoreError, match="cannot be used now") as caught:
        database.prepare()
    assert "hunter2" not in str(caught.value)


def test_full_disk_is_a_store_error_that_says_so_and_passes_when_there_is_space(tmp_path: Path) -> None:
    with open_database("sqlite", tmp_path) as database:
        store = Store(database)
        store.prepare()
        large = [build_prediction(store, f"D-{row}", explanation="x" * 4000) for row in range(200)]
        limit_pages(database, 30)
        with pytest.raises(StoreError, match=r"full.*Free some space"):
            store.add(large)
        assert count(store) == 0
        limit_pages(database, 1_000_000)
        store.add(large)
        assert count(store) == 200


def limit_pages(database: Database, pages: int) -> None:
    with database.read() as connection:
        connection.exec_driver_sql(f"pragma max_page_count={pages}")


def test_busy_sqlite_is_waited_for(tmp_path: Path) -> None:
    with open_database("sqlite", tmp_path) as database:
        store = Store(database)
        store.prepare()
        other = sqlite3.connect(tmp_path / "predictions.db", isolation_level=None, check_same_thread=False)
        other.execute("begin immediate")
        with ThreadPoolExecutor(1) as pool:
            added = pool.submit(store.add, [build_prediction(store)])
            with pytest.raises(TimeoutError):
                added.result(timeout=0.2)
            other.commit()
            added.result(timeout=60)
        other.close()


def test_page_of_deals_is_cut_out_before_long_rows_are_read(tmp_path: Path) -> None:
    with open_database("sqlite", tmp_path) as database:
        store = Store(database)
        store.prepare()
        store.add([build_prediction(store, f"D-{deal}", owner=f"O-{deal % 20}") for deal in range(500)])
        for deal_filter in (DealFilter(), DealFilter(owner="O-7", grade="B"), DealFilter(search="d-49")):
            plans = explain_queries(database, lambda deal_filter=deal_filter: rank_deals(database, deal_filter, page=3))
            steps = [step for plan in plans for step in plan if "predictions" in step]
            assert steps, plans
            assert all("SEARCH predictions USING" in step for step in steps), plans


def explain_queries(database: Database, act: Callable[[], object]) -> list[list[str]]:
    """How SQLite goes about each query of an act."""
    queries: list[tuple[str, Any]] = []

    def note(connection: object, cursor: object, statement: str, parameters: Any, *rest: object) -> None:
        queries.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    with database.read() as connection:
        return [
            [row[-1] for row in connection.exec_driver_sql(f"explain query plan {statement}", parameters)]
            for statement, parameters in queries
        ]
