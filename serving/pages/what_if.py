"""What if: other answers tried on a deal, on a page of its own that saves nothing and says so."""

import asyncio
from dataclasses import dataclass

import numpy as np
from starlette.responses import Response

from icp_fit.features.deal_reader import AnswerError, DealReader, answer_of
from icp_fit.models.what_if import WhatIf, what_if
from icp_fit.serving.pages.answers import changes, read_answers, say_wrong
from icp_fit.serving.pages.deal_view import DealView, find_deal_view
from icp_fit.serving.pages.form_fields import ask_all
from icp_fit.serving.pages.request import PageRequest
from icp_fit.serving.pages.route import PageRoute
from icp_fit.serving.scoring.descriptions import describe_what_if


@dataclass(frozen=True)
class Tried:
    """A deal as it is and as it would be; `changed` are the answers that differ, in words."""

    found: WhatIf
    changed: list[tuple[str, str, str]]

    @property
    def told(self) -> dict[str, object]:
        return describe_what_if(self.found)


async def what_if_page(visit: PageRequest) -> Response:
    """The page, with the better answer filled in of the action that the address names."""
    story = await asyncio.to_thread(_story, visit)
    numbers, wanted = story.told.numbers.copy(), visit.text("try")
    for action in story.told.actions:
        if action.factor == wanted:
            numbers = DealReader(story.told.model.profile).change(numbers, {wanted: action.better})
    tried = _try(story, numbers)
    groups = ask_all(story.told.model.profile, numbers)
    return visit.render("what_if.html", story=story, tried=tried, groups=groups, wanted=wanted)


async def what_if_result(visit: PageRequest) -> Response:
    """What the answers of the form would make of the score; stored nowhere."""
    story = await asyncio.to_thread(_story, visit)
    model = story.told.model
    answers = read_answers(model.profile, visit.form)
    try:
        numbers = model.reader.read(answers)
    except AnswerError as error:
        problems = say_wrong(model.profile, error.problems, answers)
        return visit.render("live_problem.html", 422, problems=problems)
    return visit.render("what_if_result.html", story=story, tried=_try(story, numbers))


def _story(visit: PageRequest) -> DealView:
    return find_deal_view(visit.desk, str(visit.request.path_params["deal_id"]))


def _try(story: DealView, numbers: np.ndarray) -> Tried:
    model, before = story.told.model, story.told.numbers
    after = dict(zip(model.profile.factor_ids, numbers.tolist(), strict=True))
    differ = list(changes(model.profile, before, numbers))
    said = {factor.id: answer_of(factor, after[factor.id]) for factor, _, _ in differ}
    found = what_if(model.compiled, before, said)
    return Tried(found, [(factor.label, was, now) for factor, was, now in differ])


pages = (
    PageRoute("GET", "/what-if/{deal_id:path}", what_if_page),
    PageRoute("POST", "/what-if/{deal_id:path}", what_if_result),
)
