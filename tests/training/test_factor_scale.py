"""The scale runs from -1 to 1 as the profile declares, and what is open is filled with what is expected."""

import numpy as np
import pandas as pd
import pytest

from icp_fit.features.answers import check_answers
from icp_fit.features.encoder import AnswerEncoder
from icp_fit.features.factors import Dimension, Factor, Profile
from icp_fit.training.factor_scale import FactorScale, fill_open_answers, find_factor_scale

FACTORS = (
    Factor("up", "yes_no", "Up", "Is it?", direction="up", weight=0.5),
    Factor("lower_is_better", "yes_no", "Down", "Is it?", direction="down", weight=0.3),
    Factor("size", "amount", "Size", "How large?"),
    Factor("rivals", "count", "Rivals", "How many?", direction="down", scale=(0, 10)),
    Factor("industry", "category", "Industry", "Which?", values=("bank", "retail", "state")),
)
PROFILE = Profile("p", "1", "P", "For tests.", 0.4, (Dimension("all", "All", "All.", FACTORS),))


def draw_answers(count: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "up": pd.array(rng.random(count) < 0.5, dtype="boolean"),
            "lower_is_better": pd.array(rng.random(count) < 0.5, dtype="boolean"),
            "size": rng.lognormal(11, 1, count),
            "rivals": rng.integers(0, 15, count).astype(float),
            "industry": rng.choice(["bank", "retail", "state"], count),
        }
    )


def scale_of(answers: pd.DataFrame) -> FactorScale:
    typed = check_answers(PROFILE, answers)
    return find_factor_scale(AnswerEncoder(PROFILE).fit(typed), typed)


def test_open_answers_are_filled_with_what_other_answers_lead_to_expect() -> None:
    rng = np.random.default_rng(0)
    covariance = [[1.0, 0.8], [0.8, 1.0]]
    pairs = rng.multivariate_normal([3, -2], covariance, 4_000)
    is_open = np.zeros(pairs.shape, dtype=bool)
    is_open[::4, 1] = True
    filled = fill_open_answers(pairs, is_open)
    slope = np.polyfit(pairs[::4, 0] - 3, filled[::4, 1], 1)[0]
    assert slope == pytest.approx(0.8 * 0.95, abs=0.05)
    assert np.ptp((pairs - filled)[~is_open[:, 1], 1]) < 1e-9


def test_scale_runs_from_the_least_to_the_most_favourable_answer() -> None:
    typed = check_answers(PROFILE, draw_answers(500))
    scale = find_factor_scale(AnswerEncoder(PROFILE).fit(typed), typed)
    down = scale.matrix[:, PROFILE.factor_ids.index("lower_is_better")]
    yes = typed["lower_is_better"].to_numpy(bool)
    assert down[~yes].min() - down[yes].max() == pytest.approx(2)


def test_number_without_a_weight_runs_from_its_usual_least_to_its_usual_most() -> None:
    answers = draw_answers(2_000)
    size = scale_of(answers).matrix[:, 2]
    assert np.ptp(size) == pytest.approx(2)
    most = answers["size"] >= answers["size"].quantile(0.96)
    assert np.ptp(size[most]) == 0
    assert size[most].max() == size.max()


def test_direction_down_turns_a_number_round() -> None:
    answers = draw_answers(500)
    rivals = scale_of(answers).matrix[:, 3]
    order = np.argsort(answers["rivals"].to_numpy(), kind="stable")
    assert (np.diff(rivals[order]) <= 0).all()
    assert np.ptp(rivals) == pytest.approx(2)
    assert np.ptp(rivals[answers["rivals"].to_numpy() >= 10]) == 0  # beyond the scale nothing is added


def test_columns_are_centred_and_know_their_factor_and_value() -> None:
    answers = draw_answers(500)
    scale = scale_of(answers.mask(np.random.default_rng(1).random(answers.shape) < 0.2))
    assert scale.matrix.shape == (500, len(scale.factor)) == (500, len(scale.values))
    named = {value: PROFILE.factor_ids[j] for value, j in zip(scale.values, scale.factor, strict=True) if value}
    assert named == dict.fromkeys(("bank", "retail", "state"), "industry")
    assert scale.factor[-1] == -1  # how much is open belongs to no factor
    assert np.abs(scale.matrix[:, -1].mean()) < 1e-12


def test_answer_that_is_not_open_is_only_centred() -> None:
    matrix = np.array([[1.0, 0.0], [3.0, 4.0], [5.0, 2.0]])
    filled = fill_open_answers(matrix, np.array([[False, True], [False, False], [False, False]]))
    assert filled[:, 0].tolist() == [-2, 0, 2]
    assert filled[1:, 1].tolist() == [1, -1]


def test_column_without_any_answer_stays_at_zero() -> None:
    is_open = np.column_stack([np.zeros(20, dtype=bool), np.ones(20, dtype=bool)])
    assert not fill_open_answers(np.random.default_rng(0).normal(size=(20, 2)), is_open)[:, 1].any()
