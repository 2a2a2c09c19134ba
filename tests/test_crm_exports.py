"""From a CRM's export to a model that is served, by the commands of the README alone: nothing is prepared by hand."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from icp_fit.cli import app
from icp_fit.models.store_paths import StorePaths
from tests.support.crm_exports import (
    CrmDeal,
    draw_crm_deals,
    write_dynamics_workbook,
    write_hubspot_export,
    write_salesforce_report,
)
from tests.support.running_service import build_settings, run_service

DEALS = 900
# What is written only when a deal closes, or is about its course, in the words of each CRM.
LATE = {"probability", "loss_reason", "is_closed_won", "is_closed_lost", "days_to_close", "closed_lost_reason"} | {
    "status_reason",
    "actual_revenue",
}

Write = Callable[[Path, list[CrmDeal]], None]
EXPORTS: tuple[tuple[str, str, Write], ...] = (
    ("report.csv", "Stage", write_salesforce_report),
    ("all-deals.csv", "Deal Stage", write_hubspot_export),
    ("All Opportunities.xlsx", "Status", write_dynamics_workbook),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated_database: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(migrated_database, home)
    monkeypatch.setenv("ICP_FIT_HOME", str(home))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> dict[str, Any]:
    ran = CliRunner().invoke(app, [*arguments, "--json"])
    assert ran.exit_code == 0, ran.output
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize(("name", "outcome", "write"), EXPORTS, ids=["salesforce", "hubspot", "dynamics"])
def test_an_export_becomes_a_model_that_is_served(folder: Path, name: str, outcome: str, write: Write) -> None:
    deals = draw_crm_deals(DEALS)
    write(folder / name, deals)
    won, lost = sum(deal.won is True for deal in deals), sum(deal.won is False for deal in deals)

    drafted = run("profile", "init", name, "--outcome", outcome, "--open", "*", "-o", "own.toml")
    assert not LATE & set(drafted["factors"])
    own = (name, "--profile", "own.toml", "--mapping", "own.mapping.toml")
    checked = run("check", *own)
    assert (checked["deals"], checked["won"], checked["lost"], checked["rejected"]) == (DEALS, won, lost, [])
    trained = run("train", *own)
    assert trained["verdict"]["level"] in ("usable", "ready"), trained["verdict"]
    assert run("promote", "challenger")["promoted"]
    run("score", name, "-o", "scores.csv")

    scores = pd.read_csv("scores.csv", dtype={"deal_id": str})
    assert len(scores) == DEALS
    assert scores["deal_id"].is_unique
    with run_service(build_settings(StorePaths(folder / "home").folder)) as service:
        assert service.get("/model").json()["model_version"] == trained["version"]
