"""Example deals for any profile: accounts and their deals, answers with gaps, outcomes, and what is true of them."""

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from icp_fit.features.factors import Profile
from icp_fit.features.mapping import Mapping
from icp_fit.features.simulation.parameters import derive_simulator, fixed_random
from icp_fit.features.simulation.simulator import (
    QUARTERS,
    AnswerDistribution,
    FloatArray,
    Integers,
    Simulator,
    draw_answers,
    draw_traits,
)
from icp_fit.features.simulation.true_probability import win_probability_shown

FIRST_DAY = np.datetime64("2022-10-01")
DAYS = 1096  # until the day of the export

_OWNERS = ("Ana Ruiz", "Ben Okafor", "Chloe Martin", "Dev Patel", "Elif Kaya", "Finn Larsen", "Grace Kim", "Hugo Braun")
_FIRST_NAMES = (
    "Alder", "Beacon", "Cedar", "Delta", "Ember", "Falcon", "Granite", "Harbor", "Iris", "Juniper", "Keystone",
    "Lumen", "Meridian", "North", "Orchard", "Pioneer", "Quarry", "River", "Summit", "Tidal", "Union", "Vista",
)  # fmt: skip
_LAST_NAMES = (
    "Alliance", "and Sons", "Associates", "Company", "Group", "Holdings", "International", "Partners", "United",
)  # fmt: skip


def sample_deals(profile: Profile, rows: int, seed: int, truth: bool = False) -> pd.DataFrame:
    """Example deals that answer the profile's questions, oldest first, about one in ten of them still open.

    The simulator follows from the profile alone: `simulation.parameters.derive_simulator` says what agrees with the
    profile and what contradicts it. Deals of an account share its segment, its categories and most of its traits. Which
    answers are missing depends on the question, on the owner and on how far the deal got, never on answers or outcome.

    With `truth`, two columns more: `true_win_probability`, given the quarter and the answers that the table shows,
    which is the best that anybody can predict from a deal's row; and `true_win_probability_all_answers`, given also the
    answers that were never asked for, from which the outcome was drawn.
    """
    simulator = derive_simulator(profile)
    random = np.random.default_rng(seed)
    account = _accounts(rows, random)
    owner = _owners(account, random)
    created = np.sort(random.integers(DAYS, size=rows))
    # How long a deal takes does not depend on its end, so that the open ones are like the others.
    duration = np.ceil(random.lognormal(np.log(85), 0.7, size=rows)).astype(int)
    elapsed = np.minimum(1.0, (DAYS - created) / duration)
    quarter = created * QUARTERS // DAYS

    steps = _draw_steps(simulator, account, quarter, random)
    answered = ~_draw_missingness(simulator, owner, random.random(rows) * elapsed, random)
    win_probability = expit(simulator.log_odds(steps, quarter))
    won = random.random(rows) < win_probability

    deals = pd.DataFrame(
        {
            "deal_id": _numbered("D-", np.arange(1, rows + 1)),
            "account_id": _numbered("A-", account + 1),
            "name": _names(account),
            "owner": pd.Series(_OWNERS).iloc[owner].array,
            "created_on": _dates(created),
            "closed_on": _dates(created + duration).where(elapsed >= 1),
            "outcome": pd.Series(np.where(won, "won", "lost"), dtype="str").where(elapsed >= 1),
        }
    )
    shown = np.where(answered, steps, -1)
    answers = {answer.factor.id: _typed(answer, step) for answer, step in zip(simulator.answers, shown, strict=True)}
    if truth:
        answers["true_win_probability"] = win_probability_shown(simulator, shown, quarter, seed)
        answers["true_win_probability_all_answers"] = win_probability
    return pd.concat([deals, pd.DataFrame(answers, index=deals.index)], axis=1)


def as_crm(deals: pd.DataFrame, profile: Profile, mapping: Mapping) -> pd.DataFrame:
    """Example deals as a CRM exports them: its names of columns, its words, whole numbers without a point.

    With a plain `Mapping()` the names and words are our own.
    """
    cells = {column: _as_written(deals[column], mapping) for column in deals}
    return pd.DataFrame(cells, index=deals.index).rename(columns=mapping.rename(profile))


def _as_written(answers: pd.Series, mapping: Mapping) -> pd.Series:
    spellings = mapping.spellings(str(answers.name))
    if answers.name == "outcome":
        return answers.fillna("").replace(spellings)
    if pd.api.types.is_float_dtype(answers):
        return answers.convert_dtypes()
    if pd.api.types.is_datetime64_dtype(answers):
        return pd.Series(answers.dt.strftime(_strftime(mapping.date_format_of(str(answers.name)))))
    if pd.api.types.is_bool_dtype(answers):
        answers = answers.map({True: "yes", False: "no"}, na_action="ignore")
    return answers.astype("str").replace(spellings)


def _strftime(date_format: str) -> str:
    return date_format if "%" in date_format else "%Y-%m-%d"


def _accounts(rows: int, random: np.random.Generator) -> Integers:
    """Each deal's account, numbered as they appear; some accounts have many deals, most have one or two."""
    accounts = rows // 2 + 1
    return pd.factorize((accounts * random.random(rows) ** 1.6).astype(int))[0]


def _owners(account: Integers, random: np.random.Generator) -> Integers:
    """Each deal's owner: the one of its account, or now and then a colleague who stands in."""
    usual = random.integers(len(_OWNERS), size=len(account))[account]
    return np.where(random.random(len(account)) < 0.1, random.integers(len(_OWNERS), size=len(account)), usual)


def _draw_steps(simulator: Simulator, account: Integers, quarter: Integers, random: np.random.Generator) -> Integers:
    """The steps that answer each question, before any is left out: shape (answers, deals)."""
    deals = len(account)
    segment = random.choice(len(simulator.segments), p=simulator.segments, size=deals)[account]
    shape = (len(simulator.traits), deals)
    usual = random.random(shape)[:, account]
    traits = draw_traits(
        simulator, segment, quarter, np.where(random.random(shape) < 0.75, usual, random.random(shape))
    )
    steps = draw_answers(simulator, segment, traits, random)
    _, first_deal = np.unique(account, return_index=True)
    for i, answer in enumerate(simulator.answers):
        if answer.factor.kind == "category":
            steps[i] = steps[i, first_deal[account]]
    return steps


def _draw_missingness(
    simulator: Simulator, owner: Integers, progress: FloatArray, random: np.random.Generator
) -> np.ndarray:
    """Which questions stay open, shape (answers, deals): the more, the less tidy the owner and the younger the deal."""
    untidiness = np.array([fixed_random(name, "owner").normal(scale=0.5) for name in _OWNERS])[owner]
    usual = logit([answer.unanswered for answer in simulator.answers])
    chance = expit(usual[:, None] + untidiness + 1 - 2 * progress)
    return np.asarray(random.random(chance.shape) < chance)


def _typed(answer: AnswerDistribution, steps: Integers) -> pd.arrays.BooleanArray | pd.Categorical | FloatArray:
    """Answers as the profile's schema wants them; step -1 is no answer."""
    factor = answer.factor
    if factor.kind == "yes_no":
        return pd.arrays.BooleanArray(steps == 1, steps < 0)
    if factor.is_number:
        return np.append(answer.steps, np.nan)[steps]
    dtype = pd.CategoricalDtype(list(factor.choices), ordered=factor.kind == "ordinal")
    return pd.Categorical.from_codes(steps, dtype=dtype)


def _dates(days: Integers) -> pd.Series:
    return pd.Series(FIRST_DAY + days).astype("datetime64[us]")


def _numbered(prefix: str, numbers: Integers) -> pd.Series:
    return prefix + pd.Series(numbers).astype("str").str.zfill(5)


def _names(account: Integers) -> pd.Series:
    """Such as "Cedar Group, deal 2"; names repeat from the 199th account on, as ids do not."""
    pairs = np.array([f"{first} {last}" for first in _FIRST_NAMES for last in _LAST_NAMES], dtype=object)
    count = pd.Series(account).groupby(account).cumcount() + 1
    return pd.Series(pairs[account * 7 % len(pairs)], dtype="str") + ", deal " + count.astype("str")
