"""Where training keeps what it makes: settings read from the environment, once, at the edge.

Nothing here imports MLflow, so that the command line can read its settings, and quieten MLflow, before the import.
"""

import os
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass

from icp_fit.models.store_paths import StorePaths, find_store_paths

_DEFAULTS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # `--json` promises one object there and nothing else
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "4",  # half a minute; else a server that is down is waited for four
}


@dataclass(frozen=True)
class TrainingSettings:
    """`experiment` holds the runs, `model` is the name that versions are registered under."""

    store_paths: StorePaths
    tracking_uri: str
    experiment: str = "icp-fit"
    model: str = "icp-fit"

    @property
    def artifact_location(self) -> str | None:
        """Where a new experiment keeps its files; a tracking server decides for itself."""
        is_database = self.tracking_uri.startswith(("sqlite:", "postgresql", "mysql", "mssql"))
        return (self.store_paths.folder / "artifacts").as_uri() if is_database else None


def read_settings(environ: Mapping[str, str] = os.environ) -> TrainingSettings:
    """Read `ICP_FIT_HOME`, `MLFLOW_TRACKING_URI` (default: SQLite in the home) and `MLFLOW_EXPERIMENT_NAME`."""
    store_paths = find_store_paths(environ)
    return TrainingSettings(
        store_paths=store_paths,
        tracking_uri=environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{store_paths.folder / 'mlflow.db'}",
        experiment=environ.get("MLFLOW_EXPERIMENT_NAME") or "icp-fit",
    )


def quieten_mlflow(environ: MutableMapping[str, str] = os.environ) -> None:
    """Turn off MLflow's telemetry, bars, notices and long waits, unless asked for. Call it before MLflow's import."""
    for name, value in _DEFAULTS.items():
        environ.setdefault(name, value)
