"""A new deal: a form that the profile makes, with the score as it would be while it is filled in."""

import asyncio
import secrets
from datetime import UTC, datetime

import numpy as np
from starlette.responses import Response

from icp_fit.features.deal_reader import AnswerError
from icp_fit.serving.http.problems import Refusal
from icp_fit.serving.http.requests import ABOUT_DEAL, DEAL_ID, DealRequest, Field, read_deal
from icp_fit.serving.pages.answers import read_answers, read_usable, say_wrong
from icp_fit.serving.pages.deal_view import tell
from icp_fit.serving.pages.form_fields import FIELD, ask_all
from icp_fit.serving.pages.rendering import path_text
from icp_fit.serving.pages.request import PageRequest, go
from icp_fit.serving.pages.route import PageRoute
from icp_fit.serving.pages.saving import keep
from icp_fit.serving.scoring.champion import ServedModel


async def new_deal(visit: PageRequest) -> Response:
    model = visit.model
    nothing = np.full(len(model.profile.factors), np.nan)
    told = tell(visit.desk, model, nothing)
    return visit.render("new_deal.html", told=told, groups=told.groups, about=_about(model), said={}, problems={})


async def draft(visit: PageRequest) -> Response:
    """The score of what the form says so far; stored nowhere."""
    model = visit.model
    answers = read_answers(model.profile, visit.form)
    try:
        numbers = model.reader.read(answers)
    except AnswerError as error:
        problems = say_wrong(model.profile, error.problems, answers)
        return visit.render("live_problem.html", 422, problems=problems)
    told = await asyncio.to_thread(tell, visit.desk, model, numbers)
    return visit.render("draft.html", told=told, view=told.view)


async def create(visit: PageRequest) -> Response:
    """Score and store a new deal, and go to its page."""
    model = visit.model
    answers = read_answers(model.profile, visit.form)
    about = {field.name: visit.text(field.name) or None for field in _about(model)}
    problems = _check_about(about, model)
    deal_id = about["deal_id"] or f"N-{datetime.now(UTC):%y%m%d}-{secrets.token_hex(3)}"
    known = await asyncio.to_thread(visit.runtime.store.history, deal_id, 1)
    if not problems and known:
        problems["deal_id"] = f"There is a deal {deal_id} already. Give this one another id, or none."
    if not problems:
        try:
            await keep(visit, model, DealRequest(answers, **{**about, "deal_id": deal_id}))
            return go(f"/deals/{path_text(deal_id)}")
        except AnswerError as error:
            problems = say_wrong(model.profile, error.problems, answers)
    told = tell(visit.desk, model, read_usable(model, answers)[0])
    return visit.render(
        "new_deal.html",
        422,
        told=told,
        groups=ask_all(model.profile, told.numbers, problems),
        about=_about(model),
        said={**about, **{name: text for name, text in visit.form.items() if name.startswith(FIELD)}},
        problems=problems,
    )


def _about(model: ServedModel) -> list[Field]:
    """What is asked about the deal itself, its id last, unless the profile asks it already."""
    asked = [field for field in ABOUT_DEAL if field.name not in model.profile.factor_ids]
    return sorted(asked, key=lambda field: field is DEAL_ID)


def _check_about(about: dict[str, str | None], model: ServedModel) -> dict[str, str]:
    """What is wrong with the deal's name and the like, by field."""
    given = {name: text for name, text in about.items() if text is not None}
    try:
        read_deal({**given, "answers": {}}, model.profile)
    except Refusal as refusal:
        return {error.field: error.detail.replace("`", "") for error in refusal.errors}
    return {}


pages = (
    PageRoute("GET", "/new", new_deal),
    PageRoute("POST", "/new", create),
    PageRoute("POST", "/new/score", draft),
)
