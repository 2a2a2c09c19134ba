"""The model card in Markdown: what the model predicts, how well, for whom, and where it should not be used."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import isnan

from icp_fit.models.importance import Estimate, Importance
from icp_fit.training.disagreement import FALSE_FINDINGS, LearnedWeight
from icp_fit.training.evaluation import Evaluation
from icp_fit.training.learned_effects import LearnedEffects
from icp_fit.training.report import SCORE_NAMES, SELECTION
from icp_fit.training.segments import ENOUGH, Segment
from icp_fit.training.statistics import Interval
from icp_fit.training.verdict import Verdict

MOST_FACTORS = 15
METRICS = (("log_loss", "log loss", 3), ("brier", "Brier", 3), ("auc", "AUC", 3), ("lift", "lift in the best 10%", 2))


def build_card(
    evaluation: Evaluation,
    verdict: Verdict,
    learned_effects: LearnedEffects | None = None,
    *,
    model_version: str = "unregistered",
) -> str:
    """The card as Markdown text, from the same metrics as the report."""
    facts = evaluation.facts
    lines = [
        f"# {facts.profile}: fit model, {model_version}",
        "",
        "Predicts from the answers known at qualification how likely a deal is to be won, as a score from 0 to 100.",
        f"**Verdict: {verdict.level}.**",
        "",
        *(f"- {reason.sentence}" for reason in verdict.reasons),
        "",
        "## What it was trained on",
        "",
        *_data(evaluation),
        "",
        f"## Accuracy on {facts.holdout_deals:,} held-out deals",
        "",
        "With 95% intervals. The last two rows say how much better the fit model is on the same deals.",
        "",
        *_accuracy(evaluation),
        "",
        "## Reliability",
        "",
        *_reliability(evaluation),
        "",
        "## Over time" if facts.date else "## Over folds",
        "",
        *_periods(evaluation),
        "",
        "## More deals",
        "",
        evaluation.learning_curve.sentence,
        "",
        *_table(
            ("deals trained on", "log loss"),
            [(f"{point.deals:,}", _interval(point.log_loss, 3)) for point in evaluation.learning_curve.points],
        ),
        "",
        "## By kind of deal",
        "",
        *_segments(evaluation.segments),
        "",
        *(_learned_effects(learned_effects) if learned_effects else ()),
        "## Limits",
        "",
        f"- {SELECTION}",
        "- It uses what the profile asks and nothing else. An open question adds nothing, and widens the interval.",
        "- It shows correlation, not cause: a better answer need not change the outcome.",
        *(f"- {note}" for note in facts.notes),
        "",
        "## How to use it",
        "",
        "Use the score to decide where to look first, beside what you know about the deal, and never alone to turn a",
        "customer away. Read it as a probability, together with its interval. Train again when the win rate or the",
        "kind of deals changes, and evaluate it on newer deals.",
    ]
    return "\n".join(lines) + "\n"


def _data(evaluation: Evaluation) -> Iterator[str]:
    facts, stack = evaluation.facts, evaluation.stack
    won = f"{facts.won:,} of them won ({facts.won / facts.deals:.0%})"
    yield f"- {facts.deals:,} closed deals, {won}; {facts.open:,} open."
    if facts.accounts is not None:
        yield f"- {facts.accounts:,} accounts."
    if facts.date:
        yield f"- `{facts.date}` from {facts.first} to {facts.last}."
    yield f"- Held out: {facts.holdout}."
    yield (
        f"- Of the {facts.holdout_deals:,} held-out deals, {facts.seen_accounts:,} belong to an account that it was "
        f"trained on, and {facts.seen_answers:,} have the same answers as a deal that it was trained on."
    )
    weights = ", ".join(f"{name} {weight:.2f}" for name, weight in stack.weights.items())
    share = f"{stack.evidence_share:.0%} from {stack.deals:,} deals, {1 - stack.evidence_share:.0%} from the profile"
    yield f"- The score comes {share}. Weights of its members: {weights}."


def _accuracy(evaluation: Evaluation) -> Iterator[str]:
    scores = {name: evaluation.accuracy[score] for score, name in SCORE_NAMES.items()}
    improvements = {
        f"better than the {SCORE_NAMES[score]} by": improvement
        for score, improvement in evaluation.improvements.items()
    }
    rows = [
        (name, *(_interval(getattr(accuracy, metric), digits) for metric, _, digits in METRICS))
        for name, accuracy in (scores | improvements).items()
    ]
    return _table(("", *(title for _, title, _ in METRICS)), rows)


def _reliability(evaluation: Evaluation) -> Iterator[str]:
    calibration = evaluation.calibration
    yield (
        f"Predicted {calibration.predicted:.0%} on average, won {calibration.won.value:.0%}. "
        f"Calibration slope {_interval(calibration.slope, 2)}, where 1 is right."
    )
    yield ""
    rows = [
        (f"{b.predicted:.0%}", f"{b.won.value:.0%}", _percent_range(b.won), f"{b.deals:,}")
        for b in evaluation.reliability
    ]
    yield from _table(("predicted", "won", "95% interval", "deals"), rows)


def _periods(evaluation: Evaluation) -> Iterator[str]:
    header = (
        "period from" if evaluation.facts.date else "fold",
        "trained on",
        "held out",
        "log loss",
        "better than the base rate by",
    )
    rows = [
        (p.label, f"{p.training_deals:,}", f"{p.holdout_deals:,}", f"{p.log_loss:.3f}", _interval(p.improvement, 3))
        for p in evaluation.periods
    ]
    return _table(header, rows)


def _segments(segments: Sequence[Segment]) -> Iterator[str]:
    rows = [
        (
            f"{segment.label}: {segment.value}",
            f"{segment.deals:,}",
            f"{segment.predicted:.0%}",
            f"{segment.won.value:.0%} ({_percent_range(segment.won)})",
            _interval(segment.improvement, 3),
        )
        if segment.improvement
        else (f"{segment.label}: {segment.value}", f"{segment.deals:,}", "", "", f"too few, under {ENOUGH}")
        for segment in segments
    ]
    return _table(("", "deals", "predicted", "won", "better than the base rate by, in log loss"), rows)


def _learned_effects(learned_effects: LearnedEffects) -> Iterator[str]:
    importance, weights, named = learned_effects.importance, learned_effects.weights, learned_effects.disagreements
    count = Counter(weight.finding for weight in weights)
    yield from ("## What matters", "")
    yield from (
        "By how much each moves the deals trained on, up or down, on average, with 95% intervals.",
        "",
    )
    rows = [*(_importance_row(f"**{each.label}**", each) for each in importance.dimensions)]
    rows += [_importance_row(each.label, each) for each in importance.factors[:MOST_FACTORS]]
    yield from _table(("dimension, factor", "points of the score", "log-odds"), rows)
    yield from ("", "## Where the deals disagree with the profile", "")
    yield (
        f"On {len(named)} of {len(weights)} factors, by a logistic regression of all factors at once without the "
        "profile's directions. Weights are log-odds of the most favourable answer. Of these disagreements about one in "
        f"{round(1 / FALSE_FINDINGS)} is expected to be chance. Of the other weights {count['agrees']} agree, "
        f"{count['too few deals to tell']} need more deals to tell, and of factors without a weight "
        f"{learned_effects.without_effect} show no effect."
    )
    if named:
        yield ""
        yield from _table(("factor", "finding", "profile", "deals", "answered"), map(_disagreement, named))
    yield ""


def _importance_row(label: str, importance: Importance) -> tuple[str, ...]:
    return label, _interval(importance.points, 1), _interval(importance.log_odds, 2)


def _disagreement(weight: LearnedWeight) -> tuple[str, ...]:
    values = f" ({' over '.join(weight.values)})" if weight.values else ""
    declared = f"{weight.declared:.2f}" if weight.declared else "none"
    return f"{weight.label}{values}", weight.finding, declared, _interval(weight.learned, 2), f"{weight.deals:,}"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A Markdown table whose first column is text and whose others are numbers."""
    yield f"| {' | '.join(header)} |"
    yield f"|{'|'.join(['---', *['---:'] * (len(header) - 1)])}|"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"


def _interval(interval: Interval | Estimate, digits: int) -> str:
    if isnan(interval.value):
        return "none"
    value, low, high = (f"{number:.{digits}f}" for number in (interval.value, interval.low, interval.high))
    return f"{value} ({low} to {high})" if low != high else value


def _percent_range(interval: Interval) -> str:
    return f"{interval.low:.0%} to {interval.high:.0%}"
