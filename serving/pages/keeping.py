"""Keeping: deals that were answered on a page are scored by the model that answers now, and stored like all others."""

import asyncio
from dataclasses import replace

from models.next_steps import next_questions
from serving.api.requests import DealRequest
from serving.champion import ServedModel
from serving.pages.answers import region_of
from serving.pages.visit import Visit
from serving.predictions import Scored, score_deal
from serving.store.records import Prediction

ROUTE = "page"


async def keep(visit: Visit, model: ServedModel, deal: DealRequest) -> Prediction:
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


def first_question(scored: Scored) -> str | None:
    """The question that is most worth asking, for the list of deals."""
    asked = next_questions(scored.model.fast, scored.numbers, 1)
    return asked[0].question if asked else None
