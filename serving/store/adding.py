"""How predictions are added: many rows a statement, then the places of their deals in the ranking.

Python's drivers let go of the interpreter at every statement, and get it back only when the event loop is idle or five
milliseconds have passed. So what counts is how few statements a batch takes: `executemany`, which is a statement a row
inside, stores half as many a second with 8 callers, and two thirds with 64.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect, Select, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from icp_fit.serving.store.records import Prediction, deals, outcomes, predictions

T = TypeVar("T")

BLOCK = 64  # rows of the longest statement; the drivers keep one prepared for each power of two up to it
RANKED = ("win_probability", "grade", "name", "owner", "region")
_TIME = "scored_at"
_OTHERS = tuple(field.name for field in fields(Prediction) if field.name != _TIME)
_other_values = attrgetter(*_OTHERS)


class Adding:
    """The statements that add predictions, for one kind of database."""

    def __init__(self, dialect: Dialect) -> None:
        is_sqlite = dialect.name == "sqlite"
        self._mark = "?" if is_sqlite else "%s"
        self._time = predictions.c[_TIME].type.dialect_impl(dialect).bind_processor(dialect) or _same
        self._places = _build_places(sqlite.insert if is_sqlite else postgresql.insert)

    def add(self, connection: Connection, added: Sequence[Prediction]) -> None:
        for block in _blocks(added):
            values = tuple(value for prediction in block for value in self._values(prediction))
            connection.exec_driver_sql(self._rows(len(block)), values)
        # no statement may place a deal twice, and two writers that place deals in one order never block each other
        latest = {prediction.deal_id: prediction.id for prediction in sorted(added, key=_id) if prediction.deal_id}
        for places in _blocks([latest[deal_id] for deal_id in sorted(latest)]):
            connection.execute(self._places, {"ids": places})

    def _rows(self, count: int) -> str:
        row = f"({', '.join([self._mark] * (1 + len(_OTHERS)))})"
        columns = ", ".join((_TIME, *_OTHERS))
        return f"insert into predictions ({columns}) values {', '.join([row] * count)} on conflict do nothing"

    def _values(self, prediction: Prediction) -> tuple[Any, ...]:
        return (self._time(prediction.scored_at), *_other_values(prediction))


def _build_places(insert: Any) -> Any:
    """Place the deals of some predictions in the ranking, unless a later prediction has done so."""
    ranking = insert(deals).from_select(["deal_id", "prediction_id", *RANKED, "outcome"], _places_of_predictions())
    new = ranking.excluded
    return ranking.on_conflict_do_update(
        index_elements=["deal_id"],
        set_={name: new[name] for name in ("prediction_id", *RANKED)},
        where=new.prediction_id > deals.c.prediction_id,
    )


def _places_of_predictions() -> Select[Any]:
    recorded = select(outcomes.c.outcome).where(outcomes.c.deal_id == predictions.c.deal_id)
    last = recorded.order_by(outcomes.c.id.desc()).limit(1).scalar_subquery()
    places = select(predictions.c.deal_id, predictions.c.id, *(predictions.c[name] for name in RANKED), last)
    return places.where(predictions.c.id.in_(bindparam("ids", expanding=True))).order_by(predictions.c.deal_id)


def _blocks(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """Blocks of `BLOCK` rows, then smaller powers of two."""
    start = 0
    while left := len(rows) - start:
        size = min(BLOCK, 1 << (left.bit_length() - 1))
        yield rows[start : start + size]
        start += size


def _same(value: Any) -> Any:
    return value


def _id(prediction: Prediction) -> str:
    return prediction.id
