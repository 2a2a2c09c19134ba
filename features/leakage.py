"""Leakage: factors that could only be answered once the outcome was known, and must not be trained on.

What is all but certain is blocking. What an honest factor may look like too is only reported.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc
from scipy.stats import rankdata

from icp_fit.features.cells.dates import read_dates
from icp_fit.features.deals import Deals
from icp_fit.features.errors import LeakageError
from icp_fit.features.factors import Factor, Profile
from icp_fit.features.groups import find_shortage
from icp_fit.features.missingness import SIGNIFICANCE, association_p, find_missingness
from icp_fit.features.univariate_screen import UnivariateScreen, build_screen

LEAST_DEALS = 20  # to compare numbers in; fewer prove nothing
TOO_GOOD = 0.90  # AUC of a single factor
SIGNAL, SIGNAL_ERRORS = 0.55, 4  # AUC that is more than chance, and by how many standard errors
ONE_SIDED = 0.02  # of the other outcome's share of answers
ENOUGH_ZEROS = 50  # deals of either outcome: what a tenth of the lost deals have, 50 lack by chance in 1 of 200 tables
UNROUND = 0.10  # win rate between unround and round sums of like size
OVERLAP = 0.25  # of the differences in roundness, among sums of like size
JAGGED = 0.03  # AUC that exact values add to ranges
NEAR_COPY = 0.90  # variance of ranks that two numbers share

_AFTER_THE_FACT = re.compile(
    r"\b(?:elapsed|closing|closed|close date|won|lost|loss|outcome|forecast|win probability|total days"
    r"|(sales|deal|opportunity) stage|stage changes?|days (in|open|since|to close)|time (in|to close)"
    r"|last (\w+ )?(activity|contact|modified|update))\b"
)


@dataclass(frozen=True)
class Leak:
    """A factor under suspicion; `evidence` is a sentence with figures, a `blocking` leak must be allowed by name."""

    column: str
    kind: str
    evidence: str
    blocking: bool


def find_leaks(deals: Deals, profile: Profile) -> list[Leak]:
    """What the closed deals and the names of the factors say against them, blocking leaks first.

    Where `find_unchecked` says that the deals are too few, only what the profile itself says is found.
    """
    closed = deals.closed
    if closed.table.empty:
        return []
    factors = [factor for factor in profile.factors if closed.table[factor.id].notna().any()]
    leaks = [
        Leak(factor.id, "known at close", f"`{factor.id}` is known only at close, says the profile.", True)
        for factor in factors
        if factor.known_at == "close"
    ]
    if not find_shortage(closed.won.to_numpy(bool)):
        screen = build_screen(closed)
        leaks += [leak for factor in factors for leak in _suspicions(factor, screen)]
        leaks += _near_copies([factor for factor in factors if factor.is_number], screen, leaks)
    return sorted(leaks, key=lambda leak: not leak.blocking)


def find_unchecked(deals: Deals) -> str | None:
    """Why these deals cannot be checked for leakage, and what to do, in sentences; None where they can."""
    shortage = find_shortage(deals.closed.won.to_numpy(bool))
    return None if shortage is None else f"Whether a question is leakage could not be checked: {shortage}"


def check_leaks(leaks: Collection[Leak], allowed: Collection[str] = ()) -> None:
    """Raise LeakageError with the evidence of each blocking leak whose column is not allowed."""
    refused = [leak for leak in leaks if leak.blocking and leak.column not in allowed]
    if refused:
        columns = list(dict.fromkeys(leak.column for leak in refused))
        evidence = "\n".join(leak.evidence for leak in refused)
        allow = " ".join(f"--allow {name}" for name in columns)
        raise LeakageError(
            f"{evidence}\nA model must not be trained on what is known only during or after the sale. Remove these "
            f"factors from the profile, or allow what was known before: {allow}"
        )


def _suspicions(factor: Factor, screen: UnivariateScreen) -> Iterator[Leak]:
    answers = screen.table[factor.id]
    blank = answers.isna().to_numpy()
    auc = screen.auc(answers)
    is_signal = auc >= SIGNAL and auc - 0.5 >= SIGNAL_ERRORS * screen.auc_error()
    if auc >= TOO_GOOD:
        evidence = f"`{factor.id}` alone tells won from lost with an AUC of {auc:.2f}, hardly by honest means."
        yield Leak(factor.id, "predicts alone", evidence, True)
    if word := _AFTER_THE_FACT.search(factor.label.lower()) or _AFTER_THE_FACT.search(factor.id.replace("_", " ")):
        evidence = (
            f'`{factor.id}` is named like what is written during a sale ("{word[0]}"); alone its AUC is {auc:.2f}.'
        )
        yield Leak(factor.id, "named after the fact", evidence, is_signal)
    yield from _one_outcome_only(factor, "answered", ~blank, screen.won)
    if auc < TOO_GOOD and (factor.is_number or factor.kind == "yes_no"):
        yield from _zero_in_one_outcome(factor, answers, screen.won)
    yield from _late_dates(factor, screen.table)
    if factor.is_number:
        yield from _round_numbers(factor, answers, screen.won)
        if is_signal:
            yield from _exact_values(factor, auc, screen)
    if missingness := find_missingness(blank, screen.won):
        yield Leak(factor.id, "missingness predicts", f"`{factor.id}` {missingness}.", False)


def _one_outcome_only(factor: Factor, word: str, has: np.ndarray, won: np.ndarray) -> Iterator[Leak]:
    """What hardly any deal of one outcome has; `has` is of shape (deals,)."""
    in_won, in_lost = has[won].mean(), has[~won].mean()
    if min(in_won, in_lost) < ONE_SIDED * max(in_won, in_lost) and association_p(has, won) < SIGNIFICANCE:
        evidence = f"`{factor.id}` is {word} in {in_won:.1%} of won and {in_lost:.1%} of lost deals."
        yield Leak(factor.id, "one outcome only", evidence, True)


def _zero_in_one_outcome(factor: Factor, answers: pd.Series, won: np.ndarray) -> Iterator[Leak]:
    """Zero or no for all deals of one outcome, as a CRM fills in what was never reached."""
    answered = answers.notna().to_numpy()
    has, won = (answers[answered] != 0).to_numpy(bool), won[answered]
    if min(won.sum(), (~won).sum()) >= ENOUGH_ZEROS:
        yield from _one_outcome_only(factor, "other than 0" if factor.is_number else "yes", has, won)


def _late_dates(factor: Factor, table: pd.DataFrame) -> Iterator[Leak]:
    """Answers that are dates themselves, such as 20260131, and lie after the deal's close."""
    if "closed_on" not in table or factor.kind == "yes_no":
        return
    answers = table[factor.id].dropna()
    if factor.is_number:
        if not answers.between(19_000_101, 21_001_231).all():
            return
        answers = answers.astype("int64")
    dates = read_dates(answers.astype("str"))
    late = int((dates > table.loc[answers.index, "closed_on"]).sum())
    if dates.notna().mean() > 0.5 and late > 0.01 * len(answers):
        evidence = f"`{factor.id}` holds dates, {late:,} of {len(answers):,} of which are after the close."
        yield Leak(factor.id, "dates after the close", evidence, True)


def _round_numbers(factor: Factor, answers: pd.Series, won: np.ndarray) -> Iterator[Leak]:
    """Sums that were estimated are round; those corrected to what was sold are not. Compared among like sizes."""
    compared = ((answers >= 100) & ((answers % 100 != 0) | (answers % 1000 == 0))).to_numpy()
    unround, sold = (answers[compared] % 100 != 0).to_numpy(), won[compared]
    if answers.median() < 1000 or min(unround.sum(), (~unround).sum()) < LEAST_DEALS:
        return
    size = pd.qcut(rankdata(answers[compared]), 10, labels=False, duplicates="drop")
    unround_within, sold_within = _within(unround, size), _within(sold, size)
    covariance, variance = unround_within @ sold_within, unround_within @ unround_within
    if variance < OVERLAP * len(unround) * unround.var():
        return  # the size of the sum explains it
    p = chdtrc(1, len(unround) * covariance**2 / (variance * (sold_within @ sold_within) + 1e-9))
    if abs(covariance / variance) >= UNROUND and p < SIGNIFICANCE:
        rates = f"{sold[unround].mean():.0%} where it is no multiple of 100 ({unround.sum():,} deals)"
        rates += f", {sold[~unround].mean():.0%} where it is one of 1,000 ({(~unround).sum():,})"
        evidence = f"`{factor.id}` looks corrected at the close: the win rate is {rates}."
        yield Leak(factor.id, "round numbers", evidence, True)


def _within(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """How far each value is from the mean of its group."""
    means = np.bincount(groups, values) / np.bincount(groups)
    return np.asarray(values - means[groups])


def _exact_values(factor: Factor, auc: float, screen: UnivariateScreen) -> Iterator[Leak]:
    """What is known beforehand acts smoothly; deals that were closed in batches share their exact values."""
    by_ranges = screen.auc(screen.table[factor.id], leaves=8)
    if auc - by_ranges >= JAGGED:
        evidence = (
            f"`{factor.id}` predicts by its exact values (AUC {auc:.2f}) beyond its ranges (AUC {by_ranges:.2f})."
        )
        yield Leak(factor.id, "exact values", evidence, False)


def _near_copies(factors: list[Factor], screen: UnivariateScreen, leaks: list[Leak]) -> Iterator[Leak]:
    """Numbers that say the same as how long the sale took, or as a number that is a leak itself."""
    blocked = {leak.column for leak in leaks if leak.blocking}
    originals = {f"the leak `{factor.id}`": screen.table[factor.id] for factor in factors if factor.id in blocked}
    if {"created_on", "closed_on"} <= set(screen.table):
        originals["the days from creation to close"] = (screen.table["closed_on"] - screen.table["created_on"]).dt.days
    for factor in (factor for factor in factors if factor.id not in blocked):
        for original, numbers in originals.items():
            correlation = _rank_correlation(screen.table[factor.id], numbers)
            if correlation**2 >= NEAR_COPY:
                evidence = f"`{factor.id}` says the same as {original} (rank correlation {correlation:.2f})."
                yield Leak(factor.id, "near copy", evidence, True)
                break


def _rank_correlation(one: pd.Series, other: pd.Series) -> float:
    """Spearman's rank correlation of the deals that have both, not a number where they are few or all alike."""
    ranks = pd.concat([one, other], axis=1).dropna().rank()
    return float(ranks.corr(min_periods=LEAST_DEALS).to_numpy()[0, 1])
