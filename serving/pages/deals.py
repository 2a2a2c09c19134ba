"""The page of deals: the open ones, ranked by fit, searched, filtered and paged."""

import asyncio
import json
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.responses import Response

from icp_fit.models.explain import explain_numbers
from icp_fit.models.narrative.next_steps import next_questions
from icp_fit.serving.pages.answers import read_usable
from icp_fit.serving.pages.charts import spark
from icp_fit.serving.pages.request import PageRequest
from icp_fit.serving.pages.route import PageRoute
from icp_fit.serving.pages.state import PageState, Said
from icp_fit.serving.scoring.champion import ServedModel
from icp_fit.serving.store.ranking import Choices, RankedDeal, Wanted, list_choices, rank_deals
from icp_fit.serving.store.records import Override
from icp_fit.serving.store.trend import Trend, find_trend

SIZE = 25
FILTERS = ("search", "grade", "owner", "region", "closed")
ARROWS: dict[Trend, str] = {"improving": "↗", "steady": "→", "declining": "↘", "not enough information": ""}


@dataclass(frozen=True)
class Row:
    """A deal of the list; `own` is its last override, and `said` is None until somebody thinks about it."""

    deal: RankedDeal
    trend: Trend
    spark: str
    said: Said | None
    own: Override | None
    is_current: bool

    @property
    def arrow(self) -> str:
        return ARROWS[self.trend]


@dataclass(frozen=True)
class Listing:
    """A page of the deals that are wanted, with what they can be filtered by."""

    rows: list[Row]
    total: int
    page: int
    wanted: Wanted
    choices: Choices

    @property
    def is_unsaid(self) -> bool:
        return any(row.said is None for row in self.rows)

    @property
    def older(self) -> int:
        """How many of the scores on this page another model gave than the one that answers now."""
        return sum(not row.is_current for row in self.rows)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // SIZE))

    @property
    def first(self) -> int:
        return SIZE * (self.page - 1) + 1

    @property
    def is_filtered(self) -> bool:
        return self.wanted != Wanted()

    def address(self, page: int) -> str:
        values = [(name, getattr(self.wanted, name)) for name in FILTERS]
        query = [(name, "1" if value is True else value) for name, value in values if value]
        return f"/?{urlencode([*query, ('page', page)])}"


async def deals(visit: PageRequest) -> Response:
    model = visit.model
    wanted = Wanted(
        search=visit.text("search")[:200],
        grade=visit.text("grade") or None,
        owner=visit.text("owner") or None,
        region=visit.text("region") or None,
        closed=visit.text("closed") == "1",
    )
    text = visit.text("page")
    page = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1
    listing = await asyncio.to_thread(list_deals, visit.desk, model, wanted, max(1, page))
    if visit.text("think") == "1":
        listing = await _think(visit, model, listing)
    return visit.render("deals.html", listing=listing, model=model)


def list_deals(desk: PageState, model: ServedModel, wanted: Wanted, page: int) -> Listing:
    """A page of deals; blocks. A page beyond the last is the last."""
    database, store = desk.runtime.database, desk.runtime.store
    found = rank_deals(database, wanted, page=page, size=SIZE)
    last = max(1, -(-found.total // SIZE))
    if page > last:
        page, found = last, rank_deals(database, wanted, page=last, size=SIZE)
    ids = [deal.deal_id for deal in found.deals]
    scores, own = store.scores(ids), store.last_overrides(ids)
    rows = [
        Row(
            deal=deal,
            trend=find_trend(scores[deal.deal_id]),
            spark=spark([past.score for past in scores[deal.deal_id][-30:]]),
            said=_said(desk, deal),
            own=own.get(deal.deal_id),
            is_current=deal.model_version == model.model_version,
        )
        for deal in found.deals
    ]
    return Listing(rows, found.total, page, wanted, list_choices(database))


def _said(desk: PageState, deal: RankedDeal) -> Said | None:
    """Reason and question as stored or, where a prediction came without them, as they were thought of before."""
    if deal.reason and deal.question:
        return Said(deal.reason, deal.question, _is_for(deal))
    return desk.said.find(deal.prediction_id)


def _is_for(deal: RankedDeal) -> bool | None:
    """On which side the reason stands in what was stored of the deal; None where no reasons were."""
    told = json.loads(deal.explanation or "{}")
    is_for, is_against = (deal.reason in told.get(side, ()) for side in ("strengths", "risks"))
    return is_for if is_for or is_against else None


async def _think(visit: PageRequest, model: ServedModel, listing: Listing) -> Listing:
    """The same with reasons and questions, one page at a time, until the visitor leaves: it takes some time."""
    rows = []
    async with visit.desk.thinking:
        for row in listing.rows:
            if row.said is None and not await visit.request.is_disconnected():
                row = replace(row, said=await asyncio.to_thread(_think_of, visit.desk, model, row.deal.prediction_id))
            rows.append(row)
    return replace(listing, rows=rows)


def _think_of(desk: PageState, model: ServedModel, prediction_id: str) -> Said:
    """What the model that made a prediction says now, if it still answers; to load another takes too long here."""
    prediction = desk.runtime.store.prediction(prediction_id)
    if prediction is None or not model.made(prediction.bundle_hash, prediction.profile_digest):
        return desk.said.keep(prediction_id, Said(None, None, None))
    numbers, _, _ = read_usable(model, json.loads(prediction.answers))
    view = model.narrator.view(explain_numbers(model.compiled, numbers[None]))
    strongest = max(view.strengths + view.risks, key=lambda reason: abs(reason.points), default=None)
    asked = next_questions(model.compiled, numbers, 1)
    said = Said(
        reason=strongest.sentence if strongest else None,
        question=asked[0].question if asked else None,
        is_for=strongest.points > 0 if strongest else None,
    )
    return desk.said.keep(prediction_id, said)


pages = (PageRoute("GET", "/", deals),)
