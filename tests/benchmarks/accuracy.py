"""Accuracy on real deals, on the folds of the peers, beside the log loss that each peer reached on them.

The data lies beside the project, in `../shared`, and is never copied into it. The peers' figures are those that its
README gives; `../shared/peers/accuracy.py` measures them again.
"""

import importlib.util
import time
from pathlib import Path
from types import ModuleType

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.metrics import brier_score_loss, roc_auc_score

from icp_fit.features.deals import read_deals
from icp_fit.features.mapping import read_mapping
from icp_fit.features.profile import read_profile
from icp_fit.models.fit import FitClassifier
from tests.support.checkout import SHARED

PROFILES = Path(__file__).parent / "profiles"
TARGETS = {"salvirt": (0.526, 0.517), "xeducation": (0.468, 0.4654), "ibm": (0.458, 0.4557)}
IN_TIME = ("xeducation",)  # rows in the order in which leads came
PEERS = {
    "base rate": (0.6955, 0.6668, 0.5343),
    "logistic regression (one-hot, CV penalty)": (0.5230, 0.4861, 0.4852),
    "random forest": (0.5248, 0.4800, None),
    "HistGradientBoosting, defaults": (0.6263, 0.4865, 0.4561),
    "HistGradientBoosting, 8 leaves": (0.5709, 0.4723, 0.4575),
    "HistGradientBoosting, additive": (0.5407, 0.4654, 0.4652),
    "EBM, defaults": (0.5963, 0.4681, 0.4572),
    "EBM, no interactions": (0.5364, 0.4658, 0.4639),
    "CatBoost": (0.5674, 0.4697, 0.4557),
    "LightGBM": (0.6131, 0.4724, 0.4562),
    "AutoGluon best_quality": (0.5398, 0.4658, None),
}


def measure_accuracy(console: Console) -> None:
    """Print a table of log losses: ours, each peer's, and the targets."""
    if not (SHARED / "data").is_dir():
        console.print(f"Skipped: the real deals are not at {SHARED / 'data'}.")
        return
    peers = read_peers()
    ours = {name: _measure(peers, name, console) for name in TARGETS}
    table = Table("log loss, lower is better", *TARGETS, box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for peer, losses in PEERS.items():
        table.add_row(peer, *("" if loss is None else f"{loss:.4f}" for loss in losses))
    table.add_row("[bold]icp-fit", *(f"[bold]{loss:.4f}" for loss in ours.values()))
    table.add_row("target, at most", *(f"{target:.4f}" for target, _ in TARGETS.values()))
    table.add_row("aim, at most", *(f"{aim:.4f}" for _, aim in TARGETS.values()))
    console.print(table)


def read_set(
    peers: ModuleType, name: str
) -> tuple[FitClassifier, object, np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
    """An unfitted model with the set's profile, the typed answers, the outcomes and the folds."""
    table, won, folds = getattr(peers, name)()
    profile = read_profile(PROFILES / f"{name}.toml")
    mapping = read_mapping(PROFILES / f"{name}.mapping.toml")
    deals = read_deals(table, profile, mapping, outcome_required=False)
    assert len(deals.table) == len(table), deals.rejected
    return FitClassifier(profile), deals.answers, won, folds


def _measure(peers: ModuleType, name: str, console: Console) -> float:
    model, answers, won, folds = read_set(peers, name)
    figures, losses = [], np.full((len(folds), len(won)), np.nan)
    for at, (train, test) in enumerate(folds):
        started = time.perf_counter()
        model.fit(answers.iloc[train], won[train], dates=train if name in IN_TIME else None)
        seconds = time.perf_counter() - started
        p = model.predict_proba(answers.iloc[test])[:, 1]
        losses[at, test] = -np.where(won[test], np.log(p), np.log1p(-p))
        figures.append((losses[at, test].mean(), roc_auc_score(won[test], p), brier_score_loss(won[test], p), seconds))
    loss, auc, brier, seconds = np.mean(figures, axis=0)
    judged = np.nanmean(losses[:, ~np.isnan(losses).all(axis=0)], axis=0)
    error = judged.std() / np.sqrt(len(judged))
    console.print(
        f"{name}: {len(won):,} deals, {len(folds)} folds; log loss {loss:.4f} (standard error over deals {error:.4f}), "
        f"AUC {auc:.4f}, Brier {brier:.4f}, {seconds:.1f} s a fit",
        highlight=False,
    )
    return float(loss)


def read_peers() -> ModuleType:
    spec = importlib.util.spec_from_file_location("peers_accuracy", SHARED / "peers" / "accuracy.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
