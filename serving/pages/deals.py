"""The page of deals: the open ones, ranked by fit, searched, filtered and paged."""

import asyncio
import json
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.responses import Response

from icp_fit.serving.pages.answers import read_usable
from icp_fit.serving.pages.charts import spark
from icp_fit.serving.pages.deal_view import assess
from icp_fit.serving.pages.request import PageRequest
from icp_fit.serving.pages.route import PageRoute
from icp_fit.serving.pages.state import DealSummary, PageState
from icp_fit.serving.scoring.served_model import ServedModel
from icp_fit.serving.store.ranking import Choices, DealFilter, RankedDeal, list_choices, rank_deals
from icp_fit.serving.store.records import Override
from icp_fit.serving.store.trend import Trend, find_trend

SIZE = 25
FILTERS = ("search", "grade", "owner", "region", "closed")
ARROWS: dict[Trend, str] = {"improving": "↗", "steady": "→", "declining": "↘", "not enough information": ""}


@dataclass(frozen=True)
class DealRow:
    """A deal of the list; `override` is the last one, and `summary` is None until it is looked for (`_summarise`)."""

    deal: RankedDeal
    trend: Trend
    spark: str
    summary: DealSummary | None
    override: Override | None
    is_by_champion: bool

    @property
    def arrow(self) -> str:
        return ARROWS[self.trend]


@dataclass(frozen=True)
class DealListing:
    """A page of the deals that were searched for, with the choices of the filters."""

    rows: list[DealRow]
    total: int
    page: int
    filter: DealFilter
    choices: Choices

    @property
    def lacks_summaries(self) -> bool:
        return any(row.summary is None for row in self.rows)

    @property
    def older(self) -> int:
        """How many of the scores on this page come from another model than the champion."""
        return sum(not row.is_by_champion for row in self.rows)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // SIZE))

    @property
    def first(self) -> int:
        return SIZE * (self.page - 1) + 1

    @property
    def is_filtered(self) -> bool:
        return self.filter != DealFilter()

    def address(self, page: int) -> str:
        values = [(name, getattr(self.filter, name)) for name in FILTERS]
        query = [(name, "1" if value is True else value) for name, value in values if value]
        return f"/?{urlencode([*query, ('page', page)])}"


async def deals(request: PageRequest) -> Response:
    model = request.model
    deal_filter = DealFilter(
        search=request.text("search")[:200],
        grade=request.text("grade") or None,
        owner=request.text("owner") or None,
        region=request.text("region") or None,
        closed=request.text("closed") == "1",
    )
    text = request.text("page")
    page = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1
    listing = await asyncio.to_thread(list_deals, request.state, model, deal_filter, max(1, page))
    if request.text("summaries") == "1":
        listing = await _summarise_rows(request, model, listing)
    return request.render("deals.html", listing=listing, model=model)


def list_deals(state: PageState, model: ServedModel, deal_filter: DealFilter, page: int) -> DealListing:
    """A page of deals; blocks. A page beyond the last is the last."""
    database, store = state.runtime.database, state.runtime.store
    ranked = rank_deals(database, deal_filter, page=page, size=SIZE)
    last = max(1, -(-ranked.total // SIZE))
    if page > last:
        page, ranked = last, rank_deals(database, deal_filter, page=last, size=SIZE)
    ids = [deal.deal_id for deal in ranked.deals]
    scores, overrides = store.scores(ids), store.last_overrides(ids)
    rows = [
        DealRow(
            deal=deal,
            trend=find_trend(scores[deal.deal_id]),
            spark=spark([point.score for point in scores[deal.deal_id][-30:]]),
            summary=_find_summary(state, deal),
            override=overrides.get(deal.deal_id),
            is_by_champion=deal.model_version == model.model_version,
        )
        for deal in ranked.deals
    ]
    return DealListing(rows, ranked.total, page, deal_filter, list_choices(database))


def _find_summary(state: PageState, deal: RankedDeal) -> DealSummary | None:
    """Reason and question as stored or, where a prediction came without them, as they were summarised before."""
    if deal.reason and deal.question:
        return DealSummary(deal.reason, deal.question, _is_strength(deal))
    return state.summaries.find(deal.prediction_id)


def _is_strength(deal: RankedDeal) -> bool | None:
    """Whether the stored reason is among the stored strengths or the stored risks; None where it is in neither."""
    explanation = json.loads(deal.explanation or "{}")
    strength, risk = (deal.reason in explanation.get(side, ()) for side in ("strengths", "risks"))
    return strength if strength or risk else None


async def _summarise_rows(request: PageRequest, model: ServedModel, listing: DealListing) -> DealListing:
    """The same with reasons and questions, one page at a time, until the visitor leaves: it takes some seconds."""
    state, rows = request.state, []
    async with state.summarising:
        for row in listing.rows:
            if row.summary is None and not await request.http.is_disconnected():
                row = replace(row, summary=await asyncio.to_thread(_summarise, state, model, row.deal.prediction_id))
            rows.append(row)
    return replace(listing, rows=rows)


def _summarise(state: PageState, model: ServedModel, prediction_id: str) -> DealSummary:
    """A prediction's summary if the champion made it, else an empty one: to load another model takes too long here."""
    prediction = state.runtime.store.prediction(prediction_id)
    if prediction is None or not model.matches(prediction.bundle_hash, prediction.profile_digest):
        return state.summaries.add(prediction_id, DealSummary(None, None, None))
    numbers, _, _ = read_usable(model, json.loads(prediction.answers))
    return state.summaries.add(prediction_id, assess(state, model, numbers).summary)


pages = (PageRoute("GET", "/", deals),)
