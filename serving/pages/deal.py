"""The page of a deal, and what a seller does there: answer, score again, override, and ask why the score changed."""

import asyncio
import json
from datetime import UTC, datetime
from urllib.parse import urlencode

from starlette.responses import Response

from icp_fit.features.deal_reader import AnswerError, carry
from icp_fit.serving.http.problems import Refusal
from icp_fit.serving.http.requests import NOTE_LETTERS, DealRequest
from icp_fit.serving.pages.answers import answers_of, read_answer, read_usable, say_wrong
from icp_fit.serving.pages.changes import find_change
from icp_fit.serving.pages.deal_view import DealView, find_deal_view, find_latest
from icp_fit.serving.pages.form_fields import FormField, ask
from icp_fit.serving.pages.rendering import path_text
from icp_fit.serving.pages.request import PageRequest, go
from icp_fit.serving.pages.route import PageRoute
from icp_fit.serving.pages.saving import keep
from icp_fit.serving.pages.state import PageState
from icp_fit.serving.scoring.champion import ServedModel
from icp_fit.serving.store.records import Override, Prediction


async def deal(visit: PageRequest) -> Response:
    story = await asyncio.to_thread(find_deal_view, visit.desk, _deal_id(visit))
    return _show(visit, story)


async def answer(visit: PageRequest) -> Response:
    """Change one answer and score the deal anew; an empty answer takes it away."""
    model, deal_id = visit.model, _deal_id(visit)
    factor = next((f for f in model.profile.factors if f.id == visit.text("factor")), None)
    if factor is None:
        raise Refusal(422, "The profile no longer asks this question. Load the page again.")
    latest, answers = await asyncio.to_thread(_answers_for, visit.desk, model, deal_id)
    said = None if visit.text("forget") else read_answer(factor, visit.text("answer"))
    answers = {name: value for name, value in answers.items() if name != factor.id}
    if said is not None:
        answers[factor.id] = said
    try:
        kept = await keep(visit, model, _request(latest, answers))
    except AnswerError as error:
        story = await asyncio.to_thread(find_deal_view, visit.desk, deal_id)
        problem = " ".join(say_wrong(model.profile, error.problems, answers).values())
        return _show(visit, story, 422, factor.id, problem)
    return _back(deal_id, saved=factor.id, was=latest.score, id=kept.id)


async def rescore(visit: PageRequest) -> Response:
    """Score a deal's answers by the model that answers now."""
    model, deal_id = visit.model, _deal_id(visit)
    latest, answers = await asyncio.to_thread(_answers_for, visit.desk, model, deal_id)
    kept = await keep(visit, model, _request(latest, answers))
    return _back(deal_id, saved="", was=latest.score, id=kept.id)


async def override(visit: PageRequest) -> Response:
    """Put a person's own score beside the model's."""
    deal_id, score, reason = _deal_id(visit), visit.text("score"), visit.text("reason")
    await asyncio.to_thread(find_latest, visit.desk, deal_id)
    problem = ""
    if not (score.isascii() and score.isdigit() and int(score[:4]) <= 100):
        problem = "Your score must be a whole number from 0 to 100."
    elif not reason:
        problem = "Say why, so that others can follow."
    elif len(reason) > NOTE_LETTERS:
        problem = f"Say it in at most {NOTE_LETTERS:,} letters."
    if problem:
        story = await asyncio.to_thread(find_deal_view, visit.desk, deal_id)
        return _show(visit, story, 422, "override", problem)
    made = Override(deal_id, int(score), reason, datetime.now(UTC), visit.key_id)
    await asyncio.to_thread(visit.runtime.store.add_override, made)
    return _back(deal_id, overridden=1)


async def change(visit: PageRequest) -> Response:
    """Why the score changed between two scorings of a deal."""
    ids = visit.text("before"), visit.text("after")
    found = await asyncio.to_thread(find_change, visit.desk, _deal_id(visit), *ids)
    return visit.render("change.html", change=found)


def _show(visit: PageRequest, story: DealView, status: int = 200, wrong: str = "", problem: str = "") -> Response:
    """The page; `problem` is shown at the question, or the form, that `wrong` names."""
    saved, was = visit.request.query_params.get("saved"), visit.text("was")
    is_fresh = saved is not None and visit.text("id") == story.prediction.id
    moved = story.prediction.score - int(was) if is_fresh and was.isdigit() and len(was) < 4 else None
    return visit.render(
        "deal.html",
        status,
        story=story,
        told=story.told,
        ask=ask,
        view=story.told.view,
        former=_former(story, saved) if is_fresh and saved else None,
        moved=moved,
        overridden=visit.request.method == "GET" and visit.text("overridden") == "1",
        wrong=wrong,
        problem=problem,
        entered=visit.text("answer") or visit.text("reason"),
    )


def _former(story: DealView, factor_id: str) -> FormField | None:
    """The question that was answered last, with the answer that it had before."""
    profile = story.told.model.profile
    if factor_id not in profile.factor_ids or len(story.history) < 2:
        return None
    numbers, _, _ = read_usable(story.told.model, json.loads(story.history[-2].answers))
    return ask(profile.factor(factor_id), float(numbers[profile.factor_ids.index(factor_id)]))


def _deal_id(visit: PageRequest) -> str:
    return str(visit.request.path_params["deal_id"])


def _back(deal_id: str, **said: object) -> Response:
    return go(f"/deals/{path_text(deal_id)}?{urlencode(said)}")


def _answers_for(desk: PageState, model: ServedModel, deal_id: str) -> tuple[Prediction, dict[str, object]]:
    """A deal's latest prediction and its answers, as far as this model's profile still has a word for them."""
    latest, _ = find_latest(desk, deal_id)
    answers = json.loads(latest.answers)
    made_by = desk.runtime.champion.model_of(latest.bundle_hash, latest.profile_digest)
    if made_by is None or made_by.profile.digest == model.profile.digest:
        return latest, read_usable(model, answers)[1]
    numbers, _, _ = read_usable(made_by, answers)
    return latest, answers_of(model.profile, carry(numbers[None], made_by.profile, model.profile)[0])


def _request(latest: Prediction, answers: dict[str, object]) -> DealRequest:
    return DealRequest(answers, latest.deal_id, latest.name, latest.owner, latest.region)


pages = (
    PageRoute("GET", "/deals/{deal_id:path}", deal),
    PageRoute("POST", "/answer/{deal_id:path}", answer),
    PageRoute("POST", "/rescore/{deal_id:path}", rescore),
    PageRoute("POST", "/override/{deal_id:path}", override, "override"),
    PageRoute("GET", "/change/{deal_id:path}", change),
)
