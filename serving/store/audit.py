"""The audit trail: who did what and when, never with an answer in it.

Who scored, recorded an outcome or overrode a score is not written here: the rows of these carry it themselves, so that
part of the trail costs no second write. That of scoring ends where predictions are pruned.
"""

from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import Column, Connection, Select, insert, literal, select, union_all

from icp_fit.serving.store.database import Database
from icp_fit.serving.store.ids import Ids
from icp_fit.serving.store.records import audit, outcomes, overrides, predictions

AuditAct = Literal["key created", "key revoked", "model changed", "mapping saved", "mapping deleted"]

_ids = Ids()


class Entry(NamedTuple):
    """`by` is the id of a key, or who else did it (`command line`, `service`); `subject` is what it was done to: a
    deal, a key, a model version, a prediction, a mapping."""

    at: datetime
    act: str
    by: str | None
    subject: str | None


def record(connection: Connection, act: AuditAct, *, by: str | None, subject: str | None) -> None:
    """Write an entry in the transaction of what it tells, so that there is never one without the other."""
    connection.execute(insert(audit).values(id=_ids.new(), at=datetime.now(UTC), act=act, by=by, subject=subject))


def read_trail(database: Database, *, limit: int = 1000, scored: bool = True) -> list[Entry]:
    """The latest entries, newest first, those that other tables tell among them, `scored` or not."""
    parts = [*_PARTS, _SCORED] if scored else _PARTS
    latest = [part.order_by(part.selected_columns[0].desc()).limit(limit).subquery().select() for part in parts]
    both = union_all(*latest).subquery()
    with database.read() as connection:
        rows = connection.execute(select(both).order_by(both.c.at.desc()).limit(limit))
        return [Entry(*row) for row in rows]


def _entries_of(act: str, at: Column[Any], by: Column[Any], subject: Column[Any]) -> Select[Any]:
    return select(at.label("at"), literal(act).label("act"), by.label("by"), subject.label("subject"))


_SCORED = _entries_of("scored", predictions.c.scored_at, predictions.c.key_id, predictions.c.id)
_PARTS = [
    select(audit.c.at, audit.c.act, audit.c.by, audit.c.subject),
    _entries_of("outcome", outcomes.c.recorded_at, outcomes.c.by, outcomes.c.deal_id),
    _entries_of("override", overrides.c.at, overrides.c.by, overrides.c.deal_id),
]
