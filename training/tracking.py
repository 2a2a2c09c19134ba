"""One training run in MLflow: what went in, what came out, and the model, registered as the challenger.

The version is registered last: a run that was killed leaves nothing that could be promoted.
"""

import json
from collections.abc import Mapping as Named
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mlflow
import mlflow.sklearn
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, Metric, Param
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema, TensorSpec
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from icp_fit.features.deals import Deals
from icp_fit.features.factors import Profile
from icp_fit.features.mapping import Mapping, write_mapping
from icp_fit.features.profile import write_profile
from icp_fit.features.sources.source import reason_of
from icp_fit.models.bundle import MAPPING, PROFILE, TRUSTED_TYPES
from icp_fit.models.fit import FitClassifier
from icp_fit.training.errors import RegistryError
from icp_fit.training.holdout import Holdout, table_digest, write_holdout
from icp_fit.training.settings import TrainingSettings

CHALLENGER, CHAMPION = "challenger", "champion"
METRICS, HOLDOUT = "metrics.json", "holdout"
REQUIREMENTS = ("numpy", "pandas", "pandera", "pydantic", "scikit-learn", "scipy", "skops")
_TYPES = {"yes_no": DataType.boolean, "count": DataType.double, "amount": DataType.double}


@dataclass(frozen=True)
class TrainingRun:
    """All that is logged of a training run.

    `model` was trained on all of `deals`, which are closed. `metrics` is the evaluation as plain JSON, `log_loss` its
    headline on the holdout; `card` is Markdown. `source` says where the deals were read from, `mapping` how.
    """

    model: FitClassifier
    deals: Deals
    holdout: Holdout
    metrics: Named[str, Any]
    log_loss: float
    verdict: str
    card: str
    source: str
    mapping: Mapping = field(default_factory=Mapping)
    parameters: Named[str, object] = field(default_factory=dict)
    plots: Named[str, Figure] = field(default_factory=dict)


def log_training(training: TrainingRun, settings: TrainingSettings) -> str:
    """Log a run, register its model as the challenger, and return the version that it got."""
    client = open_client(settings)
    with mlflow.start_run(experiment_id=_experiment(client, settings)) as run:
        run_id = run.info.run_id
        parameters = [Param(name, str(value)) for name, value in training.parameters.items()]
        metrics = [Metric(name, value, 0, 0) for name, value in _numbers(training.metrics)]
        client.log_batch(run_id, metrics=metrics, params=parameters)
        client.log_inputs(run_id, [DatasetInput(_dataset(training))])
        with TemporaryDirectory() as folder:
            _write_artifacts(training, Path(folder))
            client.log_artifacts(run_id, folder)
        model_uri = _log_model(training)
    return _register(client, settings.name, training, run_id, model_uri)


def open_client(settings: TrainingSettings) -> MlflowClient:
    """A client of the tracking server or database, which MLflow's own functions then use too.

    Raises RegistryError where it does not answer.
    """
    settings.store_paths.folder.mkdir(parents=True, exist_ok=True)
    mlflow.set_tracking_uri(settings.tracking_uri)
    try:
        client = MlflowClient(settings.tracking_uri)
        client.search_registered_models(max_results=1)
    except (MlflowException, SQLAlchemyError, ImportError) as error:
        shown = _without_password(settings.tracking_uri)
        reason = reason_of(error).replace(settings.tracking_uri, shown)
        raise RegistryError(
            f"MLflow at `{shown}` does not answer: {reason}. Start it, or correct MLFLOW_TRACKING_URI."
        ) from error
    return client


def plain_answers(profile: Profile, answers: pd.DataFrame) -> pd.DataFrame:
    """Typed answers as MLflow's schema has them: True, False, floats and text, with None where unanswered."""
    plain = answers[list(profile.factor_ids)].astype(object)
    plain = plain.where(plain.notna(), None)
    numbers = {factor.id: float for factor in profile.factors if factor.is_number}
    return plain.astype(numbers)


def _experiment(client: MlflowClient, settings: TrainingSettings) -> str:
    found = client.get_experiment_by_name(settings.experiment)
    if found is not None:
        return str(found.experiment_id)
    return str(client.create_experiment(settings.experiment, artifact_location=settings.artifact_location))


def _numbers(metrics: Named[str, Any], prefix: str = "") -> list[tuple[str, float]]:
    """Every number of nested metrics, under its dotted name; lists are left to the JSON."""
    found: list[tuple[str, float]] = []
    for name, value in metrics.items():
        if isinstance(value, Named):
            found += _numbers(value, f"{prefix}{name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found.append((f"{prefix}{name}", float(value)))
    return found


def _dataset(training: TrainingRun) -> Dataset:
    table, source = training.deals.table, _without_password(training.source)
    columns = {"columns": {name: str(dtype) for name, dtype in table.dtypes.items()}}
    return Dataset(
        name=Path(source).name,
        digest=table_digest(table),
        source_type="deals",
        source=json.dumps({"read_from": source}),
        schema=json.dumps(columns),
        profile=json.dumps({"deals": len(table), "rejected": len(training.deals.rejected)}),
    )


def _without_password(source: str) -> str:
    return make_url(source).render_as_string(hide_password=True) if "://" in source else source


def _write_artifacts(training: TrainingRun, folder: Path) -> None:
    (folder / METRICS).write_text(json.dumps(training.metrics, indent=2, allow_nan=False))
    (folder / "card.md").write_text(training.card)
    (folder / PROFILE).write_text(write_profile(training.model.profile_), encoding="utf-8")
    (folder / MAPPING).write_text(write_mapping(training.mapping), encoding="utf-8")
    training.deals.rejected.to_csv(folder / "rejected.csv", index=False)
    write_holdout(training.holdout, folder / HOLDOUT)
    (folder / "plots").mkdir()
    for name, figure in training.plots.items():
        figure.savefig(folder / "plots" / f"{name}.png", dpi=90)


def _log_model(training: TrainingRun) -> str:
    profile = training.model.profile_
    inputs: list[ColSpec | TensorSpec] = [
        ColSpec(_TYPES.get(f.kind, DataType.string), f.id, required=False) for f in profile.factors
    ]
    info = mlflow.sklearn.log_model(
        training.model,
        name="model",
        signature=ModelSignature(Schema(inputs), Schema([TensorSpec(np.dtype("float64"), (-1, 2))])),
        input_example=plain_answers(profile, training.deals.answers.head(5)),
        pip_requirements=[f"{package}=={version(package)}" for package in REQUIREMENTS],
        pyfunc_predict_fn="predict_proba",
        skops_trusted_types=list(TRUSTED_TYPES),
    )
    return str(info.model_uri)


def _register(client: MlflowClient, name: str, training: TrainingRun, run_id: str, model_uri: str) -> str:
    if not client.search_registered_models(f"name='{name}'"):
        client.create_registered_model(name)
    profile = training.model.profile_
    tags = {
        "verdict": training.verdict,
        "log_loss": repr(training.log_loss),
        "deals": str(len(training.deals.table)),
        "profile": f"{profile.name} {profile.version}",
    }
    registered = client.create_model_version(name, source=model_uri, run_id=run_id, tags=tags)
    client.set_registered_model_alias(name, CHALLENGER, registered.version)
    return str(registered.version)
