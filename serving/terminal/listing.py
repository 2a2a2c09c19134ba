"""How deals would be graded under another profile, as a table in the terminal."""

from typing import Any

import pandas as pd
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from icp_fit.models.preview import Preview

MOST_MOVES = 20
COLOURS = {"A": "green", "B": "cyan", "C": "yellow", "D": "red"}


def list_preview(preview: Preview) -> RenderableType:
    """How many deals go from which grade to which under another profile, and those that move furthest."""
    moves = len(preview.moves)
    parts: list[RenderableType] = [
        Text.assemble(
            (f"{moves:,} of {preview.n_deals:,} deals would change grade", "bold"),
            f" with {preview.new.label}, version {preview.new.version},"
            f" instead of {preview.old.label}, version {preview.old.version}.",
        ),
        Text(
            f"What comes from deals stays as it is: {preview.evidence_share:.0%} of the score's variation. The "
            "profile's part and the scores at which grades begin are those of the new profile. Training with it would "
            "move deals the same way, but mostly less far.\n"
        ),
        Padding(_count_table(preview.counts), (0, 0, 0, 2)),
    ]
    if moves:
        parts += [Text("\nLargest moves", style="bold"), Padding(_move_table(preview.moves), (0, 0, 0, 2))]
    if moves > MOST_MOVES:
        parts.append(Text(f"  ... and {moves - MOST_MOVES:,} more; --json lists all."))
    if preview.problems:
        count, first = f"{len(preview.problems):,}", preview.problems[0]
        note = f"Answers that the new profile cannot use, and treats as open: {count}. The first is in {first}"
        parts += [Text("\nGood to know", style="bold"), Padding(Text(note), (0, 0, 0, 2))]
    return Group(*parts)


def describe_preview(preview: Preview) -> dict[str, Any]:
    """The same as plain data, with every deal that moves."""
    moves = preview.moves
    return {
        "old_profile": {"name": preview.old.name, "version": preview.old.version},
        "new_profile": {"name": preview.new.name, "version": preview.new.version},
        "evidence_share": preview.evidence_share,
        "deals": preview.n_deals,
        "counts": {str(old): row.to_dict() for old, row in preview.counts.iterrows()},
        "moves": moves.astype(object).where(moves.notna(), None).to_dict("records"),
        "unusable_answers": [str(problem) for problem in preview.problems],
    }


def _count_table(counts: pd.DataFrame) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="dim")
    table.add_column("now", style="dim")
    for grade in counts:
        table.add_column(f"then {grade}", justify="right")
    for old, row in counts.iterrows():
        cells = (Text(f"{count:,}" if count else "", "dim" if old == new else "bold") for new, count in row.items())
        table.add_row(Text(str(old), COLOURS[str(old)]), *cells)
    return table


def _move_table(moves: pd.DataFrame) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="dim")
    names = [name for name in ("deal_id", "name") if name in moves]
    for header in ("row", *names):
        table.add_column(header.removesuffix("_id"), justify="right" if header == "row" else "left", overflow="fold")
    for header in ("score", "grade", "points"):
        table.add_column(header, justify="right")
    for _, move in moves.head(MOST_MOVES).iterrows():
        table.add_row(
            f"{move.row:,}",
            *(Text("" if pd.isna(move[name]) else str(move[name])) for name in names),
            f"{move.old_score} → {move.new_score}",
            Text.assemble((move.old_grade, COLOURS[move.old_grade]), " → ", (move.new_grade, COLOURS[move.new_grade])),
            f"{move.points:+.1f}",
        )
    return table
