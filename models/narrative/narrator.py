"""A narrator: a fitted model that tells a seller what it thinks of a deal, in the words of its profile.

What does not depend on the deal is worded once, so that the view of a deal takes about a tenth of a millisecond.
"""

from bisect import bisect_left
from collections.abc import Sequence
from operator import and_

import numpy as np

from icp_fit.features.deal_reader import answer_of
from icp_fit.features.factors import Factor, Profile
from icp_fit.models.compiled import CompiledModel
from icp_fit.models.evidence import Evidence
from icp_fit.models.explain import LEVEL, Explanation
from icp_fit.models.narrative.answer_evidence import count_answers, usual_answer
from icp_fit.models.narrative.view import Answer, AnswerEvidence, DimensionPart, Reason, SellerView
from icp_fit.models.narrative.wording import answer_sentence, answer_text, contradicts

MOST_REASONS = 5
# Points; what moves the score by less is no reason.
LEAST_POINTS = 0.5
SIDES = (0, 1, -1)  # so that a side is its own place in a list

Said = tuple[str, str | None, bool, AnswerEvidence | None]


class Narrator:
    """Makes the seller's view of explained deals; may be shared by threads."""

    def __init__(self, compiled: CompiledModel) -> None:
        self.compiled = compiled
        profile, evidence = compiled.profile, compiled.model.evidence_
        self.factor_narrators = [
            FactorNarrator(factor, j, profile.dimension_of(factor.id).id, evidence)
            for j, factor in enumerate(profile.factors)
        ]
        self.learned = _learned(compiled)
        self._dimensions = _places(compiled.profile)

    def view(self, explanation: Explanation, row: int = 0) -> SellerView:
        """The view of one of the deals explained, by this narrator's model."""
        numbers, points = explanation.numbers[row].tolist(), tenths(explanation.points[row]).tolist()
        known = [number == number for number in numbers]
        said = [
            voice.reason(number, moved)
            for voice, number, moved, is_known in zip(self.factor_narrators, numbers, points, known, strict=True)
            if is_known or moved  # a blank may be a sign as well
        ]
        said.sort(key=lambda reason: -abs(reason.points))
        reasons_for = [reason for reason in said if reason.points >= LEAST_POINTS][:MOST_REASONS]
        reasons_against = [reason for reason in said if reason.points <= -LEAST_POINTS][:MOST_REASONS]
        told = {reason.factor for reason in (*reasons_for, *reasons_against)}
        percentiles = explanation.percentile
        dimensions = self.dimensions(tenths(explanation.points_by_dimension[row]).tolist(), known)
        answered, asked = sum(part.answered for part in dimensions), sum(self.compiled.profile.asked)
        return SellerView(
            score=int(explanation.score[row]),
            grade=explanation.grade[row],
            win_probability=round(float(explanation.win_probability[row]), 4),
            low=round(float(explanation.low[row]), 4),
            high=round(float(explanation.high[row]), 4),
            level=LEVEL,
            percentile=None if percentiles is None else int(percentiles[row]),
            baseline=float(tenths(100 * explanation.baseline_probability)),
            completeness=round(float(explanation.completeness[row]), 4),
            answered=answered,
            asked=asked,
            unanswered=asked - answered,
            learned=self.learned,
            dimensions=dimensions,
            reasons_for=tuple(reasons_for),
            reasons_against=tuple(reasons_against),
            details=tuple([reason for reason in said if reason.factor not in told]),
        )

    def dimensions(self, points: Sequence[float], known: Sequence[bool]) -> tuple[DimensionPart, ...]:
        """The dimensions of a deal, from their points in tenths and from which of all factors are answered."""
        return tuple(
            [
                DimensionPart(id, label, moved, sum(map(and_, known[own], asked)), sum(asked))
                for moved, (id, label, own, asked) in zip(points, self._dimensions, strict=True)
            ]
        )


class FactorNarrator:
    """What is said of one factor's answers."""

    def __init__(self, factor: Factor, position: int, dimension: str, evidence: Evidence) -> None:
        self.factor = factor
        self.usual = usual_answer(factor, position, evidence)
        self._dimension, self._learned_only = dimension, factor.direction == "none"
        self._edges = evidence.groups[position].tolist()
        groups = range(len(self._edges) + 1)
        self._evidence = [[count_answers(factor, position, g, side, evidence) for side in SIDES] for g in groups]
        choices = range(0 if factor.is_number else len(factor.choices) or 2)
        self._answers = [self._answer(float(choice)) for choice in choices]
        self._said = [[self._say(float(choice), side, choice) for side in SIDES] for choice in choices]

    def reason(self, number: float, points: float) -> Reason:
        """What is said of an answer that moves the score by so many points, in tenths."""
        side = (points > 0) - (points < 0)
        if self._said and number == number:
            choice = int(number)
            answer, text = self._answers[choice]
            sentence, usual, against_profile, evidence = self._said[choice][side]
        else:
            answer, text = self._answer(number)
            said = self._say(number, side, bisect_left(self._edges, number))
            sentence, usual, against_profile, evidence = said
        return Reason(
            factor=self.factor.id,
            label=self.factor.label,
            dimension=self._dimension,
            answer=answer,
            answer_text=text,
            points=points,
            sentence=sentence,
            usual=usual,
            against_profile=against_profile,
            learned_only=self._learned_only,
            evidence=evidence,
        )

    def _answer(self, number: float) -> tuple[Answer, str]:
        return answer_of(self.factor, number), answer_text(self.factor, number)

    def _say(self, number: float, side: int, group: int) -> Said:
        evidence = self._evidence[group][side] if number == number else None
        sentence, usual = answer_sentence(self.factor, number, side, self.usual)
        return sentence, usual, contradicts(self.factor, number, side), evidence


def _learned(compiled: CompiledModel) -> str:
    share, deals = compiled.model.evidence_share_, compiled.model.n_deals_
    if not deals:
        return "No deal was learned from yet: the score is the profile's alone."
    return f"The score is {share:.0%} learned from {deals:,} deals and {1 - share:.0%} the profile's."


def _places(profile: Profile) -> list[tuple[str, str, slice, tuple[bool, ...]]]:
    """Of each dimension its id, its label, where its factors stand among all, and which of them can be asked."""
    ends = np.cumsum([len(dimension.factors) for dimension in profile.dimensions]).tolist()
    own = [slice(end - len(dimension.factors), end) for dimension, end in zip(profile.dimensions, ends, strict=True)]
    return [(d.id, d.label, place, profile.asked[place]) for d, place in zip(profile.dimensions, own, strict=True)]


def tenths(points: float | np.ndarray) -> np.ndarray:
    """Points as they are told: rounded to tenths, and never minus zero."""
    return np.round(points, 1) + 0.0
