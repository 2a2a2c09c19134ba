from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from icp_fit.features.encoder import MOST_COLUMNS, AnswerEncoder, describe_shared_values, signed_log
from icp_fit.features.factors import Dimension, Factor, Profile
from tests.support.small_profile import PROFILE, draw_answers


def roles(encoder: AnswerEncoder, factor_id: str) -> list[str]:
    position = PROFILE.factor_ids.index(factor_id)
    return [column.role for column in encoder.columns_ if column.factor == position]


def test_encoder_gives_a_number_one_column_and_a_category_one_for_each_value() -> None:
    encoder = AnswerEncoder(PROFILE).fit(draw_answers(300))
    assert roles(encoder, "systems") == ["number", "unanswered"]
    assert roles(encoder, "industry") == ["value", "value", "value", "unanswered"]


def test_encoder_has_no_column_for_blanks_that_it_never_saw() -> None:
    encoder = AnswerEncoder(PROFILE).fit(draw_answers(300, blank=0))
    assert "unanswered" not in {column.role for column in encoder.columns_}


def test_encoder_lets_rare_values_share_a_column() -> None:
    answers = draw_answers(300, blank=0)
    few = np.where(np.arange(300) < 4, "bank", np.where(np.arange(300) < 8, "retail", "state"))
    answers["industry"] = pd.Categorical(few, categories=answers["industry"].cat.categories)
    encoder = AnswerEncoder(PROFILE).fit(answers)
    assert [column.values for column in encoder.columns_ if column.role == "value"] == [("state",), ("bank", "retail")]


def test_encoder_puts_an_unanswered_number_at_the_mean_of_the_answered() -> None:
    answers = draw_answers(300)
    encoder = AnswerEncoder(PROFILE).fit(answers)
    at = [
        column.role == "number" and PROFILE.factors[column.factor].id == "systems" for column in encoder.columns_
    ].index(True)
    blank = answers["systems"].isna().to_numpy()
    column = encoder.transform(answers)[:, at]
    assert np.allclose(column[blank], column[~blank].mean())


def test_matrix_holds_only_numbers_that_a_float32_can() -> None:
    answers = draw_answers(50)
    matrix = AnswerEncoder(PROFILE).fit(answers).transform(answers)
    assert np.array_equal(matrix, matrix.astype(np.float32))


def test_known_is_false_for_an_ignored_blank_and_true_for_one_that_informs() -> None:
    answers = draw_answers(300)
    known = AnswerEncoder(PROFILE).fit(answers).answered(answers)
    assert np.array_equal(known[:, 0], answers["portal"].notna())
    assert known[:, PROFILE.factor_ids.index("industry")].all()


def test_known_is_false_for_an_informative_blank_that_was_never_learned_from() -> None:
    encoder = AnswerEncoder(PROFILE).fit(draw_answers(300, blank=0))
    blank = draw_answers(10, blank=1.0)
    assert not encoder.answered(blank).any()


def test_factor_known_only_at_close_has_no_column() -> None:
    factors = tuple(replace(factor, known_at="close", weight=0.0) for factor in PROFILE.factors)
    profile = replace(PROFILE, dimensions=(replace(PROFILE.dimensions[0], factors=factors),))
    assert AnswerEncoder(profile).fit(draw_answers(300)).columns_ == ()


@given(st.floats(-1e12, 1e12))
def test_signed_log_is_odd_and_rises(number: float) -> None:
    one, other = signed_log(np.array([number])), signed_log(np.array([-number]))
    assert one == -other
    assert signed_log(np.array([number + abs(number) * 1e-6 + 1e-3])) > one


def draw_managers(values: int) -> tuple[Profile, pd.DataFrame]:
    """Deals of so many managers, the later ones with one deal more each, from ten deals on."""
    names = tuple(f"Manager {i}" for i in range(values))
    factor = Factor("manager", "category", "Manager", "Who?", values=names)
    codes = np.repeat(np.arange(values), 10 + np.arange(values))
    profile = Profile("demo", "1", "Demo", "For tests.", 0.4, (Dimension("all", "All", "All.", (factor,)),))
    return profile, pd.DataFrame({"manager": pd.Categorical.from_codes(codes, names)})


@pytest.mark.parametrize(("values", "columns"), [(MOST_COLUMNS, MOST_COLUMNS), (MOST_COLUMNS + 1, MOST_COLUMNS + 1)])
def test_commonest_values_have_a_column_each_and_all_others_one(values: int, columns: int) -> None:
    profile, answers = draw_managers(values)
    encoder = AnswerEncoder(profile).fit(answers)
    assert len(encoder.columns_) == columns
    assert len(list(describe_shared_values(answers))) == (values > MOST_COLUMNS)
    assert (encoder.transform(answers).sum(axis=1) == 1).all()


def test_matrix_of_thousands_of_values_stays_small_and_it_is_said_what_counts_as_one() -> None:
    profile, answers = draw_managers(600)
    encoder = AnswerEncoder(profile).fit(answers)
    assert len(encoder.columns_) == MOST_COLUMNS + 1
    assert len(encoder.columns_[-1].values) == 500
    (said,) = describe_shared_values(answers)
    assert said.startswith("`manager` has 600 values: the 100 commonest, in 30% of the deals that answer it, are told")
