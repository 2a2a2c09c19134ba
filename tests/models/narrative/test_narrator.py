"""The seller's view: reasons that add up, counts that are true, and numbers that agree with those beside them."""

import json
import re
from collections.abc import Iterator
from copy import copy
from dataclasses import asdict
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from icp_fit.features.encoder import answer_numbers
from icp_fit.features.profile import read_profile
from icp_fit.features.simulation.sample import sample_deals
from icp_fit.models.compiled import CompiledModel, compile_model
from icp_fit.models.evidence import FEWEST_DEALS, count_evidence
from icp_fit.models.explain import explain_numbers
from icp_fit.models.fit import FitClassifier
from icp_fit.models.narrative.answer_evidence import count_answers
from icp_fit.models.narrative.narrator import Narrator
from icp_fit.models.narrative.view import Reason, SellerView
from tests.support.model_shapes import SHAPES, compile_shape
from tests.support.small_profile import PROFILE, draw_answers, draw_outcomes

DOUBTS = ("no clear difference.", "too few to tell.", "these deals alone suggest the opposite.")
shapes = pytest.mark.parametrize("shape", [*SHAPES, "liferay"])


@cache
def model_and_deals(shape: str) -> tuple[CompiledModel, np.ndarray]:
    """A model, and deals as numbers."""
    if shape == "liferay":
        return liferay()
    return compile_shape(shape), answer_numbers(PROFILE, draw_answers(60, seed=8, blank=0.3))


def liferay() -> tuple[CompiledModel, np.ndarray]:
    """The shipped profile with the evidence of example deals, which nothing but the evidence was learned from."""
    profile = read_profile("liferay")
    deals = sample_deals(profile, 300, seed=3)
    numbers, answers = answer_numbers(profile, deals), deals[list(profile.factor_ids)]
    model = copy(FitClassifier(profile).fit(answers.head(0), np.zeros(0, dtype=bool)))
    model.evidence_ = count_evidence(profile, numbers, (deals["outcome"] == "won").to_numpy(bool))
    return compile_model(model), numbers[:60]


@cache
def views(shape: str) -> list[SellerView]:
    compiled, numbers = model_and_deals(shape)
    narrator, explanation = Narrator(compiled), explain_numbers(compiled, numbers)
    return [narrator.view(explanation, row) for row in range(len(numbers))]


def all_reasons(shape: str) -> Iterator[Reason]:
    return (reason for view in views(shape) for reason in view.reasons)


@shapes
def test_points_lead_from_the_baseline_to_the_score(shape: str) -> None:
    for view in views(shape):
        for parts in (view.dimensions, view.reasons):
            total = view.baseline + sum(part.points for part in parts)
            assert total == pytest.approx(100 * view.win_probability, abs=0.05 * (len(parts) + 2))


@shapes
def test_reasons_are_the_five_strongest_and_at_least_half_a_point(shape: str) -> None:
    for view in views(shape):
        for reasons, side in ((view.strengths, 1), (view.risks, -1)):
            assert len(reasons) <= 5
            assert all(side * reason.points >= 0.5 for reason in reasons)
            assert all(side * first.points >= side * second.points for first, second in pairwise(reasons))
            weakest = side * reasons[-1].points if len(reasons) == 5 else 0.5
            assert all(side * reason.points <= weakest for reason in view.details)


@shapes
def test_every_answer_is_listed_once(shape: str) -> None:
    _, numbers = model_and_deals(shape)
    for view, row in zip(views(shape), numbers, strict=True):
        listed = [reason.factor for reason in view.reasons if reason.answer is not None]
        assert len(listed) == len(set(listed)) == view.answered == (~np.isnan(row)).sum()
        assert view.answered + view.open_questions == view.questions == len(row)
        assert sum(part.answered for part in view.dimensions) == view.answered


@shapes
def test_numbers_in_a_sentence_are_those_beside_it(shape: str) -> None:
    for reason in all_reasons(shape):
        beside = {text for text in (reason.answer_text, reason.usual) if text}
        assert set(re.findall(r"\d[\d,.]*\d|\d", reason.sentence.replace("B2", ""))) <= beside
        if reason.evidence:
            rate, deals, overall = re.findall(r"(\d+)% of ([\d,]+) .* (\d+)% overall", reason.evidence.sentence)[0]
            assert int(rate) == round(100 * reason.evidence.win_rate)
            assert int(deals.replace(",", "")) == reason.evidence.deals >= FEWEST_DEALS
            assert int(overall) == round(100 * reason.evidence.overall_win_rate)
            assert reason.evidence.win_rate == pytest.approx(reason.evidence.won / reason.evidence.deals, abs=1e-4)


@shapes
def test_evidence_against_a_reason_is_never_left_without_a_word(shape: str) -> None:
    for reason in all_reasons(shape):
        if reason.evidence and reason.points:
            rates = reason.evidence.win_rate, reason.evidence.overall_win_rate
            says_so = reason.evidence.sentence.endswith(DOUBTS)
            assert says_so == (not reason.evidence.agrees)
            assert says_so or (rates[0] > rates[1]) == (reason.points > 0)


def test_evidence_is_counted_from_the_deals_trained_on() -> None:
    answers = draw_answers(300)
    numbers, won = answer_numbers(PROFILE, answers), draw_outcomes(answers)
    compiled = compile_shape("all members")
    narrator, explanation = Narrator(compiled), explain_numbers(compiled, numbers)
    checked = set()
    for row in range(0, 300, 7):
        for reason in narrator.view(explanation, row).reasons:
            place = PROFILE.factor_ids.index(reason.factor)
            bound = re.search(
                r"deals with ([\d,]+) or (more|fewer)", reason.evidence.sentence if reason.evidence else ""
            )
            if not reason.evidence or (PROFILE.factors[place].is_number and not bound):
                continue
            such = numbers[:, place] == numbers[row, place]
            if bound:
                end = float(bound[1].replace(",", ""))
                such = numbers[:, place] >= end if bound[2] == "more" else numbers[:, place] <= end
                assert such[row]
            assert (reason.evidence.deals, reason.evidence.won) == (such.sum(), won[such].sum())
            checked.add((reason.factor, bound and bound[2]))
    assert {("systems", "more"), ("systems", "fewer"), ("portal", None), ("industry", None)} <= checked


@pytest.mark.parametrize(("side", "says"), [(1, "or more"), (0, "deals with"), (-1, "or fewer")])
def test_number_is_counted_with_those_that_go_as_far_or_further(side: int, says: str) -> None:
    evidence = compile_shape("all members").model.evidence_
    for factor in ("systems", "rivals"):
        place = PROFILE.factor_ids.index(factor)
        sign = PROFILE.factors[place].sign
        found = count_answers(PROFILE.factors[place], place, 1, sign * side, evidence)
        assert found is not None
        counted = evidence.deals[place][{1: slice(1, None), 0: slice(1, 2), -1: slice(2)}[side]]
        assert found.deals == counted.sum()
        assert says in found.sentence


@shapes
def test_no_reason_of_a_constrained_factor_goes_against_the_profile(shape: str) -> None:
    assert not any(reason.against_profile for reason in all_reasons(shape))


@shapes
def test_only_a_factor_without_a_direction_comes_from_deals_alone(shape: str) -> None:
    free = {factor.id for factor in model_and_deals(shape)[0].profile.factors if factor.direction == "none"}
    assert all(reason.deals_only == (reason.factor in free) for reason in all_reasons(shape))


def test_a_seller_reads_no_names_of_columns() -> None:
    for view in views("liferay"):
        sentences = [*view.summary, *(reason.sentence for reason in view.reasons)]
        assert not any("_" in sentence or "log-odds" in sentence for sentence in sentences)


def test_open_question_that_counts_is_a_reason_of_its_own() -> None:
    compiled, _ = model_and_deals("all members")
    numbers = np.full((1, len(PROFILE.factors)), np.nan)
    [reason] = Narrator(compiled).view(explain_numbers(compiled, numbers)).reasons
    assert (reason.factor, reason.answer, reason.answer_text) == ("industry", None, "not answered")
    assert reason.points < 0  # as it does for the small deals
    assert reason.evidence is None


def test_summary_says_the_numbers_of_the_view() -> None:
    for view in views("all members"):
        probability, certainty, low, high, percentile, answered, questions, *_ = re.findall(
            r"\d+", " ".join(view.summary)
        )
        assert int(probability) == view.score
        assert [int(share) / 100 for share in (certainty, low, high)] == [
            pytest.approx(share, abs=0.00501) for share in (view.level, view.low, view.high)
        ]
        assert [int(percentile), int(answered), int(questions)] == [view.percentile, view.answered, view.questions]


def test_model_without_deals_says_so_and_gives_no_percentile() -> None:
    view = views("no deals")[0]
    assert view.percentile is None
    assert view.basis == "The model has not been trained on any deals yet: the score comes from the profile alone."
    assert not any(reason.evidence for reason in view.reasons)


@shapes
def test_view_is_plain_json(shape: str) -> None:
    for view in views(shape)[:10]:
        assert json.loads(json.dumps(asdict(view), allow_nan=False))["score"] == view.score
