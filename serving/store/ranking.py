"""The list of deals as sellers read it: each deal's latest prediction, best first, searched, filtered and paged."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from icp_fit.serving.store.database import Database
from icp_fit.serving.store.records import deals, predictions

_SHOWN = ("score", "low", "high", "completeness", "reason", "question", "scored_at", "model_version", "explanation")
_PLACED = ("deal_id", "prediction_id", "win_probability", "grade", "name", "owner", "region", "outcome")


@dataclass(frozen=True)
class DealFilter:
    """Which deals: open ones unless `closed`, with this text in their name or id, and these values where given."""

    search: str = ""
    grade: str | None = None
    owner: str | None = None
    region: str | None = None
    closed: bool = False


class RankedDeal(NamedTuple):
    """A deal with what its latest prediction says; `outcome` is won, lost or, while it is open, None."""

    deal_id: str
    prediction_id: str
    win_probability: float
    grade: str
    name: str | None
    owner: str | None
    region: str | None
    outcome: str | None
    score: int
    low: float
    high: float
    completeness: float
    reason: str | None
    question: str | None
    scored_at: datetime
    model_version: str
    explanation: str | None


class DealPage(NamedTuple):
    """Some of the deals that pass a filter, and how many pass it in all."""

    deals: list[RankedDeal]
    total: int


class Choices(NamedTuple):
    """What the open deals can be filtered by, in alphabetical order."""

    grades: list[str]
    owners: list[str]
    regions: list[str]


def rank_deals(database: Database, deal_filter: DealFilter | None = None, *, page: int = 1, size: int = 50) -> DealPage:
    """A page of the deals that pass a filter, the most likely to be won first; pages count from 1."""
    condition = _condition(deal_filter or DealFilter())
    order = (deals.c.win_probability.desc(), deals.c.deal_id.desc())
    # the places are cut to the page before predictions, whose rows are long, are read
    places = select(deals).where(condition).order_by(*order).limit(size).offset((max(page, 1) - 1) * size).subquery()
    columns = [places.c[name] for name in _PLACED] + [predictions.c[name] for name in _SHOWN]
    query: Select[Any] = select(*columns).join(predictions, predictions.c.id == places.c.prediction_id)
    query = query.order_by(places.c.win_probability.desc(), places.c.deal_id.desc())
    with database.read() as connection:
        total = connection.scalar(select(func.count()).select_from(deals).where(condition)) or 0
        return DealPage([RankedDeal(*row) for row in connection.execute(query)], total)


def list_choices(database: Database) -> Choices:
    with database.read() as connection:
        found = [
            connection.scalars(select(column).distinct().where(column.is_not(None), deals.c.outcome.is_(None)))
            for column in (deals.c.grade, deals.c.owner, deals.c.region)
        ]
        return Choices(*(sorted(values) for values in found))


def _condition(deal_filter: DealFilter) -> ColumnElement[bool]:
    conditions = [
        deals.c[name] == value
        for name in ("grade", "owner", "region")
        if (value := getattr(deal_filter, name)) is not None
    ]
    conditions.append(deals.c.outcome.is_not(None) if deal_filter.closed else deals.c.outcome.is_(None))
    if text := deal_filter.search.strip():
        conditions.append(or_(*(column.icontains(text, autoescape=True) for column in (deals.c.name, deals.c.deal_id))))
    return and_(*conditions)
