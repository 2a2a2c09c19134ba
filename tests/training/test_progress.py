"""Progress is a bar on a terminal, plain lines elsewhere, and nothing where output is parsed."""

from io import StringIO

from rich.console import Console

from icp_fit.training.progress import show_progress, silent


def test_progress_is_plain_lines_where_there_is_no_terminal() -> None:
    console = Console(file=StringIO(), width=80)
    with show_progress(console) as progress:
        progress("Learning", 0.0)
        progress("Measuring", 0.5)
    assert isinstance(console.file, StringIO)
    assert console.file.getvalue() == "  0%  Learning\n 50%  Measuring\n"


def test_progress_is_a_bar_on_a_terminal() -> None:
    console = Console(file=StringIO(), width=80, force_terminal=True)
    with show_progress(console) as progress:
        progress("Learning", 0.5)
    assert isinstance(console.file, StringIO)
    assert "Learning" in console.file.getvalue()


def test_progress_can_be_silent() -> None:
    console = Console(file=StringIO())
    with show_progress(console, quiet=True) as progress:
        progress("Learning", 0.5)
    assert progress is silent
    assert isinstance(console.file, StringIO)
    assert not console.file.getvalue()


def test_progress_of_a_long_step_stays_on_one_line() -> None:
    console = Console(file=StringIO(), width=20)
    with show_progress(console) as progress:
        progress("Reading deals of a table with a long name", 1.0)
    assert isinstance(console.file, StringIO)
    assert console.file.getvalue() == "100%  Reading deals of a table with a long name\n"
