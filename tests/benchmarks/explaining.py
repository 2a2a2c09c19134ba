"""Explanations a second, beside those of other libraries: same machine, same rows, on one core and on all.

Without interactions the peer is EBM's `eval_terms`, which is a table a factor as ours is. With them, ours, shap and
woodelf explain the very same trees, and their values are compared; LightGBM and XGBoost explain models of that size.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier

from icp_fit.features.deal_reader import DealReader
from icp_fit.features.factors import Dimension, Factor, Profile
from icp_fit.features.profile import read_profile
from icp_fit.features.simulation.sample import sample_deals
from icp_fit.models.compiled import CompiledModel, compile_model
from icp_fit.models.explain import explain_numbers
from icp_fit.models.fit import FitClassifier
from icp_fit.models.interactions import LEAVES, InteractionsMember
from icp_fit.models.members import MEMBERS
from icp_fit.models.trees import boosted_trees

ROWS = 1_000_000
FACTORS = 28
LEARNED_FROM = 20_000
TREES = 500
BLANKS = 0.15  # share of questions that are open, where any are
SEED = 0


@dataclass(frozen=True)
class Contest:
    """Deals to learn from and to explain, and the models that explain them."""

    learned: np.ndarray
    won: np.ndarray
    rows: np.ndarray


def measure_explaining(console: Console) -> None:
    """Print rows a second of ours and of the peers, and the time from a dictionary to an explanation."""
    contest = _draw()
    answers = pd.DataFrame(contest.learned, columns=_names())
    model = FitClassifier(_profile(), random_state=SEED).fit(answers, contest.won)
    _without_interactions(console, contest, model)
    _with_interactions(console, contest, model)
    _one_deal(console)


def _without_interactions(console: Console, contest: Contest, model: FitClassifier) -> None:
    from interpret.glassbox import ExplainableBoostingClassifier

    plain = copy(model)
    plain.weights_ = model.weights_ | {"interactions": 0.0}
    ours = compile_model(plain)
    ebm = ExplainableBoostingClassifier(interactions=0, outer_bags=4, random_state=SEED, n_jobs=1)
    ebm.fit(contest.learned, contest.won)
    table = _table(f"Without interactions, {FACTORS} factors")
    mine = _race(table, "icp-fit", contest.rows, _ours(ours))
    theirs = _race(table, "EBM eval_terms", contest.rows, ebm.eval_terms)
    console.print(table)
    _print_ratio(console, "EBM eval_terms", mine, theirs, "ahead")


def _with_interactions(console: Console, contest: Contest, model: FitClassifier) -> None:
    import lightgbm
    import shap
    import xgboost
    from woodelf.explainer import WoodelfExplainer

    learned, rows = (
        model.encoder_.transform(pd.DataFrame(part, columns=_names())) for part in (contest.learned, contest.rows)
    )
    boosting = HistGradientBoostingClassifier(max_iter=TREES, max_leaf_nodes=LEAVES, early_stopping=False)
    boosting.fit(learned, contest.won)
    ours = _of_trees(model, boosting)
    explainer = shap.TreeExplainer(boosting, feature_perturbation="tree_path_dependent")
    woodelf = WoodelfExplainer(boosting, feature_perturbation="tree_path_dependent")
    gap = np.abs(_ours(ours)(contest.rows[:500]) - explainer.shap_values(rows[:500])).max()
    console.print(f"Largest difference to shap.TreeExplainer on the same trees: {gap:.1e}", highlight=False)

    shape = {"max_depth": 0, "max_leaves": LEAVES, "tree_method": "hist", "grow_policy": "lossguide"}
    gradient = xgboost.train(shape, xgboost.DMatrix(learned, contest.won), TREES)
    light = lightgbm.LGBMClassifier(n_estimators=TREES, num_leaves=LEAVES, verbose=-1).fit(learned, contest.won)
    table = _table(f"With interactions, {FACTORS} factors, {TREES} trees of {LEAVES} leaves")
    mine = _race(table, "icp-fit", contest.rows, _ours(ours))
    _race(table, f"icp-fit, {BLANKS:.0%} unanswered", _leave_blank(contest.rows[:200_000]), _ours(ours))
    tree = _race(table, "shap.TreeExplainer", rows[:2_000], explainer.shap_values)
    wood = _race(
        table,
        "woodelf",
        pd.DataFrame(rows[:100_000], columns=_names()),
        lambda rows: woodelf.shap_values(rows, verbose=False),
    )
    _race(table, "LightGBM pred_contrib", rows[:5_000], lambda rows: light.predict(rows, pred_contrib=True))
    _race(
        table,
        "XGBoost pred_contribs",
        rows[:20_000],
        lambda rows: gradient.predict(xgboost.DMatrix(rows), pred_contribs=True),
    )
    console.print(table)
    _print_ratio(console, "shap.TreeExplainer", mine, tree, "20 times")
    _print_ratio(console, "woodelf", mine, wood, "twice, per core")


def _one_deal(console: Console) -> None:
    """From a dictionary of answers to an explanation, with all members and 15% unanswered questions."""
    profile = read_profile("liferay")
    deals = sample_deals(profile, 2_500, SEED)
    closed = deals[deals["outcome"].notna()]
    compiled = compile_model(FitClassifier(profile, random_state=SEED).fit(closed, closed["outcome"] == "won"))
    reader = DealReader(profile)
    texts = closed[list(profile.factor_ids)].head(200).astype(object)
    wanted = [{k: v for k, v in deal.items() if not pd.isna(v)} for deal in texts.to_dict("records")]

    def explain_all() -> None:
        for deal in wanted:
            found = explain_numbers(compiled, reader.read(deal)[None])
            _ = found.points, found.score, found.grade, found.low, found.high

    explain_all()
    best = 1e3 * min(_seconds(explain_all) for _ in range(10)) / len(wanted)
    console.print(f"One deal, from dictionary to explanation: {best:.3f} ms (target: at most 0.3 ms)", highlight=False)


def _race(table: Table, name: str, rows: np.ndarray | pd.DataFrame, explain: Callable[..., object]) -> list[float]:
    """Rows a second of one core's time and of the clock's on all cores, the best of two runs each."""
    explain(rows[:300])  # compiling, and whatever else happens once
    with _one_core():
        rates = [len(rows) / min(_seconds(lambda: explain(rows), time.process_time) for _ in range(2))]
    rates.append(len(rows) / min(_seconds(lambda: explain(rows)) for _ in range(2)))
    table.add_row(name, f"{len(rows):,}", *(f"{rate:,.0f}" for rate in rates))
    return rates


def _seconds(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    started = clock()
    work()
    return clock() - started


@contextmanager
def _one_core() -> Iterator[None]:
    """Run on one core, whatever a library does about threads."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def _ours(compiled: CompiledModel) -> Callable[[np.ndarray], np.ndarray]:
    return compiled.explain


def _of_trees(model: FitClassifier, boosting: HistGradientBoostingClassifier) -> CompiledModel:
    """A model that consists of the given trees alone."""
    trees = boosted_trees(boosting)
    alone = copy(model)
    alone.members_ = {"interactions": InteractionsMember(trees, np.zeros(len(trees), dtype=np.intp))}
    alone.weights_ = dict.fromkeys(MEMBERS, 0.0) | {"interactions": 1.0}
    alone.encoder_ = copy(model.encoder_)
    return compile_model(alone)


def _draw() -> Contest:
    rng = np.random.default_rng(SEED)
    rows = rng.normal(size=(ROWS, FACTORS)).astype(np.float32).astype(float)
    learned = rows[:LEARNED_FROM]
    log_odds = learned[:, :8].sum(axis=1) / 2 + learned[:, 0] * learned[:, 1] - np.abs(learned[:, 9])
    return Contest(learned, rng.random(LEARNED_FROM) < expit(log_odds), rows)


def _leave_blank(rows: np.ndarray) -> np.ndarray:
    return np.where(np.random.default_rng(SEED).random(rows.shape) < BLANKS, np.nan, rows)


def _names() -> list[str]:
    return [f"factor_{j}" for j in range(FACTORS)]


def _profile() -> Profile:
    factors = tuple(Factor(name, "amount", name, f"{name}?") for name in _names())
    return Profile("race", "1", "Race", "Numbers.", 0.4, (Dimension("all", "All", "All.", factors),))


def _table(title: str) -> Table:
    table = Table("", "rows", "rows/s, one core", f"rows/s, {os.cpu_count()} cores", title=title, box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def _print_ratio(console: Console, peer: str, mine: list[float], theirs: list[float], target: str) -> None:
    one, both = (a / b for a, b in zip(mine, theirs, strict=True))
    console.print(f"{one:.1f} times {peer} on one core, {both:.1f} on all (target: {target})", highlight=False)
