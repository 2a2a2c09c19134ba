"""How many questions it takes until a deal's score is that of all its answers, by what is asked first.

The answers of deals that were held out are hidden and then shown one at a time. After how many do the scores differ by
less than two points, on average over deals, from those with every answer? Asking in our order is held against asking
in random order and in the fixed order of the profile's weights. Ours is found anew after each answer, from the answers
shown so far. A question that nobody answered is asked in no order.
"""

from collections.abc import Callable, Iterator

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.special import expit

from icp_fit.features.answers import check_answers
from icp_fit.features.encoder import answer_numbers
from icp_fit.features.profile import read_profile
from icp_fit.models.compiled import CompiledModel, compile_model
from icp_fit.models.fit import FitClassifier
from icp_fit.models.questions import rank_questions
from tests.benchmarks.accuracy import SHARED, read_peers, read_set
from tests.benchmarks.learning import draw_closed

CLOSE = 2.0  # points
HELD_OUT = 100
RANDOM_ORDERS = 5
SIZES = {2_000: 2, 10_000: 1}  # example deals to learn from, and how often they are drawn
FOLDS = 2  # of salvirt

Worth = Callable[[np.ndarray], np.ndarray]  # of the open questions of a deal, (factors,) to (factors,)


def measure_questions(console: Console) -> None:
    """Print how many questions each order needs on example deals and on salvirt, and the targets."""
    table = Table("learned from", "answers", "random", "by weight", "ours", "of random", "of by weight", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for size, times in SIZES.items():
        table.add_row(f"{size:,} example deals", *_row(_example(size, seed) for seed in range(times)))
    if (SHARED / "data").is_dir():
        table.add_row("salvirt", *_row(_salvirt(fold) for fold in range(FOLDS)))
    else:
        console.print(f"Without salvirt: the real deals are not at {SHARED / 'data'}.")
    table.add_row("target, at most", "", "", "", "", "60%", "100%")
    console.print(f"Questions until the scores of deals held out are within {CLOSE:g} points of those with all answers")
    console.print(table)


def _row(held_out: Iterator[tuple[CompiledModel, np.ndarray]]) -> Iterator[str]:
    answers, by_chance, by_weight, ours = np.mean([_measure(compiled, full) for compiled, full in held_out], axis=0)
    yield from (f"{count:.1f}" for count in (answers, by_chance, by_weight, ours))
    yield from (f"{ours / other:.0%}" for other in (by_chance, by_weight))


def _measure(compiled: CompiledModel, full: np.ndarray) -> tuple[float, float, float, float]:
    """The answers of a deal, and the questions needed in random order, by weight and in ours."""
    weight = np.array([factor.weight for factor in compiled.profile.factors])
    by_chance = [_needed(compiled, full, _random_worth(seed)) for seed in range(RANDOM_ORDERS)]
    return (
        (~np.isnan(full)).sum(axis=1).mean(),
        float(np.mean(by_chance)),
        _needed(compiled, full, lambda shown: weight),
        _needed(compiled, full, lambda shown: _our_worth(compiled, shown)),
    )


def _needed(compiled: CompiledModel, full: np.ndarray, worth: Worth) -> int:
    """After how many answers, those worth most first, deals (deals, factors) have about the scores that all give."""
    shown = np.full_like(full, np.nan)
    scores = 100 * expit(compiled.log_odds(full))
    for asked in range(full.shape[1]):
        if np.abs(100 * expit(compiled.log_odds(shown)) - scores).mean() < CLOSE:
            return asked
        for seen, answers in zip(shown, full, strict=True):
            hidden = np.isnan(seen) & ~np.isnan(answers)
            if hidden.any():
                best = np.where(hidden, worth(seen), -np.inf).argmax()
                seen[best] = answers[best]
    return full.shape[1]


def _random_worth(seed: int) -> Worth:
    rng = np.random.default_rng(seed)
    return lambda shown: rng.random(len(shown))


def _our_worth(compiled: CompiledModel, shown: np.ndarray) -> np.ndarray:
    worth = np.zeros(len(shown))
    for question in rank_questions(compiled, shown, compiled.model.latent_classes_):
        worth[question.position] = question.value_of_information
    return worth


def _example(size: int, seed: int) -> tuple[CompiledModel, np.ndarray]:
    """A model of example deals, and the numbers of newer ones."""
    profile = read_profile("liferay")
    deals = draw_closed(profile, size + HELD_OUT, seed)
    old, new = deals.iloc[:size], deals.iloc[size:]
    model = FitClassifier(profile, random_state=seed)
    model.fit(old, old["outcome"] == "won", groups=old["account_id"], dates=old["closed_on"])
    return compile_model(model), answer_numbers(profile, check_answers(profile, new))


def _salvirt(fold: int) -> tuple[CompiledModel, np.ndarray]:
    model, answers, won, folds = read_set(read_peers(), "salvirt")
    train, test = folds[fold]
    model.fit(answers.iloc[train], won[train])
    return compile_model(model), answer_numbers(model.profile_, answers.iloc[test])
