"""Any stored prediction, computed again from its answers with the model that made it, and compared."""

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from icp_fit.features.deal_reader import AnswerError
from icp_fit.models.explain import Explanation, explain_numbers
from icp_fit.models.narrative.view import SellerView
from icp_fit.serving.errors import RecomputeError
from icp_fit.serving.scoring.champion import Champion
from icp_fit.serving.scoring.served_model import ServedModel
from icp_fit.serving.store.records import Prediction
from icp_fit.serving.store.store import Store

# The last digits may differ between machines; a score that a person sees may not.
TOLERANCE = 1e-9
# Points are stored with one digit, so that what lies on the border of two may be rounded either way.
POINT = 0.1 + TOLERANCE


@dataclass(frozen=True)
class Recomputed:
    """A stored prediction beside the same computed anew; `differences` name what is not the same."""

    prediction: Prediction
    view: SellerView
    differences: tuple[str, ...]

    @property
    def matches(self) -> bool:
        return not self.differences

    def to_dict(self) -> dict[str, Any]:
        return {
            "prediction_id": self.prediction.id,
            "matches": self.matches,
            "differences": list(self.differences),
            "stored": {name: getattr(self.prediction, name) for name in _COMPARED},
            "recomputed": asdict(self.view),
        }


_COMPARED = ("score", "grade", "win_probability", "low", "high", "completeness")


def recompute(store: Store, champion: Champion, prediction_id: str) -> Recomputed:
    """Compute a stored prediction again; blocks. Raises RecomputeError where that is not possible."""
    prediction = store.prediction(prediction_id)
    if prediction is None:
        raise RecomputeError(f"There is no prediction `{prediction_id}`. It was never stored here, or was pruned.")
    model = champion.model_of(prediction.bundle_hash, prediction.profile_digest)
    if model is None:
        raise RecomputeError(
            f"Prediction {prediction_id} was made by model version {prediction.model_version}, whose bundle is gone. "
            "Keep the bundles of models whose predictions you want to recompute."
        )
    return compare(prediction, model)


def compare(prediction: Prediction, model: ServedModel) -> Recomputed:
    """A prediction beside what this model says of the same answers."""
    try:
        numbers = model.reader.read(json.loads(prediction.answers))
    except AnswerError as error:
        raise RecomputeError(
            f"The answers of prediction {prediction.id} cannot be read by its model: {error}"
        ) from error
    explanation = explain_numbers(model.compiled, numbers[None])
    view = model.narrator.view(explanation)
    return Recomputed(prediction, view, tuple(_differences(prediction, explanation, model)))


def _differences(prediction: Prediction, explanation: Explanation, model: ServedModel) -> list[str]:
    now = {
        "score": int(explanation.score[0]),
        "grade": explanation.grade[0],
        "win_probability": float(explanation.win_probability[0]),
        "low": float(explanation.low[0]),
        "high": float(explanation.high[0]),
        "completeness": float(explanation.completeness[0]),
    }
    found = [
        f"{name}: stored {getattr(prediction, name)}, now {value}"
        for name, value in now.items()
        if not _same(getattr(prediction, name), value, name)
    ]
    stored = json.loads(prediction.explanation or "{}").get("points", {})
    points = dict(zip(model.profile.factor_ids, explanation.points[0].tolist(), strict=True))
    return found + [
        f"points of {factor}: stored {was}, now {points.get(factor)}"
        for factor, was in stored.items()
        if factor not in points or abs(points[factor] - was) > POINT
    ]


def _same(stored: Any, now: Any, name: str) -> bool:
    if isinstance(now, float):
        tolerance = 1e-4 if name == "completeness" else TOLERANCE  # stored with four digits where a view made it
        return bool(np.isclose(stored, now, rtol=0, atol=tolerance))
    return bool(stored == now)
