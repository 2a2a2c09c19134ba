"""Answers on pages: the controls that ask for them, and what a form says read as the answers of JSON."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isnan

import numpy as np

from features.answers import Problem
from features.factors import Dimension, Factor, Profile
from features.reading import AnswerError, answer_of
from models.words import answer_text
from serving.champion import ServedModel

FEW = 4  # choices that are shown side by side; more are a list to choose from
MOST_LETTERS = 60
FIELD = "answer."  # what the name of a factor's field begins with in a form


@dataclass(frozen=True)
class Option:
    value: str
    text: str
    chosen: bool = False


@dataclass(frozen=True)
class Asked:
    """One question with its answer, if there is one; `text` is the answer in words, `value` as a form has it."""

    factor: Factor
    answered: bool
    text: str
    value: str
    error: str = ""

    @property
    def field(self) -> str:
        return FIELD + self.factor.id

    @property
    def options(self) -> list[Option]:
        return [Option(value, text, value == self.value) for value, text in _choices(self.factor)]

    @property
    def control(self) -> str:
        if self.factor.is_number:
            return "number"
        return "few" if len(_choices(self.factor)) <= FEW else "many"


@dataclass(frozen=True)
class AskedGroup:
    """The questions of a dimension."""

    dimension: Dimension
    asked: list[Asked]

    @property
    def answered(self) -> int:
        return sum(asked.answered for asked in self.asked)


def ask_all(profile: Profile, numbers: np.ndarray, errors: Mapping[str, str] | None = None) -> list[AskedGroup]:
    """Every question with the answer of a deal, given as numbers of shape (factors,)."""
    found = dict(zip(profile.factor_ids, numbers.tolist(), strict=True))
    wrong = errors or {}
    return [
        AskedGroup(dimension, [ask(f, found[f.id], wrong.get(f.id, "")) for f in dimension.factors])
        for dimension in profile.dimensions
    ]


def ask(factor: Factor, number: float = float("nan"), error: str = "") -> Asked:
    answered = not isnan(number)
    text = dict(_choices(factor)).get(_value(factor, number), "") if answered and factor.choices else ""
    value = _value(factor, number) if answered else ""
    return Asked(factor, answered, text or answer_text(factor, number), value, error)


def read_answer(factor: Factor, text: str) -> bool | float | int | str | None:
    """What somebody wrote or chose, as JSON says it; what is no answer stays text, for the reader to refuse."""
    text = text.strip()
    if not text:
        return None
    if factor.kind == "yes_no":
        return {"yes": True, "no": False}.get(text, text)
    return _read_number(text) if factor.is_number else text


def read_answers(profile: Profile, form: Mapping[str, object]) -> dict[str, bool | float | int | str]:
    """The answers of a form by factor; questions that were left open are not in it."""
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
        return model.reader.read(usable), usable, [problem.message for problem in error.problems]


def by_field(problems: list[Problem]) -> dict[str, str]:
    """What to say beside each field."""
    return {problem.column: problem.message.replace("`", "") for problem in problems}


def region_of(profile: Profile, numbers: np.ndarray) -> str | None:
    """The region of a deal, shape (factors,), where the profile asks for it."""
    if "region" not in profile.factor_ids:
        return None
    place = profile.factor_ids.index("region")
    number = float(numbers[place])
    return None if isnan(number) else answer_text(profile.factors[place], number).title()


def _choices(factor: Factor) -> list[tuple[str, str]]:
    if factor.kind == "yes_no":
        return [("yes", "Yes"), ("no", "No")]
    return [(choice, _spelled(factor, choice.replace("_", " "))) for choice in factor.choices]


def _spelled(factor: Factor, text: str) -> str:
    """A choice as the profile writes it in its sentences, such as PaaS, or else with a capital."""
    found = re.findall(rf"\b{re.escape(text)}\b", " ".join((factor.question, *factor.phrases)), re.IGNORECASE)
    own = [spelling for spelling in found if spelling[1:] != spelling[1:].lower()]
    return own[0] if own else text[:1].upper() + text[1:]


def _value(factor: Factor, number: float) -> str:
    answer = answer_of(factor, number)
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return f"{answer:.15g}" if isinstance(answer, float) else str(answer)


def _read_number(text: str) -> float | int | str:
    """A number as people write it: with blanks or commas between thousands, which only they may stand."""
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


def changes(profile: Profile, before: np.ndarray, after: np.ndarray) -> Iterator[tuple[Factor, str, str]]:
    """The factors whose answers differ, with both answers in words."""
    for factor, was, now in zip(profile.factors, before.tolist(), after.tolist(), strict=True):
        if was != now and not (isnan(was) and isnan(now)):
            yield factor, answer_text(factor, was), answer_text(factor, now)
