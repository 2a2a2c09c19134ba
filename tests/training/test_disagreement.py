"""Where deals disagree with the profile it is found and named; where they agree nothing is made up."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from icp_fit.features.answers import check_answers
from icp_fit.features.encoder import AnswerEncoder
from icp_fit.features.factors import Dimension, Factor, Profile
from icp_fit.training.disagreement import FALSE_FINDINGS, LearnedWeight, weigh_factors

WEIGHTS = {"reversed": 0.5, "idle": 0.5, "strong": 0.3, "weak": 1.0, "right": 0.5, "lower_is_better": 0.5}
VALUES = ("bank", "retail", "state")
WEIGHED = tuple(
    Factor(name, "yes_no", name, "Is it?", direction="down" if name == "lower_is_better" else "up", weight=weight)
    for name, weight in WEIGHTS.items()
)
UNWEIGHED = (
    Factor("size", "amount", "Size", "How large?"),
    Factor("rank", "ordinal", "Rank", "Which?", levels=("low", "middle", "top"), direction="up"),
    Factor("noise", "count", "Noise", "How much?"),
    Factor("industry", "category", "Industry", "Which?", values=VALUES),
)
DIMENSIONS = (Dimension("asked", "Asked", "Weighed.", WEIGHED), Dimension("unasked", "Unasked", "Not.", UNWEIGHED))
PROFILE = Profile("planted", "1", "Planted", "For tests.", 0.4, DIMENSIONS)
# What one step of each position does in truth.
PLANTED = {
    "reversed": -0.5,
    "strong": 1.0,
    "weak": 0.4,
    "right": 0.5,
    "lower_is_better": 0.5,
    "size": 0.8,
    "rank": -0.5,
}


def draw(law: dict[str, float], count: int, seed: int, blank: float = 0.15) -> tuple[pd.DataFrame, np.ndarray]:
    """Answers with blanks, and outcomes by a law on positions; banks win more where the law names the industry."""
    rng = np.random.default_rng(seed)
    common = rng.random(count)
    columns: dict[str, pd.Series] = {}
    log_odds = np.full(count, -0.4)
    for name in WEIGHTS:
        yes = rng.random(count) < 0.25 + 0.5 * common  # answers go together, as in real deals
        columns[name] = pd.Series(yes).astype("boolean")
        position = (2 * yes - 1) * (-1 if name == "lower_is_better" else 1)
        log_odds += law.get(name, 0.0) * position
    size, rank, industry = rng.normal(size=count), rng.integers(0, 3, count), rng.integers(0, 3, count)
    log_odds += law.get("size", 0.0) * size / 1.645 + law.get("rank", 0.0) * (rank - 1)
    log_odds += law.get("industry", 0.0) * (industry == 0)
    columns["size"] = pd.Series(np.exp(11 + size))
    columns["rank"] = pd.Series(np.array(["low", "middle", "top"])[rank])
    columns["noise"] = pd.Series(rng.poisson(3, count).astype(float))
    columns["industry"] = pd.Series(np.array(VALUES)[industry])
    answers = pd.DataFrame({name: column.mask(rng.random(count) < blank) for name, column in columns.items()})
    return answers, (rng.random(count) < expit(log_odds)).astype(float)


def weigh(
    answers: pd.DataFrame, won: np.ndarray, accounts: np.ndarray | None = None, profile: Profile = PROFILE
) -> dict[str, LearnedWeight]:
    typed = check_answers(profile, answers)
    accounts = np.arange(len(won)) if accounts is None else accounts
    return {weight.factor: weight for weight in weigh_factors(AnswerEncoder(profile).fit(typed), typed, won, accounts)}


@cache
def planted(count: int = 6_000, seed: int = 0) -> dict[str, LearnedWeight]:
    return weigh(*draw(PLANTED | {"industry": 0.8}, count, seed))


@pytest.mark.parametrize(
    ("factor", "finding"),
    [
        ("reversed", "points the other way"),
        ("idle", "no effect found"),
        ("strong", "stronger than declared"),
        ("weak", "weaker than declared"),
        ("right", "agrees"),
        ("lower_is_better", "agrees"),
        ("size", "matters without a weight"),
        ("rank", "points the other way"),
        ("industry", "matters without a weight"),
        ("noise", "no effect found"),
    ],
)
def test_what_was_planted_is_found(factor: str, finding: str) -> None:
    assert planted()[factor].finding == finding


def test_learned_weight_is_on_the_scale_of_the_declared_one() -> None:
    for factor in WEIGHTS:
        learned = planted()[factor].learned
        assert learned.low < learned.value < learned.high
        assert learned.value == pytest.approx(PLANTED.get(factor, 0.0), abs=0.12)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    held = [
        found[factor].learned.low <= PLANTED.get(factor, 0.0) <= found[factor].learned.high
        for found in (weigh(*draw(PLANTED, 1_000, seed, blank=0.0)) for seed in range(20))
        for factor in WEIGHTS
    ]
    assert 0.88 <= np.mean(held) <= 0.99


def test_disagreements_come_first_and_the_surest_before_others() -> None:
    found = list(planted().values())
    disagree = [weight.disagrees for weight in found]
    assert disagree == sorted(disagree, reverse=True)
    chances = [weight.chance for weight in found if weight.disagrees]
    assert chances == sorted(chances)
    assert not planted()["noise"].disagrees


def test_category_names_the_better_value_first() -> None:
    industry = planted()["industry"]
    assert industry.values[0] == "bank"
    assert industry.learned.low > 0


@pytest.mark.parametrize("count", [60, 300, 3_000])
def test_law_equal_to_the_profile_is_no_disagreement(count: int) -> None:
    named = [sum(w.disagrees for w in weigh(*draw(WEIGHTS, count, seed)).values()) for seed in range(8)]
    assert sum(named) <= 1


def is_significant(weight: LearnedWeight) -> bool:
    """Whether the finding says that the weight differs from the declared one beyond chance."""
    if weight.declared:
        return weight.finding not in ("agrees", "too few deals to tell")
    return weight.finding in ("matters without a weight", "points the other way")


def test_factor_that_differs_by_chance_of_a_twentieth_is_no_disagreement_among_ten() -> None:
    """Outcomes follow the profile: of 400 comparisons some 20 have p below .05, each a false alarm by itself."""
    found = [w for seed in range(40) for w in weigh(*draw(WEIGHTS, 300, seed, blank=0.0)).values()]
    assert sum(w.chance < FALSE_FINDINGS for w in found) >= 10
    assert sum(is_significant(w) for w in found) <= 4


def test_significant_are_those_that_benjamini_and_hochberg_name() -> None:
    """The largest k of m with p(k) <= k/m .05 and all before it, worked out by hand, in tables with and without any."""
    counts = []
    for seed in range(12):
        found = sorted(weigh(*draw(PLANTED, 250, seed)).values(), key=lambda weight: weight.chance)
        passes = [w.chance <= FALSE_FINDINGS * k / len(found) for k, w in enumerate(found, start=1)]
        significant = max((k for k, passed in enumerate(passes, start=1) if passed), default=0)
        assert [is_significant(w) for w in found] == [k < significant for k in range(len(found))]
        counts.append(significant)
    assert 0 < min(counts) < max(counts) < 10


def test_category_pays_for_each_pair_of_values_that_is_compared() -> None:
    """Without an effect the most different of three pairs has p below .05 no more often than one in twenty."""
    chances = [weigh(*draw({}, 400, seed, blank=0.0))["industry"].chance for seed in range(100)]
    assert np.mean(np.array(chances) < 0.05) <= 0.06
    assert max(chances) == 1.0


def test_too_few_deals_say_so() -> None:
    found = weigh(*draw(PLANTED, 40, 1))
    assert {found[factor].finding for factor in WEIGHTS} == {"too few deals to tell"}


@pytest.mark.parametrize("count", [1, 2, 5])
def test_any_number_of_deals_can_be_weighed(count: int) -> None:
    found = weigh(*draw(PLANTED, count, 1))
    assert all(np.isfinite(weight.learned.value) for weight in found.values())
    assert not any(weight.disagrees for weight in found.values())


def test_deals_of_one_account_are_one_piece_of_evidence() -> None:
    answers, won = draw(PLANTED, 400, 2)
    many, copied = pd.concat([answers] * 10, ignore_index=True), np.tile(won, 10)
    alone, together = weigh(many, copied), weigh(many, copied, np.tile(np.arange(400), 10))
    for factor in WEIGHTS:
        widths = [found[factor].learned.high - found[factor].learned.low for found in (alone, together)]
        assert widths[1] > 2 * widths[0]


def test_finding_never_contradicts_its_interval() -> None:
    for weight in [w for seed in range(5) for w in planted(800, seed).values()]:
        low, high = weight.learned.low, weight.learned.high
        if weight.finding in ("stronger than declared", "weaker than declared"):
            assert not low <= weight.declared <= high
            assert low > 0
        if weight.finding == "points the other way":
            assert high < 0
        if weight.finding == "no effect found":
            assert low <= 0 <= high
        if weight.finding == "matters without a weight":
            assert not low <= 0 <= high
        if weight.finding == "agrees":
            assert 0 < low <= weight.declared <= high


def test_what_is_known_only_at_close_is_not_weighed() -> None:
    first, *others = PROFILE.dimensions[1].factors
    hidden = replace(PROFILE.dimensions[1], factors=(replace(first, known_at="close"), *others))
    profile = replace(PROFILE, dimensions=(PROFILE.dimensions[0], hidden))
    assert "size" not in weigh(*draw(PLANTED, 100, 0), profile=profile)
