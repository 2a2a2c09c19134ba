"""The responses that hold a score: each type declares its fields once, and `build_*` fills them in."""

from dataclasses import dataclass

import numpy as np

from icp_fit.models.compiled import CompiledModel
from icp_fit.models.explain import Explanation
from icp_fit.models.narrative.explained_deals import tenths
from icp_fit.models.narrative.next_steps import NextAction, NextQuestion, next_actions, next_questions
from icp_fit.models.narrative.view import SellerView
from icp_fit.models.what_if import WhatIf
from icp_fit.serving.api.responses.encoding import write_json
from icp_fit.serving.api.responses.stamps import (
    Percentage,
    PredictionStamp,
    Probability,
    ScoreNumbers,
    numbers_of,
    stamp_of,
)
from icp_fit.serving.scoring.factor_changes import FactorChange, list_factor_changes
from icp_fit.serving.scoring.predictions import ScoredDeal
from icp_fit.serving.store.records import Prediction


@dataclass(frozen=True)
class PredictResponse(ScoreNumbers, PredictionStamp):
    """The score of a deal; `level` is that of its interval.

    `percentile` is the percentage of the deals trained on that score lower.
    """

    level: Probability
    percentile: Percentage | None


@dataclass(frozen=True)
class ExplainResponse(SellerView, PredictionStamp):
    """Everything that a seller reads about a deal, the strongest reasons first."""


@dataclass(frozen=True)
class WhatIfResponse(PredictionStamp):
    """The deal as it is and as it would be; the points of the factors add up to the difference."""

    before: ScoreNumbers
    after: ScoreNumbers
    points: float
    factors: tuple[FactorChange, ...]


@dataclass(frozen=True)
class QuestionsResponse(PredictResponse):
    """Which open questions are most worth asking, and what can be done about the answers that there are."""

    questions: tuple[NextQuestion, ...]
    actions: tuple[NextAction, ...]


def build_predict_response(scored: ScoredDeal) -> PredictResponse:
    prediction, view = scored.prediction, scored.view
    return PredictResponse(
        **stamp_of(prediction), **numbers_of(prediction), level=view.level, percentile=view.percentile
    )


def build_explain_response(prediction: Prediction, view: SellerView) -> ExplainResponse:
    """The response that `write_explain_response` writes in a quarter of the time; `view` is a narrator's."""
    return ExplainResponse(**stamp_of(prediction), **vars(view))


def write_explain_response(scored: ScoredDeal) -> bytes:
    """The same as JSON, from the text that was written with the prediction."""
    stamp = write_json(PredictionStamp(**stamp_of(scored.prediction)))
    return b"%b,%b}" % (stamp[:-1], scored.written.members.encode())


def build_what_if_response(prediction: Prediction, changed: WhatIf, deal_id: str | None) -> WhatIfResponse:
    return WhatIfResponse(
        **stamp_of(prediction, deal_id),
        before=_numbers(changed.before),
        after=_numbers(changed.after),
        points=float(tenths(changed.points)),
        factors=list_factor_changes(changed),
    )


def build_questions_response(scored: ScoredDeal, deal_id: str | None) -> QuestionsResponse:
    """The score with what to ask and do next; blocks for some milliseconds."""
    prediction, view = scored.prediction, scored.view
    compiled: CompiledModel = scored.model.compiled
    numbers: np.ndarray = scored.numbers
    return QuestionsResponse(
        **stamp_of(prediction, deal_id),
        **numbers_of(prediction),
        level=view.level,
        percentile=view.percentile,
        questions=next_questions(compiled, numbers),
        actions=next_actions(compiled, numbers),
    )


def _numbers(explanation: Explanation) -> ScoreNumbers:
    """The score of the first of the deals explained."""
    return ScoreNumbers(
        score=int(explanation.score[0]),
        grade=explanation.grade[0],
        win_probability=round(float(explanation.win_probability[0]), 4),
        low=round(float(explanation.low[0]), 4),
        high=round(float(explanation.high[0]), 4),
        completeness=round(float(explanation.completeness[0]), 4),
    )
