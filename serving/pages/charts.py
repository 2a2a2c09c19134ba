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
class Step:
    """A step on the way from the baseline to the score: a bar from `start` to `end`, both from 0 to 100."""

    label: str
    detail: str
    points: float
    start: float
    end: float
    kind: str  # baseline, for, against, others, score

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


def draw_waterfall(view: SellerView, answers: Mapping[str, str]) -> list[Step]:
    """The way from the baseline to the score: the answers that move it most, the rest together.

    `answers` says each factor's answer in words.
    """
    moves = sorted((reason for reason in view.reasons if reason.points), key=lambda reason: -abs(reason.points))
    shown, rest = (moves, []) if len(moves) <= MOST_STEPS + 1 else (moves[:MOST_STEPS], moves[MOST_STEPS:])
    score, at = 100 * view.win_probability, view.baseline
    bars: list[tuple[str, str, float, str]] = [
        (reason.label, answers[reason.factor], reason.points, "for" if reason.points > 0 else "against")
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
    steps = [Step("Nothing known", "where every deal starts", at, zero, scale.at(at), "baseline")]
    for (label, detail, points, kind), (start, end) in zip(bars, pairwise(ends), strict=True):
        steps.append(Step(label, detail, points, scale.at(start), scale.at(end), kind))
    steps.append(Step("Score", "", score, zero, scale.at(score), "score"))
    return steps


def _spread(ends: Sequence[float], score: float) -> float:
    return max(*ends, score) - min(*ends, score)


def _zoom(ends: Sequence[float]) -> Scale:
    """A scale from zero to a little more than what is reached."""
    return Scale(min(0.0, *ends), min(100.0, max(ends) * 1.08) if max(ends) < 100 else max(ends))


@dataclass(frozen=True)
class Past:
    """One scoring in a deal's history; `x` and `y` from 0 to 100 on its drawing, y downward.

    `moved` is by how much the score changed since the scoring before, None for the first; `before` is the id of that.
    """

    prediction: Prediction
    x: float
    y: float
    moved: int | None
    before: str | None
    new_model: bool
    new_profile: bool


def draw_history(history: Sequence[Prediction]) -> list[Past]:
    """A deal's scorings, latest first, at places in the order of time."""
    first, last = history[0].scored_at, history[-1].scored_at
    long = (last - first).total_seconds() > 86_400
    scale = Scale(0, (last - first).total_seconds() if long else len(history) - 1, MARGIN, 100 - MARGIN)
    found = []
    for place, prediction in enumerate(history):
        before = history[place - 1] if place else None
        at = (prediction.scored_at - first).total_seconds() if long else place
        found.append(
            Past(
                prediction=prediction,
                x=scale.at(at) if len(history) > 1 else 50.0,
                y=100.0 - prediction.score,
                moved=None if before is None else prediction.score - before.score,
                before=None if before is None else before.id,
                new_model=before is not None and before.model_version != prediction.model_version,
                new_profile=before is not None and before.profile_digest != prediction.profile_digest,
            )
        )
    return found[::-1]


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
