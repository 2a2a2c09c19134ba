"""An explanation as a small table of HTML, for notebooks: what each factor adds to one deal's score, or on average."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Protocol

import numpy as np

from icp_fit.features.factors import Profile
from icp_fit.models.narrative.wording import answer_text

MOST_ROWS = 15


class ShownExplanation(Protocol):
    """What is shown of an explanation, which draws itself by this module and so stands above it."""

    def __len__(self) -> int: ...

    @property
    def numbers(self) -> np.ndarray: ...  # (deals, factors)

    @property
    def log_odds_by_factor(self) -> np.ndarray: ...  # (deals, factors)

    @property
    def profile(self) -> Profile: ...

    @property
    def points(self) -> np.ndarray: ...  # (deals, factors)

    @property
    def baseline_probability(self) -> float: ...


def write_html(explanation: ShownExplanation) -> str:
    """The factors that move the score most; what is not shown is added up in a last row, so that the points add up."""
    if len(explanation) == 1:
        title = f"{explanation!r}, from {100 * explanation.baseline_probability:.1f} points with nothing known"
        return _table(title, ("factor", "answer", "points", "log-odds"), _rows_of_one(explanation))
    return _table(repr(explanation), ("factor", "mean points", "mean absolute points"), _rows_of_many(explanation))


def _rows_of_one(explanation: ShownExplanation) -> Iterator[tuple[str, ...]]:
    factors, points, log_odds = explanation.profile.factors, explanation.points[0], explanation.log_odds_by_factor[0]
    order = [int(j) for j in np.argsort(-np.abs(points), kind="stable") if points[j]]
    for j in order[:MOST_ROWS]:
        text = answer_text(factors[j], float(explanation.numbers[0, j]))
        yield factors[j].label, text, f"{points[j]:+.1f}", f"{log_odds[j]:+.2f}"
    if rest := order[MOST_ROWS:]:
        yield f"{len(rest)} others", "", f"{points[rest].sum():+.1f}", f"{log_odds[rest].sum():+.2f}"


def _rows_of_many(explanation: ShownExplanation) -> Iterator[tuple[str, ...]]:
    if not len(explanation):
        return
    mean, size = explanation.points.mean(axis=0), np.abs(explanation.points).mean(axis=0)
    for j in np.argsort(-size, kind="stable")[:MOST_ROWS].tolist():
        if size[j]:
            yield explanation.profile.factors[j].label, f"{mean[j]:+.1f}", f"{size[j]:.1f}"


def _table(title: str, columns: Sequence[str], rows: Iterator[tuple[str, ...]]) -> str:
    """An HTML table; every cell is escaped, as labels come from whoever wrote the profile."""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
