"""The report is readable on any terminal, with and without colour, and says what must not be overlooked."""

import re
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from icp_fit.features.leakage import Leak
from icp_fit.training.report import build_report
from icp_fit.training.verdict import judge
from tests.support.evaluated_deals import build_deals, evaluate_drawn_deals
from tests.support.training_runs import measure_drawn_effects


def print_report(width: int = 100, dated: bool = True, count: int = 800) -> str:
    evaluation = evaluate_drawn_deals(count, 0, 1.5, dated)
    console = Console(width=width, file=StringIO(), color_system=None)
    deals = build_deals(count)
    deals = replace(
        deals, rejected=deals.table.head(3), ignored=("Next [red]Step",), absent=("amount",), notes=("A note.",)
    )
    console.print(build_report(evaluation, judge(evaluation), deals, learned_effects=measure_drawn_effects()))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("dated", [True, False], ids=["dated", "undated"])
def test_report_fits_the_terminal(width: int, dated: bool) -> None:
    lines = print_report(width, dated).splitlines()
    assert max(len(line) for line in lines) <= width
    assert len(lines) <= (85 if width < 100 else 75)
    assert "…" not in "".join(lines)


def test_report_opens_with_the_verdict_and_its_reasons() -> None:
    first, second, *_ = print_report().splitlines()
    assert first.startswith("Demo customer: READY")
    assert "beats the base rate" in second or "beats the profile" in second


@pytest.mark.parametrize(
    "said",
    [
        "Only deals that somebody pursued have an outcome",
        "80% from 640 deals, 20% from the profile",
        "3 rows that cannot be used",
        "Next [red]Step",
        "for amount; the model cannot use them",
        "A note.",
        "profile alone",
        "base rate",
    ],
)
def test_report_says(said: str) -> None:
    assert said in print_report(120)


def test_report_tells_in_a_few_lines_what_matters_and_where_the_deals_disagree() -> None:
    _, _, told = print_report().partition("What matters, in mean points")
    lines = [line.strip() for line in told.partition("Keep in mind")[0].splitlines()[1:] if line.strip()]
    assert len(lines) <= 8
    assert re.match(r"factors +Portal \d+\.\d \[\d+\.\d,\d+\.\d\]", lines[0])
    assert any(re.match(r"stronger +Portal (1?\.\d\d), not \.20", line) for line in lines)
    assert re.search(r"\d+ agree, \d+ need more deals to tell", " ".join(lines[-2:]))


def test_report_of_a_handful_of_deals_has_no_figure_where_there_is_none() -> None:
    assert not re.search(r"\bnan\b", print_report(count=3, dated=False))


def test_report_names_a_suspect_factor_once_and_marks_what_is_only_suspected() -> None:
    leaks = [
        Leak("days", "predicts alone", "`days` alone has an AUC of 0.92.", True),
        Leak("city", "missingness predicts", "`city` is blank in 30 deals.", False),
    ]
    console, evaluation = Console(width=80, file=StringIO(), color_system=None), evaluate_drawn_deals()
    console.print(build_report(evaluation, judge(evaluation), leaks=leaks))
    assert isinstance(console.file, StringIO)
    told = console.file.getvalue()
    assert re.search(r"leak +`days` alone has", told)
    assert re.search(r"leak\? +`city` is blank", told)
    assert told.count("`days`") == told.count("`city`") == 1
