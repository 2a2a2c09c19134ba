"""Settings come from the environment that is passed in, and MLflow is not imported to read them."""

import subprocess
import sys

from icp_fit.training.settings import quieten_mlflow, read_settings
from tests.support.checkout import CHECKOUT


def test_settings_default_to_a_database_in_the_home() -> None:
    settings = read_settings({"ICP_FIT_HOME": "/srv/icp"})
    assert settings.tracking_uri == "sqlite:////srv/icp/mlflow.db"
    assert settings.artifact_location == "file:///srv/icp/artifacts"
    assert (settings.experiment, settings.name) == ("icp-fit", "icp-fit")


def test_settings_follow_mlflow_variables_and_leave_artifacts_to_a_server() -> None:
    environ = {"MLFLOW_TRACKING_URI": "https://mlflow.example.com", "MLFLOW_EXPERIMENT_NAME": "fit"}
    settings = read_settings(environ)
    assert (settings.tracking_uri, settings.experiment) == ("https://mlflow.example.com", "fit")
    assert settings.artifact_location is None


def test_settings_of_another_name_share_the_mlflow_database_and_nothing_else() -> None:
    settings = read_settings({"ICP_FIT_HOME": "/srv/icp", "ICP_FIT_NAME": "emea"})
    assert settings.tracking_uri == "sqlite:////srv/icp/mlflow.db"
    assert settings.artifact_location == "file:///srv/icp/names/emea/artifacts"
    assert (settings.experiment, settings.name) == ("emea", "emea")


def test_experiment_that_mlflow_names_wins() -> None:
    settings = read_settings({"ICP_FIT_NAME": "emea", "MLFLOW_EXPERIMENT_NAME": "team"})
    assert (settings.experiment, settings.name) == ("team", "emea")


def test_quieten_mlflow_yields_to_what_was_asked_for() -> None:
    environ = {"MLFLOW_LOGGING_LEVEL": "DEBUG"}
    quieten_mlflow(environ)
    assert environ["MLFLOW_LOGGING_LEVEL"] == "DEBUG"
    assert environ["MLFLOW_DISABLE_TELEMETRY"] == "true"


def test_importing_settings_imports_no_mlflow_and_prints_nothing() -> None:
    code = "import sys, icp_fit.training.settings; sys.exit('mlflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=CHECKOUT, check=True)
    assert done.stdout + done.stderr == b""
