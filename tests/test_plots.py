"""Every plot states its finding, and none touches pyplot."""

import sys
from io import BytesIO

import pytest
from matplotlib.figure import Figure

from tests.judging import evaluated
from training.plots import FactorCurve, plot_evaluation, plot_factors

CURVES = (
    FactorCurve("Industry", ["financial_services", "telecommunications"], [-0.1, 0.1], [10, 20]),
    FactorCurve("Users", [0.0, 100.0, 250_000.0], [-0.5, 0.0, 0.5], [5, 9, 4]),
)


def write(figure: Figure) -> bytes:
    stream = BytesIO()
    figure.savefig(stream, dpi=30)
    return stream.getvalue()


@pytest.mark.parametrize(("count", "dated"), [(800, True), (300, False), (3, False)])
def test_plots_can_be_drawn_for_any_evaluation(count: int, dated: bool) -> None:
    plots = plot_evaluation(evaluated(count, 1, 1.5, dated), CURVES)
    assert list(plots) == ["reliability", "lift", "learning_curve", "factors"]
    assert all(write(figure).startswith(b"\x89PNG") for figure in plots.values())


def test_plots_are_titled_with_their_finding() -> None:
    plots = plot_evaluation(evaluated())
    titles = {name: figure.get_suptitle().replace("\n", " ") for name, figure in plots.items()}
    assert titles["lift"].startswith("The best-scored 20% of the deals hold")
    assert titles["learning_curve"] == evaluated().learning_curve.sentence
    assert "groups deals were won as often as predicted" in titles["reliability"]


def test_plot_of_factors_begins_with_the_one_of_most_reach() -> None:
    figure = plot_factors(CURVES)
    assert figure.axes[0].get_title(loc="left") == "Users"
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == ["0", "100", "250k"]
    assert figure.get_suptitle() == "Users and Industry move the win probability most"


def test_plot_of_factors_that_do_nothing_says_so() -> None:
    assert (
        plot_factors([FactorCurve("Users", [1.0], [0.0], [3])]).get_suptitle() == "No answer moves the win probability"
    )


def test_plots_leave_pyplot_alone() -> None:
    if "matplotlib.pyplot" in sys.modules:
        pytest.skip("another test imported pyplot")
    plot_evaluation(evaluated(), CURVES)
    assert "matplotlib.pyplot" not in sys.modules
