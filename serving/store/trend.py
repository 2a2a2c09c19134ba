"""Whether a deal gets better: the direction of its scores over time, with changes of the model left out.

A new model moves scores although nothing happened to the deal. So only changes between two predictions of one model
count, and the scores after a change of model are shifted to continue those before it.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import combinations, pairwise
from statistics import median
from typing import Literal, Protocol

Trend = Literal["improving", "steady", "declining", "not enough information"]

WINDOW = timedelta(days=90)  # what was longer ago says nothing of where a deal is going
LEAST_DAYS = 3  # with predictions; many on one day count as the last of them
LEAST_SPAN = 7  # days between the first and the last of these
LEAST_CHANGE = 5.0  # points of the score over the span: less is within what one small answer does


class TrendPoint(Protocol):
    """A prediction, as far as a trend needs it."""

    @property
    def scored_at(self) -> datetime: ...
    @property
    def score(self) -> int: ...
    @property
    def model_version(self) -> str: ...


def find_trend(history: Iterable[TrendPoint]) -> Trend:
    """The trend of a deal's predictions, given oldest first.

    The slope is the median of the slopes between all pairs of days (Theil 1950, Sen 1968), so that one day on which an
    answer was mistyped does not decide.
    """
    days = _last_of_days(list(history))
    if len(days) < LEAST_DAYS or days[-1][0] - days[0][0] < LEAST_SPAN:
        return "not enough information"
    slope = median((later - score) / (day_later - day) for (day, score), (day_later, later) in combinations(days, 2))
    change = slope * (days[-1][0] - days[0][0])
    if abs(change) < LEAST_CHANGE:
        return "steady"
    return "improving" if change > 0 else "declining"


def _last_of_days(history: Sequence[TrendPoint]) -> list[tuple[int, float]]:
    """Day and score, one a day, of the time up to the latest; sorted, for a clock may have gone back."""
    if not history:
        return []
    days: dict[date, float] = {}
    for prediction, score in zip(history, _chain(history), strict=True):
        days[prediction.scored_at.date()] = score
    since = max(days) - WINDOW
    return sorted((day.toordinal(), score) for day, score in days.items() if day >= since)


def _chain(history: Sequence[TrendPoint]) -> list[float]:
    """The scores as they would be had the model never changed."""
    chained = [float(history[0].score)]
    for before, after in pairwise(history):
        same = before.model_version == after.model_version
        chained.append(chained[-1] + (after.score - before.score if same else 0))
    return chained
