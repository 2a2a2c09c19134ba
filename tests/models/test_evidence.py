import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_fit.features.encoder import answer_numbers
from icp_fit.features.factors import Dimension, Factor, Profile
from icp_fit.models.evidence import Evidence, count_evidence
from icp_fit.models.fit import FitClassifier
from tests.support.small_profile import PROFILE, draw_answers, draw_outcomes, fit_small_model

SYSTEMS, RIVALS, SECURITY = 1, 2, 3
KNOWN_AT = {"portal": "qualification", "late": "close"}


def count_factor(numbers: list[float], **options: object) -> Evidence:
    """The evidence of deals with one question, which is answered by a number."""
    options = {"kind": "count", "label": "Systems", "question": "How many systems?", **options}
    factor = Factor("systems", **options)  # type: ignore[arg-type]
    profile = Profile("one", "1", "One", "For tests.", 0.5, (Dimension("all", "All", "All.", (factor,)),))
    return count_evidence(profile, np.array(numbers, dtype=float)[:, None], np.zeros(len(numbers)))


@given(numbers=st.lists(st.none() | st.floats(-1e9, 1e9) | st.integers(0, 9), max_size=80))
@settings(deadline=None)
def test_groups_of_a_number_hold_every_answer_once(numbers: list[float | None]) -> None:
    answers = np.array(numbers, dtype=float)
    evidence = count_factor(list(answers), kind="amount")
    groups = evidence.of(0, answers)
    assert ((groups == -1) == np.isnan(answers)).all()
    assert evidence.deals[0].tolist() == [(groups == group).sum() for group in range(len(evidence.deals[0]))]
    assert len(evidence.groups[0]) + 1 == len(evidence.typical[0]) == len(evidence.deals[0]) <= 5
    assert (evidence.of(0, evidence.typical[0]) == np.arange(len(evidence.typical[0]))).all()


@pytest.mark.parametrize("count", [0, 1, 12, 300])
def test_counts_add_up_to_the_deals_that_answer(count: int) -> None:
    answers = draw_answers(count)
    won, evidence = draw_outcomes(answers), fit_small_model(count).evidence_
    known = answer_numbers(PROFILE, answers)
    assert [deals.sum() for deals in evidence.deals] == (~np.isnan(known)).sum(axis=0).tolist()
    assert [deals.sum() for deals in evidence.won] == (~np.isnan(known[won])).sum(axis=0).tolist()
    assert (evidence.n_deals, evidence.n_won) == (count, won.sum())


def test_group_of_a_choice_is_the_choice() -> None:
    evidence = fit_small_model(300).evidence_
    answers = draw_answers(300)
    top = (answers["security"] == "top").to_numpy(dtype=bool)
    assert evidence.deals[SECURITY][2] == top.sum()
    assert evidence.won[SECURITY][2] == draw_outcomes(answers)[top].sum()
    assert evidence.of(SECURITY, np.array([0, 1, 2, np.nan])).tolist() == [0, 1, 2, -1]


def test_group_spans_the_numbers_that_it_holds() -> None:
    evidence = fit_small_model(300).evidence_
    edges = evidence.groups[SYSTEMS]
    assert evidence.span(SYSTEMS, 0) == (-np.inf, edges[0])
    assert evidence.span(SYSTEMS, len(edges)) == (edges[-1], np.inf)
    above, highest = evidence.span(SYSTEMS, 1)
    assert evidence.of(SYSTEMS, np.array([above, above + 1, highest, highest + 1])).tolist() == [0, 1, 1, 2]


def test_groups_of_many_answers_are_of_similar_size_and_end_at_round_numbers() -> None:
    amounts = np.random.default_rng(0).lognormal(11, 1, 3000)
    evidence = count_factor(amounts.tolist(), kind="amount")
    assert len(evidence.groups[0]) == 4
    assert (np.abs(evidence.deals[0] / 3000 - 0.2) <= 0.1).all()
    assert all(len(f"{edge:.0f}".rstrip("0")) <= 2 for edge in evidence.groups[0])


def test_groups_of_few_different_answers_are_these_answers() -> None:
    evidence = count_factor([1, 1, 2, 2, 2, 7] * 20)
    assert evidence.groups[0].tolist() == [1, 2]
    assert evidence.typical[0].tolist() == [1, 2, 7]
    assert evidence.deals[0].tolist() == [40, 60, 20]


def test_answers_that_are_all_the_same_are_one_group() -> None:
    evidence = count_factor([3.0] * 50)
    assert evidence.groups[0].tolist() == []
    assert evidence.typical[0].tolist() == [3]


def test_groups_without_answers_follow_the_scale() -> None:
    evidence = count_factor([], scale=(0, 8))
    assert evidence.typical[0].tolist() == [0, 1, 2, 4, 8]
    assert evidence.groups[0].tolist() == [0, 1, 3, 6]
    assert evidence.deals[0].tolist() == [0] * 5


def test_number_without_answers_and_scale_has_one_group_with_a_valid_answer() -> None:
    assert count_factor([], minimum=2).typical[0].tolist() == [2]
    assert count_factor([], kind="amount").typical[0].tolist() == [0]


def test_typical_counts_are_whole_numbers() -> None:
    for count in (0, 5, 12, 300):
        typical = fit_small_model(count).evidence_.typical
        assert (np.concatenate([typical[SYSTEMS], typical[RIVALS]]) % 1 == 0).all()


def test_answers_known_only_at_close_are_not_counted() -> None:
    portal, late = (Factor(name, "yes_no", name, f"{name}?", known_at=at) for name, at in KNOWN_AT.items())
    profile = Profile("late", "1", "Late", "For tests.", 0.5, (Dimension("all", "All", "All.", (portal, late)),))
    model = FitClassifier(profile).fit(pd.DataFrame({"portal": ["yes", "no"], "late": ["yes", "no"]}), [True, False])
    assert [deals.tolist() for deals in model.evidence_.deals] == [[1, 1], [0, 0]]


def test_scores_learned_from_rise_and_are_about_the_deals() -> None:
    scores = fit_small_model(300).scores_
    assert scores.shape == (101,)
    assert (np.diff(scores) >= 0).all()
    assert scores.mean() == pytest.approx(draw_outcomes(draw_answers(300)).mean(), abs=0.05)


def test_scores_are_empty_where_nothing_was_learned() -> None:
    assert fit_small_model(0).scores_.size == 0
