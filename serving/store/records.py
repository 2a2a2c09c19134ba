"""The tables of the prediction store, and their rows as they are written and read.

Answers and explanations are JSON text, made once by whoever has them, so that no layer below reads or writes JSON.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

from icp_fit.serving.errors import RecordError

ID = String(36)


class UtcTime(TypeDecorator[datetime]):
    """A moment: SQLite keeps no time zone, so every moment is UTC there and says so when it is read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"A time needs a time zone, got {value.isoformat()}. Use datetime.now(UTC).")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


metadata = MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"})

predictions = Table(
    "predictions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("deal_id", Text),
    Column("scored_at", UtcTime, nullable=False, index=True),
    Column("route", String(20), nullable=False),
    Column("key_id", String(20)),
    Column("model_version", Text, nullable=False),
    Column("profile_version", Text, nullable=False),
    Column("profile_digest", Text, nullable=False),
    Column("bundle_hash", Text),
    Column("answers", Text, nullable=False),
    Column("score", Integer, nullable=False),
    Column("grade", Text, nullable=False),
    Column("win_probability", Double, nullable=False),
    Column("low", Double, nullable=False),
    Column("high", Double, nullable=False),
    Column("completeness", Double, nullable=False),
    Column("explanation", Text),
    Column("name", Text),
    Column("owner", Text),
    Column("region", Text),
    Column("reason", Text),
    Column("question", Text),
    Index(None, "deal_id", "id"),
)

# One row a deal, of what deals are ranked, searched and filtered by; the rest is in the prediction it leads to.
deals = Table(
    "deals",
    metadata,
    Column("deal_id", Text, primary_key=True),
    Column("prediction_id", ID, nullable=False),
    Column("win_probability", Double, nullable=False),
    Column("grade", Text, nullable=False),
    Column("name", Text),
    Column("owner", Text),
    Column("region", Text),
    Column("outcome", String(4)),
    Index(None, "win_probability", "deal_id"),
    Index(None, "prediction_id"),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("id", ID, primary_key=True),
    Column("deal_id", Text, nullable=False),
    Column("outcome", String(4), nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    Column("by", Text),
    Column("note", Text),
    Index(None, "deal_id", "id"),
)

overrides = Table(
    "overrides",
    metadata,
    Column("id", ID, primary_key=True),
    Column("deal_id", Text, nullable=False),
    Column("score", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text),
    Column("at", UtcTime, nullable=False),
    Index(None, "deal_id", "id"),
)

keys = Table(
    "keys",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String(20), nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
    Column("used_at", UtcTime),
)

audit = Table(
    "audit",
    metadata,
    Column("id", ID, primary_key=True),
    Column("at", UtcTime, nullable=False, index=True),
    Column("act", String(20), nullable=False),
    Column("by", Text),
    Column("subject", Text),
)

# Mappings that people saved on the page of imports, as TOML.
mappings = Table(
    "mappings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("toml", Text, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
    Column("by", Text),
)

# One row: the name (`ICP_FIT_NAME`) that everything here belongs to.
installation = Table("installation", metadata, Column("name", String(40), primary_key=True))


@dataclass(frozen=True)
class Prediction:
    """One prediction with everything that is needed to show it, explain it and compute it again.

    `answers` and `explanation` are JSON text; `key_id` is who scored, none without keys; `deal_id` is None for what was
    scored without naming a deal, which has no history and is not ranked. `name`, `owner`, `region`, `reason` (the
    strongest) and `question` (the one most worth asking) are for lists. `id` comes from `Store.new_id`.
    """

    id: str
    scored_at: datetime
    route: str
    model_version: str
    profile_version: str
    profile_digest: str
    answers: str
    score: int
    grade: str
    win_probability: float
    low: float
    high: float
    completeness: float
    deal_id: str | None = None
    key_id: str | None = None
    bundle_hash: str | None = None
    explanation: str | None = None
    name: str | None = None
    owner: str | None = None
    region: str | None = None
    reason: str | None = None
    question: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a deal; the last one recorded counts."""

    deal_id: str
    outcome: str
    recorded_at: datetime
    by: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        if self.outcome not in ("won", "lost"):
            raise RecordError(f"`outcome` must be won or lost, got `{self.outcome}`.")


@dataclass(frozen=True)
class Override:
    """A person's own score from 0 to 100, shown beside the model's and never instead of it."""

    deal_id: str
    score: int
    reason: str
    at: datetime
    by: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.score <= 100:
            raise RecordError(f"`score` must be a whole number from 0 to 100, got {self.score}.")
        if not self.reason.strip():
            raise RecordError("`reason` must say why the score is another. Fill it in.")
