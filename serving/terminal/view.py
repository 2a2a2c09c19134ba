"""One deal as a seller reads it in the terminal: the score, what makes it, the reasons, and what to ask and do next."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from icp_fit.features.unseen import UnseenAnswer, describe_unseen
from icp_fit.models.narrative.next_steps import NextAction, NextQuestion
from icp_fit.models.narrative.view import Reason, SellerView
from icp_fit.serving.terminal.deal import DealReport
from icp_fit.serving.terminal.listing import COLOURS

STRIP = 41  # cells from 0 to 100%
HALF = 12  # cells on either side of a bar's zero
MOST_BARS = 12
FOR, AGAINST = "green", "red"


def draw_deal(report: DealReport) -> RenderableType:
    """All that a seller reads of a deal."""
    view = report.view
    return Group(
        *_headline(report),
        *_section("By dimension, in points of the score", _dimensions(view)),
        *_section(f"By answer, starting from the baseline of {view.baseline:.1f}", _factors(view)),
        *_section("Strengths", _reasons(view.strengths)),
        *_section("Risks", _reasons(view.risks)),
        *_section(
            "Ask next, with the points by which the answer is expected to move the score",
            _questions(report.questions, view),
        ),
        *_section("What you can do, with the points that it would add", _actions(report.actions)),
        *(_section("Not understood", _unseen(report.unseen)) if report.unseen else ()),
    )


def _unseen(unseen: Sequence[UnseenAnswer]) -> RenderableType:
    return Text("\n".join(describe_unseen(unseen)), style="yellow")


def _section(title: str, content: RenderableType) -> tuple[RenderableType, ...]:
    return Text(title, style="bold"), Padding(content, (0, 0, 1, 2))


def _headline(report: DealReport) -> Iterator[RenderableType]:
    view, colour = report.view, COLOURS[report.view.grade]
    title = Text.assemble(f"{report.title}: ", (f"{view.score}, grade {view.grade}", f"bold {colour}"))
    yield Rule(title, style=colour, align="left")
    yield Padding(_strip(view), (0, 0, 1, 2))
    yield Padding(Text(" ".join((*view.summary, report.scorer.stamp))), (0, 0, 1, 2))


def _strip(view: SellerView) -> Text:
    """The interval and the score as marks on a line from 0 to 100%."""
    low, at, high = (round(share * (STRIP - 1)) for share in (view.low, view.win_probability, view.high))
    marks = ["·"] * STRIP
    marks[low : high + 1] = "━" * (high + 1 - low)
    marks[at] = "●"
    line = Text.assemble(("0% ", "dim"), "".join(marks), (" 100%", "dim"))
    line.stylize("dim", 3, 3 + low)
    line.stylize(COLOURS[view.grade], 3 + low, 4 + high)
    line.stylize("dim", 4 + high)
    return line


def _dimensions(view: SellerView) -> Table:
    table = _table("", "points", "", "answered")
    most = max((abs(part.points) for part in view.dimensions), default=0)
    for part in view.dimensions:
        answered = Text(f"{part.answered} of {part.questions}", style="dim")
        table.add_row(Text(part.label), _points(part.points), _bar(part.points, most), answered)
    return table


def _factors(view: SellerView) -> Table:
    """A bar for each of the answers that move the score most, and one for all the others together."""
    table = _table("", "points", "", "answer")
    table.columns[3].justify = "left"
    moves = sorted((reason for reason in view.reasons if reason.points), key=lambda reason: -abs(reason.points))
    shown, rest = moves[:MOST_BARS], moves[MOST_BARS:]
    others = sum(reason.points for reason in rest)
    most = max((abs(points) for points in (others, *(reason.points for reason in shown))), default=0)
    for reason in shown:
        table.add_row(Text(reason.label), _points(reason.points), _bar(reason.points, most), Text(reason.answer_text))
    if rest:
        table.add_row(Text(f"{len(rest)} other answers", "dim"), _points(others), _bar(others, most), "")
    table.add_row(Text("Score", "bold"), Text(f"{100 * view.win_probability:.1f}", "bold"), "", "")
    return table


def _reasons(reasons: Sequence[Reason]) -> RenderableType:
    if not reasons:
        return Text("No answer moves the score by half a point or more.", style="dim")
    grid = _grid()
    for reason in reasons:
        evidence = [Text(reason.evidence.sentence, style="dim")] if reason.evidence else []
        grid.add_row(_points(reason.points), Group(Text(reason.sentence), *evidence))
    labels = [reason.label for reason in reasons if reason.deals_only]
    if not labels:
        return grid
    named = "All of this" if len(labels) == len(reasons) else " and ".join(labels)
    verb = "comes" if len(labels) in (1, len(reasons)) else "come"
    note = f"{named} {verb} from deals alone; the profile declares no direction."
    return Group(grid, Text(note, style="dim"))


def _questions(questions: Sequence[NextQuestion], view: SellerView) -> RenderableType:
    if not questions:
        is_complete = not view.open_questions
        note = (
            "Every question is answered." if is_complete else "No answer is expected to move the score by half a point."
        )
        return Text(note, style="dim")
    grid = _grid()
    for question in questions:
        value = Text(f"±{question.value_of_information:.1f}", style="cyan")
        grid.add_row(value, Group(Text(question.question), Text(question.sentence, style="dim")))
    return grid


def _actions(actions: Sequence[NextAction]) -> RenderableType:
    if not actions:
        return Text("No advice in the profile would add half a point or more.", style="dim")
    grid = _grid()
    for action in actions:
        grid.add_row(_points(action.points), Group(Text(action.advice), Text(action.sentence, style="dim")))
    return grid


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column()
    return grid


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim italic")
    for i, column in enumerate(columns):
        table.add_column(column, justify="right" if i in (1, 3) else "left", no_wrap=i in (1, 2))
    return table


def _points(points: float) -> Text:
    return Text(f"{points:+.1f}", style=FOR if points > 0 else AGAINST if points < 0 else "dim")


def _bar(points: float, most: float) -> Text:
    """A bar to the right of the middle for points that add, to its left for points that take away, in half cells."""
    halves = round(2 * HALF * abs(points) / most) if most else 0
    whole, half = divmod(halves, 2)
    if points < 0:
        drawn = ("▐" * half + "█" * whole).rjust(HALF)
        return Text.assemble((drawn, AGAINST), ("│", "dim"), " " * HALF)
    drawn = ("█" * whole + "▌" * half).ljust(HALF)
    return Text.assemble(" " * HALF, ("│", "dim"), (drawn, FOR))
