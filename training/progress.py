"""How long steps report what they do: a bar on a terminal, plain lines elsewhere, nothing where output is parsed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


class ReportProgress(Protocol):
    """Called before each step with its name and the share of the work that is done, from 0 to 1."""

    def __call__(self, step: str, done: float) -> None: ...


def silent(step: str, done: float) -> None:
    """Report nothing."""


@contextmanager
def show_progress(console: Console, *, quiet: bool = False) -> Iterator[ReportProgress]:
    """Report to the console: a bar that disappears when done on a terminal, otherwise one line a step."""
    if quiet:
        yield silent
    elif console.is_terminal:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("", total=1.0)
            yield lambda step, done: bar.update(task, description=step, completed=done)
    else:
        yield lambda step, done: console.print(f"{done:4.0%}  {step}", highlight=False, soft_wrap=True)
