import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import Result
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from typer.testing import CliRunner

from icp_fit.cli import app
from icp_fit.features.deal_reader import carry
from icp_fit.features.encoder import AnswerEncoder, answer_numbers, typed_answers
from icp_fit.features.errors import DealsError
from icp_fit.features.factors import Factor, Grades, Profile
from icp_fit.features.profile import write_profile
from icp_fit.models.bundle import save_bundle
from icp_fit.models.compiled import CompiledModel, compile_model
from icp_fit.models.fit import FitClassifier
from icp_fit.models.preview import declared_contributions, find_cells, preview_profile, swap_profile
from icp_fit.models.prior import profile_contributions
from icp_fit.models.store_paths import StorePaths
from tests.support.small_profile import CONTEXT, NEEDS, PROFILE, draw_answers, draw_outcomes, fit_small_model

sizes = pytest.mark.parametrize("count", [0, 30, 300], ids=["no deals", "few deals", "all members"])
seeds = st.integers(0, 10_000)
SUPPORT = Factor("support", "yes_no", "Support", "Is there support?", direction="up", weight=0.9)


def with_factors(*needs: Factor, **changes: object) -> Profile:
    """The small profile with other needs."""
    return replace(PROFILE, dimensions=(replace(NEEDS, factors=needs), CONTEXT), **changes)


PORTAL, SYSTEMS, RIVALS, SECURITY = NEEDS.factors
OTHER = with_factors(
    replace(SECURITY, levels=("low", "high", "extreme"), weight=0.4),
    SUPPORT,
    replace(SYSTEMS, weight=0.3, scale=(2, 30)),
    replace(PORTAL, weight=1.1),
    win_rate=0.5,
    grades=Grades(70, 45, 20),
)


@cache
def compiled_on(count: int) -> CompiledModel:
    return compile_model(fit_small_model(count))


def numbers_of(seed: int, deals: int = 1, blank: float = 0.2) -> np.ndarray:
    return answer_numbers(PROFILE, draw_answers(deals, seed, blank))


@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_word_of_the_profile_is_that_of_the_profile_member(seed: int) -> None:
    for profile in (PROFILE, OTHER):
        numbers = carry(numbers_of(seed, 20), PROFILE, profile)
        answers = typed_answers(profile, numbers)
        encoder = AnswerEncoder(profile).fit(answers)
        answered = ~np.isnan(numbers)
        contributions = profile_contributions(encoder, encoder.transform(answers), answered)
        np.testing.assert_allclose(declared_contributions(profile, numbers), contributions, atol=1e-12)


@sizes
@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_model_that_adopts_its_own_profile_stays_exactly_as_it_is(count: int, seed: int) -> None:
    compiled, numbers = compiled_on(count), numbers_of(seed, 5)
    for profile in (PROFILE, replace(PROFILE, label="The same questions", summary="In other words.")):
        adopted = swap_profile(compiled, profile)
        assert adopted.base_log_odds == compiled.base_log_odds
        assert np.array_equal(adopted.values(numbers), compiled.run(numbers).values)


@sizes
@given(seed=seeds)
@settings(max_examples=10, deadline=None)
def test_order_of_the_dimensions_does_not_change_a_score(count: int, seed: int) -> None:
    turned = replace(PROFILE, dimensions=PROFILE.dimensions[::-1])
    numbers = numbers_of(seed, 5)
    found = swap_profile(compiled_on(count), turned).log_odds(carry(numbers, PROFILE, turned))
    assert found == pytest.approx(compiled_on(count).log_odds(numbers), abs=1e-12)


@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_model_without_deals_that_adopts_a_profile_says_what_that_profile_says(seed: int) -> None:
    numbers = carry(numbers_of(seed, 5), PROFILE, OTHER)
    numbers[:, 1] = [1, 0, np.nan, 1, 0]
    expected = (
        FitClassifier(OTHER).fit(typed_answers(OTHER, numbers[:0]), []).decision_function(typed_answers(OTHER, numbers))
    )
    np.testing.assert_allclose(swap_profile(compiled_on(0), OTHER).log_odds(numbers), expected, atol=1e-12)


def test_question_that_nothing_was_learned_about_adds_the_profiles_word() -> None:
    profile = with_factors(*NEEDS.factors, SUPPORT)
    compiled, numbers = compiled_on(300), np.insert(numbers_of(1, 3), len(NEEDS.factors), [1, 0, np.nan], axis=1)
    values = swap_profile(compiled, profile).values(numbers)
    weight = compiled.model.weights_["profile"]
    assert values[:, 4].tolist() == pytest.approx([0.9 * weight, -0.9 * weight, 0])
    assert np.array_equal(np.delete(values, 4, axis=1), compiled.run(numbers_of(1, 3)).values)


def test_question_that_is_not_asked_any_more_is_left_out() -> None:
    numbers = numbers_of(2, 3, blank=0)
    blank = numbers.copy()
    blank[:, PROFILE.factor_ids.index("rivals")] = np.nan
    adopted = swap_profile(compiled_on(300), with_factors(PORTAL, SYSTEMS, SECURITY))
    assert adopted.log_odds(np.delete(numbers, 2, axis=1)) == pytest.approx(compiled_on(300).log_odds(blank), abs=1e-12)


def test_blank_that_informs_is_silent_where_its_question_is_not_asked_any_more() -> None:
    numbers = numbers_of(2, 3, blank=0)
    amount_alone = replace(PROFILE, dimensions=(NEEDS, replace(CONTEXT, factors=CONTEXT.factors[:1])))
    values = swap_profile(compiled_on(300), amount_alone).values(numbers[:, :5])
    assert values.shape == (3, 5)


def test_answer_that_the_old_profile_does_not_have_is_no_blank() -> None:
    industry = replace(CONTEXT.factors[1], values=("bank", "mining"))
    profile = replace(PROFILE, dimensions=(NEEDS, replace(CONTEXT, factors=(CONTEXT.factors[0], industry))))
    bank, mining, blank = swap_profile(compiled_on(300), profile).values(
        np.array([[np.nan] * 5 + [answer] for answer in (0, 1, np.nan)])
    )[:, 5]
    assert mining == 0
    assert bank != 0
    assert blank < 0


@pytest.mark.parametrize("factor", [PORTAL, SECURITY], ids=["yes or no", "levels"])
def test_average_deal_is_where_the_other_profile_puts_it(factor: Factor) -> None:
    """A factor on which all agree moves nothing, however much the experts think of it."""
    heavier = replace(factor, weight=2.0)
    profile = with_factors(*(heavier if given == factor else given for given in NEEDS.factors))
    model, j = fit_small_model(300), PROFILE.factor_ids.index(factor.id)
    answers = draw_answers(300)
    numbers = answer_numbers(PROFILE, answers)
    contributions = np.nansum(declared_contributions(profile, numbers)[:, j])
    expected = contributions / (answers[factor.id].notna().sum() + model.profile_strength)
    assert swap_profile(compiled_on(300), profile).centre[j] == pytest.approx(expected, abs=1e-12)


def test_win_rate_of_the_profile_counts_for_as_many_deals_as_its_word() -> None:
    profile = replace(PROFILE, win_rate=0.6)
    moved = logit(0.6) - logit(0.4)
    for count, share in ((0, 1.0), (30, 40 / 70), (300, 40 / 340)):
        compiled = compiled_on(count)
        assert swap_profile(compiled, profile).base_log_odds - compiled.base_log_odds == pytest.approx(share * moved)


def test_preview_is_near_what_training_anew_gives_where_deals_are_few() -> None:
    answers, new = draw_answers(30), draw_answers(500, seed=8)
    profile = with_factors(replace(PORTAL, weight=0.1), replace(SYSTEMS, weight=2.0), RIVALS, SECURITY)
    anew = FitClassifier(profile).fit(answers, draw_outcomes(answers)).predict_proba(new)[:, 1]
    numbers = answer_numbers(PROFILE, new)
    preview = expit(swap_profile(compiled_on(30), profile).log_odds(numbers))
    now = expit(compiled_on(30).log_odds(numbers))
    assert np.abs(preview - anew).mean() < np.abs(now - anew).mean() / 2


@sizes
def test_preview_of_the_same_profile_moves_no_deal(count: int) -> None:
    found = preview_profile(fit_small_model(count), PROFILE, draw_answers(50))
    assert found.moves.empty
    assert found.problems == ()
    assert np.trace(found.counts.to_numpy()) == found.n_deals == 50


def test_preview_counts_every_deal_and_lists_those_that_move_the_largest_first() -> None:
    deals = draw_answers(200).assign(deal_id=[f"D-{i}" for i in range(200)], support="yes")
    found = preview_profile(fit_small_model(300), OTHER, deals)
    assert found.n_deals == 200
    assert len(found.moves) == 200 - np.trace(found.counts.to_numpy())
    assert found.moves["points"].abs().is_monotonic_decreasing
    assert (found.moves["old_grade"] != found.moves["new_grade"]).all()
    assert found.moves["old_grade"].tolist() == [PROFILE.grades.grade(score) for score in found.moves["old_score"]]
    assert found.moves["new_grade"].tolist() == [OTHER.grades.grade(score) for score in found.moves["new_score"]]
    assert found.moves["deal_id"].tolist() == [f"D-{row - 1}" for row in found.moves["row"]]


def test_preview_moves_deals_between_grades_where_only_the_cut_points_move() -> None:
    deals = draw_answers(200)
    found = preview_profile(fit_small_model(300), replace(PROFILE, grades=Grades(60, 40, 20)), deals)
    assert len(found.moves)
    assert (found.moves["points"] == 0).all()
    assert (found.moves["old_score"] == found.moves["new_score"]).all()


def test_preview_takes_answers_that_the_new_profile_cannot_use_as_unanswered_and_says_so() -> None:
    deals = pd.DataFrame({"deal_id": ["D-1", "D-2"], "security": ["top", "low"]})
    found = preview_profile(fit_small_model(0), OTHER, deals)
    assert [str(problem) for problem in found.problems] == [
        'row 1, deal D-1: `security` must be one of "low", "high", "extreme", got "top". Leave it empty if unknown.'
    ]


def test_preview_of_no_deals_counts_none() -> None:
    found = preview_profile(fit_small_model(0), OTHER, draw_answers(0))
    assert found.n_deals == 0
    assert found.counts.shape == (4, 4)


def test_columns_of_both_profiles_are_found() -> None:
    table = pd.DataFrame({"Rivals": [1], "Support": ["yes"], "owner": ["Kim"], "Other": [2]})
    assert list(find_cells(table, (PROFILE, OTHER))) == ["owner", "rivals", "support"]


def test_rows_of_a_preview_are_those_of_the_source() -> None:
    deals = pd.DataFrame({"security": ["low", "top"]}, index=pd.Index([4, 7], name="row"))
    assert [problem.row for problem in preview_profile(fit_small_model(0), OTHER, deals).problems] == [7]


def test_table_without_a_column_of_either_profile_is_refused() -> None:
    with pytest.raises(DealsError, match=r'No column is a factor of profile `small`\. .* the columns "a"'):
        find_cells(pd.DataFrame({"a": [1]}), (PROFILE, OTHER))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a profile to preview and deals, and an empty home of its own."""
    monkeypatch.setenv("ICP_FIT_HOME", str(tmp_path / "home"))
    (tmp_path / "new.toml").write_text(write_profile(OTHER))
    draw_answers(60).assign(deal_id=[f"D-{i}" for i in range(60)]).to_csv(tmp_path / "deals.csv", index=False)
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["profile", "preview", *map(str, arguments)])


def test_command_shows_which_deals_change_grade(folder: Path) -> None:
    home = StorePaths(folder / "home")
    save_bundle(fit_small_model(30), home.bundles / "first", {})
    home.point_champion("first")
    result = run(folder / "new.toml", folder / "deals.csv", "--json")
    assert result.exit_code == 0, result.output
    described = json.loads(result.stdout)
    assert described["deals"] == 60
    assert len(described["moves"]) == 60 - sum(described["counts"][grade][grade] for grade in "ABCD")
    assert described["unusable_answers"]
    shown = run(folder / "new.toml", folder / "deals.csv").stdout
    assert f"{len(described['moves'])} of 60 deals would change grade" in shown
    assert str(described["moves"][0]["deal_id"]) in shown


def test_command_without_a_champion_says_how_to_get_one(folder: Path) -> None:
    result = run(folder / "new.toml", folder / "deals.csv")
    assert result.exit_code == 2
    assert "There is no champion in" in result.stderr
    assert "icp-fit promote" in result.stderr
