"""Many deals scored together: threads that hold no lock explain some while those before become predictions."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from icp_fit.features.answers import Problem
from icp_fit.features.deal_reader import AnswerError
from icp_fit.models.explain import Explanation, explain_numbers
from icp_fit.models.narrative.explained_deals import tenths
from icp_fit.models.narrative.json_view import encode
from icp_fit.serving.http.problems import MOST_LISTED, refuse_answers
from icp_fit.serving.http.requests import DealRequest
from icp_fit.serving.scoring.predictions import Origin, build_prediction
from icp_fit.serving.scoring.served_model import ServedModel
from icp_fit.serving.store.records import Prediction

PART = 1_000  # deals that are explained together
# Points from -100 to 100, as JSON writes them: to look a number up is quicker than to write it.
TENTHS = np.array([repr(tenth / 10) for tenth in range(-1000, 1001)], dtype=object)


@dataclass(frozen=True)
class ScoredPart:
    """Some deals of a batch: `points` in tenths, shape (deals, factors), and a prediction each, in the same order."""

    explanation: Explanation
    points: np.ndarray
    predictions: list[Prediction]


@dataclass(frozen=True)
class ScoredBatch:
    """Deals that were scored together, in the order of the request."""

    model: ServedModel
    scored_at: datetime
    parts: Sequence[ScoredPart]

    @property
    def predictions(self) -> list[Prediction]:
        return [prediction for part in self.parts for prediction in part.predictions]


def read_numbers(model: ServedModel, deals: Sequence[DealRequest]) -> np.ndarray:
    """Deals as numbers, shape (deals, factors); raises Refusal naming every deal whose answers cannot be used."""
    numbers = np.empty((len(deals), len(model.profile.factors)))
    problems: list[Problem] = []
    for row, deal in enumerate(deals):
        try:
            numbers[row] = model.reader.read(deal.answers, row=row + 1, deal_id=deal.deal_id)
        except AnswerError as error:
            problems += error.problems
            if len(problems) > MOST_LISTED:
                break
    if problems:
        raise refuse_answers(problems, is_batch=True)
    return numbers


def score_batch(
    model: ServedModel, deals: Sequence[DealRequest], numbers: np.ndarray, ids: Sequence[str], origin: Origin
) -> ScoredBatch:
    """Score and explain deals given as numbers, shape (deals, factors), and store nothing; `ids` has one a deal."""
    now = datetime.now(UTC)
    places = [slice(start, start + PART) for start in range(0, len(deals), PART)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        explained = [pool.submit(explain_numbers, model.compiled, numbers[some]) for some in places]
        parts = [
            _score_part(model, deals[some], ids[some], part.result(), now, origin)
            for some, part in zip(places, explained, strict=True)
        ]
    return ScoredBatch(model, now, parts)


def _score_part(
    model: ServedModel,
    deals: Sequence[DealRequest],
    ids: Sequence[str],
    explanation: Explanation,
    now: datetime,
    origin: Origin,
) -> ScoredPart:
    points = tenths(explanation.points)
    columns = (
        deals,
        ids,
        explanation.score.tolist(),
        explanation.grade,
        explanation.win_probability.tolist(),
        explanation.low.tolist(),
        explanation.high.tolist(),
        explanation.completeness.tolist(),
        _write_explanations(model, points),
    )
    predictions = [
        build_prediction(model, deal, id, origin, now, *measured) for deal, id, *measured in zip(*columns, strict=True)
    ]
    return ScoredPart(explanation, points, predictions)


def _write_explanations(model: ServedModel, points: np.ndarray) -> list[str]:
    """What is stored of each explanation, as JSON: the baseline and the points by factor."""
    baseline = float(tenths(100 * model.baseline))
    named = ",".join([f"{encode(factor_id)}:%s" for factor_id in model.profile.factor_ids])
    template = f'{{"baseline":{baseline},"points":{{{named}}}}}'
    return [template % tuple(row) for row in _write_tenths(points)]


def _write_tenths(points: np.ndarray) -> list[list[str]]:
    """Points, rounded to tenths, as JSON writes them; those of one factor may be beyond 100 where others oppose it."""
    if np.abs(points).max(initial=0) > 100:
        return [[repr(tenth) for tenth in row] for row in points.tolist()]
    return TENTHS[np.rint(10 * points).astype(np.intp) + 1000].tolist()
