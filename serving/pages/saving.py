"""Keeping: deals that were answered on a page are scored by the model that answers now, and stored like all others."""

import asyncio
from dataclasses import replace

from icp_fit.models.narrative.next_steps import next_questions
from icp_fit.serving.http.requests import DealRequest
from icp_fit.serving.pages.answers import region_of
from icp_fit.serving.pages.request import PageRequest
from icp_fit.serving.scoring.champion import ServedModel
from icp_fit.serving.scoring.predictions import ScoredDeal, score_deal
from icp_fit.serving.store.records import Prediction

ROUTE = "page"


async def keep(visit: PageRequest, model: ServedModel, deal: DealRequest) -> Prediction:
    """Score a deal and store that; raises AnswerError for answers that cannot be used."""
    runtime = visit.runtime
    scored = score_deal(model, deal, runtime.store.new_id(), ROUTE, visit.key_id)
    question = await asyncio.to_thread(first_question, scored)
    region = region_of(model.profile, scored.numbers) or deal.region
    prediction = replace(scored.prediction, question=question, region=region)
    await runtime.store_predictions([prediction])
    runtime.metrics.scored(model, scored.numbers[None], (scored.view.score,), (scored.view.grade,))
    runtime.journal.add(event="scored", route=ROUTE, prediction_id=prediction.id, key=visit.key_id, **model.stamp)
    return prediction


def first_question(scored: ScoredDeal) -> str | None:
    """The question that is most worth asking, for the list of deals."""
    asked = next_questions(scored.model.compiled, scored.numbers, 1)
    return asked[0].question if asked else None
