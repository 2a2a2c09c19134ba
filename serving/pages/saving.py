"""Saving: deals that were answered on a page are scored by the champion, and stored like all others."""

import asyncio
from dataclasses import replace

from icp_fit.serving.http.requests import DealRequest
from icp_fit.serving.pages.answers import region_of
from icp_fit.serving.pages.deal_view import first_question
from icp_fit.serving.pages.request import PageRequest
from icp_fit.serving.scoring.champion import ServedModel
from icp_fit.serving.scoring.predictions import score_deal
from icp_fit.serving.store.records import Prediction

ROUTE = "page"


async def save_deal(request: PageRequest, model: ServedModel, deal: DealRequest) -> Prediction:
    """Score a deal and store that; raises AnswerError for answers that cannot be used."""
    runtime = request.runtime
    scored = score_deal(model, deal, runtime.store.new_id(), ROUTE, request.key_id)
    question = await asyncio.to_thread(first_question, model, scored.numbers)
    region = region_of(model.profile, scored.numbers) or deal.region
    prediction = replace(scored.prediction, question=question, region=region)
    await runtime.store_predictions([prediction])
    runtime.metrics.scored(model, scored.numbers[None], (scored.view.score,), (scored.view.grade,))
    runtime.journal.add(event="scored", route=ROUTE, prediction_id=prediction.id, key=request.key_id, **model.stamp)
    return prediction
