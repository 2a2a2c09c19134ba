"""The columns of an imported file, as a page names and shows them, and those that are the deal's id or outcome."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from icp_fit.features.cell_parsing import distinct_texts

MOST_LETTERS = 60  # of a name or a cell that a page shows
MOST_SAMPLES = 3
SAMPLED = 2_000  # rows among which cells to show are looked for


@dataclass(frozen=True)
class FileColumn:
    """A column with some of its cells; `label` stands for it on a page, and for no other, however long its name is.

    `is_unique` is whether each row has a cell of its own in it, as an id must.
    """

    name: str
    label: str
    samples: tuple[str, ...]
    is_unique: bool


def list_columns(cells: pd.DataFrame) -> tuple[FileColumn, ...]:
    """The columns of a table of raw cells, in its order."""
    names = [str(name) for name in cells]
    return tuple(
        FileColumn(name, label, _samples(cells.iloc[:SAMPLED, place]), _is_unique(cells.iloc[:, place]))
        for place, (name, label) in enumerate(zip(names, _labels(names), strict=True))
    )


def shorten(text: object, most: int = MOST_LETTERS) -> str:
    """A text on one line, without control characters, and not longer than a page can show."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in str(text)[: 4 * most]).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def find_column(columns: Sequence[FileColumn], name: str | None) -> FileColumn | None:
    return next((column for column in columns if column.name == name), None)


def _labels(names: Iterable[str]) -> list[str]:
    seen: Counter[str] = Counter()
    labels = []
    for place, name in enumerate(names, start=1):
        label = shorten(name) or f"Column {place}"
        seen[label] += 1
        labels.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return labels


def _samples(column: pd.Series) -> tuple[str, ...]:
    texts = (text for text in distinct_texts(column)[1] if text)
    return tuple(shorten(text, 40) for text, _ in zip(texts, range(MOST_SAMPLES), strict=False))


def _is_unique(column: pd.Series) -> bool:
    codes, texts = distinct_texts(column)
    return len(texts) == len(column) and bool((codes >= 0).all()) and not (texts == "").any()
