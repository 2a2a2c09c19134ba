"""From a request to a prediction: what is answered, and what is stored of it, made at once from one model.

What is stored of an explanation is what a seller was told: the baseline, the points of every answer, and the sentences
of the strongest reasons. `scoring.recompute` makes the whole view again from the answers and the model's bundle.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np

from icp_fit.features.answers import Problem
from icp_fit.features.deal_reader import AnswerError
from icp_fit.models.explain import LEVEL, Explanation, explain_numbers
from icp_fit.models.narrative.explained_deals import ExplainedDeals, tenths
from icp_fit.models.narrative.json_view import WrittenView, encode
from icp_fit.models.narrative.view import SellerView
from icp_fit.serving.http.problems import MOST_LISTED, refuse_answers
from icp_fit.serving.http.requests import DealRequest
from icp_fit.serving.scoring.champion import ServedModel
from icp_fit.serving.scoring.descriptions import moment_text, stamp
from icp_fit.serving.store.records import Prediction

PART = 1_000  # deals of a batch that are explained together
MOST_REASONS = 3  # for and against, of a deal in a batch
# Points from -100 to 100, as JSON writes them: to look a number up is quicker than to write it.
TENTHS = np.array([repr(tenth / 10) for tenth in range(-1000, 1001)], dtype=object)


class Provenance(NamedTuple):
    """Under which id, by which route and with whose key a prediction is made."""

    id: str
    route: str
    key_id: str | None


@dataclass(frozen=True)
class ScoredDeal:
    """One deal as it was scored."""

    model: ServedModel
    numbers: np.ndarray
    told: WrittenView
    prediction: Prediction

    @property
    def view(self) -> SellerView:
        """The score and how sure it is; no reasons (`WrittenView`)."""
        return self.told.view

    def summary(self) -> dict[str, Any]:
        """The score and how sure it is, without reasons."""
        view = self.view
        return {
            **stamp(self.prediction),
            "score": view.score,
            "grade": view.grade,
            "win_probability": view.win_probability,
            "low": view.low,
            "high": view.high,
            "level": view.level,
            "percentile": view.percentile,
            "completeness": view.completeness,
        }

    def body(self) -> bytes:
        """Everything that a seller is told, as JSON."""
        return f"{encode(stamp(self.prediction))[:-1]},{self.told.members}}}".encode()


def score_deal(model: ServedModel, deal: DealRequest, id: str, route: str, key_id: str | None) -> ScoredDeal:
    """Score and explain one deal; raises AnswerError for answers that cannot be used."""
    numbers = model.reader.read(deal.answers)
    explained = ExplainedDeals.of(explain_numbers(model.compiled, numbers[None])), 0
    return tell_deal(model, deal, numbers, explained, Provenance(id, route, key_id))


def tell_deal(
    model: ServedModel, deal: DealRequest, numbers: np.ndarray, explained: tuple[ExplainedDeals, int], made: Provenance
) -> ScoredDeal:
    """What is told and stored of a deal that was explained; `explained` has its place among others."""
    columns, row = explained
    told = model.view_writer.write(columns, row)
    prediction = _predict(
        model, deal, made, datetime.now(UTC), columns.score[row], columns.grade[row], columns.win_probability[row],
        columns.low[row], columns.high[row], told.view.completeness, told.stored, told.strongest,
    )  # fmt: skip
    return ScoredDeal(model, numbers, told, prediction)


def _predict(
    model: ServedModel, deal: DealRequest, made: Provenance, now: datetime, score: int, grade: str,
    win_probability: float, low: float, high: float, completeness: float, explanation: str, reason: str | None = None,
) -> Prediction:  # fmt: skip
    """What is stored of a deal that was scored."""
    return Prediction(
        id=made.id,
        scored_at=now,
        route=made.route,
        **model.made_by,
        answers=encode(deal.answers),
        score=score,
        grade=grade,
        win_probability=win_probability,
        low=low,
        high=high,
        completeness=completeness,
        deal_id=deal.deal_id,
        key_id=made.key_id,
        explanation=explanation,
        name=deal.name,
        owner=deal.owner,
        region=deal.region,
        reason=reason,
    )


@dataclass(frozen=True)
class ScoredBatch:
    """Deals that were scored together, in the order of the request."""

    model: ServedModel
    explanation: Explanation
    predictions: Sequence[Prediction]
    body: bytes


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
    model: ServedModel, deals: Sequence[DealRequest], numbers: np.ndarray, ids: Sequence[str], key_id: str | None
) -> ScoredBatch:
    """Score and explain deals given as numbers, shape (deals, factors), and say so in JSON.

    They are explained in parts, by threads that hold no lock, while those before are put into words.
    """
    now = datetime.now(UTC)
    places = [slice(start, start + PART) for start in range(0, len(deals), PART)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        explained = [pool.submit(explain_numbers, model.compiled, numbers[some]) for some in places]
        parts = [
            _tell_part(model, deals[some], ids[some], part.result(), now, key_id)
            for some, part in zip(places, explained, strict=True)
        ]
    head = {
        "scored_at": moment_text(now),
        **model.stamp,
        "level": LEVEL,
        "baseline": float(tenths(100 * model.baseline)),
        "factors": model.profile.factor_ids,
    }
    said = ",".join([text for part in parts for text in part.texts])
    return ScoredBatch(
        model=model,
        explanation=_join([part.result() for part in explained]),
        predictions=[prediction for part in parts for prediction in part.predictions],
        body=f'{encode(head)[:-1]},"predictions":[{said}]}}'.encode(),
    )


class _Part(NamedTuple):
    """Some deals of a batch: what is stored of them, and what is said of each as JSON."""

    predictions: list[Prediction]
    texts: list[str]


def _tell_part(
    model: ServedModel,
    deals: Sequence[DealRequest],
    ids: Sequence[str],
    explanation: Explanation,
    now: datetime,
    key_id: str | None,
) -> _Part:
    points = tenths(explanation.points)
    ranks = explanation.percentile
    columns = (
        deals,
        ids,
        explanation.score.tolist(),
        explanation.grade,
        explanation.win_probability.tolist(),
        explanation.low.tolist(),
        explanation.high.tolist(),
        ["null"] * len(deals) if ranks is None else ranks.tolist(),
        explanation.completeness.tolist(),
        _write_tenths(points),
        _strongest(points, model.profile.factor_ids),
    )
    baseline = float(tenths(100 * model.baseline))
    named = ",".join([f"{encode(factor_id)}:%s" for factor_id in model.profile.factor_ids])
    part = _Part([], [])
    for deal, id, score, grade, p, low, high, percentile, known, moved, strongest in zip(*columns, strict=True):
        kept, made = f'{{"baseline":{baseline},"points":{{{named % tuple(moved)}}}}}', Provenance(id, "batch", key_id)
        part.predictions.append(_predict(model, deal, made, now, score, grade, p, low, high, known, kept))
        part.texts.append(
            f'{{"prediction_id":"{id}","deal_id":{encode(deal.deal_id)},"score":{score},"grade":"{grade}",'
            f'"win_probability":{p:.4f},"low":{low:.4f},"high":{high:.4f},"percentile":{percentile},'
            f'"completeness":{known:.4f},"points":[{",".join(moved)}],{strongest}}}'
        )
    return part


def _write_tenths(points: np.ndarray) -> list[list[str]]:
    """Points, rounded to tenths, as JSON writes them; those of one factor may be beyond 100 where others oppose it."""
    if np.abs(points).max(initial=0) > 100:
        return [[repr(tenths) for tenths in row] for row in points.tolist()]
    return TENTHS[np.rint(10 * points).astype(np.intp) + 1000].tolist()


def _join(parts: Sequence[Explanation]) -> Explanation:
    return Explanation(
        parts[0].compiled,
        np.concatenate([part.numbers for part in parts]),
        np.concatenate([part.log_odds_by_factor for part in parts]),
        np.concatenate([part.variance for part in parts]),
    )


def _strongest(points: np.ndarray, factor_ids: Sequence[str]) -> list[str]:
    """The factors that move each deal most, for and against it, as members of a JSON object."""
    most = min(MOST_REASONS, points.shape[1])
    up, down = np.argsort(-points, axis=1)[:, :most], np.argsort(points, axis=1)[:, :most]
    names = [f'"{factor_id}"' for factor_id in factor_ids]
    rows = np.arange(len(points))[:, None]
    count_up, count_down = (points[rows, up] > 0).sum(axis=1), (points[rows, down] < 0).sum(axis=1)
    return [
        f'"for":[{",".join([names[j] for j in best[:n]])}],"against":[{",".join([names[j] for j in worst[:m]])}]'
        for best, worst, n, m in zip(up.tolist(), down.tolist(), count_up.tolist(), count_down.tolist(), strict=True)
    ]
