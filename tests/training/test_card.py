"""The model card holds the metrics of the evaluation, in Markdown that any viewer can read."""

import re

import pytest

from icp_fit.training.card import build_card
from icp_fit.training.verdict import judge
from tests.support.evaluated_deals import evaluate_drawn_deals
from tests.support.training_runs import measure_drawn_effects


def build(count: int = 800, dated: bool = True) -> str:
    evaluation = evaluate_drawn_deals(count, 0, 1.5, dated)
    return build_card(evaluation, judge(evaluation), measure_drawn_effects(), model_version="version 3")


@pytest.mark.parametrize(("count", "dated"), [(800, True), (300, False), (3, False)])
def test_card_tables_have_as_many_cells_in_every_row(count: int, dated: bool) -> None:
    card = build(count, dated)
    tables = [block.splitlines() for block in card.split("\n\n") if block.startswith("|")]
    assert len(tables) >= 6
    assert all(len({line.count("|") for line in table}) == 1 for table in tables)
    assert not re.search(r"\bnan\b", card)


def test_card_holds_the_metrics_of_the_evaluation() -> None:
    evaluation, card = evaluate_drawn_deals(), build()
    loss = evaluation.accuracy["model"].log_loss
    assert f"| fit model | {loss.value:.3f} ({loss.low:.3f} to {loss.high:.3f}) |" in card
    assert evaluation.learning_curve.sentence in card
    assert all(f"| {period.label} |" in card for period in evaluation.periods)


def test_card_tells_what_matters_and_where_the_deals_disagree() -> None:
    learned_effects, card = measure_drawn_effects(), build()
    first, weight = learned_effects.importance.factors[0], learned_effects.weights[0]
    points, learned = first.points, weight.learned
    assert f"| Portal | {points.value:.1f} ({points.low:.1f} to {points.high:.1f}) |" in card
    interval = f"{learned.value:.2f} ({learned.low:.2f} to {learned.high:.2f})"
    assert f"| Portal | stronger than declared | 0.20 | {interval} | {weight.deals} |" in card
    assert "On 1 of 5 factors" in card


@pytest.mark.parametrize(
    "said",
    [
        "version 3",
        "**Verdict: ready.**",
        "Only deals that somebody pursued",
        "80% from 640 deals, 20% from the profile",
        "## Limits",
    ],
)
def test_card_says(said: str) -> None:
    assert said in build()
