"""What a seller is told of one deal: the score, how sure it is, and the reasons for and against.

These are values for showing: points are rounded to a tenth, and there are no log-odds. `models.explain` is exact.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Answer = bool | int | float | str | None


@dataclass(frozen=True)
class AnswerEvidence:
    """What became of the deals learned from that gave such an answer, beside all deals learned from.

    `agrees` is false where the reason is one for the deal though they were won no more often, or one against it though
    they were won no less often; the sentence says so.
    """

    deals: int
    won: int
    win_rate: float
    overall_win_rate: float
    agrees: bool
    sentence: str


@dataclass(frozen=True)
class Reason:
    """What one answer does to the score.

    `usual` is the usual answer where the sentence compares with it. `against_profile` says that the answer moves the
    score the other way than the profile declares; `learned_only` that the profile declares no direction, so that the
    reason is learned from deals alone. `evidence` is missing where too few deals gave such an answer.
    """

    factor: str
    label: str
    dimension: str
    answer: Answer
    answer_text: str
    points: float
    sentence: str
    usual: str | None
    against_profile: bool
    learned_only: bool
    evidence: AnswerEvidence | None


@dataclass(frozen=True)
class DimensionPart:
    """What the answers of a dimension do to the score together, and how many of its questions are answered."""

    id: str
    label: str
    points: float
    answered: int
    asked: int


@dataclass(frozen=True)
class SellerView:
    """One deal, for a seller.

    `score` is the win probability as a whole number from 0 to 100, `low` and `high` its interval at `level`;
    `percentile` is the percentage of the deals learned from that score lower, none where nothing was learned.
    `baseline` is the score of a deal of which nothing is known, from which the points lead to the deal's.
    `completeness` is the share of `asked` questions that are `answered`. `learned` says how much of the score is taken
    from deals. Reasons are the strongest first, `details` all other answers.
    """

    score: int
    grade: str
    win_probability: float
    low: float
    high: float
    level: float
    percentile: int | None
    baseline: float
    completeness: float
    answered: int
    asked: int
    unanswered: int
    learned: str
    dimensions: tuple[DimensionPart, ...]
    reasons_for: tuple[Reason, ...]
    reasons_against: tuple[Reason, ...]
    details: tuple[Reason, ...]

    @property
    def summary(self) -> tuple[str, ...]:
        """The score and how far to believe it, in sentences."""
        return tuple(_summary(self))

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """All that moves the score, reasons first."""
        return self.reasons_for + self.reasons_against + self.details

    def to_dict(self) -> dict[str, Any]:
        """The same as plain JSON."""
        parts: dict[str, Any] = {
            "summary": list(self.summary),
            "dimensions": [dict(vars(part)) for part in self.dimensions],
            "reasons_for": [_plain(reason) for reason in self.reasons_for],
            "reasons_against": [_plain(reason) for reason in self.reasons_against],
            "details": [_plain(reason) for reason in self.details],
        }
        return {**vars(self), **parts}


def _summary(view: SellerView) -> Iterator[str]:
    yield (
        f"The win probability is {view.score}%; with {view.level:.0%} certainty it lies between "
        f"{view.low:.0%} and {view.high:.0%}."
    )
    if view.percentile is not None:
        yield f"It is higher than that of {view.percentile}% of the deals learned from."
    yield f"Answered: {view.answered} of {view.asked} questions."
    if view.unanswered:
        speaks = any(reason.answer is None for reason in view.reasons)
        yield (
            "Open questions widen the interval."
            if speaks
            else "Open questions count neither way, but widen the interval."
        )
    yield view.learned


def _plain(reason: Reason) -> dict[str, Any]:
    evidence = reason.evidence
    return {**vars(reason), "evidence": evidence and dict(vars(evidence))}
