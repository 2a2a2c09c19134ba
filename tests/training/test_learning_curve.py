"""The learning curve says what more deals would bring, and no more than it can know."""

from dataclasses import replace

import numpy as np
import pytest

from icp_fit.training.accuracy import HeldOutScores
from icp_fit.training.learning_curve import FEWEST_DEALS, SLIGHT, choose_sizes, measure_learning_curve
from tests.support.held_out_scores import draw_scores


def with_losses(losses: np.ndarray) -> HeldOutScores:
    """Forty deals with these log losses."""
    scores = draw_scores(40)
    return replace(scores, model=-np.log(np.expm1(losses)) * np.where(scores.won > 0, 1, -1))


def test_learning_curve_recovers_the_gain_of_doubling() -> None:
    def constant(loss: float) -> HeldOutScores:
        scored = draw_scores(40)
        return replace(scored, model=-np.log(np.expm1(loss)) * np.where(scored.won > 0, 1, -1))

    curve = measure_learning_curve([(size, constant(0.4 + 2 / size**0.5)) for size in (100, 200, 400, 800)])
    assert [point.log_loss.value for point in curve.points] == pytest.approx([0.6, 0.5414, 0.5, 0.4707], abs=1e-4)
    assert curve.doubling
    assert curve.doubling.value == pytest.approx(2 / 800**0.5 - 2 / 1600**0.5)
    assert "would lower log loss by about 0.021" in curve.sentence


def test_learning_curve_of_few_deals_says_that_they_are_few() -> None:
    assert measure_learning_curve([(10, draw_scores(40))]).sentence.startswith("Too few deals")


def test_sizes_stay_affordable() -> None:
    assert choose_sizes(50) == [25]
    assert choose_sizes(1_600) == [400, 800]
    assert choose_sizes(1_000_000) == [2_000, 4_000, 8_000]


def test_size_is_tried_from_so_few_deals_on_and_below_all() -> None:
    assert choose_sizes(4 * FEWEST_DEALS) == [FEWEST_DEALS, 2 * FEWEST_DEALS]
    assert choose_sizes(4 * FEWEST_DEALS - 1) == [2 * FEWEST_DEALS - 1]
    assert choose_sizes(8_000) == [2_000, 4_000]
    assert choose_sizes(8_001) == [2_000, 4_000, 8_000]


def test_curve_needs_three_sizes() -> None:
    runs = [(size, with_losses(np.full(40, 0.5))) for size in (100, 200, 400)]
    assert measure_learning_curve(runs).doubling is not None
    assert measure_learning_curve(runs[:2]).doubling is None


@pytest.mark.parametrize(
    ("fall", "noise", "says"),
    [
        (2.0, 0.0, "Twice as many deals would lower log loss"),
        (0.0, 0.0, "Twice as many deals would hardly change log loss"),
        (0.0, 0.3, "Too early to say"),
    ],
    ids=["falls", "flat", "noisy"],
)
def test_sentence_says_what_the_interval_of_doubling_says(fall: float, noise: float, says: str) -> None:
    rng = np.random.default_rng(0)
    runs = [(n, with_losses(0.5 + fall / n**0.5 + noise * rng.random(40))) for n in (100, 200, 400)]
    curve = measure_learning_curve(runs)
    assert curve.sentence.startswith(says)
    assert curve.doubling is not None
    assert (curve.doubling.low > 0) is (fall > 0)
    assert (curve.doubling.high < SLIGHT) is (not fall and not noise)


def test_flat_curve_of_models_that_learned_nothing_is_not_taken_for_a_lack_of_use_of_deals() -> None:
    runs = [(size, with_losses(np.full(40, 0.5))) for size in (100, 200, 400)]
    curve = measure_learning_curve(runs, has_learned=False)
    assert curve.doubling is None
    assert curve.sentence == "Nothing was learned, which does not say what more deals would bring."
