"""Every plot states its finding, and none touches pyplot."""

import sys
from io import BytesIO

import pytest
from matplotlib.figure import Figure

from icp_fit.features.factors import Factor
from icp_fit.models.effects import Effect
from icp_fit.training.learned_effect_plots import plot_factors, plot_importance, plot_learned_effects, plot_weights
from icp_fit.training.plots import plot_evaluation
from tests.support.evaluated_deals import evaluate_drawn_deals
from tests.support.training_runs import measure_drawn_effects

VALUES = ("financial_services", "telecommunications")
INDUSTRY = Factor("industry", "category", "Industry", "Which industry?", values=VALUES)
USERS = Factor("users", "count", "Users", "How many?", direction="up", weight=0.2, scale=(1, 100))
CURVES = (
    Effect(USERS, (0.0, 100.0, 250_000.0), (-0.5, 0.0, 0.5), (5, 9, 4), (-0.2, 0.2, 0.2)),
    Effect(INDUSTRY, VALUES, (-0.1, 0.1), (10, 20)),
)


def write(figure: Figure) -> bytes:
    stream = BytesIO()
    figure.savefig(stream, dpi=30)
    return stream.getvalue()


@pytest.mark.parametrize(("count", "dated"), [(800, True), (300, False), (3, False)])
def test_plots_can_be_drawn_for_any_evaluation(count: int, dated: bool) -> None:
    plots = plot_evaluation(evaluate_drawn_deals(count, 1, 1.5, dated))
    assert list(plots) == ["reliability", "lift", "learning_curve"]
    assert all(write(figure).startswith(b"\x89PNG") for figure in plots.values())


@pytest.mark.parametrize("count", [1_000, 3], ids=["many deals", "three deals"])
def test_plots_can_be_drawn_of_any_lessons(count: int) -> None:
    plots = plot_learned_effects(measure_drawn_effects(count=count))
    assert list(plots) == ["importance", "weights", "factors"]
    assert all(write(figure).startswith(b"\x89PNG") for figure in plots.values())


def test_plots_are_titled_with_their_finding() -> None:
    plots = plot_evaluation(evaluate_drawn_deals())
    titles = {name: figure.get_suptitle().replace("\n", " ") for name, figure in plots.items()}
    assert titles["lift"].startswith("The best-scored 20% of the deals hold")
    assert titles["learning_curve"] == evaluate_drawn_deals().learning_curve.sentence
    assert "groups the prediction is within the interval of the win rate" in titles["reliability"]


def test_plot_of_factors_begins_with_the_one_of_most_reach() -> None:
    figure = plot_factors(CURVES)
    assert figure.axes[0].get_title(loc="left") == "Users"
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == ["0", "100", "250k"]
    assert figure.get_suptitle() == "Users and Industry move the win probability most"


def test_plot_of_factors_that_do_nothing_says_so() -> None:
    still = Effect(INDUSTRY, VALUES, (0.0, 0.0), (10, 20))
    assert plot_factors([still]).get_suptitle() == "No answer moves the win probability"


def test_plot_of_a_factor_shows_what_the_profile_says_beside_what_was_learned() -> None:
    users, industry = plot_factors(CURVES).axes[:2]
    drawn = [list(line.get_ydata()) for line in users.get_lines()]
    assert [-0.2, 0.2, 0.2] in drawn
    assert [-0.5, 0.0, 0.5] in drawn
    assert len(industry.collections) == 1


def test_plot_of_factors_keeps_one_that_only_the_profile_believes_in() -> None:
    flat = Effect(USERS, (0.0, 100.0), (0.0, 0.0), (5, 9), (-0.2, 0.2))
    assert plot_factors([*CURVES, flat]).axes[2].get_title(loc="left") == "Users"


def test_plot_of_importance_names_the_factor_that_moves_the_score_most() -> None:
    importance = measure_drawn_effects().importance
    figure = plot_importance(importance)
    assert figure.get_suptitle().startswith("Portal moves the score most, by ")
    assert [label.get_text() for label in figure.axes[1].get_yticklabels()] == [i.label for i in importance.factors]


def test_plot_of_weights_counts_the_disagreements_and_puts_them_first() -> None:
    figure = plot_weights(measure_drawn_effects().weights)
    assert figure.get_suptitle() == "The deals disagree with the profile on 1 of 5 factors"
    assert figure.axes[0].get_yticklabels()[0].get_text() == "Portal"
    assert figure.axes[0].texts[0].get_text() == "stronger than declared"


def test_plot_of_weights_says_where_nothing_surely_differs() -> None:
    title = plot_weights(measure_drawn_effects(1.0).weights).get_suptitle()
    assert title == "The deals disagree with the profile on no factor"


def test_plots_leave_pyplot_alone() -> None:
    if "matplotlib.pyplot" in sys.modules:
        pytest.skip("another test imported pyplot")
    plot_evaluation(evaluate_drawn_deals())
    plot_learned_effects(measure_drawn_effects())
    assert "matplotlib.pyplot" not in sys.modules
