"""Latent classes: what the answers of a deal say about its open questions.

A latent class model (Lazarsfeld and Henry 1968): every deal is of one of a few classes that nobody sees, and given its
class it answers each question independently of the others. An open question says nothing about the class.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.special import logsumexp

from icp_fit.models.evidence import Evidence

COUNTS = (1, 2, 3, 5, 8)  # of classes that are tried
ENOUGH_DEALS = 10_000
# How many deals of a class the shares of answers among all deals are worth.
STRENGTH = 20.0
MOST_STEPS = 60
# The rise of the mean log-likelihood below which no more steps are taken.
TOLERANCE = 1e-4


@dataclass(frozen=True)
class LatentClasses:
    """How common each class is, and what its deals answer."""

    # those of the evidence: for each factor the highest answer of every group but the last, rising
    groups: tuple[np.ndarray, ...]
    # (classes,) how likely a deal is of each class, above 0, in sum 1
    share: np.ndarray
    # (classes, groups of all factors) how likely each group of answers is, above 0, in sum 1 within a factor
    probability: np.ndarray

    def answer_probabilities(self, numbers: np.ndarray) -> tuple[np.ndarray, ...]:
        """For each factor the probability of each group of answers, given the deal's answers.

        `numbers` has shape (factors,) or (deals, factors), NaN where open, and each result (groups,) or (deals,
        groups). Of a factor that is answered it says what other deals like this one answer.
        """
        log_joint = self.log_joint(indicate_groups(self.groups, np.atleast_2d(numbers)))
        probability = np.exp(log_joint - logsumexp(log_joint, axis=1, keepdims=True)) @ self.probability
        probability = probability.reshape(*numbers.shape[:-1], probability.shape[1])
        return tuple(np.split(probability, _starts(self.groups)[1:-1], axis=-1))

    def log_joint(self, indicators: csr_array) -> np.ndarray:
        """The log of the joint probability of each class and the deal's answers, shape (deals, classes)."""
        return np.log(self.share) + indicators @ np.log(self.probability).T


def fit_latent_classes(evidence: Evidence, numbers: np.ndarray, seed: int) -> LatentClasses:
    """Fit to deals, shape (deals, factors): as many classes as best predict a fifth of the deals held out.

    Without deals there is one class, of which all answers are equally likely.
    """
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(numbers))[:ENOUGH_DEALS]
    indicators = indicate_groups(evidence.groups, numbers[chosen])
    held_out = len(chosen) // 5
    holdout, train = indicators[:held_out], indicators[held_out:]
    losses = [_loss(_fit(evidence, train, count, rng), holdout) for count in COUNTS if count <= held_out]
    return _fit(evidence, indicators, COUNTS[int(np.argmin(losses))] if losses else 1, rng)


def indicate_groups(groups: tuple[np.ndarray, ...], numbers: np.ndarray) -> csr_array:
    """Ones where a deal's answer falls into a group, else zeros, shape (deals, groups of all factors).

    At most one group a factor has a one; an open question has none. Sparse, for a category may have thousands of
    values.
    """
    starts, is_answered = _starts(groups), ~np.isnan(numbers)
    columns = np.empty(numbers.shape, dtype=np.intp)
    for factor, edges in enumerate(groups):
        columns[:, factor] = starts[factor] + np.searchsorted(edges, numbers[:, factor])
    ends = np.concatenate([[0], is_answered.sum(axis=1).cumsum()])
    return csr_array((np.ones(ends[-1]), columns[is_answered], ends), shape=(len(numbers), starts[-1]))


def _fit(evidence: Evidence, indicators: csr_array, count: int, rng: np.random.Generator) -> LatentClasses:
    """Expectation and maximisation, started from one deal a class; `indicators` are (deals, groups of all factors)."""
    starts = _starts(evidence.groups)
    # (groups of all factors,) the shares of answers among all deals, toward which each class is pulled
    overall = _shares(indicators.sum(axis=0) + 1, starts)
    deals = indicators.shape[0]
    examples = indicators[rng.permutation(deals)[:count]].toarray() if count > 1 else np.zeros((1, starts[-1]))
    classes = LatentClasses(evidence.groups, np.full(count, 1 / count), _shares(overall + examples, starts))
    reached = -np.inf
    for _ in range(MOST_STEPS if count > 1 else 0):
        log_joint = classes.log_joint(indicators)
        log_likelihood = logsumexp(log_joint, axis=1, keepdims=True)
        # (deals, classes) how likely each deal is of each class, in sum 1
        membership = np.exp(log_joint - log_likelihood)
        share = (membership.sum(axis=0) + 1) / (deals + count)
        classes = LatentClasses(evidence.groups, share, _shares(membership.T @ indicators + STRENGTH * overall, starts))
        if log_likelihood.mean() < reached + TOLERANCE:
            break
        reached = log_likelihood.mean()
    return classes


def _loss(classes: LatentClasses, indicators: csr_array) -> float:
    return -float(logsumexp(classes.log_joint(indicators), axis=1).sum())


def _starts(groups: tuple[np.ndarray, ...]) -> np.ndarray:
    """Where each factor's groups start among those of all factors, and where the last ends, shape (factors + 1,)."""
    return np.cumsum([0, *(len(edges) + 1 for edges in groups)])


def _shares(weights: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Weights of groups as shares of their factor's, along the last axis."""
    sums = np.add.reduceat(weights, starts[:-1], axis=-1)
    return weights / np.repeat(sums, np.diff(starts), axis=-1)
