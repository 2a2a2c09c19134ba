"""The seller's view of a deal as JSON text, in a quarter of the time that making the view and encoding it takes.

It says what `models.narrative.narrator` says, word for word. But all that is said of an answer, except its points,
depends on the answer and on the side it counts for: so that is worded and encoded once, and put together with the
points from then on.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from icp_fit.models.compiled import CompiledModel
from icp_fit.models.explain import LEVEL, Explanation
from icp_fit.models.narrative.narrator import LEAST_POINTS, MOST_REASONS, Narrator, tenths
from icp_fit.models.narrative.view import SellerView

MOST_KEPT = 5_000  # phrases of one factor: amounts seldom repeat
FOR, AGAINST, DETAIL = 0, 1, 2
_MARK = "@points@"

encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class Phrase(NamedTuple):
    """What is said of an answer: JSON up to its points and after them, and the sentence, plain and as JSON."""

    head: str
    tail: str
    sentence: str
    sentence_json: str


@dataclass(frozen=True)
class ExplainedDeals:
    """Explained deals as plain lists, which are quicker to go through one by one than arrays; points are in tenths."""

    numbers: list[list[float]]
    points: list[list[float]]
    by_dimension: list[list[float]]
    score: list[int]
    grade: list[str]
    win_probability: list[float]
    low: list[float]
    high: list[float]
    percentile: list[int] | None
    baseline: float

    @classmethod
    def of(cls, explanation: Explanation) -> "ExplainedDeals":
        interval, ranks = explanation.interval(), explanation.percentile
        return cls(
            numbers=explanation.numbers.tolist(),
            points=tenths(explanation.points).tolist(),
            by_dimension=tenths(explanation.points_by_dimension).tolist(),
            score=explanation.score.tolist(),
            grade=explanation.grade,
            win_probability=explanation.win_probability.tolist(),
            low=interval[:, 0].tolist(),
            high=interval[:, 1].tolist(),
            percentile=None if ranks is None else ranks.tolist(),
            baseline=float(tenths(100 * explanation.baseline_probability)),
        )


@dataclass(frozen=True)
class WrittenView:
    """What is told of one deal.

    `view` has everything but the reasons that have an answer; `members` is the whole as members of a JSON object, and
    `kept` the JSON that is stored of it: the baseline, the points of each answer, the sentences of the reasons.
    """

    view: SellerView
    members: str
    kept: str
    strongest: str | None


class JsonViewWriter:
    """Tells deals in the words of a narrator; may be shared by threads."""

    def __init__(self, compiled: CompiledModel, narrator: Narrator) -> None:
        profile = compiled.profile
        self._speaker = narrator
        self._phrases: list[dict[tuple[float | None, int], Phrase]] = [{} for _ in profile.factors]
        self._names = [f"{encode(factor_id)}:" for factor_id in profile.factor_ids]

    def tell(self, columns: ExplainedDeals, row: int) -> WrittenView:
        """What is told of one of the deals."""
        numbers = columns.numbers[row]
        said = self._said(numbers, columns.points[row])
        reasons: tuple[list[str], list[str], list[str]] = ([], [], [])
        sentences: tuple[list[str], list[str], list[str]] = ([], [], [])
        for points, phrase, _ in said:
            side = FOR if points >= LEAST_POINTS else AGAINST if points <= -LEAST_POINTS else DETAIL
            if side != DETAIL and len(reasons[side]) == MOST_REASONS:
                side = DETAIL
            reasons[side].append(f"{phrase.head}{points!r}{phrase.tail}")
            sentences[side].append(phrase.sentence_json)
        view = self._view(columns, row, [number == number for number in numbers], said)
        parts = [",".join(part) for part in reasons]
        moved = ",".join([f"{self._names[j]}{points!r}" for points, _, j in said])
        return WrittenView(
            view=view,
            members=(
                f'{encode(_head(view))[1:-1]},"reasons_for":[{parts[FOR]}],'
                f'"reasons_against":[{parts[AGAINST]}],"details":[{parts[DETAIL]}]'
            ),
            kept=(
                f'{{"baseline":{columns.baseline!r},"points":{{{moved}}},'
                f'"reasons_for":[{",".join(sentences[FOR])}],"reasons_against":[{",".join(sentences[AGAINST])}]}}'
            ),
            strongest=said[0][1].sentence if said else None,
        )

    def _said(self, numbers: Sequence[float], points: Sequence[float]) -> list[tuple[float, Phrase, int]]:
        """The points of each answer with what is said of it and whose it is, the strongest first."""
        said = []
        for j, (number, moved) in enumerate(zip(numbers, points, strict=True)):
            known = number == number
            if known or moved:  # a blank may be a sign as well
                key = number if known else None, (moved > 0) - (moved < 0)
                said.append((moved, self._phrases[j].get(key) or self._word(j, *key), j))
        said.sort(key=_strength)
        return said

    def _word(self, j: int, number: float | None, side: int) -> Phrase:
        """Word what is said of an answer that counts for this side, and keep that."""
        reason = self._speaker.factor_narrators[j].reason(float("nan") if number is None else number, float(side))
        evidence = reason.evidence and dict(vars(reason.evidence))
        head, _, tail = encode({**vars(reason), "evidence": evidence, "points": _MARK}).partition(encode(_MARK))
        phrases = self._phrases[j]
        if len(phrases) >= MOST_KEPT:
            phrases.clear()
        phrase = phrases[number, side] = Phrase(head, tail, reason.sentence, encode(reason.sentence))
        return phrase

    def _view(
        self, columns: ExplainedDeals, row: int, known: list[bool], said: list[tuple[float, Phrase, int]]
    ) -> SellerView:
        """The view with those details only that its summary looks at: blanks that are a sign."""
        parts = self._speaker.dimensions(columns.by_dimension[row], known)
        answered, asked = sum(part.answered for part in parts), sum(part.asked for part in parts)
        blanks = [
            self._speaker.factor_narrators[j].reason(float("nan"), points) for points, _, j in said if not known[j]
        ]
        return SellerView(
            score=columns.score[row],
            grade=columns.grade[row],
            win_probability=round(columns.win_probability[row], 4),
            low=round(columns.low[row], 4),
            high=round(columns.high[row], 4),
            level=LEVEL,
            percentile=None if columns.percentile is None else columns.percentile[row],
            baseline=columns.baseline,
            completeness=round(answered / asked, 4),
            answered=answered,
            asked=asked,
            unanswered=asked - answered,
            learned=self._speaker.learned,
            dimensions=parts,
            reasons_for=(),
            reasons_against=(),
            details=tuple(blanks),
        )


def _head(view: SellerView) -> dict[str, Any]:
    """The members of a view before its reasons."""
    members = {**vars(view), "summary": view.summary, "dimensions": [vars(part) for part in view.dimensions]}
    del members["reasons_for"], members["reasons_against"], members["details"]
    return members


def _strength(said: tuple[float, Phrase, int]) -> float:
    return -abs(said[0])
