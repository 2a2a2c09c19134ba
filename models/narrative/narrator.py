"""A narrator: puts what a fitted model makes of a deal into sentences for a seller, in the words of its profile.

What does not depend on the deal is worded once, so that the view of a deal takes about a tenth of a millisecond.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from operator import and_
from typing import NamedTuple

import numpy as np

from icp_fit.features.deal_reader import answer_of
from icp_fit.features.factors import Factor, Profile
from icp_fit.models.compiled import CompiledModel
from icp_fit.models.evidence import Evidence
from icp_fit.models.explain import LEVEL, Explanation
from icp_fit.models.narrative.answer_evidence import count_answers, usual_answer
from icp_fit.models.narrative.explained_deals import ExplainedDeals
from icp_fit.models.narrative.view import Answer, AnswerEvidence, DimensionPart, Reason, SellerView
from icp_fit.models.narrative.wording import answer_sentence, answer_text, contradicts

MOST_REASONS = 5
# Points; what moves the score by less is no reason.
LEAST_POINTS = 0.5
SIDES = (0, 1, -1)  # so that a side is its own place in a list


class Narrator:
    """Makes the seller's view of explained deals; may be shared by threads."""

    def __init__(self, compiled: CompiledModel) -> None:
        profile, evidence = compiled.profile, compiled.model.evidence_
        self.factor_narrators = [
            FactorNarrator(factor, j, profile.dimension_of(factor.id).id, evidence)
            for j, factor in enumerate(profile.factors)
        ]
        self._basis = _basis(compiled)
        self._dimensions = _places(profile)

    def view(self, explanation: Explanation, row: int = 0) -> SellerView:
        """The view of one of the deals explained, by this narrator's model."""
        deals = ExplainedDeals.of(explanation[row])
        reasons = [
            narrator.reason(number, moved)
            for narrator, number, moved in zip(self.factor_narrators, deals.numbers[0], deals.points[0], strict=True)
            if number == number or moved  # an open question may count as well
        ]
        reasons.sort(key=lambda reason: -abs(reason.points))
        strengths = tuple([reason for reason in reasons if reason.points >= LEAST_POINTS][:MOST_REASONS])
        risks = tuple([reason for reason in reasons if reason.points <= -LEAST_POINTS][:MOST_REASONS])
        listed = {reason.factor for reason in strengths + risks}
        details = tuple([reason for reason in reasons if reason.factor not in listed])
        return self.compose(deals, 0, strengths, risks, details)

    def compose(
        self,
        deals: ExplainedDeals,
        row: int,
        strengths: tuple[Reason, ...] = (),
        risks: tuple[Reason, ...] = (),
        details: tuple[Reason, ...] = (),
    ) -> SellerView:
        """The one place where a view is put together; its reasons may be worded elsewhere (`json_view`)."""
        numbers, points = deals.numbers[row], deals.points[row]
        is_answered = [number == number for number in numbers]
        dimensions = self._dimension_parts(deals.points_by_dimension[row], is_answered)
        answered, questions = sum(part.answered for part in dimensions), sum(part.questions for part in dimensions)
        percentile = None if deals.percentile is None else deals.percentile[row]
        some_open_count = any(moved for moved, number in zip(points, numbers, strict=True) if number != number)
        low, high = deals.low[row], deals.high[row]
        return SellerView(
            score=deals.score[row],
            grade=deals.grade[row],
            win_probability=round(deals.win_probability[row], 4),
            low=round(low, 4),
            high=round(high, 4),
            level=LEVEL,
            percentile=percentile,
            baseline=deals.baseline,
            completeness=round(answered / questions, 4),
            answered=answered,
            questions=questions,
            open_questions=questions - answered,
            basis=self._basis,
            summary=(
                f"The win probability is {deals.score[row]}%; with {LEVEL:.0%} certainty it lies between "
                f"{round(low, 4):.0%} and {round(high, 4):.0%}.",
                *_percentile_sentence(percentile),
                f"Answered: {answered} of {questions} questions.",
                *_open_sentence(questions - answered, some_open_count),
                self._basis,
            ),
            dimensions=dimensions,
            strengths=strengths,
            risks=risks,
            details=details,
        )

    def _dimension_parts(self, points: Sequence[float], is_answered: Sequence[bool]) -> tuple[DimensionPart, ...]:
        """The dimensions of a deal, from their points in tenths and from which of all factors are answered."""
        return tuple(
            [
                DimensionPart(id, label, moved, sum(map(and_, is_answered[own], can_ask)), sum(can_ask))
                for moved, (id, label, own, can_ask) in zip(points, self._dimensions, strict=True)
            ]
        )


class FactorSentences(NamedTuple):
    """What the narrative says of one answer on one side, apart from its points: the parts of a `Reason`."""

    sentence: str
    usual: str | None
    against_profile: bool
    evidence: AnswerEvidence | None


class FactorNarrator:
    """Words the reasons of one factor."""

    def __init__(self, factor: Factor, position: int, dimension: str, evidence: Evidence) -> None:
        self.factor = factor
        self.usual = usual_answer(factor, position, evidence)
        self._dimension, self._deals_only = dimension, factor.direction == "none"
        self._edges = evidence.groups[position].tolist()
        groups = range(len(self._edges) + 1)
        self._evidence = [[count_answers(factor, position, g, side, evidence) for side in SIDES] for g in groups]
        choices = range(0 if factor.is_number else len(factor.choices) or 2)
        self._answers = [self._answer(float(choice)) for choice in choices]
        self._sentences = [[self._word(float(choice), side, choice) for side in SIDES] for choice in choices]

    def reason(self, number: float, points: float) -> Reason:
        """The reason that an answer is which moves the score by so many points, in tenths."""
        side = (points > 0) - (points < 0)
        if self._sentences and number == number:
            choice = int(number)
            answer, text = self._answers[choice]
            sentences = self._sentences[choice][side]
        else:
            answer, text = self._answer(number)
            sentences = self._word(number, side, bisect_left(self._edges, number))
        return Reason(
            factor=self.factor.id,
            label=self.factor.label,
            dimension=self._dimension,
            answer=answer,
            answer_text=text,
            points=points,
            sentence=sentences.sentence,
            usual=sentences.usual,
            against_profile=sentences.against_profile,
            deals_only=self._deals_only,
            evidence=sentences.evidence,
        )

    def _answer(self, number: float) -> tuple[Answer, str]:
        return answer_of(self.factor, number), answer_text(self.factor, number)

    def _word(self, number: float, side: int, group: int) -> FactorSentences:
        evidence = self._evidence[group][side] if number == number else None
        sentence, usual = answer_sentence(self.factor, number, side, self.usual)
        return FactorSentences(sentence, usual, contradicts(self.factor, number, side), evidence)


def _basis(compiled: CompiledModel) -> str:
    share, deals = compiled.model.evidence_share_, compiled.model.n_deals_
    if not deals:
        return "The model has not been trained on any deals yet: the score comes from the profile alone."
    return (
        f"{share:.0%} of the score comes from the {deals:,} deals it was trained on, {1 - share:.0%} from the profile."
    )


def _percentile_sentence(percentile: int | None) -> Iterator[str]:
    if percentile is not None:
        yield f"That is higher than {percentile}% of the deals it was trained on."


def _open_sentence(open_questions: int, some_count: bool) -> Iterator[str]:
    """What open questions do: they count only where the profile says that leaving one open is a sign of its own."""
    if open_questions and some_count:
        yield "Open questions widen the interval."
    elif open_questions:
        yield "Open questions count neither way, but they widen the interval."


def _places(profile: Profile) -> list[tuple[str, str, slice, tuple[bool, ...]]]:
    """Of each dimension its id, its label, where its factors stand among all, and which of them can be asked."""
    ends = np.cumsum([len(dimension.factors) for dimension in profile.dimensions]).tolist()
    own = [slice(end - len(dimension.factors), end) for dimension, end in zip(profile.dimensions, ends, strict=True)]
    return [
        (d.id, d.label, place, profile.known_before_close[place])
        for d, place in zip(profile.dimensions, own, strict=True)
    ]
