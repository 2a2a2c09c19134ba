"""Inputs as people have them, by the commands alone: a draft, a check of the table, and scores by the mapping kept."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from icp_fit.cli import app
from icp_fit.features.mapping import read_mapping
from icp_fit.features.profile import read_profile
from icp_fit.models.fit import fit_nothing
from tests.support.cases import CASES, Case
from tests.support.champions import install_champion


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ICP_FIT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def run(*arguments: object) -> dict[str, Any]:
    ran = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    assert ran.exit_code == 0, ran.output
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.folder)
def test_a_case_is_drafted_checked_and_scored(home: Path, case: Case) -> None:
    words = [*(f"--won={word}" for word in case.won), *(f"--lost={word}" for word in case.lost)]
    drafted = run("profile", "init", case.train_file, "--outcome", case.outcome, *words, "--open=*", "-o", "own.toml")
    checked = run("check", case.train_file, "--profile", "own.toml", "--mapping", "own.mapping.toml")
    assert (checked["won"], checked["lost"], checked["deals"]) == case.counts
    assert checked["rejected"] == []
    assert len(checked["skipped"]) == case.skipped
    assert not any(leak["blocking"] for leak in checked["leaks"])

    install_champion(home, "7", fit_nothing(read_profile("own.toml")), mapping=read_mapping("own.mapping.toml"))
    scored = run("score", case.file, "-o", "scores.csv")
    scores = pd.read_csv("scores.csv", dtype={"deal_id": str})
    assert len(scores) == scored["deals"]
    assert scores["deal_id"].is_unique
    explained = run("explain", case.file, "--deal", scores["deal_id"].iloc[0])
    assert explained["score"] == scores["score"].iloc[0]
    assert set(drafted["factors"]) <= set(read_profile("own.toml").factor_ids)


@pytest.mark.parametrize(
    ("folder", "says"),
    [("money-currency-column", "JPY"), ("money-two-signs", "¥")],
)
def test_sums_in_several_currencies_are_told(home: Path, folder: str, says: str) -> None:
    drafted = run("profile", "init", Case(folder).file, "--outcome", "Stage", "-o", "own.toml")
    assert says in drafted["ignored_columns"]["Amount"]
    assert any("[currency]" in note for note in drafted["notes"])
    plain = Case("money-code-before").file
    run("profile", "init", plain, "--outcome", "Stage", "-o", "plain.toml")
    refused = CliRunner().invoke(
        app, ["check", str(Case(folder).file), "--profile", "plain.toml", "--mapping", "plain.mapping.toml"]
    )
    assert refused.exit_code == 2
    assert "currenc" in refused.output


def test_stages_that_the_shipped_mapping_lacks_are_told_with_the_lines_to_add(home: Path) -> None:
    case = Case("shipped-mapping-many-stages", outcome="StageName")
    refused = CliRunner().invoke(app, ["check", str(case.file), "--mapping", "salesforce"])
    assert refused.exit_code == 2
    for word in ("Closed Lost to Competition", "Disqualified", "Closed Won - Renewal"):
        assert word in refused.output


def test_a_word_that_the_model_never_saw_is_unanswered_and_told_or_refused(home: Path) -> None:
    case = Case("score-unseen-category", table="train.csv", scored="open.csv")
    run("profile", "init", case.train_file, "--outcome", "Stage", "--open=*", "-o", "own.toml")
    install_champion(home, "7", fit_nothing(read_profile("own.toml")), mapping=read_mapping("own.mapping.toml"))
    scored = run("score", case.file, "-o", "scores.csv")
    assert "Public" in json.dumps(scored["unseen"])
    refused = CliRunner().invoke(app, ["score", str(case.file), "-o", "strict.csv", "--strict"])
    assert refused.exit_code == 2
    assert "Public" in refused.output
    assert not Path("strict.csv").exists()
