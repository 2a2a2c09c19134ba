"""Fixtures: an MLflow database of one's own, copied because migrating a new one takes seconds."""

import os
import shutil
from pathlib import Path

import pytest

from icp_fit.models.store_paths import StorePaths
from icp_fit.training.settings import TrainingSettings, quieten_mlflow

os.environ["LOKY_MAX_CPU_COUNT"] = "1"  # tests run side by side already
quieten_mlflow()  # before anything imports MLflow

# Whole files and folders that `make test-quick` leaves out: browsers, builds, other processes and real trainings.
SLOW = (
    "tests/features/simulation",
    "tests/features/test_leakage",
    "tests/models/test_bundle",
    "tests/models/test_change.py",
    "tests/models/test_fit.py",
    "tests/models/test_members.py",
    "tests/models/test_preview.py",
    "tests/serving/access/test_access.py",
    "tests/serving/api/test_openapi.py",
    "tests/serving/api/test_table_requests.py",
    "tests/serving/batch",
    "tests/serving/http",
    "tests/serving/pages",
    "tests/serving/scoring",
    "tests/serving/store",
    "tests/serving/test_server.py",
    "tests/serving/test_service.py",
    "tests/test_cases_by_command.py",
    "tests/test_cli",
    "tests/test_crm_exports.py",
    "tests/test_notebooks.py",
    "tests/test_odd_files.py",
    "tests/test_readme.py",
    "tests/test_tutorial.py",
    "tests/training/test_card.py",
    "tests/training/test_disagreement.py",
    "tests/training/test_evaluation",
    "tests/training/test_learned_effects.py",
    "tests/training/test_names",
    "tests/training/test_plots.py",
    "tests/training/test_registry.py",
    "tests/training/test_report",
    "tests/training/test_tracking.py",
    "tests/training/test_verdict",
    "tests/wheel",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(SLOW):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from icp_fit.training.tracking import open_client

    folder = tmp_path_factory.mktemp("migrated")
    open_client(TrainingSettings(StorePaths(folder), f"sqlite:///{folder / 'mlflow.db'}")).search_experiments()
    return folder / "mlflow.db"


@pytest.fixture
def settings(tmp_path: Path, migrated_database: Path, monkeypatch: pytest.MonkeyPatch) -> TrainingSettings:
    """Settings of a home of one's own, with an empty database."""
    folder = tmp_path / "home"
    folder.mkdir()
    shutil.copy(migrated_database, folder)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")  # MLflow sets it to what it was last told
    return TrainingSettings(StorePaths(folder), f"sqlite:///{folder / 'mlflow.db'}")
