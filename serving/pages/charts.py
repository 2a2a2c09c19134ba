"""The geometry of charts: numbers become places on a drawing, which templates turn into SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from icp_fit.models.narrative.view import SellerView
from icp_fit.serving.store.records import Prediction

MOST_STEPS = 12
# Parts of the width of a drawing that is 100 wide.
MARGIN = 4.0


@dataclass(frozen=True)
class WaterfallStep:
    """A step on the way from the baseline to the score: a bar from `start` to `end`, both from 0 to 100."""

    label: str
    detail: str
    points: float
    start: float
    end: float
    kind: str  # baseline, strength, risk, others, score

    @property
    def left(self) -> float:
        return min(self.start, self.end)

    @property
    def width(self) -> float:
        return abs(self.end - self.start)


@dataclass(frozen=True)
class Scale:
    """Places values between `low` and `high` on a line from `start` to `end`."""

    low: float
    high: float
    start: float = 0.0
    end: float = 100.0

    def at(self, value: float) -> float:
        share = (value - self.low) / ((self.high - self.low) or 1)
        return round(self.start + (self.end - self.start) * share, 2)


def draw_waterfall(view: SellerView, answers: Mapping[str, str]) -> list[WaterfallStep]:
    """The way from the baseline to the score: the answers that move it most, the rest together.

    `answers` has each factor's answer in words.
    """
    moving = sorted((reason for reason in view.reasons if reason.points), key=lambda reason: -abs(reason.points))
    shown, rest = (moving, []) if len(moving) <= MOST_STEPS + 1 else (moving[:MOST_STEPS], moving[MOST_STEPS:])
    score, at = 100 * view.win_probability, view.baseline
    bars: list[tuple[str, str, float, str]] = [
        (reason.label, answers[reason.factor], reason.points, "strength" if reason.points > 0 else "risk")
        for reason in sorted(shown, key=lambda reason: -reason.points)
    ]
    left = score - view.baseline - sum(reason.points for reason in shown)
    if rest:
        bars.append((f"{len(rest)} smaller answers", "", round(left, 1), "others"))
    ends = [at]
    for _, _, points, _ in bars:
        ends.append(ends[-1] + points)
    scale = Scale(min(0.0, *ends), max(100.0, *ends)) if _spread(ends, score) > 60 else _zoom([*ends, score])
    zero = scale.at(max(scale.low, 0.0))
    steps = [WaterfallStep("Baseline", "before any answer", at, zero, scale.at(at), "baseline")]
    for (label, detail, points, kind), (start, end) in zip(bars, pairwise(ends), strict=True):
        steps.append(WaterfallStep(label, detail, points, scale.at(start), scale.at(end), kind))
    steps.append(WaterfallStep("Score", "", score, zero, scale.at(score), "score"))
    return steps


def _spread(ends: Sequence[float], score: float) -> float:
    return max(*ends, score) - min(*ends, score)


def _zoom(ends: Sequence[float]) -> Scale:
    """A scale from zero to a little more than what is reached."""
    return Scale(min(0.0, *ends), min(100.0, max(ends) * 1.08) if max(ends) < 100 else max(ends))


@dataclass(frozen=True)
class HistoryPoint:
    """One prediction in a deal's history; `x` and `y` from 0 to 100 on its drawing, y downward.

    `change` is by how much the score changed since the previous prediction, whose id is `previous_id`; both are None
    for the first.
    """

    prediction: Prediction
    x: float
    y: float
    change: int | None
    previous_id: str | None
    new_model: bool
    new_profile: bool


def draw_history(history: Sequence[Prediction]) -> list[HistoryPoint]:
    """A deal's predictions, given oldest first, as points, latest first; those of a single day are evenly spaced."""
    first, last = history[0].scored_at, history[-1].scored_at
    long = (last - first).total_seconds() > 86_400
    scale = Scale(0, (last - first).total_seconds() if long else len(history) - 1, MARGIN, 100 - MARGIN)
    points = []
    for place, prediction in enumerate(history):
        previous = history[place - 1] if place else None
        at = (prediction.scored_at - first).total_seconds() if long else place
        points.append(
            HistoryPoint(
                prediction=prediction,
                x=scale.at(at) if len(history) > 1 else 50.0,
                y=100.0 - prediction.score,
                change=None if previous is None else prediction.score - previous.score,
                previous_id=None if previous is None else previous.id,
                new_model=previous is not None and previous.model_version != prediction.model_version,
                new_profile=previous is not None and previous.profile_digest != prediction.profile_digest,
            )
        )
    return points[::-1]


def polyline(points: Sequence[tuple[float, float]]) -> str:
    """Points as the attribute of an SVG line."""
    return " ".join(f"{x:g},{y:g}" for x, y in points)


def spark(scores: Sequence[int]) -> str:
    """A small line of scores on a drawing 60 wide and 20 high, scaled to what they span, at least 20 points."""
    if len(scores) < 2:
        return ""
    middle, half = (max(scores) + min(scores)) / 2, max(10.0, (max(scores) - min(scores)) / 2)
    across, up = Scale(0, len(scores) - 1, 2, 58), Scale(middle - half, middle + half, 18, 2)
    return polyline([(across.at(place), up.at(score)) for place, score in enumerate(scores)])
