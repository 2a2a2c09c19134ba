"""icp-fit without extras: it scores, explains and reads bundles, and names the extra that anything else needs."""

import csv
import json
from pathlib import Path

import pytest

from icp_fit import _MODULES, __version__
from icp_fit.models.store_paths import StorePaths
from tests.support.champions import install_champion, write_deals
from tests.support.small_profile import PROFILE
from tests.wheel.environments import OURS, Environment

OF_EXTRAS = ("alembic", "bentoml", "matplotlib", "mlflow", "shap", "starlette", "uvicorn")


@pytest.fixture(scope="module")
def deals(plain: Environment) -> Path:
    plain.must("sample", "deals.csv", "--rows", 60)
    return plain.home / "deals.csv"


def test_extras_are_not_installed(plain: Environment) -> None:
    code = f"import json, importlib.util as util; print(json.dumps([n for n in {OF_EXTRAS!r} if util.find_spec(n)]))"
    assert plain.evaluate(code) == []


def test_folders_of_the_user_that_are_named_like_ours_are_left_alone(plain: Environment) -> None:
    assert all((plain.home / name / "__init__.py").exists() for name in OURS)
    code = "import json, icp_fit.models.fit as fit; print(json.dumps(fit.__file__))"
    assert plain.evaluate(code).startswith(str(plain.folder))


def test_console_command_is_installed(plain: Environment) -> None:
    assert plain.run("icp-fit", "--version").stdout == f"icp-fit {__version__}\n"


def test_table_is_checked_and_scored_by_the_profile_alone(plain: Environment, deals: Path) -> None:
    assert json.loads(plain.must("check", deals, "--json"))["deals"] == 60
    plain.must("score", deals, "-o", "scores.csv", "--explain")
    with (plain.home / "scores.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 60
    assert {row["model_version"] for row in rows} == {"profile liferay 1.0.0"}
    assert "integrations" in rows[0]


def test_profile_is_drafted_from_a_table(plain: Environment, deals: Path) -> None:
    plain.must("profile", "init", deals, "--outcome", "outcome", "-o", "own.toml")
    assert "is a valid profile" in plain.must("profile", "check", "own.toml")


def test_champion_trained_elsewhere_explains_a_deal(plain: Environment) -> None:
    store = plain.home / ".icp-fit"
    assert not store.exists()
    store.mkdir()
    install_champion(store, "7")
    write_deals(plain.home / "small.csv")
    explained = json.loads(plain.must("explain", "small.csv", "--deal", "D-001", "--json"))
    assert (explained["deal_id"], explained["model_version"]) == ("D-001", "7")
    bundle = StorePaths(store).champion
    code = f"import json, icp_fit; print(json.dumps(icp_fit.load_bundle({str(bundle)!r}).model.profile_.name))"
    assert plain.evaluate(code) == PROFILE.name


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        (("train", "deals.csv"), "training"),
        (("models",), "training"),
        (("promote", "challenger"), "training"),
        (("rollback",), "training"),
        (("serve",), "serving"),
        (("keys", "list"), "serving"),
        (("rescore",), "serving"),
        (("recompute", "nothing"), "serving"),
        (("audit",), "serving"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_command_names_the_extra_that_it_needs(
    plain: Environment, deals: Path, command: tuple[str, ...], extra: str
) -> None:
    ran = plain.icp_fit(*command)
    assert ran.returncode == 2
    assert f'pip install "icp-fit[{extra}]"' in ran.stderr
    assert "Traceback" not in ran.stderr


def test_missing_extra_is_an_object_where_json_is_wanted(plain: Environment, deals: Path) -> None:
    error = json.loads(plain.icp_fit("train", deals, "--json").stdout)["error"]
    assert (error["code"], error["install"]) == ("missing_extra", 'pip install "icp-fit[training]"')


def test_bento_names_the_extra_that_it_needs(plain: Environment) -> None:
    ran = plain.run("python", "-m", "icp_fit.serving.bento")
    assert ran.returncode == 1
    assert 'pip install "icp-fit[serving]"' in ran.stderr


def test_door_gives_what_needs_no_extra_and_names_it_where_it_does(plain: Environment) -> None:
    code = """
import icp_fit, json
found = {}
for name in icp_fit.__all__:
    try:
        getattr(icp_fit, name)
    except icp_fit.IcpFitError as error:
        found[name] = error.to_dict()["install"]
print(json.dumps(found))
"""
    found = plain.evaluate(code)
    assert set(found.values()) == {'pip install "icp-fit[training]"'}
    assert {"Registry", "train", "plot_reliability"} <= set(found)
    assert not [name for name in found if not _MODULES[name].startswith("training.")]


def test_shap_values_name_the_extra_that_they_need(plain: Environment) -> None:
    code = """
import icp_fit, json, pandas
profile = icp_fit.read_profile("liferay")
table = pandas.DataFrame({"integrations": [3]}).reindex(columns=profile.factor_ids)
model = icp_fit.FitClassifier(profile).fit(pandas.DataFrame(columns=profile.factor_ids), [])
try:
    icp_fit.explain(model, table).to_shap()
except icp_fit.IcpFitError as error:
    print(json.dumps(error.code))
"""
    assert plain.evaluate(code) == "missing_extra"
