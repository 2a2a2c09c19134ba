"""Kinds of deals: what the answers that are known say about those that are not.

A latent class model (Lazarsfeld and Henry 1968): every deal is of one of a few kinds that nobody sees, and given its
kind it answers each question independently of the others. A blank says nothing about the kind.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from icp_fit.models.evidence import Evidence

COUNTS = (1, 2, 3, 5, 8)  # of kinds that are tried
ENOUGH_DEALS = 10_000
# How many deals of a kind the shares of answers among all deals are worth.
STRENGTH = 20.0
MOST_STEPS = 60
# The rise of the mean log-likelihood below which no more steps are taken.
TOLERANCE = 1e-4


@dataclass(frozen=True)
class LatentClasses:
    """How common each kind is, `share` (kinds,), and what it answers, `chance` (kinds, groups of all factors).

    `groups` are those of the evidence: for each factor the highest answer of every group but the last.
    """

    groups: tuple[np.ndarray, ...]
    share: np.ndarray
    chance: np.ndarray

    def chances(self, numbers: np.ndarray) -> tuple[np.ndarray, ...]:
        """For each factor the probability of each group of answers, given the answers that are known.

        `numbers` has shape (factors,) or (deals, factors), and each result (groups,) or (deals, groups). Of a factor
        that is answered it says what other deals like this one answer.
        """
        log_joint = self.log_joint(mark_groups(self.groups, np.atleast_2d(numbers)))
        chance = np.exp(log_joint - logsumexp(log_joint, axis=1, keepdims=True)) @ self.chance
        chance = chance.reshape(*numbers.shape[:-1], chance.shape[1])
        return tuple(np.split(chance, _starts(self.groups)[1:-1], axis=-1))

    def log_joint(self, marks: np.ndarray) -> np.ndarray:
        """The log of the joint probability of each kind and the deal's answers, shape (deals, kinds)."""
        return np.log(self.share) + marks @ np.log(self.chance).T


def fit_latent_classes(evidence: Evidence, numbers: np.ndarray, seed: int) -> LatentClasses:
    """Learn from deals, shape (deals, factors): as many kinds as best predict a fifth of the deals held out.

    Without deals there is one kind, of which all answers are equally likely.
    """
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(numbers))[:ENOUGH_DEALS]
    marks = mark_groups(evidence.groups, numbers[chosen])
    held, learned = np.split(marks, [len(marks) // 5])
    losses = [_loss(_fit(evidence, learned, count, rng), held) for count in COUNTS if count <= len(held)]
    return _fit(evidence, marks, COUNTS[int(np.argmin(losses))] if losses else 1, rng)


def mark_groups(groups: tuple[np.ndarray, ...], numbers: np.ndarray) -> np.ndarray:
    """Ones where a deal's answer falls into a group, shape (deals, groups of all factors)."""
    starts = _starts(groups)
    marks = np.zeros((len(numbers), starts[-1]))
    for factor, edges in enumerate(groups):
        answered = np.flatnonzero(~np.isnan(numbers[:, factor]))
        marks[answered, starts[factor] + np.searchsorted(edges, numbers[answered, factor])] = 1
    return marks


def _fit(evidence: Evidence, marks: np.ndarray, count: int, rng: np.random.Generator) -> LatentClasses:
    """Expectation and maximisation, started from one deal a kind."""
    starts = _starts(evidence.groups)
    usual = _shares(marks.sum(axis=0) + 1, starts)
    examples = marks[rng.permutation(len(marks))[:count]] if count > 1 else np.zeros((1, starts[-1]))
    kinds = LatentClasses(evidence.groups, np.full(count, 1 / count), _shares(usual + examples, starts))
    reached = -np.inf
    for _ in range(MOST_STEPS if count > 1 else 0):
        log_joint = kinds.log_joint(marks)
        log_likelihood = logsumexp(log_joint, axis=1, keepdims=True)
        belongs = np.exp(log_joint - log_likelihood)
        share = (belongs.sum(axis=0) + 1) / (len(marks) + count)
        kinds = LatentClasses(evidence.groups, share, _shares(belongs.T @ marks + STRENGTH * usual, starts))
        if log_likelihood.mean() < reached + TOLERANCE:
            break
        reached = log_likelihood.mean()
    return kinds


def _loss(kinds: LatentClasses, marks: np.ndarray) -> float:
    return -float(logsumexp(kinds.log_joint(marks), axis=1).sum())


def _starts(groups: tuple[np.ndarray, ...]) -> np.ndarray:
    """Where each factor's groups start among those of all factors, and where the last ends, shape (factors + 1,)."""
    return np.cumsum([0, *(len(edges) + 1 for edges in groups)])


def _shares(weights: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Weights of groups as shares of their factor's, along the last axis."""
    sums = np.add.reduceat(weights, starts[:-1], axis=-1)
    return weights / np.repeat(sums, np.diff(starts), axis=-1)
