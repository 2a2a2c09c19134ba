"""What if: other answers tried on a deal, on a page of its own that saves nothing and says so."""

import asyncio
from dataclasses import dataclass

import numpy as np
from starlette.responses import Response

from features.reading import AnswerError, DealReader, answer_of
from models.what_if import WhatIf, what_if
from serving.api.descriptions import describe_what_if
from serving.pages.answers import changes, read_answers, say_wrong
from serving.pages.asked import ask_all
from serving.pages.page import Page
from serving.pages.story import Story, find_story
from serving.pages.visit import Visit


@dataclass(frozen=True)
class Tried:
    """A deal as it is and as it would be; `changed` are the answers that differ, in words."""

    found: WhatIf
    changed: list[tuple[str, str, str]]

    @property
    def told(self) -> dict[str, object]:
        return describe_what_if(self.found)


async def what_if_page(visit: Visit) -> Response:
    """The page, with the better answer filled in of the action that the address names."""
    story = await asyncio.to_thread(_story, visit)
    numbers, wanted = story.told.numbers.copy(), visit.text("try")
    for action in story.told.actions:
        if action.factor == wanted:
            numbers = DealReader(story.told.model.profile).change(numbers, {wanted: action.better})
    tried = _try(story, numbers)
    groups = ask_all(story.told.model.profile, numbers)
    return visit.render("what_if.html", story=story, tried=tried, groups=groups, wanted=wanted)


async def what_if_result(visit: Visit) -> Response:
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


def _story(visit: Visit) -> Story:
    return find_story(visit.desk, str(visit.request.path_params["deal_id"]))


def _try(story: Story, numbers: np.ndarray) -> Tried:
    model, before = story.told.model, story.told.numbers
    after = dict(zip(model.profile.factor_ids, numbers.tolist(), strict=True))
    differ = list(changes(model.profile, before, numbers))
    said = {factor.id: answer_of(factor, after[factor.id]) for factor, _, _ in differ}
    found = what_if(model.fast, before, said)
    return Tried(found, [(factor.label, was, now) for factor, was, now in differ])


pages = (
    Page("GET", "/what-if/{deal_id:path}", what_if_page),
    Page("POST", "/what-if/{deal_id:path}", what_if_result),
)
