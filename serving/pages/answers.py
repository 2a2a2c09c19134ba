"""Answers on pages: a form's texts read as the answers of JSON, and what is wrong with them in the words of a page."""

from collections.abc import Iterator, Mapping
from math import isnan

import numpy as np

from icp_fit.features.answer_rules import requirement
from icp_fit.features.answers import Problem
from icp_fit.features.deal_reader import AnswerError
from icp_fit.features.factors import Factor, Profile
from icp_fit.features.quoting import did_you_mean
from icp_fit.serving.pages.form_fields import FIELD, MOST_LISTED, REGION, answer_label, as_choice
from icp_fit.serving.scoring.served_model import ServedModel

MOST_LETTERS = 60


def read_answer(factor: Factor, text: str) -> bool | float | int | str | None:
    """An answer as it was typed or chosen, as JSON has it; what is no answer stays text, for the reader to refuse."""
    text = text.strip()
    if not text:
        return None
    if factor.kind == "yes_no":
        return {"yes": True, "no": False}.get(text, text)
    return _read_number(text) if factor.is_number else as_choice(factor, text)


def read_answers(profile: Profile, form: Mapping[str, object]) -> dict[str, bool | float | int | str]:
    """The answers of a form by factor; open questions are not in it."""
    texts = {f: form.get(FIELD + f.id) for f in profile.factors}
    read = {f.id: read_answer(f, text) for f, text in texts.items() if isinstance(text, str)}
    return {factor_id: answer for factor_id, answer in read.items() if answer is not None}


def read_usable(model: ServedModel, answers: Mapping[str, object]) -> tuple[np.ndarray, dict[str, object], list[str]]:
    """A deal as this model reads it: its numbers, its answers, and what is wrong with those it cannot use."""
    try:
        return model.reader.read(answers), dict(answers), []
    except AnswerError as error:
        refused = {problem.column for problem in error.problems}
        usable = {name: answer for name, answer in answers.items() if name[:MOST_LETTERS] not in refused}
        return (
            model.reader.read(usable),
            usable,
            list(describe_problems(model.profile, error.problems, answers).values()),
        )


def describe_problems(profile: Profile, problems: list[Problem], answers: Mapping[str, object]) -> dict[str, str]:
    """What is wrong with each answer that cannot be used, by factor, in the words of the page."""
    factors = {factor.id: factor for factor in profile.factors}
    return {
        problem.column: _describe_problem(factors[problem.column], answers[problem.column])
        if problem.column in factors
        else problem.message.replace("`", "")
        for problem in problems
    }


def region_of(profile: Profile, numbers: np.ndarray) -> str | None:
    """The region of a deal, shape (factors,), where the profile asks for it."""
    if REGION not in profile.factor_ids:
        return None
    place = profile.factor_ids.index(REGION)
    number = float(numbers[place])
    return None if isnan(number) else answer_label(profile.factors[place], number)


def _describe_problem(factor: Factor, answer: object) -> str:
    if len(factor.choices) > MOST_LISTED and isinstance(answer, str):
        hint = did_you_mean(answer[:MOST_LETTERS], factor.choices).replace("`", "") or " Choose one of the list."
        return f"{factor.label} cannot be “{answer[:MOST_LETTERS]}”.{hint} Leave it empty if unknown."
    return f"{factor.label} {requirement(factor)}, not “{str(answer)[:MOST_LETTERS]}”. Leave it empty if unknown."


def _read_number(text: str) -> float | int | str:
    """A number as people write it: with blanks or commas, but only between thousands."""
    plain = "".join(text.split())
    if _groups_thousands(plain):
        plain = plain.replace(",", "")
    try:
        number = float(plain)
    except ValueError:
        return text
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _groups_thousands(text: str) -> bool:
    first, *others = text.partition(".")[0].split(",")
    return bool(others) and first.lstrip("+-").isdigit() and all(len(part) == 3 and part.isdigit() for part in others)


def list_changes(profile: Profile, before: np.ndarray, after: np.ndarray) -> Iterator[tuple[Factor, str, str]]:
    """The factors whose answers differ, with both answers in words."""
    for factor, was, now in zip(profile.factors, before.tolist(), after.tolist(), strict=True):
        if was != now and not (isnan(was) and isnan(now)):
            yield factor, answer_label(factor, was), answer_label(factor, now)
