"""The seller's view of a deal as JSON text, in a quarter of the time that making the view and encoding it takes.

It is the view of `models.narrative.narrator`, word for word. But all that is written of an answer, except its points,
depends on the answer and on the side it counts for: so that is worded and encoded once, and put together with the
points from then on. The members of the object are the fields of `SellerView`, whichever these are.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

from icp_fit.models.compiled import CompiledModel
from icp_fit.models.narrative.explained_deals import ExplainedDeals
from icp_fit.models.narrative.narrator import LEAST_POINTS, MOST_REASONS, Narrator
from icp_fit.models.narrative.view import REASON_FIELDS, SellerView

MOST_PHRASES = 5_000  # cached of one factor: amounts seldom repeat
STRENGTH, RISK, DETAIL = (REASON_FIELDS.index(name) for name in ("strengths", "risks", "details"))
_HEAD_FIELDS = tuple(field.name for field in fields(SellerView) if field.name not in REASON_FIELDS)
_MARK = "@points@"

encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_encode_view = json.JSONEncoder(separators=(",", ":"), check_circular=False, default=vars).encode


class Phrase(NamedTuple):
    """What is written of an answer: its reason as JSON up to the points and after them, and the sentence alone."""

    head: str
    tail: str
    sentence: str
    sentence_json: str


class Contribution(NamedTuple):
    """What the answer to one factor, by its position, adds to the score, and how that is worded."""

    points: float
    phrase: Phrase
    factor: int


@dataclass(frozen=True)
class WrittenView:
    """What is written of one deal.

    `view` has everything but reasons. `members` is the whole as members of a JSON object, and `stored` the JSON that is
    stored of it: the baseline, the points of each answer, the sentences of its strengths and risks. `strongest` is the
    sentence of the answer that moves the score most, None where nothing is answered.
    """

    view: SellerView
    members: str
    stored: str
    strongest: str | None


class JsonViewWriter:
    """Writes deals in the words of a narrator; may be shared by threads."""

    def __init__(self, compiled: CompiledModel, narrator: Narrator) -> None:
        profile = compiled.profile
        self._narrator = narrator
        # For each factor the phrases of its answers, by the answer's number (None where open) and the side it is on.
        self._phrases: list[dict[tuple[float | None, int], Phrase]] = [{} for _ in profile.factors]
        self._names = [f"{encode(factor_id)}:" for factor_id in profile.factor_ids]

    def write(self, deals: ExplainedDeals, row: int) -> WrittenView:
        """The view of one of the deals."""
        contributions = self._contributions(deals.numbers[row], deals.points[row])
        reasons: tuple[list[str], ...] = ([], [], [])
        sentences: tuple[list[str], ...] = ([], [], [])
        for points, phrase, _ in contributions:
            side = STRENGTH if points >= LEAST_POINTS else RISK if points <= -LEAST_POINTS else DETAIL
            if side != DETAIL and len(reasons[side]) == MOST_REASONS:
                side = DETAIL
            reasons[side].append(f"{phrase.head}{points!r}{phrase.tail}")
            sentences[side].append(phrase.sentence_json)
        view = self._narrator.compose(deals, row)
        head = _encode_view({name: getattr(view, name) for name in _HEAD_FIELDS})[1:-1]
        lists = [f'"{name}":[{",".join(listed)}]' for name, listed in zip(REASON_FIELDS, reasons, strict=True)]
        points_by_factor = ",".join([f"{self._names[j]}{points!r}" for points, _, j in contributions])
        return WrittenView(
            view=view,
            members=",".join([head, *lists]),
            stored=(
                f'{{"baseline":{deals.baseline!r},"points":{{{points_by_factor}}},'
                f'"strengths":[{",".join(sentences[STRENGTH])}],"risks":[{",".join(sentences[RISK])}]}}'
            ),
            strongest=contributions[0].phrase.sentence if contributions else None,
        )

    def _contributions(self, numbers: Sequence[float], points: Sequence[float]) -> list[Contribution]:
        """What each answer adds to the score, the strongest first."""
        found = []
        for j, (number, moved) in enumerate(zip(numbers, points, strict=True)):
            is_answered = number == number
            if is_answered or moved:  # an open question may count as well
                key = number if is_answered else None, (moved > 0) - (moved < 0)
                found.append(Contribution(moved, self._phrases[j].get(key) or self._word(j, *key), j))
        found.sort(key=_strength)
        return found

    def _word(self, j: int, number: float | None, side: int) -> Phrase:
        """Word the reason of an answer that counts for this side, and cache that."""
        reason = self._narrator.factor_narrators[j].reason(float("nan") if number is None else number, float(side))
        head, _, tail = _encode_view({**vars(reason), "points": _MARK}).partition(encode(_MARK))
        phrases = self._phrases[j]
        if len(phrases) >= MOST_PHRASES:
            phrases.clear()
        phrase = phrases[number, side] = Phrase(head, tail, reason.sentence, encode(reason.sentence))
        return phrase


def _strength(contribution: Contribution) -> float:
    return -abs(contribution.points)
