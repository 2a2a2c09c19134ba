"""Segments divide the held-out deals by their answers, and say nothing about few of them."""

from dataclasses import replace

import numpy as np
import pytest

from icp_fit.features.factors import Dimension, Factor, Profile
from icp_fit.training.segments import ENOUGH, MOST_FACTORS, MOST_VALUES, measure_segments, segment_factors
from tests.support.evaluated_deals import PROFILE, build_deals
from tests.support.held_out_scores import draw_scores


def test_segments_count_every_deal_and_give_no_metric_for_few() -> None:
    deals = build_deals(400)
    scored = draw_scores(400)
    segments = measure_segments(scored, deals.answers, PROFILE)
    by_factor = {factor: [s for s in segments if s.factor == factor] for factor in ("industry", "amount")}
    for found in by_factor.values():
        assert sum(segment.deals for segment in found) == 400
        assert found[-1].value == "not answered"
    assert len(by_factor["amount"]) == 5
    few = measure_segments(replace(draw_scores(40), cluster=np.arange(40)), deals.answers.iloc[:40], PROFILE)
    assert all(segment.improvement is None for segment in few if segment.deals < 30)


def test_segments_tell_accounts_that_were_trained_on_apart() -> None:
    seen = np.arange(400) < 100
    segments = measure_segments(replace(draw_scores(400), seen_account=seen), build_deals(400).answers, PROFILE)
    assert {s.value: s.deals for s in segments if s.factor == "account_id"} == {"trained on": 100, "new": 300}


@pytest.mark.parametrize(("deals", "has_improvement"), [(ENOUGH - 1, False), (ENOUGH, True)])
def test_segment_has_an_improvement_from_so_many_deals_on(deals: int, has_improvement: bool) -> None:
    answers = build_deals(100).answers
    answers["industry"] = np.where(np.arange(100) < deals, "bank", "retail")
    segments = {s.value: s for s in measure_segments(draw_scores(100), answers, PROFILE) if s.factor == "industry"}
    assert segments["bank"].deals == deals
    assert (segments["bank"].improvement is not None) is has_improvement


def test_segment_improvement_is_the_mean_of_its_own_deals() -> None:
    scores, answers = draw_scores(200), build_deals(200).answers
    answers["industry"] = np.where(np.arange(200) < 90, "bank", "retail")
    (bank,) = [s for s in measure_segments(scores, answers, PROFILE) if s.value == "bank"]
    saved = (scores.losses("base_rate") - scores.losses("model"))[:90]
    assert bank.improvement is not None
    assert bank.improvement.value == pytest.approx(saved.mean())
    assert bank.improvement.low < saved.mean() < bank.improvement.high


def test_number_on_the_edge_of_two_parts_is_in_the_lower_one() -> None:
    answers = build_deals(100).answers.assign(amount=np.repeat([100.0, 200.0, 300.0, 400.0], 25))
    parts = {s.value: s.deals for s in measure_segments(draw_scores(100), answers, PROFILE) if s.factor == "amount"}
    assert sum(parts.values()) == 100
    assert parts["up to 175"] == 25


def test_factors_of_segments_are_context_with_few_values() -> None:
    def category(count: int, name: str) -> Factor:
        return Factor(name, "category", name, "Which?", values=tuple(f"v{i}" for i in range(count)))

    most, more = category(MOST_VALUES, "most"), category(MOST_VALUES + 1, "more")
    others = [category(2, f"c{i}") for i in range(MOST_FACTORS)]
    weighed = Factor("weighed", "yes_no", "Weighed", "Is it?", direction="up", weight=0.5)
    dimension = Dimension("d", "D", "D.", (weighed, more, most, *others, PROFILE.factors[3]))
    profile = Profile("p", "1", "P", "For tests.", 0.4, (dimension,))
    assert [f.id for f in segment_factors(profile)] == ["amount", "most", "c0", "c1", "c2", "c3"]
