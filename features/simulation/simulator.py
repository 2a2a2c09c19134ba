"""A simulator of example deals: how accounts answer questions, and how their answers win deals.

An account belongs to a segment. Segment and quarter say how likely each level of each trait is, one trait a dimension.
The trait says how likely each answer is to a question of its dimension; for categories, such as the industry, the
segment says it. Given segment and traits the answers are independent, and each is one of finitely many steps: that is
what makes the win probability given only *some* of the answers computable.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from icp_fit.features.factors import Factor

FloatArray = NDArray[np.float64]
Integers = NDArray[np.integer]

QUARTERS = 12
SEGMENTS = 6
LEVELS = np.linspace(-2, 2, 7)  # of a trait


@dataclass(frozen=True)
class AnswerDistribution:
    """How one question is answered, and what each answer does.

    `steps` are the possible answers. `chance` holds their probabilities in one row for each level of the dimension's
    trait, or for each segment where `dimension` is None. `position` runs to 1, the answer that the profile favours,
    from -1, and `effect` is in log-odds. `unanswered` is the usual share of deals without an answer.
    """

    factor: Factor
    dimension: int | None
    steps: FloatArray
    chance: FloatArray
    position: FloatArray
    effect: FloatArray
    unanswered: float


@dataclass(frozen=True)
class Simulator:
    """The distributions of all answers, and what they share.

    `traits` holds probabilities of shape (dimensions, quarters, segments, levels). A synergy names two answers by their
    place and says what they add when both stand at 1. `intercept` has one log-odds a quarter.
    """

    answers: tuple[AnswerDistribution, ...]
    segments: FloatArray
    traits: FloatArray
    synergies: tuple[tuple[int, int, float], ...]
    intercept: FloatArray

    def log_odds(self, steps: Integers, quarter: Integers) -> FloatArray:
        """Log-odds of winning, given which step answers each question: shape (answers, ...) to (...)."""
        total = self.intercept[quarter] + np.zeros(steps.shape[1:])
        for answer, step in zip(self.answers, steps, strict=True):
            total += answer.effect[step]
        for i, j, strength in self.synergies:
            total += strength * self.answers[i].position[steps[i]] * self.answers[j].position[steps[j]]
        return total


def draw(chance: FloatArray, rows: Integers, uniform: FloatArray) -> Integers:
    """Draw one column for each of `rows` of a table whose rows are probabilities, by inverting their running sums."""
    running = np.cumsum(chance, axis=1)
    running = running / running[:, -1:] + np.arange(len(chance))[:, None]
    place = np.searchsorted(running.ravel(), rows + uniform, side="right") - rows * chance.shape[1]
    return np.asarray(np.minimum(place, chance.shape[1] - 1))


def draw_traits(simulator: Simulator, segment: Integers, quarter: Integers, uniform: FloatArray) -> Integers:
    """Draw each deal's level of each trait; `uniform` and the result have shape (dimensions, deals)."""
    rows = quarter * SEGMENTS + segment
    tables = simulator.traits.reshape(len(simulator.traits), -1, len(LEVELS))
    return np.stack([draw(table, rows, place) for table, place in zip(tables, uniform, strict=True)])


def draw_answers(simulator: Simulator, segment: Integers, traits: Integers, random: np.random.Generator) -> Integers:
    """Draw which step answers each question, shape (answers, deals)."""
    steps = np.empty((len(simulator.answers), len(segment)), dtype=np.int16)
    for i, answer in enumerate(simulator.answers):
        parent = segment if answer.dimension is None else traits[answer.dimension]
        steps[i] = draw(answer.chance, parent, random.random(len(segment)))
    return steps
