"""A deal in the terminal: it fits, it says all that matters, and bars are as long as their points."""

from functools import cache
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from rich.console import Console

from icp_fit.serving.terminal.deal import DealReport, Scorer, report_deal
from icp_fit.serving.terminal.view import _bar, draw_deal
from tests.support.champions import write_deals
from tests.support.model_shapes import compile_shape


@cache
def build_report(deal_id: str = "D-005", shape: str = "all members") -> DealReport:
    with TemporaryDirectory() as folder:
        deals = write_deals(Path(folder) / "deals.csv")
        return report_deal(deals, deal_id, Scorer(compile_shape(shape), "1", "Model version 1, created 2026-01-31."))


def draw_text(report: DealReport, width: int = 100) -> str:
    console = Console(width=width, file=StringIO(), color_system=None)
    console.print(draw_deal(report))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("deal_id", ["D-005", "D-010", "D-020"])
def test_drawing_fits_the_terminal(deal_id: str, width: int) -> None:
    text = draw_text(build_report(deal_id), width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text


def test_drawing_opens_with_the_deal_its_score_and_its_grade() -> None:
    view = build_report().view
    assert draw_text(build_report()).startswith(f"Deal D-005, Deal of [red]4: {view.score}, grade {view.grade} ")


@pytest.mark.parametrize("shape", ["all members", "no deals"])
def test_drawing_has_every_sentence_of_the_report(shape: str) -> None:
    report = build_report(shape=shape)
    text = " ".join(draw_text(report, 300).split())
    sentences = [*report.view.summary, report.scorer.stamp]
    sentences += [reason.sentence for reason in (*report.view.strengths, *report.view.risks)]
    sentences += [part.label for part in report.view.dimensions]
    sentences += [text for question in report.questions for text in (question.question, question.sentence)]
    assert report.questions or not report.view.open_questions
    assert all(sentence in text for sentence in sentences)


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
