"""What a seller reads of one deal: the score, how sure it is, its strengths and its risks.

These are values for showing: points are rounded to a tenth, and there are no log-odds. `models.explain` is exact. The
fields of `SellerView`, and of what it holds, are the members of the JSON that the API answers with: a field that is
added here, and filled in by `Narrator.compose`, is in both.
"""

from dataclasses import dataclass, fields

Answer = bool | int | float | str | None


@dataclass(frozen=True)
class AnswerEvidence:
    """What became of the deals trained on that gave such an answer, beside all deals trained on.

    `agrees` is false where the reason is a strength though they were won no more often, or a risk though they were won
    no less often; the sentence says so.
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
    score the other way than the profile declares; `deals_only` that the profile declares no direction, so that the
    reason comes from deals alone. `evidence` is missing where too few deals gave such an answer.
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
    deals_only: bool
    evidence: AnswerEvidence | None


@dataclass(frozen=True)
class DimensionPart:
    """What the answers of a dimension do to the score together, and how many of its questions are answered."""

    id: str
    label: str
    points: float
    answered: int
    questions: int


@dataclass(frozen=True)
class SellerView:
    """One deal, for a seller.

    `score` is the win probability as a whole number from 0 to 100, `low` and `high` its interval at `level`;
    `percentile` is the percentage of the deals trained on that score lower, none where there are none. `baseline` is
    the score of a deal of which nothing is known, from which the points lead to the deal's. `completeness` is the share
    of the `questions` that are `answered`. `basis` says how much of the score comes from deals; `summary` says the
    score, and how sure it is, in sentences. Strengths and risks are the strongest first, `details` all other answers.
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
    questions: int
    open_questions: int
    basis: str
    summary: tuple[str, ...]
    dimensions: tuple[DimensionPart, ...]
    strengths: tuple[Reason, ...]
    risks: tuple[Reason, ...]
    details: tuple[Reason, ...]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """All that moves the score, strengths and risks first."""
        return self.strengths + self.risks + self.details


# The fields that list reasons: what is written of each answer once for all deals that give it (`json_view`).
REASON_FIELDS = tuple(field.name for field in fields(SellerView) if field.type == tuple[Reason, ...])
