"""The plots of an evaluation, each a matplotlib Figure whose title states the finding.

Figures are built without pyplot, so that no global state is touched and no window can open.
"""

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from icp_fit.training.evaluation import Evaluation
from icp_fit.training.statistics import Interval

# Okabe and Ito's colours, which colour-blind readers tell apart.
BLUE, ORANGE, GREY, FAINT = "#0072B2", "#D55E00", "#6B6B6B", "#D9D9D9"


def plot_evaluation(evaluation: Evaluation) -> dict[str, Figure]:
    """Every plot of an evaluation by name."""
    return {
        "reliability": plot_reliability(evaluation),
        "lift": plot_lift(evaluation),
        "learning_curve": plot_learning_curve(evaluation),
    }


def plot_reliability(evaluation: Evaluation) -> Figure:
    """Win rate against predicted win probability, in groups of deals, with 95% intervals."""
    bins = evaluation.reliability
    inside = sum(group.won.low <= group.predicted <= group.won.high for group in bins)
    fewest, most = min(group.deals for group in bins), max(group.deals for group in bins)
    deals = f"{most:,}" if fewest == most else f"{fewest:,} to {most:,}"
    finding = f"In {inside} of {len(bins)} groups the prediction is within the interval of the win rate"
    figure, axes = start_figure((6, 6), finding, f"groups of {deals} held-out deals, 95% intervals of their win rate")
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--")
    axes.annotate(
        "won = predicted", (0.985, 0.96), ha="right", va="top", color=GREY, rotation=45, rotation_mode="anchor"
    )
    _draw_intervals(axes, [group.predicted for group in bins], [group.won for group in bins])
    axes.set(xlim=(0, 1), ylim=(-0.01, 1), xlabel="predicted win probability", ylabel="win rate", aspect="equal")
    _show_percent(axes)
    return figure


def plot_lift(evaluation: Evaluation) -> Figure:
    """Share of the wins among the best-scored deals, for the model and for the profile alone."""
    shares = [point.share for point in evaluation.gain_curve]
    best = next(point for point in evaluation.gain_curve if point.share >= 0.2)
    lift = evaluation.accuracy["model"].lift
    finding = f"The best-scored {best.share:.0%} of the deals hold {best.model:.0%} of the wins"
    detail = f"lift in the best-scored 10%: {lift.value:.1f} ({lift.low:.1f} to {lift.high:.1f})"
    figure, axes = start_figure((6, 6), finding, detail)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--")
    axes.plot(shares, [point.profile for point in evaluation.gain_curve], color=ORANGE, linewidth=1.8, linestyle="-.")
    axes.plot(shares, [point.model for point in evaluation.gain_curve], color=BLUE, linewidth=2.4)
    for height, name, color in ((0.17, "fit model", BLUE), (0.11, "profile alone", ORANGE), (0.05, "base rate", GREY)):
        axes.annotate(name, (0.98, height), ha="right", color=color)
    axes.set(xlim=(0, 1), ylim=(0, 1.01), xlabel="share of the deals, best scores first", ylabel="share of the wins")
    _show_percent(axes)
    return figure


def plot_learning_curve(evaluation: Evaluation) -> Figure:
    """Log loss by the number of deals trained on, beside the base rate and the profile alone."""
    curve = evaluation.learning_curve
    sizes = [point.deals for point in curve.points]
    detail = "log loss on the same held-out deals, lower is better; differences are more certain than the 95% intervals"
    figure, axes = start_figure((7.5, 5), curve.sentence, detail)
    _draw_intervals(axes, sizes, [point.log_loss for point in curve.points], line="-")
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
    axes.set(xlabel="deals trained on", ylabel="log loss")
    return figure


def start_figure(size: tuple[float, float], finding: str, detail: str) -> tuple[Figure, Axes]:
    """A figure with one panel, the finding as its title and below it what is drawn."""
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    letters = int(size[0] * 10.5)
    figure.suptitle("\n".join(textwrap.wrap(finding, letters)), x=0.02, ha="left", fontsize=11, fontweight="bold")
    axes.set_title("\n".join(textwrap.wrap(detail, letters + 15)), loc="left", fontsize=9, color=GREY)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _draw_intervals(axes: Axes, places: Sequence[float], intervals: Sequence[Interval], line: str = "") -> None:
    heights = [interval.value for interval in intervals]
    errors = [[i.value - i.low for i in intervals], [i.high - i.value for i in intervals]]
    axes.errorbar(places, heights, np.maximum(0, errors), fmt="o", linestyle=line, color=BLUE, elinewidth=1.2)


def _label_ends(axes: Axes, ends: Sequence[tuple[float, str, str]]) -> None:
    """Each line's name beside its right end, moved up where it would lie on the one below."""
    bottom, top = axes.get_ylim()
    free = bottom
    for height, name, color in sorted(ends):
        at = max(height, free)
        axes.annotate(name, (1.01, at), xycoords=("axes fraction", "data"), va="center", color=color)
        free = at + (top - bottom) / 18


def _show_percent(axes: Axes) -> None:
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.yaxis.set_major_formatter(PercentFormatter(1))
