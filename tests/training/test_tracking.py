"""What MLflow keeps of a training: enough to see what was done, to use the model there, and to compare it later."""

import json
from dataclasses import replace
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from mlflow.entities import Run

from icp_fit.features.errors import DealsError
from icp_fit.features.mapping import Mapping, read_mapping
from icp_fit.training.settings import TrainingSettings
from icp_fit.training.tracking import log_training, open_client, plain_answers
from tests.support.training_runs import build_deals, build_profile, build_training, fit_hundred_deals


@pytest.fixture
def client(settings: TrainingSettings) -> MlflowClient:
    return open_client(settings)


def run_of(client: MlflowClient) -> Run:
    """The run of the first version."""
    return client.get_run(str(client.get_model_version("icp-fit", "1").run_id))


def dataset_of(run: Run) -> dict[str, str]:
    (logged,) = run.to_dictionary()["inputs"]["dataset_inputs"]
    return dict(logged["dataset"])


def test_training_is_registered_as_the_challenger_without_a_word(
    settings: TrainingSettings, client: MlflowClient, capfd: pytest.CaptureFixture[str]
) -> None:
    versions = [log_training(build_training(), settings) for _ in range(2)]
    assert versions == ["1", "2"]
    assert capfd.readouterr() == ("", "")
    challenger = client.get_model_version_by_alias("icp-fit", "challenger")
    assert str(challenger.version) == "2"
    assert challenger.tags == {"verdict": "usable", "log_loss": "0.6", "deals": "400", "profile": "demo 1"}


def test_run_keeps_metrics_data_and_files(settings: TrainingSettings, client: MlflowClient, tmp_path: Path) -> None:
    mapping = Mapping(columns={"portal": "Kundenportal?"})
    log_training(replace(build_training(), mapping=mapping, plots={"reliability": Figure()}), settings)
    run = run_of(client)
    assert run.data.params == {"seed": "0"}
    assert run.data.metrics == {"accuracy.log_loss.value": 0.6}
    data = dataset_of(run)
    assert data["name"] == "deals.csv"
    assert json.loads(data["profile"]) == {"deals": 400, "rejected": 1}
    folder = Path(client.download_artifacts(run.info.run_id, "", str(tmp_path)))
    assert json.loads((folder / "metrics.json").read_text())["segments"] == [1, 2]
    assert read_mapping(folder / "mapping.toml") == mapping
    assert (folder / "card.md").read_text() == "# A card\n"
    assert (folder / "plots" / "reliability.png").stat().st_size > 0
    assert pd.read_csv(folder / "rejected.csv")["reason"].tolist() == ["The outcome is unknown."]


def test_run_keeps_no_password(settings: TrainingSettings, client: MlflowClient) -> None:
    log_training(replace(build_training(), source="postgresql://crm:secret@db.example.com/deals"), settings)
    data = dataset_of(run_of(client))
    assert json.loads(data["source"]) == {"read_from": "postgresql://crm:***@db.example.com/deals"}
    assert data["name"] == "deals"


def test_logged_model_predicts_probabilities_from_plain_and_typed_answers(
    settings: TrainingSettings, client: MlflowClient
) -> None:
    model, deals = fit_hundred_deals(), build_deals(100)
    log_training(replace(build_training(), model=model), settings)
    expected = model.predict_proba(deals.answers)
    served, loaded = (flavour.load_model("models:/icp-fit@challenger") for flavour in (mlflow.pyfunc, mlflow.sklearn))
    plain = plain_answers(build_profile(), deals.answers)
    np.testing.assert_allclose(served.predict(plain), expected)
    np.testing.assert_allclose(served.predict(served.input_example), model.predict_proba(served.input_example))
    np.testing.assert_allclose(loaded.predict_proba(deals.answers), expected)
    assert served.predict(plain[["portal", "industry", "amount"]]).shape == (100, 2)
    with pytest.raises(DealsError, match="4 of the 5 questions"):
        served.predict(plain[["portal"]])


def test_interrupted_training_registers_nothing(
    settings: TrainingSettings, client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mlflow.sklearn, "log_model", lambda *args, **kwargs: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        log_training(build_training(), settings)
    assert client.search_model_versions("name='icp-fit'") == []
    assert mlflow.active_run() is None


def test_files_lie_in_the_home(settings: TrainingSettings, client: MlflowClient, tmp_path: Path) -> None:
    log_training(build_training(), settings)
    assert Path(download_artifacts(artifact_uri="models:/icp-fit/1")).is_relative_to(settings.store_paths.folder)
    assert {path.name for path in settings.store_paths.folder.iterdir()} == {"mlflow.db", "artifacts"}
