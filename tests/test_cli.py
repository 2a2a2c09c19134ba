"""The command line as a person or a script meets it: what it prints, where, and how it ends."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

import icp_fit
from icp_fit.cli import app
from icp_fit.features.mapping import Mapping
from icp_fit.features.profile import read_profile, write_profile
from tests.support.champions import install_champion
from tests.support.small_profile import PROFILE, draw_answers, draw_outcomes


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated_database: Path) -> Path:
    """A folder with a profile and deals to learn from, and a home of its own."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "mlflow.db").write_bytes(migrated_database.read_bytes())
    monkeypatch.setenv("ICP_FIT_HOME", str(home))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    (tmp_path / "small.toml").write_text(write_profile(PROFILE))
    answers = draw_answers(120)
    deals = answers.assign(outcome=pd.Series(draw_outcomes(answers)).map({True: "won", False: "lost"}))
    deals.assign(portal=deals["portal"].map({True: "yes", False: "no"})).to_csv(tmp_path / "deals.csv", index=False)
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_help_lists_the_commands() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for command in ("sample", "profile", "check", "train", "explain", "models", "promote", "rollback"):
        assert command in result.stdout


def test_sample_writes_deals_that_check_finds_nothing_wrong_with(tmp_path: Path) -> None:
    assert run("sample", tmp_path / "deals.csv", "--rows", 300).exit_code == 0
    result = run("check", tmp_path / "deals.csv")
    assert result.exit_code == 0, result.output
    assert "A model can be trained on this table." in result.stdout


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_sample_as_a_crm_exports_it_is_read_back_by_its_mapping(tmp_path: Path, crm: str) -> None:
    assert run("sample", tmp_path / "deals.csv", "--rows", 200, "--crm", crm).exit_code == 0
    described = json.loads(run("check", tmp_path / "deals.csv", "--mapping", crm, "--json").stdout)
    assert described["deals"] == 200
    assert described["absent_factors"] == []
    assert described["rejected"] == []


def test_sample_tells_the_truth_only_when_asked(tmp_path: Path) -> None:
    run("sample", tmp_path / "plain.csv", "--rows", 20)
    run("sample", tmp_path / "truth.csv", "--rows", 20, "--truth")
    assert not any(name.startswith("true_") for name in pd.read_csv(tmp_path / "plain.csv"))
    assert "true_win_probability" in pd.read_csv(tmp_path / "truth.csv")


def test_profile_show_prints_every_question() -> None:
    result = run("profile", "show", "--json")
    shown = json.loads(result.stdout)
    questions = [factor["id"] for dimension in shown["dimensions"] for factor in dimension["factors"]]
    assert questions == list(read_profile("liferay").factor_ids)
    assert "integrations" in run("profile", "show").stdout


def test_profile_init_drafts_a_profile_and_a_mapping_that_read_the_table(folder: Path) -> None:
    result = run("profile", "init", folder / "deals.csv", "--outcome", "outcome", "-o", folder / "own.toml")
    assert result.exit_code == 0, result.output
    assert run("profile", "check", folder / "own.toml").exit_code == 0
    checked = run(
        "check", folder / "deals.csv", "--profile", folder / "own.toml", "--mapping", folder / "own.mapping.toml"
    )
    assert "120 deals can be used" in checked.stdout


def test_profile_init_makes_its_folder_and_never_replaces_a_profile_unasked(folder: Path) -> None:
    own = folder / "new" / "own.toml"
    command = "profile", "init", folder / "deals.csv", "--outcome", "outcome", "-o", own
    drafted = json.loads(run(*command, "--json").stdout)
    assert drafted["profile"] == str(own)
    assert drafted["factors"] == list(read_profile(own).factor_ids)
    own.write_text("edited by hand")
    refused = run(*command)
    assert refused.exit_code == 2
    assert f"`{own}` is there already" in refused.stderr
    assert own.read_text() == "edited by hand"
    assert run(*command, "--force").exit_code == 0
    assert read_profile(own)


def test_profile_check_counts_what_it_found(folder: Path) -> None:
    path = folder / "small.toml"
    counts = {"dimensions": len(PROFILE.dimensions), "factors": len(PROFILE.factors)}
    assert json.loads(run("profile", "check", path, "--json").stdout).items() >= counts.items()
    assert f"{counts['factors']} factors." in run("profile", "check", path).stdout


def test_check_warns_of_fewer_deals_than_a_model_can_be_judged_by(folder: Path) -> None:
    pd.read_csv(folder / "deals.csv").head(30).to_csv(folder / "few.csv", index=False)
    command = "check", folder / "few.csv", "--profile", folder / "small.toml"
    note, *_ = json.loads(run(*command, "--json").stdout)["notes"]
    assert "With fewer than 20 of either, no model is judged fit for use." in note
    assert "With fewer than 20" in run(*command).stdout
    assert "With fewer than 20" not in run("check", folder / "deals.csv", "--profile", folder / "small.toml").stdout


def test_check_that_cannot_see_leakage_says_why_and_ends_with_2(folder: Path) -> None:
    answers = draw_answers(60).assign(outcome=["won"] * 9 + ["lost"] * 51)
    answers.assign(portal=answers["portal"].map({True: "yes", False: "no"})).to_csv(folder / "few.csv", index=False)
    result = run("check", folder / "few.csv", "--profile", folder / "small.toml")
    assert result.exit_code == 2
    assert "A model can be trained" not in result.stdout
    assert "could not be checked: there are 9 won and 51 lost deals" in " ".join(result.stdout.split())
    described = json.loads(run("check", folder / "few.csv", "--profile", folder / "small.toml", "--json").stdout)
    assert "Add won deals" in described["leaks_unchecked"]


def test_train_that_learns_nothing_says_why_and_ends_with_1(folder: Path) -> None:
    answers = draw_answers(60).assign(outcome=["won"] * 9 + ["lost"] * 51)
    answers.assign(portal=answers["portal"].map({True: "yes", False: "no"})).to_csv(folder / "few.csv", index=False)
    result = run("train", folder / "few.csv", "--profile", folder / "small.toml", "--json")
    assert result.exit_code == 1
    trained = json.loads(result.stdout)
    assert "there are 9 won and 51 lost deals" in trained["evaluation"]["stack"]["shortfall"]
    assert trained["evaluation"]["learning_curve"]["sentence"].startswith("Nothing was learned")
    assert trained["verdict"]["level"] == "not ready"


def test_check_names_row_deal_and_remedy_and_ends_with_2(folder: Path) -> None:
    deals = pd.read_csv(folder / "deals.csv", dtype=str).assign(deal_id=[f"D-{i}" for i in range(120)])
    deals.loc[16, "systems"] = "many"
    deals.to_csv(folder / "wrong.csv", index=False)
    result = run("check", folder / "wrong.csv", "--profile", folder / "small.toml", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["rejected"] == [
        {
            "row": 18,
            "deal_id": "D-16",
            "reason": '`systems` must be a whole number of at least 0, got "many". Leave it empty if unknown.',
        }
    ]


def test_train_registers_a_challenger_and_prints_one_object(folder: Path) -> None:
    result = run("train", folder / "deals.csv", "--profile", folder / "small.toml", "--json")
    assert result.exit_code == 0, result.output
    trained = json.loads(result.stdout)
    assert trained["version"] == "1"
    assert trained["verdict"]["level"] in ("ready", "usable", "not ready")
    versions = json.loads(run("models", "--json").stdout)
    assert [(version["version"], version["aliases"]) for version in versions] == [("1", ["challenger"])]


def test_promote_says_why_not_and_ends_with_1_until_forced(folder: Path) -> None:
    noise = pd.read_csv(folder / "deals.csv").assign(outcome=["won", "lost"] * 60)
    noise.to_csv(folder / "noise.csv", index=False)
    run("train", folder / "noise.csv", "--profile", folder / "small.toml")
    refused = run("promote", 1)
    assert refused.exit_code == 1
    assert "not ready" in refused.stdout
    assert run("promote", 1, "--force").exit_code == 0
    assert "champion" in run("models").stdout
    run("train", folder / "noise.csv", "--profile", folder / "small.toml")
    run("promote", 2, "--force")
    assert json.loads(run("rollback", "--json").stdout)["version"] == "1"


def write(folder: Path, text: str) -> Path:
    path = folder / "input.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("", "is empty", id="empty file"),
        pytest.param("outcome,systems\n", "holds no deals", id="no rows"),
        pytest.param("systems\n1\n2\n", "no column `outcome`", id="no outcome column"),
        pytest.param("outcome,systems\nwon,1\nwon,2\n", "all 2 closed deals are won", id="one outcome only"),
        pytest.param("outcome,systems\nwon,1\nperhaps,2\n", '"perhaps"', id="an outcome that nobody mapped"),
        pytest.param("deal_id,outcome,systems\n7,won,1\n7,lost,2\n", "`deal_id`", id="duplicate deal"),
        pytest.param(
            "created_on,closed_on,outcome,systems\n2025-02-01,2025-01-01,won,1\n2025-02-01,2025-03-01,lost,1\n",
            "closed_on",
            id="closed before created",
        ),
        pytest.param("outcome,systems\nwon,many\nlost,2\n", '"many"', id="text in a count"),
        pytest.param("outcome,systems\nwon,-1\nlost,2\n", '"-1"', id="negative count"),
        pytest.param("outcome,systems\nwon,inf\nlost,2\n", '"inf"', id="infinite number"),
        pytest.param("outcome,security\nwon,extreme\nlost,top\n", '"extreme"', id="unknown level"),
    ],
)
def test_train_refuses_bad_deals_with_2_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, says: str
) -> None:
    monkeypatch.setenv("ICP_FIT_HOME", str(tmp_path / "home"))
    (tmp_path / "small.toml").write_text(write_profile(PROFILE))
    result = run("train", write(tmp_path, text), "--profile", tmp_path / "small.toml", "--json")
    assert result.exit_code == 2
    assert says in result.stderr
    error = json.loads(result.stdout)["error"]
    assert error["code"] == "invalid_deals"
    assert says in error["message"]
    assert not (tmp_path / "home").exists()


def test_train_refuses_what_leaks_until_it_is_allowed(folder: Path) -> None:
    deals = pd.read_csv(folder / "deals.csv")
    leaking = deals.assign(rivals=(deals["outcome"] == "lost") * 3)
    leaking.to_csv(folder / "leak.csv", index=False)
    refused = run("train", folder / "leak.csv", "--profile", folder / "small.toml")
    assert refused.exit_code == 2
    assert "--allow rivals" in refused.stderr
    allowed = run("train", folder / "leak.csv", "--profile", folder / "small.toml", "--allow", "rivals")
    assert allowed.exit_code == 0


def test_explain_tells_one_deal_by_the_champion_or_by_the_profile_alone(folder: Path) -> None:
    deals, profile = folder / "deals.csv", folder / "small.toml"
    told = run("explain", deals, "--deal", 17, "--allow-missing", "--profile", profile)
    assert told.exit_code == 0, told.output
    assert "Row 17 (there is no column of ids)" in told.stdout
    install_champion(folder / "home")
    plain = json.loads(run("explain", deals, "--deal", 17, "--allow-missing", "--json").stdout)
    assert (plain["deal_id"], plain["model_version"]) == ("17", "1")


def test_commands_read_a_table_as_the_champion_was_taught_until_told_otherwise(folder: Path) -> None:
    foreign = pd.read_csv(folder / "deals.csv").rename(columns={"systems": "Systeme", "portal": "Portal?"})
    foreign.assign(Nr=range(1, 121)).to_csv(folder / "foreign.csv", index=False)
    mapping = Mapping(columns={"systems": "Systeme", "portal": "Portal?", "deal_id": "Nr"})
    install_champion(folder / "home", mapping=mapping)
    table, scores, own = folder / "foreign.csv", folder / "scores.csv", folder / "own.toml"
    own.write_text('columns.deal_id = "Nr"')

    checked = run("check", table, "--json")
    assert "Read by the profile and the mapping of the champion, model version 1." in checked.stderr
    described = json.loads(checked.stdout)
    assert (described["profile"], described["model_version"], described["absent_factors"]) == ("small", "1", [])
    assert json.loads(run("score", table, "-o", scores, "--json").stdout)["absent_factors"] == []
    explained = json.loads(run("explain", table, "--deal", 17, "--json").stdout)
    assert explained["score"] == pd.read_csv(scores).set_index("deal_id")["score"][17]
    previewed = run("profile", "preview", folder / "small.toml", table, "--json")
    assert json.loads(previewed.stdout)["moves"] == []

    absent = ["portal", "systems"]
    assert json.loads(run("check", table, "--mapping", own, "--json").stdout)["absent_factors"] == absent
    assert json.loads(run("score", table, "--mapping", own, "-o", scores, "--json").stdout)["absent_factors"] == absent
    by_profile = run("check", table, "--profile", folder / "small.toml", "--json")
    assert json.loads(by_profile.stdout)["absent_factors"] == absent
    assert "champion" not in by_profile.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("explain", "missing.csv", "--deal", "D-1"), "There is no file `missing.csv`"),
        (("train", "missing.csv"), "There is no file `missing.csv`"),
        (("train", "sqlite:///missing.db", "--query", "select 1"), "missing.db"),
        (("profile", "check", "missing.toml"), "missing.toml"),
        (("promote", "99"), "There is no version 99"),
        (("rollback",), "no earlier champion"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_command_names_what_is_missing_and_ends_with_2(folder: Path, arguments: tuple[str, ...], says: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert says in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("explain", "missing.csv", "--deal", "D-1"), "invalid_deals"),
        (("profile", "check", "missing.toml"), "invalid_profile"),
        (("check", "missing.csv", "--mapping", "missing.toml"), "invalid_mapping"),
        (("profile", "preview", "liferay", "deals.csv"), "no_champion"),
        (("promote", "99"), "registry"),
        (("recompute", "nothing"), "not_recomputable"),
        (("keys", "revoke", "nothing"), "invalid_key"),
        (("promote",), "usage"),
        (("audit", "--most", "0"), "usage"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_error_is_an_object_where_json_is_wanted_and_a_sentence_all_the_same(
    folder: Path, arguments: tuple[str, ...], code: str
) -> None:
    result = run(*arguments, "--json")
    assert result.exit_code == 2
    error = json.loads(result.stdout)["error"]
    assert error["code"] == code
    assert error["message"]
    plain = run(*arguments)
    assert plain.exit_code == 2
    assert not plain.stdout
    assert " ".join(error["message"].split()[:2]) in plain.stderr


def test_store_that_is_down_ends_a_command_with_3_and_says_so_as_json(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "file").touch()
    monkeypatch.setenv("ICP_FIT_DATABASE_URL", f"sqlite:///{folder / 'file' / 'predictions.db'}")
    result = run("keys", "list", "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["error"]["code"] == "store_unavailable"


def test_library_of_an_extra_that_is_missing_is_named_with_what_installs_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "alembic", None)
    for module in [name for name in sys.modules if name.startswith("icp_fit.serving.store.database")]:
        monkeypatch.delitem(sys.modules, module)
    result = run("keys", "list", "--json")
    assert result.exit_code == 2
    error = json.loads(result.stdout)["error"]
    assert (error["code"], error["extra"]) == ("missing_extra", "serving")
    assert 'pip install "icp-fit[serving]"' in result.stderr


def test_fault_of_ours_keeps_its_traceback(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*arguments: object, **options: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr("icp_fit.features.leakage.find_leaks", break_down)
    monkeypatch.setattr("icp_fit.find_leaks", break_down)
    result = run("check", folder / "deals.csv", "--profile", folder / "small.toml", "--json")
    assert isinstance(result.exception, ValueError)
    assert not result.stdout


def test_version_is_printed_and_nothing_else() -> None:
    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, f"icp-fit {icp_fit.__version__}\n")


def test_shell_completion_can_be_installed() -> None:
    assert "--install-completion" in run("--help").stdout


def test_package_is_a_command_too() -> None:
    command = [sys.executable, "-m", "icp_fit", "--version"]
    assert "icp-fit " in subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_place_that_cannot_be_written_to_is_named(folder: Path) -> None:
    (folder / "file").touch()
    result = run("sample", folder / "file" / "deals.csv", "--rows", 5)
    assert result.exit_code == 2
    assert f"error: `{folder / 'file'}` cannot be read or written: " in result.stderr


def test_a_registry_that_does_not_answer_is_named_before_anything_is_learned(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "nonsense://user:secret@host/mlflow")
    for command in (("models",), ("train", folder / "deals.csv", "--profile", folder / "small.toml")):
        result = run(*command)
        assert result.exit_code == 2
        assert "MLflow at `nonsense://user:***@host/mlflow` does not answer" in result.stderr
        assert "secret" not in result.stderr
        assert "Learned from" not in result.stderr


def test_profile_with_two_factors_of_one_id_is_refused(tmp_path: Path) -> None:
    text = write_profile(PROFILE).replace('id = "systems"', 'id = "portal"')
    (tmp_path / "twice.toml").write_text(text)
    result = run("profile", "check", tmp_path / "twice.toml")
    assert result.exit_code == 2
    assert "factor `portal` is declared 2 times" in result.stderr
