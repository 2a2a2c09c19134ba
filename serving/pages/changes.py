"""Why a score changed: the points of new answers, of a new profile and of a new model, each in words."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from icp_fit.features.deal_reader import carry
from icp_fit.models.change import ChangeReason, ModelAnswers, explain_change
from icp_fit.serving.http.problems import Refusal
from icp_fit.serving.pages.answers import list_changes, read_usable
from icp_fit.serving.pages.state import PageState
from icp_fit.serving.scoring.served_model import ServedModel
from icp_fit.serving.store.records import Prediction

MOST_FACTORS = 5
LEAST = 0.05  # points


@dataclass(frozen=True)
class ChangePart:
    """One reason of a change: its points, and the factors that moved most as (label, words, points)."""

    name: str
    points: float
    factors: list[tuple[str, str, float]]


@dataclass(frozen=True)
class ScoreChange:
    """`parts` add up to `points`; they are those that count for anything."""

    before: Prediction
    after: Prediction
    points: float
    parts: list[ChangePart]


def find_change(state: PageState, deal_id: str, before_id: str, after_id: str) -> ScoreChange:
    """Why a deal's score changed from one prediction to another; blocks. Raises Refusal where one is gone."""
    store = state.runtime.store
    before, after = store.prediction(before_id), store.prediction(after_id)
    if before is None or after is None or {before.deal_id, after.deal_id} != {deal_id}:
        raise Refusal(
            404, "One of these two scores is no longer stored, so the change cannot be explained. Reload the page."
        )
    # the older model comes last: of former champions only the last one asked for stays in memory
    (new, new_numbers), (old, numbers) = _model_and_numbers(state, after), _model_and_numbers(state, before)
    change = explain_change(ModelAnswers(old.compiled, numbers), ModelAnswers(new.compiled, new_numbers))
    labels = {f.id: f.label for f in (*old.profile.factors, *new.profile.factors)}
    carried = carry(numbers[None], old.profile, new.profile)[0]
    answers = {f.id: f"{was} → {now}" for f, was, now in list_changes(new.profile, carried, new_numbers)}
    parts = [
        ("New answers", change.answers, answers),
        (_versions("New profile", before.profile_version, after.profile_version), change.profile, {}),
        (_versions("New model", before.model_version, after.model_version), change.model, {}),
    ]
    counting = [
        ChangePart(name, part.points, list(_factors(part, change.factor_ids, labels, words)))
        for name, part, words in parts
        if np.abs(part.points_by_factor).max() >= LEAST or abs(part.base) >= LEAST
    ]
    return ScoreChange(before, after, change.points, counting)


def _model_and_numbers(state: PageState, prediction: Prediction) -> tuple[ServedModel, np.ndarray]:
    model = state.runtime.champion.model_of(prediction.bundle_hash, prediction.profile_digest)
    if model is None:
        raise Refusal(
            404,
            f"Model version {prediction.model_version} is no longer stored here, so the change cannot be explained. "
            "Its bundle would have to be put back into the model store.",
        )
    return model, read_usable(model, json.loads(prediction.answers))[0]


def _versions(name: str, was: str, now: str) -> str:
    return name if was == now else f"{name}, version {now} instead of {was}"


def _factors(
    part: ChangeReason, ids: tuple[str, ...], labels: dict[str, str], words: dict[str, str]
) -> Iterator[tuple[str, str, float]]:
    """The factors that moved most, the others as one, and the baseline."""
    points = part.points_by_factor
    order = [j for j in np.argsort(-np.abs(points), kind="stable").tolist() if abs(points[j]) >= LEAST]
    for j in order[:MOST_FACTORS]:
        yield labels[ids[j]], words.get(ids[j], ""), float(points[j])
    if rest := order[MOST_FACTORS:]:
        yield f"{len(rest)} other factors", "", float(points[rest].sum())
    if abs(part.base) >= LEAST:
        yield "Baseline", "", part.base
