"""Questions: which of those that nobody answered is worth asking next, and what each answer would make of the score.

What a question is worth is the change of the score that its answer is expected to bring, up or down. How likely each
answer is follows from the answers that are known, by way of the kinds of deals (`models.latent_classes`).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from icp_fit.features.factors import Factor
from icp_fit.models.compiled import CompiledModel
from icp_fit.models.latent_classes import LatentClasses


@dataclass(frozen=True)
class AnswerOption:
    """One group of answers to a question, by a typical one, and what it would make of the deal.

    `number` is as of `features.encoder.answer_numbers`, `chance` how likely the group is given what is known.
    """

    number: float
    chance: float
    win_probability: float
    score: int
    grade: str


@dataclass(frozen=True)
class Question:
    """A question that nobody answered.

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


def rank_questions(compiled: CompiledModel, numbers: np.ndarray, kinds: LatentClasses) -> list[Question]:
    """The open questions of one deal, given as numbers of shape (factors,), the one that is worth most first."""
    blank = np.flatnonzero(np.isnan(numbers))
    asked = [j for j in blank.tolist() if compiled.profile.factors[j].known_at == "qualification"]
    if not asked:
        return []
    typical = [compiled.model.evidence_.typical[j] for j in asked]
    groups = [len(answers) for answers in typical]
    deals = np.tile(numbers, (1 + sum(groups), 1))  # the first one stays as it is
    deals[np.arange(1, len(deals)), np.repeat(asked, groups)] = np.concatenate(typical)
    now, *then = np.split(expit(compiled.log_odds(deals)), np.cumsum([1, *groups[:-1]]))
    chances = kinds.chances(numbers)
    questions = [
        _question(compiled, position, now.item(), answered, chances[position])
        for position, answered in zip(asked, then, strict=True)
    ]
    return sorted(questions, key=lambda question: -question.value_of_information)


def _question(compiled: CompiledModel, position: int, now: float, then: np.ndarray, chance: np.ndarray) -> Question:
    grades, numbers = compiled.profile.grades, compiled.model.evidence_.typical[position]
    scores = np.rint(100 * then).astype(int).tolist()
    given = [grades.grade(score) for score in scores]
    cells = zip(numbers.tolist(), chance.tolist(), then.tolist(), scores, given, strict=True)
    return Question(
        factor=compiled.profile.factors[position],
        position=position,
        value_of_information=float(100 * chance @ np.abs(then - now)),
        grade_chance=float(chance @ (np.array(given) != grades.grade(round(100 * now)))),
        answers=tuple(AnswerOption(*cell) for cell in cells),
    )
