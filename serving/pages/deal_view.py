"""The story of a deal: what was stored of it, and what the model that scored it last says of its answers."""

import json
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from icp_fit.models.explain import Explanation, explain_numbers
from icp_fit.models.narrative.next_steps import NextAction, NextQuestion, next_actions, next_questions
from icp_fit.models.narrative.view import SellerView
from icp_fit.serving.http.problems import Refusal
from icp_fit.serving.pages.answers import read_usable
from icp_fit.serving.pages.charts import Past, Step, draw_history, draw_waterfall
from icp_fit.serving.pages.dimension_fit import DimensionFit, find_fits
from icp_fit.serving.pages.form_fields import FormGroup, ask_all, say_answer
from icp_fit.serving.pages.state import PageState
from icp_fit.serving.scoring.champion import ServedModel
from icp_fit.serving.store.records import Outcome, Override, Prediction
from icp_fit.serving.store.trend import Trend, find_trend

MOST_HISTORY = 200
MOST_QUESTIONS = 5


@dataclass(frozen=True)
class Narrated:
    """What a model says of a deal's answers."""

    model: ServedModel
    numbers: np.ndarray
    explanation: Explanation
    view: SellerView
    fits: list[DimensionFit]

    @property
    def steps(self) -> list[Step]:
        factors = zip(self.model.profile.factors, self.numbers.tolist(), strict=True)
        return draw_waterfall(self.view, {factor.id: say_answer(factor, number) for factor, number in factors})

    @property
    def questions(self) -> tuple[NextQuestion, ...]:
        return next_questions(self.model.compiled, self.numbers, MOST_QUESTIONS)

    @property
    def actions(self) -> tuple[NextAction, ...]:
        return next_actions(self.model.compiled, self.numbers)

    @property
    def groups(self) -> list[FormGroup]:
        return ask_all(self.model.profile, self.numbers)


@dataclass(frozen=True)
class Signed:
    """An override or an outcome with the name of who made it."""

    what: Override | Outcome
    who: str
    at: datetime


@dataclass(frozen=True)
class DealView:
    """`told` explains `prediction`: by the model that made it, or, where that is gone, by the one that answers now.

    `unread` says which stored answers that model cannot read.
    """

    prediction: Prediction
    told: Narrated
    unread: list[str]
    history: list[Prediction]
    overrides: list[Signed]
    outcomes: list[Signed]
    now: ServedModel

    @property
    def deal_id(self) -> str:
        return str(self.prediction.deal_id)

    @property
    def title(self) -> str:
        return self.prediction.name or self.deal_id

    @property
    def is_own(self) -> bool:
        """Whether the model that explains is the one that scored."""
        return self.told.model.made(self.prediction.bundle_hash, self.prediction.profile_digest)

    @property
    def is_current(self) -> bool:
        return self.now.made(self.prediction.bundle_hash, self.prediction.profile_digest)

    @property
    def trend(self) -> Trend:
        return find_trend(self.history)

    @property
    def past(self) -> list[Past]:
        """The scorings, latest first."""
        return draw_history(self.history)


def tell(desk: PageState, model: ServedModel, numbers: np.ndarray) -> Narrated:
    """What a model says of answers, given as numbers of shape (factors,)."""
    explanation = explain_numbers(model.compiled, numbers[None])
    view = model.narrator.view(explanation)
    return Narrated(model, numbers, explanation, view, list(find_fits(explanation, view, desk.reach(model))))


def find_deal_view(desk: PageState, deal_id: str) -> DealView:
    """The story of a stored deal; blocks. Raises Refusal where there is no such deal."""
    store, now = desk.runtime.store, desk.runtime.model
    prediction, history = find_latest(desk, deal_id)
    model = desk.runtime.champion.model_of(prediction.bundle_hash, prediction.profile_digest) or now
    numbers, _, unread = read_usable(model, json.loads(prediction.answers))
    names = {key.id: key.name for key in desk.runtime.keys.list()}
    return DealView(
        prediction=prediction,
        told=tell(desk, model, numbers),
        unread=unread,
        history=history,
        overrides=[_sign(override, override.at, names) for override in store.overrides(deal_id)],
        outcomes=[_sign(outcome, outcome.recorded_at, names) for outcome in store.outcomes(deal_id)],
        now=now,
    )


def find_latest(desk: PageState, deal_id: str) -> tuple[Prediction, list[Prediction]]:
    """A deal's latest prediction and all of them, oldest first; raises Refusal where there are none."""
    history = desk.runtime.store.history(deal_id, MOST_HISTORY)
    if not history:
        raise Refusal(404, f"There is no deal “{deal_id}”. It was never scored here, or its id is written differently.")
    return history[-1], history


def _sign(what: Override | Outcome, at: datetime, names: dict[str, str]) -> Signed:
    return Signed(what, names.get(what.by or "", "Somebody on this machine"), at)
