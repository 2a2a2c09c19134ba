"""Questions: which open one to ask next, and what each answer to it would make of the score.

The value of information of a question is the change of the score that its answer is expected to bring, up or down. How
likely each answer is follows from the deal's other answers (`models.latent_classes`).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from icp_fit.features.factors import Factor
from icp_fit.models.compiled import CompiledModel
from icp_fit.models.latent_classes import LatentClasses

# Of a category with more values, the likeliest ones stand for all: each costs a scoring of the deal.
MOST_ANSWERS = 50


@dataclass(frozen=True)
class AnswerOption:
    """One group of answers to a question, by a typical one, and what it would make of the deal.

    `number` is as of `features.encoder.answer_numbers`; `probability` is that of the group, given the deal's answers.
    """

    number: float
    probability: float
    win_probability: float
    score: int
    grade: str


@dataclass(frozen=True)
class Question:
    """An open question.

    `position` is the factor's in the profile, `value_of_information` the expected absolute change of the score in
    points, and `grade_chance` the probability that the answer changes the grade.
    """

    factor: Factor
    position: int
    value_of_information: float
    grade_chance: float
    answers: tuple[AnswerOption, ...]

    @property
    def best(self) -> AnswerOption:
        return max(self.answers, key=lambda answer: answer.win_probability)

    @property
    def worst(self) -> AnswerOption:
        return min(self.answers, key=lambda answer: answer.win_probability)


def rank_questions(compiled: CompiledModel, numbers: np.ndarray, latent_classes: LatentClasses) -> list[Question]:
    """The open questions of one deal, shape (factors,), the one with the greatest value of information first."""
    is_open = np.flatnonzero(np.isnan(numbers)).tolist()
    positions = [j for j in is_open if compiled.profile.factors[j].known_at == "qualification"]
    if not positions:
        return []
    answer_probabilities = latent_classes.answer_probabilities(numbers)
    likely = [np.sort(np.argsort(-answer_probabilities[j], kind="stable")[:MOST_ANSWERS]) for j in positions]
    typical = [compiled.model.evidence_.typical[j][chosen] for j, chosen in zip(positions, likely, strict=True)]
    groups = [len(answers) for answers in typical]
    # One row for each answer to each question, all scored in one pass; the first row is the deal as it is.
    deals = np.tile(numbers, (1 + sum(groups), 1))
    deals[np.arange(1, len(deals)), np.repeat(positions, groups)] = np.concatenate(typical)
    now, *then = np.split(expit(compiled.log_odds(deals)), np.cumsum([1, *groups[:-1]]))
    questions = [
        _question(
            compiled, position, answers, now.item(), with_answers, _shares(answer_probabilities[position][chosen])
        )
        for position, answers, with_answers, chosen in zip(positions, typical, then, likely, strict=True)
    ]
    return sorted(questions, key=lambda question: -question.value_of_information)


def _shares(probability: np.ndarray) -> np.ndarray:
    return probability / probability.sum() if len(probability) == MOST_ANSWERS else probability


def _question(
    compiled: CompiledModel, position: int, numbers: np.ndarray, now: float, then: np.ndarray, probability: np.ndarray
) -> Question:
    """A question from the win probability `now` and, for each typical answer, `then` and how likely it is."""
    grades = compiled.profile.grades
    scores = np.rint(100 * then).astype(int).tolist()
    new_grades = [grades.grade(score) for score in scores]
    options = zip(numbers.tolist(), probability.tolist(), then.tolist(), scores, new_grades, strict=True)
    return Question(
        factor=compiled.profile.factors[position],
        position=position,
        value_of_information=float(100 * probability @ np.abs(then - now)),
        grade_chance=float(probability @ (np.array(new_grades) != grades.grade(round(100 * now)))),
        answers=tuple(AnswerOption(*option) for option in options),
    )
