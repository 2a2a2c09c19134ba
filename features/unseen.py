"""Answers that a model never saw: words that are no choice of their question, such as a picklist's new value.

In tables to score they count as unanswered, and are told by question and word: a value that was added to a picklist
is no reason to score none of the deals.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from icp_fit.features.answers import Problem
from icp_fit.features.errors import DealsError
from icp_fit.features.factors import Profile

MOST_ROWS = 5  # that are named
MOST_SHOWN = 8  # words of a question in a sentence
MOST_WORDS = 1_000  # that are told apart, so that a table of any size needs little memory
OTHERS = "other words"


@dataclass(frozen=True)
class UnseenAnswer:
    """A word that is no choice of a question: in how many rows it is, and the first of these."""

    factor: str
    word: str
    count: int
    rows: tuple[int, ...]

    def __str__(self) -> str:
        rows = ", ".join(f"{row:,}" for row in self.rows)
        more = ", ..." if self.count > len(self.rows) else ""
        where = f"row {rows}" if self.count == 1 else f"{self.count:,} rows ({rows}{more})"
        return f'"{self.word}" in {where}'


@dataclass
class UnseenAnswers:
    """Unseen answers as they come, counted by question and word."""

    _rows: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    _counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, unseen: Iterable[Problem]) -> None:
        for problem in unseen:
            key = problem.column, str(problem.cell).strip()
            if key not in self._counts and len(self._counts) >= MOST_WORDS:
                key = problem.column, OTHERS
            self._counts[key] = self._counts.get(key, 0) + 1
            rows = self._rows.setdefault(key, [])
            if len(rows) < MOST_ROWS:
                rows.append(problem.row)

    def list(self) -> tuple[UnseenAnswer, ...]:
        """The most frequent first."""
        ranked = sorted(self._counts, key=lambda key: -self._counts[key])
        return tuple(UnseenAnswer(*key, self._counts[key], tuple(self._rows[key])) for key in ranked)


def part_unseen(problems: Iterable[Problem], profile: Profile) -> tuple[list[Problem], list[Problem]]:
    """The problems that make a row unusable, and those that are unseen answers in rows without any other."""
    choosing = {factor.id for factor in profile.factors if factor.choices}
    listed = list(problems)
    unusable = {problem.row for problem in listed if problem.column not in choosing or problem.cell is None}
    return (
        [problem for problem in listed if problem.row in unusable],
        [problem for problem in listed if problem.row not in unusable],
    )


def count_unseen(unseen: Iterable[Problem]) -> tuple[UnseenAnswer, ...]:
    """Unseen answers counted by question and word, the most frequent first."""
    counted = UnseenAnswers()
    counted.add(unseen)
    return counted.list()


def describe_unseen(unseen: Iterable[UnseenAnswer]) -> Iterator[str]:
    """A sentence for each question with words that count as unanswered, and what to do about it."""
    for factor, line in _by_factor(unseen):
        yield (
            f"{line}: no answer that the model knows, which counts as unanswered. Say in a mapping what it means, "
            f"under [values.{factor}], or train again."
        )


def refuse_unseen(unseen: Iterable[UnseenAnswer]) -> None:
    """Raise DealsError where there are any, naming question, word and rows."""
    lines = [f"  {line}" for _, line in _by_factor(unseen)]
    if lines:
        raise DealsError(
            "There are answers that the model does not know:\n"
            + "\n".join(lines)
            + "\nSay in a mapping what they mean, "
            "under [values], or train again; without --strict they count as unanswered."
        )


def _by_factor(unseen: Iterable[UnseenAnswer]) -> Iterator[tuple[str, str]]:
    """Each question, and the most frequent of its words with their rows."""
    listed = list(unseen)
    for factor in dict.fromkeys(answer.factor for answer in listed):
        answers = [answer for answer in listed if answer.factor == factor]
        more = sum(answer.count for answer in answers[MOST_SHOWN:])
        others = f", and other words in {more:,} row{'s' if more > 1 else ''}" if more else ""
        yield factor, f"`{factor}` is {', '.join(map(str, answers[:MOST_SHOWN]))}{others}"
