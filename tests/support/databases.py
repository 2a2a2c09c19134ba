"""Databases of one's own for a test, in SQLite and in PostgreSQL, and predictions to put into them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from icp_fit.serving.store.database import Database
from icp_fit.serving.store.records import Prediction
from icp_fit.serving.store.store import Store

KINDS = ("sqlite", "postgresql")
SERVER = os.environ.get("ICP_FIT_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)


@contextmanager
def open_database(kind: str, folder: Path) -> Iterator[Database]:
    """An empty database; skips the test where there is no PostgreSQL."""
    if kind == "sqlite":
        database = Database(f"sqlite:///{folder / 'predictions.db'}")
        yield database
        database.close()
        return
    schema = f"icp_{uuid4().hex}"
    with _server() as server:
        server.execute(f"create schema {schema}")
        database = Database(f"{SERVER.replace('://', '+psycopg://', 1)}?options=-csearch_path%3D{schema}")
        try:
            yield database
        finally:
            database.close()
            server.execute(f"drop schema {schema} cascade")


def _server() -> "psycopg.Connection[Any]":
    try:
        return psycopg.connect(SERVER, autocommit=True, connect_timeout=2)
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL can be reached: {error}")


def build_prediction(store: Store, deal_id: str | None = "D-1", **changed: Any) -> Prediction:
    """A prediction with something in every field."""
    fields: dict[str, Any] = {
        "scored_at": NOW,
        "route": "explain",
        "model_version": "3",
        "profile_version": "1",
        "profile_digest": "0123456789abcdef",
        "answers": '{"portal": true}',
        "score": 70,
        "grade": "B",
        "win_probability": 0.7,
        "low": 0.5,
        "high": 0.85,
        "completeness": 0.25,
        "key_id": "k1",
        "bundle_hash": "ab" * 32,
        "explanation": '{"reasons": ["größer"]}',
        "name": "Deal",
        "owner": "Ada",
        "region": "EMEA",
        "reason": "There is a portal.",
        "question": "systems",
    }
    return Prediction(id=store.new_id(), deal_id=deal_id, **{**fields, **changed})
