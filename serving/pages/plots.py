"""The plots of a model's evaluation, as the places of their marks on drawings of one size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from icp_fit.serving.pages.charts import Scale, polyline

# Of drawings that are 340 wide and 260 high.
LEFT, RIGHT, TOP, BOTTOM = 44, 318, 12, 222


@dataclass(frozen=True)
class PlotTick:
    at: float
    text: str


@dataclass(frozen=True)
class PlotMark:
    """A point with its interval, and its text; `is_off` marks a prediction outside its interval."""

    x: float
    y: float
    low: float
    high: float
    text: str
    is_off: bool = False


@dataclass(frozen=True)
class PlotLine:
    points: str
    name: str
    look: str  # model, profile, base


@dataclass(frozen=True)
class Plot:
    """One drawing with its finding as a title."""

    title: str
    about: str
    across: str
    up: str
    x_ticks: list[PlotTick]
    y_ticks: list[PlotTick]
    lines: list[PlotLine]
    marks: list[PlotMark]


def draw_reliability(bins: Sequence[Mapping[str, Any]]) -> Plot:
    """Whether deals that were given 30% were won in 30% of cases."""
    x, y = Scale(0, 1, LEFT, RIGHT), Scale(0, 1, BOTTOM, TOP)
    marks = []
    for group in bins:
        won, predicted = group["won"], group["predicted"]
        is_off = not won["low"] <= predicted <= won["high"]
        text = f"Predicted {predicted:.0%}, won {won['value']:.0%} of {group['deals']:,} deals"
        marks.append(PlotMark(x.at(predicted), y.at(won["value"]), y.at(won["low"]), y.at(won["high"]), text, is_off))
    inside = sum(not mark.is_off for mark in marks)
    return Plot(
        title=f"In {inside} of {len(marks)} groups the prediction is within the interval of the win rate",
        about="Each point is a group of holdout deals, with the 95% interval of its win rate.",
        across="predicted",
        up="won",
        x_ticks=_percents(x),
        y_ticks=_percents(y),
        lines=[PlotLine(polyline([(LEFT, BOTTOM), (RIGHT, TOP)]), "won = predicted", "base")],
        marks=marks,
    )


def draw_gain_curve(gain_curve: Sequence[Mapping[str, float]]) -> Plot:
    """How many of the wins are among the best-scored deals."""
    x, y = Scale(0, 1, LEFT, RIGHT), Scale(0, 1, BOTTOM, TOP)
    best = min(gain_curve, key=lambda point: abs(point["share"] - 0.2))
    lines = [
        PlotLine(polyline([(x.at(point["share"]), y.at(point[name])) for point in gain_curve]), label, name)
        for name, label in (("model", "model"), ("profile", "profile alone"))
    ]
    return Plot(
        title=f"The best-scored {best['share']:.0%} of the deals hold {best['model']:.0%} of the wins",
        about="Holdout deals, from the highest score down. The straight line is chance.",
        across="share of deals",
        up="share of wins",
        x_ticks=_percents(x),
        y_ticks=_percents(y),
        lines=[PlotLine(polyline([(LEFT, BOTTOM), (RIGHT, TOP)]), "chance", "base"), *lines],
        marks=[],
    )


def draw_learning(metrics: Mapping[str, Any]) -> Plot:
    """How log loss falls with the number of deals trained on."""
    curve = metrics["learning_curve"]
    points = curve["points"]
    profile, base = (metrics["accuracy"][name]["log_loss"]["value"] for name in ("profile", "base_rate"))
    values = [profile, base, *(point["log_loss"][end] for point in points for end in ("low", "high"))]
    x = Scale(0, max(point["deals"] for point in points) * 1.05, LEFT, RIGHT)
    y = Scale(min(values) - 0.01, max(values) + 0.01, BOTTOM, TOP)
    marks = [_mark(x, y, point["deals"], point["log_loss"]) for point in points]
    lines = [
        PlotLine(polyline([(LEFT, y.at(base)), (RIGHT, y.at(base))]), "base rate", "base"),
        PlotLine(polyline([(LEFT, y.at(profile)), (RIGHT, y.at(profile))]), "profile alone", "profile"),
        PlotLine(polyline([(mark.x, mark.y) for mark in marks]), "model", "model"),
    ]
    return Plot(
        title=curve["sentence"],
        about="Log loss on the same holdout deals, trained on more and more of the others. Lower is better.",
        across="deals trained on",
        up="log loss",
        x_ticks=[PlotTick(x.at(point["deals"]), f"{point['deals']:,}") for point in points],
        y_ticks=[PlotTick(y.at(value), f"{value:.2f}") for value in _round_steps(y.low, y.high)],
        lines=lines,
        marks=marks,
    )


def _mark(x: Scale, y: Scale, deals: int, loss: Mapping[str, float]) -> PlotMark:
    low, value, high = (y.at(loss[name]) for name in ("low", "value", "high"))
    return PlotMark(x.at(deals), value, low, high, f"Log loss {loss['value']:.3f} from {deals:,} deals")


def _percents(scale: Scale) -> list[PlotTick]:
    return [PlotTick(scale.at(share), f"{share:.0%}") for share in (0, 0.25, 0.5, 0.75, 1)]


def _round_steps(low: float, high: float) -> list[float]:
    step = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10) if (high - low) / step <= 6)
    first = int(low / step) + 1
    return [step * place for place in range(first, int(high / step) + 1)]
