"""A deal in the terminal: it fits, it says all that matters, and bars are as long as their points."""

from functools import cache
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from rich.console import Console

from icp_fit.serving.terminal.deal import DealReport, Scorer, tell_deal
from icp_fit.serving.terminal.view import _bar, draw_deal
from tests.support.champions import write_deals
from tests.support.model_shapes import compile_shape


@cache
def build_report(deal_id: str = "D-005", shape: str = "all members") -> DealReport:
    with TemporaryDirectory() as folder:
        deals = write_deals(Path(folder) / "deals.csv")
        return tell_deal(deals, deal_id, Scorer(compile_shape(shape), "1", "Model version 1, kept 2026-01-31."))


def drawn(deal: DealReport, width: int = 100) -> str:
    console = Console(width=width, file=StringIO(), color_system=None)
    console.print(draw_deal(deal))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("deal_id", ["D-005", "D-010", "D-020"])
def test_drawing_fits_the_terminal(deal_id: str, width: int) -> None:
    text = drawn(build_report(deal_id), width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text


def test_drawing_opens_with_the_deal_its_score_and_its_grade() -> None:
    view = build_report().view
    assert drawn(build_report()).startswith(f"Deal D-005, Deal of [red]4: {view.score}, grade {view.grade} ")


@pytest.mark.parametrize("shape", ["all members", "no deals"])
def test_drawing_says_everything_that_a_seller_is_told(shape: str) -> None:
    deal = build_report(shape=shape)
    text = " ".join(drawn(deal, 300).split())
    said = [*deal.view.summary, deal.scorer.stamp]
    said += [reason.sentence for reason in (*deal.view.strengths, *deal.view.risks)]
    said += [part.label for part in deal.view.dimensions]
    said += [text for question in deal.questions for text in (question.question, question.sentence)]
    assert deal.questions or not deal.view.open_questions
    assert all(sentence in text for sentence in said)


@pytest.mark.parametrize(
    ("points", "bar"),
    [
        (10, "            │████████████"),
        (-5, "      ██████│            "),
        (-0.5, "           ▐│            "),
        (0, "            │            "),
    ],
)
def test_bar_is_as_long_as_its_points_and_on_their_side(points: float, bar: str) -> None:
    assert _bar(points, most=10).plain == bar
