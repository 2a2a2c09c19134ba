"""The report of a training run on the terminal: the verdict and its reasons, the metrics behind them, and caveats."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from math import isnan
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from icp_fit.features.deals import Deals
from icp_fit.features.leakage import Leak, find_unchecked
from icp_fit.models.importance import Importance
from icp_fit.training.accuracy import Accuracy
from icp_fit.training.calibration import ReliabilityBin
from icp_fit.training.disagreement import Finding, LearnedWeight
from icp_fit.training.evaluation import Evaluation
from icp_fit.training.learned_effects import LearnedEffects
from icp_fit.training.segments import ENOUGH, Segment
from icp_fit.training.statistics import Interval
from icp_fit.training.verdict import Level, Verdict

if TYPE_CHECKING:
    from icp_fit.training.registry import Version

SELECTION = (
    "Only deals that somebody pursued have an outcome. A score says which of such deals are won; for kinds of deals "
    "that were never pursued it is a guess."
)
SCORE_NAMES = {"model": "fit model", "profile": "profile alone", "base_rate": "base rate"}
MARKS: dict[Level, tuple[str, str]] = {
    "ready": ("✓", "green"),
    "usable": ("!", "yellow"),
    "not ready": ("✗", "red"),
}
STRIP = 31
MOST_SEGMENTS = 3
MOST_FACTORS, MOST_DIMENSIONS, MOST_WEIGHTS = 3, 4, 2
LEARNED_EFFECTS = "What matters, in mean points, and where the deals disagree with the profile"
DISAGREEMENTS: dict[Finding, str] = {
    "points the other way": "other way",
    "no effect found": "no effect",
    "matters without a weight": "no weight",
    "stronger than declared": "stronger",
    "weaker than declared": "weaker",
}


def build_report(
    evaluation: Evaluation,
    verdict: Verdict,
    deals: Deals | None = None,
    leaks: Sequence[Leak] = (),
    learned_effects: LearnedEffects | None = None,
) -> RenderableType:
    """All that a data scientist should know about the model; `deals` and `leaks` add rejected rows and suspects."""
    return Group(
        *_verdict(evaluation, verdict),
        *_section("Trained on", _facts(evaluation)),
        *_section("Accuracy on held-out deals, 95% intervals; lift in the best-scored 10%", _accuracy(evaluation)),
        *_section("Reliability: of the deals given 30%, are 30% won?", _reliability(evaluation.reliability)),
        *_section("Over time" if evaluation.facts.date else "Over folds", _periods(evaluation)),
        *_section("By kind of deal", _segments(evaluation.segments)),
        *(_section(LEARNED_EFFECTS, _learned_effects(learned_effects)) if learned_effects else ()),
        *_section("Keep in mind", _caveats(evaluation, deals, leaks)),
    )


def _section(title: str, content: RenderableType) -> tuple[RenderableType, ...]:
    return Text(title, style="bold"), Padding(content, (0, 0, 1, 2))


def _verdict(evaluation: Evaluation, verdict: Verdict) -> Iterator[RenderableType]:
    _, colour = MARKS[verdict.level]
    title = Text.assemble(f"{evaluation.facts.profile}: ", (verdict.level.upper(), f"bold {colour}"))
    yield Rule(title, style=colour, align="left")
    reasons = Table.grid(padding=(0, 1))
    for reason in verdict.reasons:
        mark, colour = MARKS[reason.level]
        reasons.add_row(Text(mark, style=f"bold {colour}"), Text(reason.sentence))
    yield Padding(reasons, (0, 0, 1, 2))


def _facts(evaluation: Evaluation) -> Table:
    facts, stack = evaluation.facts, evaluation.stack
    accounts = f" of {facts.accounts:,} accounts" if facts.accounts is not None else ""
    dates = f", {facts.first} to {facts.last}" if facts.date else ""
    won = f"{facts.won:,} won ({facts.won / facts.deals:.0%})"
    held_out = [f"{facts.holdout}: {facts.holdout_deals:,} deals"]
    if facts.seen_accounts:
        held_out.append(f"{facts.seen_accounts:,} of accounts with deals trained on")
    if facts.seen_answers:
        held_out.append(f"{facts.seen_answers:,} with the same answers as a deal trained on")
    share = f"{stack.evidence_share:.0%} from {stack.deals:,} deals, {1 - stack.evidence_share:.0%} from the profile"
    members = ", ".join(f"{name} {weight:.2f}" for name, weight in stack.weights.items())
    points = [f"{point.log_loss.value:.3f} from {point.deals:,}" for point in evaluation.learning_curve.points]
    rows = [
        ("deals", f"{facts.deals:,} closed{accounts}{dates}, {won}; {facts.open:,} open"),
        ("held out", ", ".join(held_out)),
        ("weights", f"{share} ({members})"),
        ("more deals", f"{evaluation.learning_curve.sentence} Log loss {', '.join(points)} deals."),
    ]
    return _grid(rows)


def _grid(rows: Collection[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    for name, text in rows:
        grid.add_row(Text(name, style="dim", no_wrap=True), Text(text))
    return grid


def _table(*columns: str) -> Table:
    """A table whose first column is text and whose others are numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim italic")
    for i, column in enumerate(columns):
        table.add_column(column, justify="right" if i else "left")
    return table


def _accuracy(evaluation: Evaluation) -> Table:
    table = _table("", "log loss ↓", "Brier ↓", "AUC ↑", "lift ↑")
    for score, name in SCORE_NAMES.items():
        table.add_row(name, *_cells(evaluation.accuracy[score]))
    for score, improvement in evaluation.improvements.items():
        table.add_row(f"over {SCORE_NAMES[score].removesuffix(' alone')}", *_cells(improvement, "+"))
    return table


def _cells(accuracy: Accuracy, sign: str = "") -> Iterator[Text]:
    for name, digits in (("log_loss", 3), ("brier", 3), ("auc", 3), ("lift", 2)):
        yield _cell(getattr(accuracy, name), f"{sign}.{digits}f")


def _cell(interval: Interval, form: str) -> Text:
    """Such as ".452 [.382,.523]", in one piece or broken before the bracket where there is no room."""
    if isnan(interval.value):
        return Text("none", style="dim")
    low, high = (_short(bound, form).removeprefix("+") for bound in (interval.low, interval.high))
    bounds = f"[{low},{high}]" if interval.low < interval.high else ""
    return Text.assemble(_short(interval.value, form), (f" {bounds:>12}", "dim"))


def _short(value: float, form: str) -> str:
    return f"{value:{form}}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:{form}}"


def _reliability(bins: Sequence[ReliabilityBin]) -> Table:
    table = _table("predicted", "won", "95% interval", "deals")
    table.columns[0].justify = "right"
    table.add_column(Text("0%  ● won  ┃ predicted".ljust(STRIP - 4) + "100%"), no_wrap=True)
    for found in bins:
        interval = f"{found.won.low:.0%} to {found.won.high:.0%}"
        table.add_row(f"{found.predicted:.0%}", f"{found.won.value:.0%}", interval, f"{found.deals:,}", _strip(found))
    return table


def _strip(found: ReliabilityBin) -> Text:
    """The interval, the win rate and the prediction as marks on a line from 0 to 100%."""
    low, won, high, predicted = (
        round(share * (STRIP - 1)) for share in (found.won.low, found.won.value, found.won.high, found.predicted)
    )
    marks = [" "] * STRIP
    marks[low : high + 1] = "─" * (high + 1 - low)
    marks[predicted], marks[won] = "┃", "●"
    outside = not found.won.low <= found.predicted <= found.won.high
    return Text("".join(marks), style="yellow" if outside else "")


def _periods(evaluation: Evaluation) -> RenderableType:
    if not evaluation.facts.date:
        improvements = [period.improvement.value for period in evaluation.periods]
        ahead = sum(improvement > 0 for improvement in improvements)
        span = f"by {min(improvements):+.3f} to {max(improvements):+.3f} log loss"
        return Text(f"Better than the base rate in {ahead} of {len(improvements)} folds, {span}.")
    table = _table("period from", "trained on", "held out", "log loss ↓", "better than base rate")
    for period in evaluation.periods:
        counts = f"{period.training_deals:,}", f"{period.holdout_deals:,}"
        table.add_row(period.label, *counts, f"{period.log_loss:.3f}", _cell(period.improvement, "+.3f"))
    return table


def _segments(segments: Sequence[Segment]) -> RenderableType:
    table = _table("", "deals", "predicted", "won", "better than base rate")
    too_few = []
    for _, group in groupby(segments, key=lambda segment: segment.factor):
        every = list(group)
        most = sorted((s for s in every if s.improvement), key=lambda segment: -segment.deals)[:MOST_SEGMENTS]
        for segment in every:
            if not segment.improvement or segment not in most:
                continue
            rates = f"{segment.deals:,}", f"{segment.predicted:.0%}", f"{segment.won.value:.0%}"
            table.add_row(Text(f"{segment.label}: {segment.value}"), *rates, _cell(segment.improvement, "+.3f"))
        few = [segment.value for segment in every if not segment.improvement]
        if few:
            too_few.append(f"{every[0].label}: {_join(few)}")
    if not too_few:
        return table
    return Group(table, Text(f"Under {ENOUGH} deals, too few to tell: {'; '.join(too_few)}.", style="dim"))


def _learned_effects(learned_effects: LearnedEffects) -> Table:
    importance = learned_effects.importance
    rows = [
        ("factors", ", ".join(map(_importance, importance.factors[:MOST_FACTORS]))),
        ("dimensions", ", ".join(map(_importance, importance.dimensions[:MOST_DIMENSIONS]))),
    ]
    for finding, name in DISAGREEMENTS.items():
        found = [_disagreement(weight) for weight in learned_effects.disagreements if weight.finding == finding]
        if found:
            rows.append((name, _join(found, MOST_WEIGHTS, "; ")))
    count = Counter(weight.finding for weight in learned_effects.weights)
    others = f"{count['agrees']} agree, {count['too few deals to tell']} need more deals to tell"
    others += (
        f", {learned_effects.without_effect} without a weight show no effect" if learned_effects.without_effect else ""
    )
    rows.append(("other weights", f"{others}; the plot `weights` in MLflow shows all"))
    return _grid(rows)


def _importance(importance: Importance) -> str:
    points = importance.points
    return f"{importance.label} {points.value:.1f} [{points.low:.1f},{points.high:.1f}]"


def _disagreement(weight: LearnedWeight) -> str:
    """Such as "Room to grow .42, not .15"."""
    learned = f"{weight.label} {_short(weight.learned.value, '.2f')}"
    if weight.values:
        return f"{learned}, {' over '.join(weight.values)}"
    return f"{learned}, not {_short(weight.declared, '.2f')}" if weight.declared else learned


def _caveats(evaluation: Evaluation, deals: Deals | None, leaks: Sequence[Leak]) -> Table:
    rows = [("leak" if leak.blocking else "leak?", leak.evidence) for leak in leaks]
    if deals is not None and (unchecked := find_unchecked(deals)):
        rows.append(("leak?", unchecked))
    rows += [("selection", SELECTION), *(("evaluation", note) for note in evaluation.facts.notes)]
    if deals is not None:
        if len(deals.rejected):
            rows.append(("rejected", f"{len(deals.rejected):,} rows that cannot be used"))
        if deals.absent:
            rows.append(("no column", f"for {_join(deals.absent)}; the model cannot use them"))
        if deals.ignored:
            rows.append(("ignored", f"{_join(deals.ignored)}: columns that the profile does not ask for"))
        rows += [("deals", note) for note in deals.notes]
    return _grid(rows)


def _join(names: Sequence[str], most: int = 8, mark: str = ", ") -> str:
    return mark.join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def list_versions(versions: "Sequence[Version]") -> RenderableType:
    """The registered models, newest first."""
    if not versions:
        return Text("No model is registered yet. `icp-fit train DEALS` trains one.")
    table = _table("version", "is", "verdict", "better than the champion", "on deals", "deals", "profile", "trained")
    for version in versions:
        table.add_row(
            version.version,
            ", ".join(version.aliases),
            version.verdict or "",
            "" if version.improvement is None else _cell(version.improvement, "+.4f"),
            "" if version.compared_deals is None else f"{version.compared_deals:,}",
            "" if version.deals is None else f"{version.deals:,}",
            version.profile or "",
            f"{version.created:%Y-%m-%d %H:%M} UTC",
        )
    if not any(version.improvement for version in versions):
        return table
    return Group(table, Text("Better by so much in log loss, on deals that neither was trained on.", style="dim"))
