"""The simulator's parameters: they follow from the profile alone, never from a sample's seed or size."""

import zlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, repeat

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from icp_fit.features.encoder import signed_log
from icp_fit.features.factors import Dimension, Factor, Profile
from icp_fit.features.simulation.simulator import (
    LEVELS,
    QUARTERS,
    SEGMENTS,
    AnswerDistribution,
    FloatArray,
    Simulator,
    draw_answers,
    draw_traits,
)

_SPREAD = 1.5  # standard deviation of the true log-odds: the best possible AUC follows from it
_RISE = 0.2  # log-odds by which deals get easier from the first quarter to the last
_DRIFT = 0.2  # by which each trait has moved, up or down, from mid-time to the last quarter
_SCALES = {"count": (1.0, 50.0), "amount": (10_000.0, 1_000_000.0)}


def derive_simulator(profile: Profile) -> Simulator:
    """The simulator of a profile's example deals, whose factors are those known at qualification.

    Most answers act as the profile says, from barely to nearly twice as strongly. But of the factors with weight, one
    in sixteen acts the other way, one in ten not at all, and one in eight three times as strongly. Two in three bend
    where they have more than two answers, so that the first steps matter most or least. Up to three pairs of the
    strongest act together. Factors without weight act too. The whole is scaled to one spread of log-odds and to the
    profile's win rate, and deals get easier from quarter to quarter.
    """
    strengths = _strengths([factor for factor in profile.factors if factor.known_at == "qualification"])
    answers = tuple(
        _answer_distribution(factor, place, strengths[factor.id])
        for place, dimension in enumerate(profile.dimensions)
        for factor in dimension.factors
        if factor.id in strengths
    )
    segments = np.linspace(2, 1, SEGMENTS)
    traits = np.stack([_trait_chances(dimension, (-1) ** i * _DRIFT) for i, dimension in enumerate(profile.dimensions)])
    simulator = Simulator(
        answers, segments / segments.sum(), traits, _synergies(answers, strengths), np.zeros(QUARTERS)
    )
    return _scaled(simulator, profile.win_rate)


def fixed_random(*words: str) -> np.random.Generator:
    """Random numbers that are always the same for the same words, on every machine."""
    return np.random.default_rng(zlib.crc32("/".join(words).encode()))


def _strengths(factors: Sequence[Factor]) -> dict[str, float]:
    """What the favoured answer of each factor does, before scaling."""
    weighted = sorted((f for f in factors if f.weight), key=lambda f: fixed_random(f.id, "rank").random())
    count = len(weighted)
    multiples = chain(repeat(-1.0, count // 16), repeat(0.0, count // 10), repeat(3.0, count // 8))
    strengths = {f.id: fixed_random(f.id, "sign").choice([-0.3, 0.3]) for f in factors}
    for factor in weighted:
        strengths[factor.id] = factor.weight * next(multiples, fixed_random(factor.id, "multiple").uniform(0.0, 1.8))
    return strengths


def _answer_distribution(factor: Factor, dimension: int, strength: float) -> AnswerDistribution:
    random = fixed_random(factor.id, "answers")
    unanswered = random.uniform(0.04, 0.3)
    if factor.kind == "category":
        steps = np.arange(len(factor.values), dtype=float)
        chance = random.dirichlet(np.full(len(steps), 8.0)) * np.exp(1.2 * random.normal(size=(SEGMENTS, len(steps))))
        effect = 0.3 * random.normal(size=len(steps))
        return AnswerDistribution(factor, None, steps, _shares(chance), np.zeros(len(steps)), effect, unanswered)
    steps, place = _number_steps(factor) if factor.is_number else _choice_steps(factor)
    place = place * (factor.sign or 1)
    usual, pull = random.uniform(-0.4, 0.3), random.uniform(0.15, 0.3)
    # A step stands for all answers nearer to it than to the next, so it weighs as much as it spans.
    chance = np.abs(np.gradient(place)) * np.exp(-(((place - usual - pull * LEVELS[:, None]) / 0.6) ** 2) / 2)
    position = np.clip(place, -1, 1)
    bend = random.choice([-0.9, 0.0, 0.9])
    effect = strength * (position + bend * (1 - position**2) / 2)
    return AnswerDistribution(factor, dimension, steps, _shares(chance), position, effect, unanswered)


def _choice_steps(factor: Factor) -> tuple[FloatArray, FloatArray]:
    steps = np.arange(len(factor.levels) or 2, dtype=float)
    return steps, np.linspace(-1, 1, len(steps))


def _number_steps(factor: Factor) -> tuple[FloatArray, FloatArray]:
    """Round numbers on a log scale, from below the factor's scale to above it, and their places on it."""
    low, high = factor.scale or _SCALES[factor.kind]
    if factor.lowest is not None and factor.scale is None:
        low, high = max(low, factor.lowest), max(high, 100 * factor.lowest)
    bottom, top = signed_log(np.array([low, high]))
    logs = np.linspace(bottom, top, 41) + np.linspace(-0.15, 0.15, 41) * (top - bottom)
    numbers = np.sign(logs) * np.expm1(np.abs(logs))
    lowest = max(min(low, 1.0), -np.inf if factor.lowest is None else factor.lowest)
    steps = np.unique(np.maximum(_rounded(numbers, unit=1.0 if factor.kind == "count" else 0.0), lowest))
    return steps, 2 * (signed_log(steps) - bottom) / (top - bottom) - 1


def _rounded(numbers: FloatArray, unit: float) -> FloatArray:
    """Numbers as people say them: 1,200 rather than 1,187."""
    two_digits = 10.0 ** (np.floor(np.log10(np.abs(numbers) + 1e-9)) - 1)
    units = np.maximum(two_digits, unit)
    return np.asarray(np.rint(numbers / units) * units)


def _trait_chances(dimension: Dimension, drift: float) -> FloatArray:
    """The later segments have more of every trait, up to differences that each trait has for itself."""
    random = fixed_random(dimension.id, "trait")
    centre = 0.9 * np.linspace(-1, 1, SEGMENTS) + 0.3 * random.normal(size=SEGMENTS)
    drifted = centre + drift * np.linspace(-1, 1, QUARTERS)[:, None]
    return _shares(np.exp(-(((LEVELS - drifted[:, :, None]) / 0.8) ** 2) / 2))


def _synergies(
    answers: Sequence[AnswerDistribution], strengths: dict[str, float]
) -> tuple[tuple[int, int, float], ...]:
    weighted = [i for i, answer in enumerate(answers) if answer.factor.weight]
    strongest = sorted(weighted, key=lambda i: -strengths[answers[i].factor.id])
    pairs = min(3, len(strongest) // 4)
    return tuple(
        (i, j, 0.4 * strengths[answers[j].factor.id])
        for i, j in zip(strongest[:pairs], strongest[pairs : 2 * pairs], strict=True)
    )


def _scaled(simulator: Simulator, win_rate: float) -> Simulator:
    """The same simulator with its log-odds spread and its mean win probability as wanted, measured on fixed deals."""
    random, deals = np.random.default_rng(0), 20_000
    quarter = random.integers(QUARTERS, size=deals)
    segment = random.choice(SEGMENTS, p=simulator.segments, size=deals)
    traits = draw_traits(simulator, segment, quarter, random.random((len(simulator.traits), deals)))
    log_odds = simulator.log_odds(draw_answers(simulator, segment, traits, random), quarter)
    scale = _SPREAD / (log_odds.std() or 1.0)
    rise = _RISE * np.linspace(-0.5, 0.5, QUARTERS)
    level = brentq(lambda shift: expit(scale * log_odds + rise[quarter] + shift).mean() - win_rate, -100, 100)
    return replace(
        simulator,
        answers=tuple(replace(answer, effect=scale * answer.effect) for answer in simulator.answers),
        synergies=tuple((i, j, scale * strength) for i, j, strength in simulator.synergies),
        intercept=rise + level,
    )


def _shares(weights: FloatArray) -> FloatArray:
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))
