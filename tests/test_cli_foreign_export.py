"""From a German export to a served model: its mapping is named once, in training, and never again."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

from icp_fit.cli import app
from icp_fit.features.mapping import read_mapping, write_mapping
from icp_fit.models.bundle import load_bundle
from tests.support.running_service import build_settings, run_service


def draw_export(count: int = 260, still_open: int = 40, seed: int = 3) -> pd.DataFrame:
    """Deals as a German CRM exports them, the last of them open."""
    rng = np.random.default_rng(seed)
    won, is_open = rng.random(count) < 0.4, np.arange(count) >= count - still_open
    created = (pd.Timestamp("2024-01-03") + pd.to_timedelta(np.sort(rng.integers(0, 500, count)), unit="D")).to_series()
    closed = created + pd.to_timedelta(rng.integers(20, 120, count), unit="D")
    amount = rng.lognormal(10.5, 0.8, count) * (1 + 0.5 * won)
    return pd.DataFrame(
        {
            "Vorgangs-Nr.": [f"V-{i:04}" for i in range(count)],
            "Angelegt am": created.dt.strftime("%d.%m.%Y").to_numpy(),
            "Abgeschlossen am": np.where(is_open, "", closed.dt.strftime("%d.%m.%Y")),
            "Phase": np.where(is_open, "Angebot", np.where(won, "Gewonnen", "Verloren")),
            "Kundenportal": np.where(rng.random(count) < 0.2 + 0.6 * won, "ja", "nein"),
            "Anzahl Systeme": rng.poisson(3 + 4 * won),
            "Auftragswert": [f"{sum_:,.2f} €".translate(str.maketrans(",.", ".,")) for sum_ in amount],
            "Branche": rng.choice(["Handel", "Bank", "Behörde"], count),
        }
    )


def write(table: pd.DataFrame, path: Path) -> Path:
    table.to_csv(path, sep=";", index=False, encoding="cp1252")
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def must(*arguments: object) -> Any:
    """What a command prints with --json."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, migrated_database: Path) -> Iterator[Path]:
    """A model store whose champion was trained on the export, by the commands alone."""
    folder = tmp_path_factory.mktemp("export")
    (folder / "home").mkdir()
    (folder / "home" / "mlflow.db").write_bytes(migrated_database.read_bytes())
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ICP_FIT_HOME", str(folder / "home"))
        environment.delenv("MLFLOW_TRACKING_URI", raising=False)
        table, profile, mapping = write(draw_export(), folder / "train.csv"), folder / "own.toml", "own.mapping.toml"
        words = ["--won", "Gewonnen", "--lost", "Verloren", "--open", "Angebot"]
        must("profile", "init", table, "--outcome", "Phase", *words, "-o", profile)
        drafted = read_mapping(folder / mapping)
        dates = {"created_on": "Angelegt am", "closed_on": "Abgeschlossen am"}
        dated = replace(drafted, columns={**drafted.columns, **dates})
        (folder / mapping).write_text(write_mapping(dated), encoding="utf-8")
        must("train", table, "--profile", profile, "--mapping", folder / mapping)
        must("promote", 1, "--force")
        (folder / mapping).unlink()
        yield folder


@pytest.fixture
def still_open(home: Path) -> Path:
    return write(draw_export().tail(40), home / "open.csv")


def test_model_keeps_the_mapping_with_the_formats_that_were_found(home: Path) -> None:
    kept = load_bundle(home / "home" / "champion").mapping
    assert kept.columns["deal_id"] == "Vorgangs-Nr."
    assert (kept.decimal, kept.currency.unit) == (",", "EUR")
    assert "%d.%m.%Y" in str(kept.date_format)


def test_commands_read_the_export_without_being_told_how(home: Path, still_open: Path) -> None:
    checked = must("check", home / "train.csv")
    assert (checked["deals"], checked["rejected"], checked["model_version"]) == (260, [], "1")
    scored = must("score", still_open, "-o", home / "scores.csv")
    assert (scored["deals"], scored["absent_factors"], scored["unseen"]) == (40, [], [])
    scores = pd.read_csv(home / "scores.csv").set_index("deal_id")
    assert must("explain", still_open, "--deal", "V-0225")["score"] == scores["score"]["V-0225"]
    previewed = must("profile", "preview", home / "own.toml", still_open)
    assert (previewed["deals"], previewed["moves"], previewed["unusable_answers"]) == (40, [], [])


def test_service_reads_the_export_without_being_told_how(home: Path, still_open: Path) -> None:
    must("score", still_open, "-o", home / "scores.csv")
    with run_service(build_settings(home / "home")) as service:
        said = service.client.post("/batch", content=still_open.read_bytes(), headers={"Content-Type": "text/csv"})
        assert said.status_code == 200, said.text
        told = said.json()
        assert {deal["deal_id"]: deal["score"] for deal in told["predictions"]} == pd.read_csv(
            home / "scores.csv"
        ).set_index("deal_id")["score"].to_dict()
        rows = pd.read_csv(still_open, sep=";", encoding="cp1252", dtype=str, keep_default_na=False)
        again = service.post("/batch", {"rows": rows.to_dict("records")}).json()
        assert [deal["score"] for deal in again["predictions"]] == [deal["score"] for deal in told["predictions"]]
        rows["Angelegt am"] = "2025-13-77"
        undated = service.post("/batch", {"rows": rows.to_dict("records")}).json()
        assert [deal["score"] for deal in undated["predictions"]] == [deal["score"] for deal in told["predictions"]]
        answers = service.get("/deals/V-0220/history").json()["predictions"][0]["answers"]
        assert answers["auftragswert"] == float(rows["Auftragswert"][0][:-2].replace(".", "").replace(",", "."))


def test_new_value_of_a_picklist_is_unanswered_and_told_or_refused(home: Path) -> None:
    table = draw_export().tail(40)
    table.loc[table.index[:3], "Branche"] = "Raumfahrt"
    new = write(table, home / "new.csv")
    [unseen] = must("score", new, "-o", home / "new-scores.csv")["unseen"]
    assert unseen == {"factor": "branche", "word": "Raumfahrt", "count": 3, "rows": [2, 3, 4]}
    refused = run("score", new, "-o", home / "strict.csv", "--strict")
    assert refused.exit_code == 2
    assert '`branche` is "Raumfahrt" in 3 rows (2, 3, 4)' in refused.stderr
    assert not (home / "strict.csv").exists()


def test_file_of_another_system_is_refused_and_a_file_in_our_own_names_is_read(home: Path) -> None:
    table = draw_export().tail(40)
    other = table.set_axis(["ID", "a", "b", "Stage", "Portal", "Systeme", "Worth", "Sector"], axis=1)
    refused = run("score", write(other, home / "other.csv"), "-o", home / "no.csv")
    assert refused.exit_code == 2
    assert "No column is a factor of profile `own`" in refused.stderr
    assert 'The nearest are "Portal" for `kundenportal`, "Systeme" for `anzahl_systeme`' in refused.stderr
    nameless = draw_export().rename(columns={"Vorgangs-Nr.": "Vorgang"})
    for command in ("check", "score"):
        arguments = ("-o", home / "no.csv") if command == "score" else ()
        refused = run(command, write(nameless, home / "nameless.csv"), *arguments)
        assert refused.exit_code == 2
        printed = " ".join((refused.stdout + refused.stderr).split())
        assert 'No column is called "Vorgangs-Nr.", "deal_id", the id of each deal. It may be "Vorgang".' in printed
    assert run("check", home / "train.csv", "--allow-missing").exit_code == 0
    ours = table.rename(columns={"Vorgangs-Nr.": "deal_id", "Anzahl Systeme": "anzahl_systeme"})
    assert must("score", write(ours, home / "ours.csv"), "-o", home / "ours-scores.csv")["absent_factors"] == []
