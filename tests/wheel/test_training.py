"""icp-fit with the extra `training`: a model is trained, promoted, and scores."""

import json

from tests.wheel.environments import Environment


def test_model_is_trained_promoted_and_scores(training: Environment) -> None:
    training.must("sample", "deals.csv", "--rows", 300)
    trained = json.loads(training.must("train", "deals.csv", "--json"))
    assert trained["version"] == "1"
    promoted = json.loads(training.must("promote", "challenger", "--force", "--json"))
    assert promoted["promoted"]
    assert [version["aliases"] for version in json.loads(training.must("models", "--json"))] == [["champion"]]
    training.must("score", "deals.csv", "-o", "scores.csv")
    assert training.home.joinpath("scores.csv").read_text().splitlines()[1].endswith(',"1"')
    assert (training.home / ".icp-fit" / "champion").is_symlink()


def test_explanations_become_shap_values(training: Environment) -> None:
    code = """
import icp_fit, json, pandas
profile = icp_fit.read_profile("liferay")
model = icp_fit.FitClassifier(profile).fit(pandas.DataFrame(columns=profile.factor_ids), [])
deals = pandas.DataFrame({"integrations": [3, 30]}).reindex(columns=profile.factor_ids)
values = icp_fit.explain(model, deals).to_shap()
print(json.dumps(values.shape))
"""
    deals, factors = training.evaluate(code)
    assert deals == 2
    assert factors > 20


def test_serving_is_not_installed_and_named(training: Environment) -> None:
    ran = training.icp_fit("serve")
    assert ran.returncode == 2
    assert 'pip install "icp-fit[serving]"' in ran.stderr
