"""The true win probability of example deals, given only the answers that their table shows."""

import numpy as np
from scipy.special import expit

from icp_fit.features.simulation.simulator import LEVELS, SEGMENTS, FloatArray, Integers, Simulator, draw

_CHUNK = 500


def win_probability_shown(
    simulator: Simulator, steps: Integers, quarter: Integers, seed: int, draws: int = 128
) -> FloatArray:
    """The probability that each deal is won, given its quarter and the answers that it has, shape (deals,).

    `steps` has shape (answers, deals) and holds -1 where there is no answer, which says nothing else about a deal. The
    probabilities of segment and traits given the answers are exact; from these, `draws` sets of the missing answers are
    drawn and averaged over, which leaves an error of about 0.004.
    """
    random = np.random.default_rng([seed, 1])
    starts = range(0, len(quarter), _CHUNK)
    parts = [_average(simulator, steps[:, i : i + _CHUNK], quarter[i : i + _CHUNK], random, draws) for i in starts]
    return np.concatenate([np.empty(0), *parts])


def _average(
    simulator: Simulator, steps: Integers, quarter: Integers, random: np.random.Generator, draws: int
) -> FloatArray:
    deals = np.repeat(np.arange(len(quarter))[:, None], draws, axis=1)
    segments, traits = _posterior(simulator, steps, quarter)
    segment = draw(segments, deals, _even(deals.shape, random))
    levels = [draw(trait, deals * SEGMENTS + segment, _even(deals.shape, random)) for trait in traits]
    filled = np.repeat(steps[:, :, None], draws, axis=2)
    for answer, answered, filling in zip(simulator.answers, steps, filled, strict=True):
        blank = answered < 0
        parent = (segment if answer.dimension is None else levels[answer.dimension])[blank]
        filling[blank] = draw(answer.chance, parent, _even(parent.shape, random))
    return np.asarray(expit(simulator.log_odds(filled, quarter[:, None])).mean(axis=1))


def _even(shape: tuple[int, ...], random: np.random.Generator) -> FloatArray:
    """Uniform numbers, spread evenly over each row: a Latin hypercube needs far fewer draws than chance alone."""
    return np.asarray((random.permutation(shape[1]) / shape[1] + random.random((shape[0], 1))) % 1)


def _posterior(simulator: Simulator, steps: Integers, quarter: Integers) -> tuple[FloatArray, list[FloatArray]]:
    """Weights given the answers: of segments, (deals, segments), and of each trait, (deals x segments, levels)."""
    by_segment = np.log(simulator.segments) + np.zeros((len(quarter), SEGMENTS))
    by_level = np.zeros((len(simulator.traits), len(quarter), len(LEVELS)))
    for answer, step in zip(simulator.answers, steps, strict=True):
        evidence = by_segment if answer.dimension is None else by_level[answer.dimension]
        # The -1 of a missing answer picks the last row, which is evidence of nothing.
        evidence += np.log(np.vstack([answer.chance.T, np.ones(len(answer.chance))]))[step]
    likelihood = np.exp(by_level - by_level.max(axis=2, keepdims=True))
    joint = simulator.traits[:, quarter] * likelihood[:, :, None, :]
    by_segment += np.log(joint.sum(axis=3)).sum(axis=0)
    segments = np.exp(by_segment - by_segment.max(axis=1, keepdims=True))
    return segments, [trait.reshape(-1, len(LEVELS)) for trait in joint]
