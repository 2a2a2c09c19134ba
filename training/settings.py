"""Where training stores what it makes: settings read from the environment, once, at the edge.

Nothing here imports MLflow, so that the command line can read its settings, and quieten MLflow, before the import.
"""

import os
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass

from icp_fit.models.store_paths import DEFAULT_NAME, StorePaths, find_model_store, find_store_paths, read_name

_DEFAULTS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # `--json` promises one object there and nothing else
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "4",  # half a minute; else a server that is down is waited for four
}


@dataclass(frozen=True)
class TrainingSettings:
    """`experiment` holds the runs, `name` is the registered model's, under which versions are registered."""

    store_paths: StorePaths
    tracking_uri: str
    experiment: str = DEFAULT_NAME
    name: str = DEFAULT_NAME

    @property
    def artifact_location(self) -> str | None:
        """Where a new experiment stores its files; a tracking server decides for itself."""
        is_database = self.tracking_uri.startswith(("sqlite:", "postgresql", "mysql", "mssql"))
        return (self.store_paths.folder / "artifacts").as_uri() if is_database else None


def read_settings(environ: Mapping[str, str] = os.environ) -> TrainingSettings:
    """Read `ICP_FIT_HOME`, `ICP_FIT_NAME`, `MLFLOW_TRACKING_URI` and `MLFLOW_EXPERIMENT_NAME`; raises SettingsError.

    All names of a model store share its MLflow database, as they would share a server.
    """
    name = read_name(environ)
    return TrainingSettings(
        store_paths=find_store_paths(environ),
        tracking_uri=environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{find_model_store(environ) / 'mlflow.db'}",
        experiment=environ.get("MLFLOW_EXPERIMENT_NAME") or name,
        name=name,
    )


def quieten_mlflow(environ: MutableMapping[str, str] = os.environ) -> None:
    """Turn off MLflow's telemetry, bars, notices and long waits, unless asked for. Call it before MLflow's import."""
    for name, value in _DEFAULTS.items():
        environ.setdefault(name, value)
