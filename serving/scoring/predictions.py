"""From a deal to its prediction: what a seller reads and what is stored of it, made at once from one model.

What is stored of an explanation is what a seller has read: the baseline, the points of every answer, and the sentences
of the strongest reasons. `scoring.recompute` makes the whole view again from the answers and the model's bundle.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from icp_fit.models.explain import explain_numbers
from icp_fit.models.narrative.explained_deals import ExplainedDeals
from icp_fit.models.narrative.json_view import WrittenView, encode
from icp_fit.models.narrative.next_steps import next_questions
from icp_fit.models.narrative.view import SellerView
from icp_fit.serving.http.requests import DealRequest
from icp_fit.serving.scoring.served_model import ServedModel
from icp_fit.serving.store.records import Prediction


class Origin(NamedTuple):
    """By which route and with whose key a deal is scored; without keys, `key_id` is None."""

    route: str
    key_id: str | None = None


@dataclass(frozen=True)
class ScoredDeal:
    """One deal as it was scored: its answers as numbers, shape (factors,), what a seller reads, and what is stored."""

    model: ServedModel
    numbers: np.ndarray
    written: WrittenView
    prediction: Prediction

    @property
    def view(self) -> SellerView:
        """The score and its interval; no reasons (`WrittenView`)."""
        return self.written.view


def score_deal(model: ServedModel, deal: DealRequest, id: str, origin: Origin) -> ScoredDeal:
    """Score and explain one deal, and store nothing; raises AnswerError for answers that cannot be used."""
    numbers = model.reader.read(deal.answers)
    explained = ExplainedDeals.of(explain_numbers(model.compiled, numbers[None])), 0
    return narrate_deal(model, deal, numbers, explained, id, origin)


def narrate_deal(
    model: ServedModel,
    deal: DealRequest,
    numbers: np.ndarray,
    explained: tuple[ExplainedDeals, int],
    id: str,
    origin: Origin,
    question: str | None = None,
) -> ScoredDeal:
    """What a seller reads, and what is stored, of a deal that was explained; `explained` has its place among others."""
    columns, row = explained
    written = model.view_writer.write(columns, row)
    prediction = build_prediction(
        model, deal, id, origin, datetime.now(UTC), columns.score[row], columns.grade[row],
        columns.win_probability[row], columns.low[row], columns.high[row], written.view.completeness, written.stored,
        reason=written.strongest, question=question,
    )  # fmt: skip
    return ScoredDeal(model, numbers, written, prediction)


def build_prediction(
    model: ServedModel, deal: DealRequest, id: str, origin: Origin, scored_at: datetime, score: int, grade: str,
    win_probability: float, low: float, high: float, completeness: float, explanation: str,
    reason: str | None = None, question: str | None = None,
) -> Prediction:  # fmt: skip
    """What is stored of a deal that was scored; `explanation` is JSON."""
    return Prediction(
        id=id,
        scored_at=scored_at,
        route=origin.route,
        **model.provenance,
        answers=encode(deal.answers),
        score=score,
        grade=grade,
        win_probability=win_probability,
        low=low,
        high=high,
        completeness=completeness,
        deal_id=deal.deal_id,
        key_id=origin.key_id,
        explanation=explanation,
        name=deal.name,
        owner=deal.owner,
        region=deal.region,
        reason=reason,
        question=question,
    )


def first_question(model: ServedModel, numbers: np.ndarray) -> str | None:
    """The question most worth asking about a deal, shape (factors,); None where none is worth it."""
    first = next_questions(model.compiled, numbers, 1)
    return first[0].question if first else None
