"""The plots of a training run, each a matplotlib Figure whose title states the finding.

Figures are built without pyplot, so that no global state is touched and no window can open.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from training.evaluation import Evaluation
from training.figures import Interval

# Okabe and Ito's colours, which colour-blind readers tell apart.
BLUE, ORANGE, GREY, FAINT = "#0072B2", "#D55E00", "#6B6B6B", "#D9D9D9"
COLUMNS, MOST_PANELS = 4, 24
MOST_LETTERS = 16
MOST_TICKS = 6


@dataclass(frozen=True)
class FactorCurve:
    """What each answer to one question adds to the log-odds.

    `answers` are numbers in rising order, or words; `deals` counts how many deals gave each answer.
    """

    label: str
    answers: Sequence[float] | Sequence[str]
    log_odds: Sequence[float]
    deals: Sequence[int]

    @property
    def reach(self) -> float:
        return max(self.log_odds) - min(self.log_odds)


def plot_evaluation(evaluation: Evaluation, curves: Sequence[FactorCurve] = ()) -> dict[str, Figure]:
    """Every plot by name."""
    plots = {
        "reliability": plot_reliability(evaluation),
        "lift": plot_lift(evaluation),
        "learning_curve": plot_learning_curve(evaluation),
    }
    return plots | ({"factors": plot_factors(curves)} if curves else {})


def plot_reliability(evaluation: Evaluation) -> Figure:
    """Win rate against predicted win probability, in groups of deals, with 95% intervals."""
    bins = evaluation.reliability
    inside = sum(found.won.low <= found.predicted <= found.won.high for found in bins)
    fewest, most = min(found.deals for found in bins), max(found.deals for found in bins)
    deals = f"{most:,}" if fewest == most else f"{fewest:,} to {most:,}"
    finding = f"In {inside} of {len(bins)} groups deals were won as often as predicted"
    figure, axes = _start((6, 6), finding, f"groups of {deals} held-out deals, 95% intervals of their win rate")
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--")
    axes.annotate(
        "won = predicted", (0.985, 0.96), ha="right", va="top", color=GREY, rotation=45, rotation_mode="anchor"
    )
    _points(axes, [found.predicted for found in bins], [found.won for found in bins])
    axes.set(xlim=(0, 1), ylim=(-0.01, 1), xlabel="predicted win probability", ylabel="win rate", aspect="equal")
    _percent(axes)
    return figure


def plot_lift(evaluation: Evaluation) -> Figure:
    """Share of the wins among the best-scored deals, for the model and for the profile alone."""
    shares = [point.share for point in evaluation.reach]
    best = next(point for point in evaluation.reach if point.share >= 0.2)
    lift = evaluation.accuracy["model"].lift
    finding = f"The best-scored {best.share:.0%} of the deals hold {best.model:.0%} of the wins"
    detail = f"lift in the best-scored 10%: {lift.value:.1f} ({lift.low:.1f} to {lift.high:.1f})"
    figure, axes = _start((6, 6), finding, detail)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--")
    axes.plot(shares, [point.profile for point in evaluation.reach], color=ORANGE, linewidth=1.8, linestyle="-.")
    axes.plot(shares, [point.model for point in evaluation.reach], color=BLUE, linewidth=2.4)
    for height, name, color in ((0.17, "fit model", BLUE), (0.11, "profile alone", ORANGE), (0.05, "base rate", GREY)):
        axes.annotate(name, (0.98, height), ha="right", color=color)
    axes.set(xlim=(0, 1), ylim=(0, 1.01), xlabel="share of the deals, best scores first", ylabel="share of the wins")
    _percent(axes)
    return figure


def plot_learning_curve(evaluation: Evaluation) -> Figure:
    """Log loss by the number of deals that were learned from, beside the base rate and the profile alone."""
    curve = evaluation.learning_curve
    sizes = [point.deals for point in curve.points]
    detail = "log loss on the same deals, which makes differences surer than the 95% intervals of single points"
    figure, axes = _start((7.5, 5), curve.sentence, detail)
    _points(axes, sizes, [point.log_loss for point in curve.points], line="-")
    base_rate, profile = (evaluation.accuracy[score].log_loss.value for score in ("base_rate", "profile"))
    axes.axhline(base_rate, color=GREY, linewidth=1.2, linestyle="--")
    axes.axhline(profile, color=ORANGE, linewidth=1.2, linestyle="-.")
    ends = (
        (base_rate, "base rate", GREY),
        (profile, "profile alone", ORANGE),
        (curve.points[-1].log_loss.value, "fit model", BLUE),
    )
    _label_ends(axes, ends)
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.set(xlabel="deals learned from", ylabel="log loss")
    return figure


def plot_factors(curves: Sequence[FactorCurve]) -> Figure:
    """One small panel a factor on one scale of log-odds, those with most reach first; grey bars count deals."""
    curves = sorted(curves, key=lambda curve: -curve.reach)[:MOST_PANELS]
    rows = -(-len(curves) // COLUMNS)
    figure = Figure(figsize=(3.1 * COLUMNS, 2.3 * rows + 0.7), layout="constrained")
    panels = figure.subplots(rows, COLUMNS, sharey=True, squeeze=False).ravel()
    figure.suptitle(_finding(curves), x=0.01, ha="left", fontweight="bold")
    heights = [height for curve in curves for height in curve.log_odds]
    margin = 0.08 * (max(heights) - min(heights) or 1)
    panels[0].set_ylim(min(heights) - margin, max(heights) + margin)
    for panel, curve in zip(panels, curves, strict=False):
        _draw_curve(panel, curve)
    for panel in panels[::COLUMNS]:
        panel.set_ylabel("log-odds")
    for panel in panels[len(curves) :]:
        panel.set_axis_off()
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _finding(curves: Sequence[FactorCurve]) -> str:
    first = [curve.label for curve in curves if curve.reach > 0][:3]
    if not first:
        return "No answer moves the win probability"
    names = " and ".join(first) if len(first) < 3 else f"{first[0]}, {first[1]} and {first[2]}"
    return f"{names} move{'s' if len(first) == 1 else ''} the win probability most"


def _draw_curve(panel: Axes, curve: FactorCurve) -> None:
    panel.set_title(curve.label, fontsize=9, loc="left")
    panel.axhline(0, color=GREY, linewidth=0.8)
    # Answers are evenly spaced: amounts and counts of users crowd near zero on any scale of their own.
    places = np.arange(len(curve.answers))
    counts = panel.twinx()
    counts.bar(places, curve.deals, width=0.8, color=FAINT)
    counts.set_ylim(0, 4 * max(1, *curve.deals))
    counts.set_axis_off()
    # Counts belong behind the curve, yet a twin is drawn after its panel.
    panel.set_zorder(counts.get_zorder() + 1)
    panel.patch.set_visible(False)
    if isinstance(curve.answers[0], str):
        panel.hlines(curve.log_odds, places - 0.4, places + 0.4, color=BLUE, linewidth=2.4)
        words = [str(answer).replace("_", " ") for answer in curve.answers]
        labels = [word if len(word) <= MOST_LETTERS else f"{word[: MOST_LETTERS - 1].rstrip()}…" for word in words]
    else:
        panel.plot(places, curve.log_odds, color=BLUE, linewidth=2)
        places = places[:: -(-len(places) // MOST_TICKS)]
        labels = [_brief(float(curve.answers[int(place)])) for place in places]
    turned = sum(map(len, labels)) > 2 * MOST_LETTERS
    panel.set_xticks(places, labels, rotation=40 if turned else 0, ha="right" if turned else "center")
    panel.tick_params(labelsize=7)


def _brief(value: float) -> str:
    """Such as 250k or 1.5m."""
    for size, letter in ((1e9, "b"), (1e6, "m"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def _start(size: tuple[float, float], finding: str, detail: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    letters = int(size[0] * 10.5)
    figure.suptitle("\n".join(textwrap.wrap(finding, letters)), x=0.02, ha="left", fontsize=11, fontweight="bold")
    axes.set_title("\n".join(textwrap.wrap(detail, letters + 15)), loc="left", fontsize=9, color=GREY)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _points(axes: Axes, places: Sequence[float], found: Sequence[Interval], line: str = "") -> None:
    heights = [interval.value for interval in found]
    errors = [[i.value - i.low for i in found], [i.high - i.value for i in found]]
    axes.errorbar(places, heights, np.maximum(0, errors), fmt="o", linestyle=line, color=BLUE, elinewidth=1.2)


def _label_ends(axes: Axes, ends: Sequence[tuple[float, str, str]]) -> None:
    """Each line's name beside its right end, moved up where it would lie on the one below."""
    bottom, top = axes.get_ylim()
    free = bottom
    for height, name, color in sorted(ends):
        at = max(height, free)
        axes.annotate(name, (1.01, at), xycoords=("axes fraction", "data"), va="center", color=color)
        free = at + (top - bottom) / 18


def _percent(axes: Axes) -> None:
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.yaxis.set_major_formatter(PercentFormatter(1))
