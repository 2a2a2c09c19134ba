"""Next steps for a seller: which open questions to ask first, and what can be done about the answers that there are."""

from dataclasses import dataclass

import numpy as np

from icp_fit.features.deal_reader import answer_of
from icp_fit.features.factors import Factor
from icp_fit.models import questions, what_if
from icp_fit.models.compiled import CompiledModel
from icp_fit.models.narrative.view import Answer
from icp_fit.models.narrative.wording import answer_text

MOST_STEPS = 5
# Points; what is expected to move the score by less is not asked.
LEAST_VALUE = 0.5


@dataclass(frozen=True)
class PossibleAnswer:
    """An answer that a question may get, and what it would make of the score; of a number, a typical one."""

    answer: Answer
    answer_text: str
    score: int
    grade: str


@dataclass(frozen=True)
class NextQuestion:
    """An open question, with its best and its worst answer.

    `value_of_information` is how many points its answer is expected to move the score by, up or down; `grade_chance`
    the probability that the answer changes the grade.
    """

    factor: str
    label: str
    question: str
    value_of_information: float
    grade_chance: float
    best: PossibleAnswer
    worst: PossibleAnswer
    sentence: str


@dataclass(frozen=True)
class NextAction:
    """What can be done about an answer: the profile's advice, and what a better answer would add to the score."""

    factor: str
    label: str
    advice: str
    answer: Answer
    answer_text: str
    better: Answer
    better_text: str
    points: float
    sentence: str


def next_questions(compiled: CompiledModel, numbers: np.ndarray, most: int = MOST_STEPS) -> tuple[NextQuestion, ...]:
    """The questions to ask about a deal, shape (factors,), the one with the greatest value of information first."""
    if not np.isnan(numbers).any():
        return ()
    ranked = questions.rank_questions(compiled, numbers, compiled.model.latent_classes_)
    return tuple(_word_question(question) for question in ranked[:most] if question.value_of_information >= LEAST_VALUE)


def next_actions(compiled: CompiledModel, numbers: np.ndarray, most: int = MOST_STEPS) -> tuple[NextAction, ...]:
    """What a seller can do about a deal, shape (factors,), the action that adds most first."""
    return tuple(_word_action(action) for action in what_if.actions(compiled, numbers)[:most])


def _word_question(question: questions.Question) -> NextQuestion:
    factor = question.factor
    best, worst = _possible(factor, question.best), _possible(factor, question.worst)
    scores = f"Score {worst.score} with {_named(factor, worst)}, {best.score} with {_named(factor, best)}"
    chance = f"{question.grade_chance:.0%}"
    regraded = f"; {chance} chance of another grade" if chance != "0%" else ""
    return NextQuestion(
        factor=factor.id,
        label=factor.label,
        question=factor.question,
        value_of_information=round(question.value_of_information, 1),
        grade_chance=round(question.grade_chance, 4),
        best=best,
        worst=worst,
        sentence=f"{scores}{regraded}.",
    )


def _possible(factor: Factor, answer: questions.AnswerOption) -> PossibleAnswer:
    text = answer_text(factor, answer.number)
    return PossibleAnswer(answer_of(factor, answer.number), text, answer.score, answer.grade)


def _named(factor: Factor, possible: PossibleAnswer) -> str:
    return f"{'about ' if factor.is_number else ''}{_quoted(factor, possible.answer_text)}"


def _quoted(factor: Factor, text: str) -> str:
    return text if factor.is_number else f"“{text}”"


def _word_action(action: what_if.Action) -> NextAction:
    factor = action.factor
    answer, better = _text(factor, action.answer), _text(factor, action.better)
    points = round(action.points, 1)
    instead = f"{_quoted(factor, better)} instead of {_quoted(factor, answer)}"
    return NextAction(
        factor=factor.id,
        label=factor.label,
        advice=action.advice,
        answer=action.answer,
        answer_text=answer,
        better=action.better,
        better_text=better,
        points=points,
        sentence=f"{factor.label}: {instead} would add {points} points.",
    )


def _text(factor: Factor, answer: Answer) -> str:
    """An answer of JSON as a person writes it."""
    if isinstance(answer, str):
        return answer_text(factor, float(factor.choices.index(answer)))
    return answer_text(factor, float(answer)) if answer is not None else answer_text(factor, float("nan"))
