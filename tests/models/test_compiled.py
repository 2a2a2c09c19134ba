"""The compiled model gives what the model gives, however many deals there are and whoever else uses it."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icp_fit.features.encoder import answer_numbers, typed_answers
from icp_fit.models.compiled import compile_model, model_fits
from icp_fit.models.kernels import BLOCK
from tests.support.model_shapes import SHAPES, compile_shape, fit_shape
from tests.support.small_profile import PROFILE, draw_answers

shapes = pytest.mark.parametrize("shape", SHAPES)


def drawn(count: int, seed: int = 5, blank: float = 0.15) -> np.ndarray:
    return answer_numbers(PROFILE, draw_answers(count, seed, blank))


@shapes
@pytest.mark.parametrize("count", [0, 1, BLOCK - 1, BLOCK, 2 * BLOCK + 3])
def test_compiled_model_gives_the_log_odds_of_the_model(shape: str, count: int) -> None:
    numbers = drawn(count)
    expected = fit_shape(shape).decision_function(typed_answers(PROFILE, numbers)) if count else []
    assert compile_shape(shape).log_odds(numbers) == pytest.approx(expected, abs=1e-12)


def test_compiled_model_shares_many_deals_among_threads_without_a_difference() -> None:
    numbers = drawn(20_000)
    one, three = (compile_shape("boosted").run(numbers, threads) for threads in (1, 3))
    assert np.array_equal(one.values, three.values)
    assert np.array_equal(one.variance, three.variance)


def test_compiled_model_may_be_used_by_several_threads_at_once() -> None:
    compiled, parts = compile_shape("all members"), [drawn(50, seed) for seed in range(8)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(compiled.log_odds, parts))
    assert all(np.array_equal(a, compiled.log_odds(part)) for a, part in zip(together, parts, strict=True))


def test_fits_of_a_model_average_to_it() -> None:
    model, numbers = fit_shape("boosted"), drawn(40)
    fits = [compile_model(model, fit=k).run(numbers).values for k in range(model_fits(model))]
    assert len(fits) == 5
    assert np.mean(fits, axis=0) == pytest.approx(compile_model(model).run(numbers).values, abs=1e-12)


@shapes
@given(systems=st.integers(0, 10**300), amount=st.floats(allow_nan=False, allow_infinity=False))
@settings(max_examples=20, deadline=None)
def test_numbers_of_any_size_are_scored_as_by_the_model(shape: str, systems: int, amount: float) -> None:
    deal = np.full((1, len(PROFILE.factors)), np.nan)
    deal[0, [PROFILE.factor_ids.index(name) for name in ("systems", "amount")]] = systems, amount
    expected = fit_shape(shape).decision_function(typed_answers(PROFILE, deal))
    assert np.isfinite(expected)
    assert compile_shape(shape).log_odds(deal) == pytest.approx(expected, abs=1e-9)


@shapes
def test_deal_without_answers_has_the_base_log_odds_where_no_blank_informs(shape: str) -> None:
    numbers = np.full((1, len(PROFILE.factors)), np.nan)
    values = compile_shape(shape).run(numbers).values[0]
    assert not np.delete(values, PROFILE.factor_ids.index("industry")).any()


def test_typed_answers_come_back_from_numbers() -> None:
    answers = draw_answers(60)
    again = answer_numbers(PROFILE, typed_answers(PROFILE, answer_numbers(PROFILE, answers)))
    assert np.array_equal(again, answer_numbers(PROFILE, answers), equal_nan=True)


@shapes
def test_explanation_without_the_variance_is_the_same(shape: str) -> None:
    numbers = drawn(300)
    assert compile_shape(shape).explain(numbers) == pytest.approx(compile_shape(shape).run(numbers).values, abs=1e-12)


def test_compiled_model_says_in_a_line_what_it_holds() -> None:
    compiled = compile_shape("all members")
    rows, trees = len(compiled.tables.level), len(compiled.tree_tables.fit)
    sizes = f"{rows:,} rows of factors, {trees:,} tables of trees"
    assert repr(compiled) == f"<CompiledModel of {compiled.model!r}: {sizes}>"
    assert rows > trees > 0
