"""What if: the score of a deal with other answers, on a page of its own that saves nothing and says so."""

import asyncio
from dataclasses import dataclass

import numpy as np
from starlette.responses import Response

from icp_fit.features.deal_reader import AnswerError, DealReader, answer_of
from icp_fit.models.what_if import WhatIf, what_if
from icp_fit.serving.pages.answers import describe_problems, list_changes, read_answers
from icp_fit.serving.pages.deal_view import Assessment, DealView, find_deal_view
from icp_fit.serving.pages.form_fields import build_form_groups
from icp_fit.serving.pages.request import PageRequest
from icp_fit.serving.pages.route import PageRoute
from icp_fit.serving.scoring.factor_changes import list_factor_changes
from icp_fit.serving.scoring.served_model import ServedModel


@dataclass(frozen=True)
class WhatIfView:
    """A deal as it is and as it would be; `changes` are the answers that differ, as (label, before, after)."""

    model: ServedModel
    what_if: WhatIf
    changes: list[tuple[str, str, str]]

    @property
    def scores(self) -> dict[str, object]:
        view = self.model.narrator.view
        before, after = view(self.what_if.before), view(self.what_if.after)
        return {"before": before, "after": after, "factors": list_factor_changes(self.what_if)}


async def what_if_page(request: PageRequest) -> Response:
    """The page, with the better answer filled in of the action that the address names."""
    deal_view = await asyncio.to_thread(_find_deal, request)
    assessment = deal_view.assessment
    numbers, highlight = assessment.numbers.copy(), request.text("try")
    for action in assessment.actions:
        if action.factor == highlight:
            numbers = DealReader(assessment.model.profile).change(numbers, {highlight: action.better})
    groups = build_form_groups(assessment.model.profile, numbers)
    changed = _compare(assessment, numbers)
    return request.render("what_if.html", deal_view=deal_view, what_if=changed, groups=groups, highlight=highlight)


async def what_if_result(request: PageRequest) -> Response:
    """The score with the answers of the form; stored nowhere."""
    deal_view = await asyncio.to_thread(_find_deal, request)
    model = deal_view.assessment.model
    answers = read_answers(model.profile, request.form)
    try:
        numbers = model.reader.read(answers)
    except AnswerError as error:
        problems = describe_problems(model.profile, error.problems, answers)
        return request.render("live_problem.html", 422, problems=problems)
    changed = _compare(deal_view.assessment, numbers)
    return request.render("what_if_result.html", deal_view=deal_view, what_if=changed)


def _find_deal(request: PageRequest) -> DealView:
    return find_deal_view(request.state, str(request.http.path_params["deal_id"]))


def _compare(assessment: Assessment, numbers: np.ndarray) -> WhatIfView:
    """A deal beside itself with other answers, shape (factors,)."""
    model, before = assessment.model, assessment.numbers
    number_of = dict(zip(model.profile.factor_ids, numbers.tolist(), strict=True))
    changes = list(list_changes(model.profile, before, numbers))
    answers = {factor.id: answer_of(factor, number_of[factor.id]) for factor, _, _ in changes}
    labelled = [(factor.label, was, now) for factor, was, now in changes]
    return WhatIfView(assessment.model, what_if(model.compiled, before, answers), labelled)


pages = (
    PageRoute("GET", "/what-if/{deal_id:path}", what_if_page),
    PageRoute("POST", "/what-if/{deal_id:path}", what_if_result),
)
