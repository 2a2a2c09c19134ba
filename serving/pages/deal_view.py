"""The view of a deal: what is stored of it, and how the model that scored it last explains its answers."""

import json
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from icp_fit.models.explain import Explanation, explain_numbers
from icp_fit.models.narrative.next_steps import NextAction, NextQuestion, next_actions, next_questions
from icp_fit.models.narrative.view import SellerView
from icp_fit.serving.http.problems import Refusal
from icp_fit.serving.pages.answers import read_usable
from icp_fit.serving.pages.charts import HistoryPoint, WaterfallStep, draw_history, draw_waterfall
from icp_fit.serving.pages.dimension_fit import DimensionFit, measure_fits
from icp_fit.serving.pages.form_fields import FormGroup, answer_label, build_form_groups
from icp_fit.serving.pages.state import DealSummary, PageState
from icp_fit.serving.scoring.predictions import first_question
from icp_fit.serving.scoring.served_model import ServedModel
from icp_fit.serving.store.records import Outcome, Override, Prediction
from icp_fit.serving.store.trend import Trend, find_trend

MOST_HISTORY = 200
MOST_QUESTIONS = 5


@dataclass(frozen=True)
class Assessment:
    """How a model explains a deal's answers, `numbers` of shape (factors,): all that any page shows of them."""

    model: ServedModel
    numbers: np.ndarray
    explanation: Explanation
    view: SellerView
    fits: list[DimensionFit]

    @property
    def steps(self) -> list[WaterfallStep]:
        factors = zip(self.model.profile.factors, self.numbers.tolist(), strict=True)
        return draw_waterfall(self.view, {factor.id: answer_label(factor, number) for factor, number in factors})

    @property
    def questions(self) -> tuple[NextQuestion, ...]:
        return next_questions(self.model.compiled, self.numbers, MOST_QUESTIONS)

    @property
    def actions(self) -> tuple[NextAction, ...]:
        return next_actions(self.model.compiled, self.numbers)

    @property
    def groups(self) -> list[FormGroup]:
        return build_form_groups(self.model.profile, self.numbers)

    @property
    def summary(self) -> DealSummary:
        """The strongest reason and the question most worth asking, for the list of deals."""
        reasons = self.view.strengths + self.view.risks
        strongest = max(reasons, key=lambda reason: abs(reason.points), default=None)
        return DealSummary(
            reason=strongest.sentence if strongest else None,
            question=first_question(self.model, self.numbers),
            is_strength=strongest.points > 0 if strongest else None,
        )


@dataclass(frozen=True)
class HistoryEntry:
    """An override or an outcome, with the name of whoever recorded it."""

    record: Override | Outcome
    author: str
    at: datetime


@dataclass(frozen=True)
class DealView:
    """`assessment` explains `prediction`: by the model that made it, or, where that is gone, by the champion.

    `unreadable` has a sentence for each stored answer that this model cannot read; `champion` is the model that
    answers now.
    """

    prediction: Prediction
    assessment: Assessment
    unreadable: list[str]
    history: list[Prediction]
    overrides: list[HistoryEntry]
    outcomes: list[HistoryEntry]
    champion: ServedModel

    @property
    def deal_id(self) -> str:
        return str(self.prediction.deal_id)

    @property
    def title(self) -> str:
        return self.prediction.name or self.deal_id

    @property
    def is_original(self) -> bool:
        """Whether the model that explains is the one that scored."""
        return self.assessment.model.matches(self.prediction.bundle_hash, self.prediction.profile_digest)

    @property
    def is_by_champion(self) -> bool:
        """Whether the model that scored answers still."""
        return self.champion.matches(self.prediction.bundle_hash, self.prediction.profile_digest)

    @property
    def trend(self) -> Trend:
        return find_trend(self.history)

    @property
    def history_points(self) -> list[HistoryPoint]:
        """The predictions, latest first."""
        return draw_history(self.history)


def assess(state: PageState, model: ServedModel, numbers: np.ndarray) -> Assessment:
    """A model's explanation of answers, given as numbers of shape (factors,)."""
    explanation = explain_numbers(model.compiled, numbers[None])
    view = model.narrator.view(explanation)
    return Assessment(model, numbers, explanation, view, list(measure_fits(explanation, view, state.reach(model))))


def find_deal_view(state: PageState, deal_id: str) -> DealView:
    """The view of a stored deal; blocks. Raises Refusal where there is no such deal."""
    store, champion = state.runtime.store, state.runtime.model
    prediction, history = find_latest(state, deal_id)
    model = state.runtime.champion.model_of(prediction.bundle_hash, prediction.profile_digest) or champion
    numbers, _, unreadable = read_usable(model, json.loads(prediction.answers))
    names = {key.id: key.name for key in state.runtime.keys.list()}
    return DealView(
        prediction=prediction,
        assessment=assess(state, model, numbers),
        unreadable=unreadable,
        history=history,
        overrides=[_build_entry(override, override.at, names) for override in store.overrides(deal_id)],
        outcomes=[_build_entry(outcome, outcome.recorded_at, names) for outcome in store.outcomes(deal_id)],
        champion=champion,
    )


def find_latest(state: PageState, deal_id: str) -> tuple[Prediction, list[Prediction]]:
    """A deal's latest prediction and all of them, oldest first; raises Refusal where there are none."""
    history = state.runtime.store.history(deal_id, MOST_HISTORY)
    if not history:
        raise Refusal(404, f"There is no deal “{deal_id}”. Check its id, or look for it in the list of deals.")
    return history[-1], history


def _build_entry(record: Override | Outcome, at: datetime, names: dict[str, str]) -> HistoryEntry:
    return HistoryEntry(record, names.get(record.by or "", "Somebody on this machine"), at)
