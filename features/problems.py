"""Problems as a person reads them: the same fault in many rows is one line, with its count and the mapping to add."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pandas as pd

from icp_fit.features.answers import Problem

MOST_SHOWN = 5  # faults of a column
MOST_ROWS = 3  # that a fault names
MOST_FAULTS = 1_000  # that are told apart, so that a table of any size needs little memory

Fault = tuple[str, str]  # a column and what is wrong in it


@dataclass(frozen=True)
class CountedFault:
    """What is wrong with some cells of a column, in how many rows, and the first of these; `cell` as in `Problem`."""

    column: str
    message: str
    cell: str | None
    count: int
    rows: tuple[int, ...]


@dataclass
class Problems:
    """Problems that come in the order of the rows, counted by column and by what is wrong."""

    _counts: dict[Fault, int] = field(default_factory=dict)
    _rows: dict[Fault, list[int]] = field(default_factory=dict)
    _first: dict[Fault, Problem] = field(default_factory=dict)
    _others: dict[str, int] = field(default_factory=dict)

    def add(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            fault = (problem.column, problem.message)
            if fault not in self._counts and len(self._counts) >= MOST_FAULTS:
                self._others[problem.column] = self._others.get(problem.column, 0) + 1
                continue
            self._first.setdefault(fault, problem)
            self._counts[fault] = self._counts.get(fault, 0) + 1
            rows = self._rows.setdefault(fault, [])
            if len(rows) < MOST_ROWS:
                rows.append(problem.row)

    def faults(self) -> tuple[CountedFault, ...]:
        """Each fault that is told apart, the most frequent first."""
        ranked = sorted(self._counts, key=self._counts.__getitem__, reverse=True)
        return tuple(
            CountedFault(*fault, self._first[fault].cell, self._counts[fault], tuple(self._rows[fault]))
            for fault in ranked
        )

    def lines(self) -> Iterator[str]:
        """A line for each fault, the most frequent first within a column, and the number of those not shown."""
        for column in dict.fromkeys([column for column, _ in self._counts] + list(self._others)):
            faults = [fault for fault in self._counts if fault[0] == column]
            faults.sort(key=self._counts.__getitem__, reverse=True)
            yield from map(self._line, faults[:MOST_SHOWN])
            more = sum(self._counts[fault] for fault in faults[MOST_SHOWN:]) + self._others.get(column, 0)
            if more:
                yield f"... and {more:,} more in `{column}`"

    def _line(self, fault: Fault) -> str:
        first, count = self._first[fault], self._counts[fault]
        if count == 1:
            return str(first)
        rows = ", ".join(f"{row:,}" for row in self._rows[fault])
        remedy = f" Or say in a mapping what it means: {_mapping(first)}" if first.cell is not None else ""
        return f"in {count:,} rows ({rows}{', ...' if count > MOST_ROWS else ''}): {first.message}{remedy}"


def problem_rows(problems: Iterable[Problem]) -> pd.DataFrame:
    """One row for each row with problems, in order: row, deal_id, and the reasons together."""
    rows = [(problem.row, problem.deal_id, problem.message) for problem in problems]
    table = pd.DataFrame(rows, columns=["row", "deal_id", "reason"])
    return table.groupby("row", as_index=False).agg({"deal_id": "first", "reason": " ".join})


def _mapping(problem: Problem) -> str:
    """What a mapping says so that a cell counts as unanswered, in TOML."""
    return f'under [values.{problem.column}], {json.dumps(problem.cell, ensure_ascii=False)} = "" for unanswered.'
