"""The store: every prediction that was ever given, what became of its deal, and what people thought of it.

A prediction and its deal's place in the ranking are written in one transaction. Writing the same prediction twice
changes nothing, so whoever does not know whether a write succeeded may repeat it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, delete, func, insert, select, update

from icp_fit.serving.store.adding import Adding
from icp_fit.serving.store.database import Database
from icp_fit.serving.store.ids import Ids
from icp_fit.serving.store.records import Outcome, Override, Prediction, deals, outcomes, overrides, predictions

_PREDICTION = [predictions.c[field.name] for field in fields(Prediction)]
_OUTCOME = [outcomes.c[field.name] for field in fields(Outcome)]
_OVERRIDE = [overrides.c[field.name] for field in fields(Override)]
IDS_AT_ONCE = 2_000  # that a query names
_PRUNED_AT_ONCE = 500  # so that writers never wait long for the lock


class PastScore(NamedTuple):
    """One point of a deal's history."""

    id: str
    scored_at: datetime
    score: int
    model_version: str


class Store:
    """Predictions, outcomes and overrides in one database; all methods block, and raise StoreError while it is down."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._ids = Ids()
        self._adding = Adding(database.engine.dialect)

    def prepare(self) -> None:
        """Bring the schema up to date; may be called again and again until it succeeds."""
        self.database.prepare()
        with self.database.read() as connection:
            self._ids.follow(connection.scalar(select(func.max(predictions.c.id))))

    def new_id(self) -> str:
        """An id greater than those of all predictions before, whatever the clock does; does not block."""
        return self._ids.new()

    def add(self, added: Sequence[Prediction], *, durable: bool = True) -> None:
        """Store predictions, all or none, passing over those that are stored already; RecordError for a wrong one."""
        if added:
            with self.database.write(durable=durable) as connection:
                self._adding.add(connection, added)

    def prediction(self, id: str) -> Prediction | None:
        with self.database.read() as connection:
            row = connection.execute(select(*_PREDICTION).where(predictions.c.id == id)).first()
        return None if row is None else Prediction(*row)

    def history(self, deal_id: str, limit: int = 1000) -> list[Prediction]:
        """The latest predictions of a deal, oldest first."""
        query = select(*_PREDICTION).where(predictions.c.deal_id == deal_id).order_by(predictions.c.id.desc())
        return [Prediction(*row) for row in reversed(self._all(query.limit(limit)))]

    def latest_of_open(self, after: str, most: int) -> list[Prediction]:
        """The latest predictions of open deals, in the order of the deals' ids, from the one after `after` on."""
        is_wanted = deals.c.outcome.is_(None) & (deals.c.deal_id > after)
        query = select(*_PREDICTION).join(deals, deals.c.prediction_id == predictions.c.id).where(is_wanted)
        return [Prediction(*row) for row in self._all(query.order_by(deals.c.deal_id).limit(most))]

    def count_open(self) -> int:
        """How many deals have been scored and have no outcome yet."""
        with self.database.read() as connection:
            return connection.scalar(select(func.count()).select_from(deals).where(deals.c.outcome.is_(None))) or 0

    def open_among(self, deal_ids: Sequence[str]) -> list[str]:
        """Those of some deals that have been scored and have no outcome yet."""
        found: list[str] = []
        with self.database.read() as connection:
            for start in range(0, len(deal_ids), IDS_AT_ONCE):
                part = deals.c.deal_id.in_(deal_ids[start : start + IDS_AT_ONCE])
                found += connection.scalars(select(deals.c.deal_id).where(part, deals.c.outcome.is_(None))).all()
        return found

    def scores(self, deal_ids: Iterable[str]) -> dict[str, list[PastScore]]:
        """The history of several deals, oldest first, without answers and explanations."""
        found: dict[str, list[PastScore]] = {deal_id: [] for deal_id in deal_ids}
        of_score = [predictions.c[name] for name in PastScore._fields]
        query = select(predictions.c.deal_id, *of_score).where(predictions.c.deal_id.in_(found))
        for row in self._all(query.order_by(predictions.c.id)):
            found[row[0]].append(PastScore(*row[1:]))
        return found

    def add_outcome(self, outcome: Outcome) -> None:
        """Record what became of a deal; its predictions may be stored before or after."""
        with self.database.write() as connection:
            connection.execute(insert(outcomes).values(id=self.new_id(), **vars(outcome)))
            became = update(deals).where(deals.c.deal_id == outcome.deal_id)
            connection.execute(became.values(outcome=outcome.outcome))

    def outcomes(self, deal_id: str) -> list[Outcome]:
        """What was recorded of a deal, oldest first; the last one counts."""
        query = select(*_OUTCOME).where(outcomes.c.deal_id == deal_id).order_by(outcomes.c.id)
        return [Outcome(*row) for row in self._all(query)]

    def add_override(self, override: Override) -> None:
        with self.database.write() as connection:
            connection.execute(insert(overrides).values(id=self.new_id(), **vars(override)))

    def overrides(self, deal_id: str) -> list[Override]:
        """A deal's overrides, oldest first; the last one is shown."""
        query = select(*_OVERRIDE).where(overrides.c.deal_id == deal_id).order_by(overrides.c.id)
        return [Override(*row) for row in self._all(query)]

    def last_overrides(self, deal_ids: Iterable[str]) -> dict[str, Override]:
        """The last override of each of several deals that has one."""
        query = select(*_OVERRIDE).where(overrides.c.deal_id.in_(list(deal_ids))).order_by(overrides.c.id)
        return {row.deal_id: Override(*row) for row in self._all(query)}

    def prune(self, before: datetime) -> int:
        """Delete predictions scored before a moment, but never a deal's latest; returns how many.

        Outcomes and overrides stay. SQLite uses the space again and does not return it to the disk.
        """
        is_latest = select(deals.c.prediction_id).where(deals.c.prediction_id == predictions.c.id).exists()
        old = select(predictions.c.id).where(predictions.c.scored_at < before, ~is_latest).limit(_PRUNED_AT_ONCE)
        pruned = 0
        while True:
            with self.database.write() as connection:
                count = connection.execute(delete(predictions).where(predictions.c.id.in_(old))).rowcount
            pruned += count
            if count < _PRUNED_AT_ONCE:
                return pruned

    def _all(self, query: Select[Any]) -> Sequence[Any]:
        with self.database.read() as connection:
            return connection.execute(query).all()
