"""The plots of learned effects: importance, weights of the profile and of the deals, and each factor's curve."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from icp_fit.models.effects import Effect
from icp_fit.models.importance import Importance, Importances
from icp_fit.training.disagreement import LearnedWeight
from icp_fit.training.learned_effects import LearnedEffects
from icp_fit.training.plots import BLUE, FAINT, GREY, ORANGE, start_figure

COLUMNS, MOST_PANELS = 4, 24
MOST_LETTERS = 16
MOST_TICKS = 6
MOST_BARS, MOST_WEIGHTS = 20, 45


def plot_learned_effects(learned_effects: LearnedEffects) -> dict[str, Figure]:
    """Every plot of the learned effects by name."""
    plots = {"importance": plot_importance(learned_effects.importance)}
    if learned_effects.weights:
        plots["weights"] = plot_weights(learned_effects.weights)
    if learned_effects.curves:
        plots["factors"] = plot_factors(learned_effects.curves)
    return plots


def plot_importance(importance: Importances) -> Figure:
    """How far each dimension and each factor moves the score on average, in points with 95% intervals."""
    first, dimensions, factors = importance.factors[0], importance.dimensions, importance.factors[:MOST_BARS]
    finding = f"{first.label} moves the score most, by {first.points.value:.1f} points on average"
    figure = Figure(figsize=(8, 1.8 + 0.25 * (len(factors) + len(dimensions))), layout="constrained")
    title = finding if first.points.value else "No factor moves the score"
    figure.suptitle(title, x=0.02, ha="left", fontsize=11, fontweight="bold")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[len(dimensions) + 0.5, len(factors) + 0.5])
    _draw_bars(above, "dimensions", dimensions)
    some = "" if len(factors) == len(importance.factors) else f", the first {len(factors)} of {len(importance.factors)}"
    _draw_bars(below, f"factors{some}", factors)
    below.set_xlabel("mean absolute points of the 0-100 score, with 95% intervals")
    return figure


def plot_weights(weights: Sequence[LearnedWeight]) -> Figure:
    """Each factor's weight in the profile and by the deals alone, disagreements first and in full colour."""
    named, others = [w for w in weights if w.disagrees], [w for w in weights if not w.disagrees]
    shown = [*named, *sorted(others, key=lambda weight: -weight.declared)][:MOST_WEIGHTS]
    finding = f"The deals disagree with the profile on {len(named)} of {len(weights)} factors"
    detail = "orange: the profile's weight; blue: the weight by the deals alone, in full colour where they disagree"
    size, silence = (9, 1.6 + 0.24 * len(shown)), "The deals disagree with the profile on no factor"
    figure, axes = start_figure(size, finding if named else silence, detail)
    axes.axvline(0, color=GREY, linewidth=0.8)
    for place, weight in enumerate(shown):
        _draw_weight(axes, place, weight)
    axes.set_yticks(range(len(shown)), [weight.label for weight in shown], fontsize=9)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_xlabel("log-odds of the most favourable answer, with 95% intervals")
    return figure


def plot_factors(curves: Sequence[Effect]) -> Figure:
    """One small panel a factor on one scale of log-odds, those that matter most first; grey bars count deals."""
    curves = [curve for curve in curves if curve.reach > 0][:MOST_PANELS] or curves[:1]
    rows = -(-len(curves) // COLUMNS)
    figure = Figure(figsize=(3.1 * COLUMNS, 2.3 * rows + 0.9), layout="constrained")
    panels = figure.subplots(rows, COLUMNS, sharey=True, squeeze=False).ravel()
    figure.suptitle(_finding(curves), x=0.01, ha="left", fontweight="bold")
    figure.supxlabel(
        "blue: the model; orange: the profile alone; grey bars: how many deals gave the answer",
        x=0.01, ha="left", fontsize=9, color=GREY,
    )  # fmt: skip
    heights = [height for curve in curves for height in (*curve.log_odds, *curve.declared)]
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


def _draw_bars(axes: Axes, title: str, importances: Sequence[Importance]) -> None:
    places, points = np.arange(len(importances)), [importance.points for importance in importances]
    values = np.array([point.value for point in points])
    axes.set_title(title, loc="left", fontsize=9, color=GREY)
    axes.barh(places, values, height=0.7, color=BLUE, alpha=0.4)
    errors = [[point.value - point.low for point in points], [point.high - point.value for point in points]]
    axes.errorbar(values, places, xerr=np.maximum(0, errors), fmt="none", ecolor=BLUE, elinewidth=1.4)
    axes.set_yticks(places, [importance.label for importance in importances], fontsize=9)
    axes.set_ylim(len(importances) - 0.4, -0.6)
    axes.set_xlim(left=0)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_weight(axes: Axes, place: int, weight: LearnedWeight) -> None:
    learned, strength = weight.learned, 1.0 if weight.disagrees else 0.35
    axes.plot([learned.low, learned.high], [place, place], color=BLUE, linewidth=1.6, alpha=strength)
    axes.plot(learned.value, place, "o", color=BLUE, markersize=5, alpha=strength)
    if weight.declared:
        axes.plot(weight.declared, place, "|", color=ORANGE, markersize=11, markeredgewidth=2.4)
    values = f": {' over '.join(weight.values)}".replace("_", " ") if weight.disagrees and weight.values else ""
    axes.annotate(
        f"{weight.finding}{values}", (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8,
        color="black" if weight.disagrees else GREY,
    )  # fmt: skip


def _finding(curves: Sequence[Effect]) -> str:
    moving = [curve for curve in curves if np.ptp(curve.log_odds) > 0]
    first = [curve.factor.label for curve in sorted(moving, key=lambda curve: -np.ptp(curve.log_odds))][:3]
    if not first:
        return "No answer moves the win probability"
    names = " and ".join(first) if len(first) < 3 else f"{first[0]}, {first[1]} and {first[2]}"
    return f"{names} move{'s' if len(first) == 1 else ''} the win probability most"


def _draw_curve(panel: Axes, curve: Effect) -> None:
    panel.set_title(curve.factor.label, fontsize=9, loc="left")
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
    lines = [(curve.declared, ORANGE, "--", 1.6), (curve.log_odds, BLUE, "-", 2.2)]
    for heights, color, style, width in [line for line in lines if line[0]]:
        if isinstance(curve.answers[0], str):
            panel.hlines(heights, places - 0.4, places + 0.4, color=color, linestyle=style, linewidth=width)
        else:
            panel.plot(places, heights, color=color, linestyle=style, linewidth=width)
    _label_answers(panel, curve)


def _label_answers(panel: Axes, curve: Effect) -> None:
    places = np.arange(len(curve.answers))
    if isinstance(curve.answers[0], str):
        words = [str(answer).replace("_", " ") for answer in curve.answers]
        labels = [word if len(word) <= MOST_LETTERS else f"{word[: MOST_LETTERS - 1].rstrip()}…" for word in words]
    else:
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
