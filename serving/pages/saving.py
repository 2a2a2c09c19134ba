"""Saving: deals that were answered on a page are scored by the champion, and stored like all others."""

from dataclasses import replace

from icp_fit.serving.http.requests import DealRequest
from icp_fit.serving.pages.answers import region_of
from icp_fit.serving.pages.request import PageRequest
from icp_fit.serving.scoring.predictions import Origin
from icp_fit.serving.scoring.served_model import ServedModel
from icp_fit.serving.store.records import Prediction

ROUTE = "page"


async def save_deal(request: PageRequest, model: ServedModel, deal: DealRequest) -> Prediction:
    """Score a deal and store that; raises AnswerError for answers that cannot be used."""
    region = region_of(model.profile, model.reader.read(deal.answers)) or deal.region
    origin = Origin(ROUTE, request.key_id)
    scored = await request.runtime.scorer.score(model, replace(deal, region=region), origin, with_question=True)
    return scored.prediction
