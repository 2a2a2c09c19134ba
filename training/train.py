"""The way from a table of deals to a registered model: read, check for leakage, evaluate, fit, register."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.text import Text

from icp_fit.features.deals import Deals, read_deals
from icp_fit.features.factors import Profile
from icp_fit.features.leakage import Leak, check_leaks, find_leaks
from icp_fit.features.listing import describe_deals
from icp_fit.features.mapping import Mapping
from icp_fit.models.fit import FitClassifier
from icp_fit.training.card import build_card
from icp_fit.training.evaluation import Evaluation, evaluate, fit_classifier
from icp_fit.training.holdout import build_holdout
from icp_fit.training.learned_effect_plots import plot_learned_effects
from icp_fit.training.learned_effects import LearnedEffects, measure_learned_effects
from icp_fit.training.plots import plot_evaluation
from icp_fit.training.progress import ReportProgress, silent
from icp_fit.training.report import build_report
from icp_fit.training.settings import TrainingSettings, read_settings
from icp_fit.training.splits import account_codes, date_column
from icp_fit.training.tracking import TrainingRun, log_training, open_client
from icp_fit.training.verdict import Verdict, judge

# Part of the work that is evaluation; the rest is fitting the registered model, and registering it.
EVALUATION = 0.8
WIDTH = 100


@dataclass(frozen=True)
class TrainingResult:
    """What a training run returns; `folder` holds the report, and the rejected rows."""

    version: str
    folder: Path
    model: FitClassifier
    deals: Deals
    leaks: list[Leak]
    evaluation: Evaluation
    verdict: Verdict
    learned_effects: LearnedEffects

    def report(self) -> RenderableType:
        """What a data scientist reads in the terminal."""
        return Group(
            self._report(),
            f"Registered as version {self.version}, the challenger. `icp-fit promote {self.version}` makes it champion "
            "if it is good enough.",
            Text(f"Saved in {self.folder}: {', '.join(sorted(path.name for path in self.folder.iterdir()))}"),
        )

    def write(self) -> None:
        """Save the report, and beside it the rows that were rejected or are no deals, with their reasons."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "report.txt").open("w", encoding="utf-8") as file:
            Console(file=file, width=WIDTH, force_jupyter=False).print(self._report())
        for name, rows in (("rejected", self.deals.rejected), ("skipped", self.deals.skipped)):
            if len(rows):
                rows.to_csv(self.folder / f"{name}.csv", index=False)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "version": self.version,
            "folder": str(self.folder),
            "verdict": self.verdict.to_dict(),
            "evaluation": self.evaluation.to_dict(),
            "learned_effects": self.learned_effects.to_dict(),
            "deals": describe_deals(self.deals, self.leaks),
        }

    def _report(self) -> RenderableType:
        return build_report(self.evaluation, self.verdict, self.deals, self.leaks, self.learned_effects)


def train(
    source: str | Path,
    profile: Profile,
    settings: TrainingSettings | None = None,
    *,
    mapping: Mapping | None = None,
    query: str | None = None,
    sheet: str | None = None,
    max_rejected: float = 0.05,
    allowed: Collection[str] = (),
    seed: int = 0,
    progress: ReportProgress = silent,
) -> TrainingResult:
    """Train on a table of deals, evaluate on held-out ones, and register the model as challenger.

    Raises DealsError, MappingError or LeakageError, before anything is written, where the table cannot be used, and
    RegistryError, before anything is fitted, where MLflow does not answer.
    """
    settings = settings or read_settings()
    progress("Reading deals", 0.0)
    deals = sort_by_date(read_deals(source, profile, mapping, query=query, sheet=sheet, max_rejected=max_rejected))
    leaks = find_leaks(deals, profile)
    check_leaks(leaks, allowed)
    open_client(settings)  # what takes minutes to fit must find a place to be stored

    evaluation = evaluate(deals, profile, seed=seed, progress=lambda step, done: progress(step, EVALUATION * done))
    progress(f"Training on all {len(deals.closed.table):,} deals", EVALUATION)
    model = fit_model(deals.closed, profile, seed)
    evaluation = evaluation.with_model(model)
    verdict, learned_effects = judge(evaluation), measure_learned_effects(model, deals.closed)

    progress("Registering the model", 0.95)
    training = _training(model, deals, evaluation, verdict, learned_effects, str(source), seed)
    version = log_training(training, settings)
    folder = settings.store_paths.folder / "reports" / f"version-{version}"
    result = TrainingResult(version, folder, model, deals, leaks, evaluation, verdict, learned_effects)
    result.write()
    progress("Done", 1.0)
    return result


def sort_by_date(deals: Deals) -> Deals:
    """The deals from oldest to newest, where their dates are known, so that a part by position spans all of time."""
    date = date_column(deals.table)
    if date is None:
        return deals
    return replace(deals, table=deals.table.sort_values(date, kind="stable").reset_index(drop=True))


def fit_model(closed: Deals, profile: Profile, seed: int) -> FitClassifier:
    """The registered model: fitted to all deals in the way that the evaluated one was to a part of them."""
    date = date_column(closed.table)
    return fit_classifier(profile, seed)(
        closed.answers,
        closed.won.to_numpy(float),
        account_codes(closed.table) if "account_id" in closed.table else None,
        closed.table[date].to_numpy() if date else None,
    )


def _training(
    model: FitClassifier,
    deals: Deals,
    evaluation: Evaluation,
    verdict: Verdict,
    learned_effects: LearnedEffects,
    source: str,
    seed: int,
) -> TrainingRun:
    closed = deals.closed
    evaluated, rows = evaluation.evaluated_model, evaluation.holdout_rows
    assert isinstance(evaluated, FitClassifier)
    return TrainingRun(
        model=model,
        deals=closed,
        holdout=build_holdout(closed, rows, evaluation.log_odds, evaluated, evaluation.training_rows),
        metrics=evaluation.to_dict() | {"verdict": verdict.to_dict(), "learned_effects": learned_effects.to_dict()},
        log_loss=evaluation.accuracy["model"].log_loss.value,
        verdict=verdict.level,
        card=build_card(evaluation, verdict, learned_effects),
        source=source,
        mapping=deals.mapping,
        parameters={"seed": seed, "profile_strength": model.profile_strength},
        plots=plot_evaluation(evaluation) | plot_learned_effects(learned_effects),
    )
