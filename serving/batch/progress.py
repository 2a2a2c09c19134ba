"""How far the scoring of a table is: a bar on a terminal, and nothing where output is read by a machine."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from icp_fit.serving.batch.scoring import RowProgress

STEPS = 1000  # into which a bar is divided


@contextmanager
def show_rows(console: Console) -> Iterator[RowProgress]:
    """Tell on the console how many rows are scored and how fast; the bar disappears when done."""
    columns = (
        TextColumn("Scoring"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%  {task.fields[rows]:,} rows, {task.fields[speed]:,.0f}/s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=STEPS, rows=0, speed=0)

        def tell(rows: int, done: float) -> None:
            # A query's size is known only at its end: then the bar runs on without a share.
            elapsed = bar.tasks[0].elapsed or 0
            speed = rows / elapsed if elapsed else 0
            bar.update(task, total=STEPS if done else None, completed=STEPS * done, rows=rows, speed=speed)

        yield tell
