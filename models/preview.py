"""A trained model under another profile: what each deal would score, and which deals would change grade.

The trained members stay as they are. The profile member takes the weights of the other profile, with its weight in the
stack as before, and grades begin where the other profile says. Training anew also fits the stack anew and holds the
members to the other profile's directions, so that scores move the same way, but mostly less far.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from icp_fit.features.answers import Problem, read_answers
from icp_fit.features.column_match import find_columns
from icp_fit.features.deal_reader import carry, shared_factors
from icp_fit.features.encoder import answer_numbers
from icp_fit.features.errors import DealsError
from icp_fit.features.factors import Profile
from icp_fit.features.mapping import Mapping
from icp_fit.features.money import CURRENCY, CURRENCY_SAMPLE, find_currency_column
from icp_fit.features.quoting import quoted
from icp_fit.features.sources.source import ROW
from icp_fit.features.splitting import split_table
from icp_fit.models.compiled import CompiledModel, compile_model
from icp_fit.models.fit import FitClassifier
from icp_fit.models.prior import declared_log_odds
from icp_fit.models.tables import encode_numbers

GRADES = ("A", "B", "C", "D")


@dataclass(frozen=True)
class ProfileSwap:
    """A trained model with another profile in its place.

    `centre` (factors of the other profile,) is what that adds for the average deal; `base_log_odds` where its
    explanations start.
    """

    compiled: CompiledModel
    profile: Profile
    centre: np.ndarray
    base_log_odds: float

    def values(self, numbers: np.ndarray) -> np.ndarray:
        """Log-odds by factor for deals that answer the other profile, both of shape (deals, factors).

        A question that is new adds only what the profile declares, one that is no longer asked nothing.
        """
        model, old = self.compiled.model, self.compiled.profile
        place = shared_factors(old, self.profile)
        carried = carry(numbers, self.profile, old)
        # An answer that the old profile does not have is not an open question: the members know nothing of it.
        is_new = (place < 0) | (np.isnan(carried[:, place]) & ~np.isnan(numbers))
        trained = np.where(is_new, 0.0, self.compiled.run(carried).values[:, place])
        old_declared = _centred(old, carried, model.profile_member_.centre, model.encoder_.counts_when_open)[:, place]
        counts_when_open = model.encoder_.counts_when_open[place] & (place >= 0)
        declared = _centred(self.profile, numbers, self.centre, counts_when_open)
        return trained + model.weights_["profile"] * (declared - np.where(is_new, 0.0, old_declared))

    def log_odds(self, numbers: np.ndarray) -> np.ndarray:
        """Log-odds of deals that answer the other profile, shape (deals,)."""
        return self.base_log_odds + self.values(numbers).sum(axis=1)


@dataclass(frozen=True)
class Preview:
    """What a change of the profile would do to deals.

    `counts` says how many deals go from which grade (rows) to which (columns). `moves` has a row for each deal that
    changes grade, the largest move first: its `row` (the source's number), its `deal_id` and `name` where the table has
    them, `old_score`, `new_score`, `old_grade`, `new_grade`, and `points`, the difference before scores are rounded.
    `problems` are answers that the other profile cannot use, which it takes as unanswered. `evidence_share` is the
    part of the score's variation that comes from deals and stays.
    """

    old: Profile
    new: Profile
    counts: pd.DataFrame
    moves: pd.DataFrame
    problems: tuple[Problem, ...]
    evidence_share: float

    @property
    def n_deals(self) -> int:
        return int(self.counts.to_numpy().sum())


def preview_profile(model: FitClassifier, new: Profile, deals: pd.DataFrame, mapping: Mapping | None = None) -> Preview:
    """Say which deals would change grade under another profile.

    `deals` has one column a factor of either profile, by its id, typed or as cells that `mapping` helps to read. What a
    profile cannot use is unanswered in its scores.
    """
    compiled = compile_model(model)
    old = compiled.profile
    answers, _ = read_answers(old, deals, mapping=mapping)
    new_answers, problems = read_answers(new, deals, deals.get("deal_id"), mapping)
    now = compiled.log_odds(answer_numbers(old, answers))
    then = swap_profile(compiled, new).log_odds(answer_numbers(new, new_answers))
    named = deals[[name for name in ("deal_id", "name") if name in deals]]
    rows = deals.index.to_numpy() if deals.index.name == ROW else np.arange(1, len(deals) + 1)
    problems = [replace(problem, row=int(rows[problem.row - 1])) for problem in problems]
    table = named.assign(row=rows, old_score=_scores(now), new_score=_scores(then))
    table["old_grade"] = table["old_score"].map(old.grades.grade)
    table["new_grade"] = table["new_score"].map(new.grades.grade)
    table["points"] = 100 * (expit(then) - expit(now))
    moves = table[table["old_grade"] != table["new_grade"]]
    return Preview(
        old=old,
        new=new,
        counts=pd.crosstab(table["old_grade"], table["new_grade"]).reindex(
            index=list(GRADES), columns=list(GRADES), fill_value=0
        ),
        moves=moves.sort_values("points", key=abs, ascending=False, kind="stable"),
        problems=tuple(problems),
        evidence_share=model.evidence_share_,
    )


def find_cells(table: pd.DataFrame, profiles: Sequence[Profile], mapping: Mapping | None = None) -> pd.DataFrame:
    """The columns of a source that any of the profiles asks for, by our names; raises DealsError where it has none."""
    columns: dict[str, str] = {}
    mapping = mapping or Mapping()
    table = split_table(table, mapping)
    for profile in profiles:
        columns |= find_columns(table, profile, mapping)
    factor_ids = {factor_id for profile in profiles for factor_id in profile.factor_ids}
    if not factor_ids.intersection(columns):
        named = " or ".join(dict.fromkeys(f"`{profile.name}`" for profile in profiles))
        has = f"The table has the columns {quoted([str(name) for name in table], 30)}."
        raise DealsError(
            f"No column is a factor of profile {named}. {has} Say in a mapping, in [columns], which is which."
        )
    if currency := find_currency_column(table.head(CURRENCY_SAMPLE), mapping):
        columns[CURRENCY] = currency
    return pd.DataFrame({ours: table[theirs] for ours, theirs in columns.items()})


def swap_profile(compiled: CompiledModel, new: Profile) -> ProfileSwap:
    """A trained model as it would be if its profile were another one."""
    model = compiled.model
    share = model.profile_strength / (model.profile_strength + model.n_deals_)
    moved = logit(new.win_rate) - logit(compiled.profile.win_rate)
    return ProfileSwap(compiled, new, _centre(model, new), compiled.base_log_odds + share * float(moved))


def declared_contributions(profile: Profile, numbers: np.ndarray) -> np.ndarray:
    """The experts' log-odds for each answer, zero where there is none, shape (deals, factors).

    As `models.prior.profile_contributions`, for numbers, and without a model that has an encoder for them.
    """
    encoded = encode_numbers(np.array([factor.is_number for factor in profile.factors]), numbers)
    return np.nan_to_num(declared_log_odds(profile.factors, encoded))


def _centred(profile: Profile, numbers: np.ndarray, centre: np.ndarray, counts_when_open: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(numbers) & ~counts_when_open, 0.0, declared_contributions(profile, numbers) - centre)


def _centre(model: FitClassifier, new: Profile) -> np.ndarray:
    """What the other profile adds for the average deal trained on, shape (factors,); zero for new questions.

    The centre moves by as much as the mean over the evidence does, with a typical answer for each group: exactly, but
    for numbers, and not at all where the profile says the same as before.
    """
    old, evidence = model.profile_, model.evidence_
    typical = np.array(list(zip_longest(*evidence.typical, fillvalue=np.nan)))
    deals = np.array(list(zip_longest(*evidence.deals, fillvalue=0)))
    carried = carry(typical, old, new)
    place = shared_factors(old, new)
    counted = np.where(np.isnan(carried), 0, deals[:, place])
    then = (counted * declared_contributions(new, carried)).sum(axis=0) / (counted.sum(axis=0) + model.profile_strength)
    now = (deals * declared_contributions(old, typical)).sum(axis=0) / (deals.sum(axis=0) + model.profile_strength)
    return np.where(place < 0, 0.0, model.profile_member_.centre[place] + (then - now[place]))


def _scores(log_odds: np.ndarray) -> np.ndarray:
    return np.rint(100 * expit(log_odds)).astype(int)
