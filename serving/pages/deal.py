"""The page of a deal, and what a seller does there: answer, score again, override, and ask why the score changed."""

import asyncio
import json
from datetime import UTC, datetime
from urllib.parse import urlencode

from starlette.responses import Response

from icp_fit.features.deal_reader import AnswerError, answers_of, carry
from icp_fit.serving.http.problems import Refusal
from icp_fit.serving.http.requests import NOTE_LETTERS, DealRequest
from icp_fit.serving.pages.answers import describe_problems, read_answer, read_usable
from icp_fit.serving.pages.changes import find_change
from icp_fit.serving.pages.deal_view import DealView, find_deal_view, find_latest
from icp_fit.serving.pages.form_fields import FormField, build_field
from icp_fit.serving.pages.rendering import path_text
from icp_fit.serving.pages.request import PageRequest, redirect
from icp_fit.serving.pages.route import PageRoute
from icp_fit.serving.pages.saving import save_deal
from icp_fit.serving.pages.state import PageState
from icp_fit.serving.scoring.served_model import ServedModel
from icp_fit.serving.store.records import Override, Prediction


async def deal(request: PageRequest) -> Response:
    return _show(request, await asyncio.to_thread(find_deal_view, request.state, _deal_id(request)))


async def answer(request: PageRequest) -> Response:
    """Change one answer and score the deal anew; an empty answer takes it away."""
    model, deal_id = request.model, _deal_id(request)
    factor = next((f for f in model.profile.factors if f.id == request.text("factor")), None)
    if factor is None:
        raise Refusal(422, "The profile no longer asks this question. Reload the page.")
    latest, answers = await asyncio.to_thread(_answers_for, request.state, model, deal_id)
    new_answer = None if request.text("clear") else read_answer(factor, request.text("answer"))
    answers = {name: value for name, value in answers.items() if name != factor.id}
    if new_answer is not None:
        answers[factor.id] = new_answer
    try:
        prediction = await save_deal(request, model, _request(latest, answers))
    except AnswerError as error:
        view = await asyncio.to_thread(find_deal_view, request.state, deal_id)
        problem = " ".join(describe_problems(model.profile, error.problems, answers).values())
        return _show(request, view, 422, factor.id, problem)
    return _back(deal_id, saved=factor.id, was=latest.score, id=prediction.id)


async def rescore(request: PageRequest) -> Response:
    """Score a deal's answers by the model that answers now."""
    model, deal_id = request.model, _deal_id(request)
    latest, answers = await asyncio.to_thread(_answers_for, request.state, model, deal_id)
    prediction = await save_deal(request, model, _request(latest, answers))
    return _back(deal_id, saved="", was=latest.score, id=prediction.id)


async def override(request: PageRequest) -> Response:
    """Put a person's own score beside the model's."""
    deal_id, score, reason = _deal_id(request), request.text("score"), request.text("reason")
    await asyncio.to_thread(find_latest, request.state, deal_id)
    problem = ""
    if not (score.isascii() and score.isdigit() and int(score[:4]) <= 100):
        problem = "Your score must be a whole number from 0 to 100."
    elif not reason:
        problem = "Give a reason, so that others can follow your score."
    elif len(reason) > NOTE_LETTERS:
        problem = f"The reason may have at most {NOTE_LETTERS:,} characters. Shorten it."
    if problem:
        view = await asyncio.to_thread(find_deal_view, request.state, deal_id)
        return _show(request, view, 422, "override", problem)
    record = Override(deal_id, int(score), reason, datetime.now(UTC), request.key_id)
    await asyncio.to_thread(request.runtime.store.add_override, record)
    return _back(deal_id, overridden=1)


async def change(request: PageRequest) -> Response:
    """Why the score changed between two predictions of a deal."""
    ids = request.text("before"), request.text("after")
    score_change = await asyncio.to_thread(find_change, request.state, _deal_id(request), *ids)
    return request.render("change.html", change=score_change)


def _show(request: PageRequest, view: DealView, status: int = 200, error_at: str = "", problem: str = "") -> Response:
    """The page; `problem` is shown at the question, or the form, that `error_at` names.

    After a save, `score_change` is by how many points the score changed, and `previous_field` the question that was
    answered, with the answer that it had before; both are None else.
    """
    saved, was = request.http.query_params.get("saved"), request.text("was")
    is_fresh = saved is not None and request.text("id") == view.prediction.id
    score_change = view.prediction.score - int(was) if is_fresh and was.isdigit() and len(was) < 4 else None
    return request.render(
        "deal.html",
        status,
        deal_view=view,
        assessment=view.assessment,
        build_field=build_field,
        view=view.assessment.view,
        previous_field=_find_previous_field(view, saved) if is_fresh and saved else None,
        score_change=score_change,
        overridden=request.http.method == "GET" and request.text("overridden") == "1",
        error_at=error_at,
        problem=problem,
        entry=request.text("answer") or request.text("reason"),
    )


def _find_previous_field(view: DealView, factor_id: str) -> FormField | None:
    """The question that was answered last, with the answer that it had before."""
    profile = view.assessment.model.profile
    if factor_id not in profile.factor_ids or len(view.history) < 2:
        return None
    numbers, _, _ = read_usable(view.assessment.model, json.loads(view.history[-2].answers))
    return build_field(profile.factor(factor_id), float(numbers[profile.factor_ids.index(factor_id)]))


def _deal_id(request: PageRequest) -> str:
    return str(request.http.path_params["deal_id"])


def _back(deal_id: str, **query: object) -> Response:
    return redirect(f"/deals/{path_text(deal_id)}?{urlencode(query)}")


def _answers_for(state: PageState, model: ServedModel, deal_id: str) -> tuple[Prediction, dict[str, object]]:
    """A deal's latest prediction and its answers, as far as this model's profile still takes them."""
    latest, _ = find_latest(state, deal_id)
    answers = json.loads(latest.answers)
    scorer = state.runtime.champion.model_of(latest.bundle_hash, latest.profile_digest)
    if scorer is None or scorer.profile.digest == model.profile.digest:
        return latest, read_usable(model, answers)[1]
    numbers, _, _ = read_usable(scorer, answers)
    return latest, answers_of(model.profile, carry(numbers[None], scorer.profile, model.profile)[0])


def _request(latest: Prediction, answers: dict[str, object]) -> DealRequest:
    return DealRequest(answers, latest.deal_id, latest.name, latest.owner, latest.region)


pages = (
    PageRoute("GET", "/deals/{deal_id:path}", deal),
    PageRoute("POST", "/answer/{deal_id:path}", answer),
    PageRoute("POST", "/rescore/{deal_id:path}", rescore),
    PageRoute("POST", "/override/{deal_id:path}", override, "override"),
    PageRoute("GET", "/change/{deal_id:path}", change),
)
