"""A new deal: a form that the profile makes, with the score so far while it is filled in."""

import asyncio
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

import numpy as np
from starlette.responses import Response

from icp_fit.features.deal_reader import AnswerError
from icp_fit.serving.http.problems import Refusal
from icp_fit.serving.http.requests import ABOUT_DEAL, DEAL_ID, DealRequest, Field, read_deal
from icp_fit.serving.pages.answers import describe_problems, read_answers, read_usable
from icp_fit.serving.pages.deal_view import Assessment, assess
from icp_fit.serving.pages.form_fields import FIELD, FormGroup, build_form_groups
from icp_fit.serving.pages.rendering import path_text
from icp_fit.serving.pages.request import PageRequest, redirect
from icp_fit.serving.pages.route import PageRoute
from icp_fit.serving.pages.saving import save_deal
from icp_fit.serving.scoring.served_model import ServedModel


async def new_deal(request: PageRequest) -> Response:
    model = request.model
    nothing = np.full(len(model.profile.factors), np.nan)
    assessment = assess(request.state, model, nothing)
    return _render_form(request, assessment, assessment.groups)


async def draft(request: PageRequest) -> Response:
    """The score of the form so far; stored nowhere."""
    model = request.model
    answers = read_answers(model.profile, request.form)
    try:
        numbers = model.reader.read(answers)
    except AnswerError as error:
        problems = describe_problems(model.profile, error.problems, answers)
        return request.render("live_problem.html", 422, problems=problems)
    assessment = await asyncio.to_thread(assess, request.state, model, numbers)
    return request.render("draft.html", assessment=assessment, view=assessment.view)


async def create(request: PageRequest) -> Response:
    """Score and store a new deal, and go to its page."""
    model = request.model
    answers = read_answers(model.profile, request.form)
    about = {field.name: request.text(field.name) or None for field in _about(model)}
    problems = _check_about(about, model)
    deal_id = about["deal_id"] or f"N-{datetime.now(UTC):%y%m%d}-{secrets.token_hex(3)}"
    stored = await asyncio.to_thread(request.runtime.store.history, deal_id, 1)
    if not problems and stored:
        problems["deal_id"] = f"Deal {deal_id} already exists. Give this one another id, or leave the id empty."
    if not problems:
        try:
            await save_deal(request, model, DealRequest(answers, **{**about, "deal_id": deal_id}))
            return redirect(f"/deals/{path_text(deal_id)}")
        except AnswerError as error:
            problems = describe_problems(model.profile, error.problems, answers)
    assessment = assess(request.state, model, read_usable(model, answers)[0])
    groups = build_form_groups(model.profile, assessment.numbers, problems)
    entries = {**about, **{name: text for name, text in request.form.items() if name.startswith(FIELD)}}
    return _render_form(request, assessment, groups, 422, entries, problems)


def _render_form(
    request: PageRequest,
    assessment: Assessment,
    groups: list[FormGroup],
    status: int = 200,
    entries: Mapping[str, object] = MappingProxyType({}),
    problems: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """The form; `entries` are the texts of its fields, where it was filled in before."""
    return request.render(
        "new_deal.html",
        status,
        assessment=assessment,
        view=assessment.view,
        groups=groups,
        about=_about(assessment.model),
        entries=entries,
        problems=problems,
    )


def _about(model: ServedModel) -> list[Field]:
    """The fields about the deal itself, its id last, without those that are factors of the profile already."""
    fields = [field for field in ABOUT_DEAL if field.name not in model.profile.factor_ids]
    return sorted(fields, key=lambda field: field is DEAL_ID)


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
