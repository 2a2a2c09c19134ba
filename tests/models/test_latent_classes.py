import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_fit.features.encoder import answer_numbers
from icp_fit.features.factors import Dimension, Factor, Profile
from icp_fit.models.evidence import count_evidence
from icp_fit.models.latent_classes import LatentClasses, fit_latent_classes
from tests.support.small_profile import PROFILE, draw_answers, fit_small_model

QUESTIONS = tuple(Factor(f"question_{i}", "yes_no", "A question", "Yes or no?") for i in range(8))
YES_NO = Profile("two classes", "1", "Two classes", "For tests.", 0.5, (Dimension("all", "All", "All.", QUESTIONS),))

sizes = pytest.mark.parametrize("count", [0, 1, 12, 300], ids=["no deals", "one deal", "few deals", "many deals"])


def draw_deals(count: int, seed: int, alike: float = 0.9) -> np.ndarray:
    """Deals of two classes, of which one mostly answers yes and the other mostly no; a fifth of answers missing."""
    rng = np.random.default_rng(seed)
    says_yes = np.where(rng.random(count) < 0.5, alike, 1 - alike)[:, None]
    numbers = (rng.random((count, len(QUESTIONS))) < says_yes).astype(float)
    return np.where(rng.random(numbers.shape) < 0.2, np.nan, numbers)


def fit_classes(numbers: np.ndarray, seed: int = 0) -> LatentClasses:
    return fit_latent_classes(count_evidence(YES_NO, numbers, np.zeros(len(numbers))), numbers, seed)


def loss_of_hidden(classes: LatentClasses, numbers: np.ndarray) -> float:
    """The mean log loss on each answer, given the others of its deal."""
    losses = []
    for j in range(numbers.shape[1]):
        hidden = numbers.copy()
        hidden[:, j] = np.nan
        answered = np.flatnonzero(~np.isnan(numbers[:, j]))
        probability = classes.answer_probabilities(hidden)[j][answered, numbers[answered, j].astype(int)]
        losses.append(-np.log(probability))
    return float(np.concatenate(losses).mean())


def test_kinds_predict_hidden_answers_of_two_kinds_nearly_as_well_as_the_law() -> None:
    new = draw_deals(1000, seed=1)
    classes = fit_classes(draw_deals(400, seed=0))
    law = LatentClasses(classes.groups, np.array([0.5, 0.5]), np.tile([[0.1, 0.9], [0.9, 0.1]], len(QUESTIONS)))
    shares_alone = LatentClasses(classes.groups, np.ones(1), np.full((1, 2 * len(QUESTIONS)), 0.5))
    assert loss_of_hidden(shares_alone, new) == pytest.approx(np.log(2))
    assert loss_of_hidden(classes, new) < loss_of_hidden(law, new) + 0.02 < 0.5


def test_kinds_are_one_where_answers_do_not_depend_on_each_other() -> None:
    assert len(fit_classes(draw_deals(1000, seed=0, alike=0.5)).share) == 1


def test_deals_of_one_kind_make_no_more_kinds_than_they_show() -> None:
    assert len(fit_classes(draw_deals(1000, seed=0)).share) == 2


@sizes
def test_chances_add_up_to_one(count: int) -> None:
    numbers = answer_numbers(PROFILE, draw_answers(20, seed=5, blank=0.5))
    for probability, typical in zip(
        fit_small_model(count).latent_classes_.answer_probabilities(numbers),
        fit_small_model(count).evidence_.typical,
        strict=True,
    ):
        assert probability.shape == (20, len(typical))
        assert (probability > 0).all()
        assert np.allclose(probability.sum(axis=1), 1)


def test_chances_are_equal_without_deals() -> None:
    numbers = answer_numbers(PROFILE, draw_answers(1, seed=5))[0]
    for probability in fit_small_model(0).latent_classes_.answer_probabilities(numbers):
        assert np.allclose(probability, 1 / len(probability))


@sizes
def test_chances_of_one_deal_are_those_of_a_table_of_one(count: int) -> None:
    numbers = answer_numbers(PROFILE, draw_answers(3, seed=5, blank=0.4))
    classes = fit_small_model(count).latent_classes_
    for one, many in zip(classes.answer_probabilities(numbers[1]), classes.answer_probabilities(numbers), strict=True):
        assert one.shape == many.shape[1:]
        assert np.allclose(one, many[1])


@given(blank=st.lists(st.booleans(), min_size=8, max_size=8), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_deals_with_any_blanks_can_be_learned_from(blank: list[bool], seed: int) -> None:
    numbers = draw_deals(25, seed)
    numbers[:, blank] = np.nan
    for probability, hidden in zip(fit_classes(numbers).answer_probabilities(numbers[0]), blank, strict=True):
        assert probability.sum() == pytest.approx(1)
        assert not hidden or np.allclose(probability, 0.5)


def test_same_seed_gives_the_same_kinds() -> None:
    numbers = draw_deals(200, seed=3)
    one, other = fit_classes(numbers, seed=4), fit_classes(numbers, seed=4)
    assert np.array_equal(one.probability, other.probability)
    assert np.array_equal(one.share, other.share)
