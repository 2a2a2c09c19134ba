"""The OpenAPI document is complete, and every answer and every example is what it says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from starlette.routing import Route

from icp_fit.features.profile import read_profile
from icp_fit.serving.api.examples import build_examples
from icp_fit.serving.api.openapi import build_document, example_requests
from icp_fit.serving.api.route_docs import ROUTES
from icp_fit.serving.api.routes import ENDPOINTS
from icp_fit.serving.pages import routes
from tests.serving.access.test_access import ASKED, bearer
from tests.support.champions import install_champion
from tests.support.running_service import ANSWERS, RunningService, build_settings, run_service, wait_for
from tests.support.small_profile import PROFILE

pages = [route for route in routes if isinstance(route, Route) and route.include_in_schema]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    home = tmp_path_factory.mktemp("home")
    install_champion(home, "1")
    with run_service(build_settings(home)) as service:
        service.post("/predict", {"deal_id": "D", "answers": ANSWERS})
        service.post("/batch", {"deals": [{"deal_id": "D", "answers": ANSWERS}]})
        yield service


@pytest.fixture(scope="module")
def document(served: RunningService) -> dict[str, Any]:
    said: dict[str, Any] = served.get("/openapi.json").json()
    return said


def check(document: dict[str, Any], schema: dict[str, Any], value: object) -> None:
    """Raise unless a value is as a schema of the document says."""
    jsonschema_rs.validate({**schema, "components": document["components"]}, value)


def test_document_lists_every_route_and_no_other(document: dict[str, Any]) -> None:
    served = {(endpoint.method, endpoint.path.replace(":path}", "}")) for endpoint in ENDPOINTS}
    mounted = {(method, page.path_format) for page in pages for method in page.methods or () if method != "HEAD"}
    listed = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert served == set(ROUTES)
    assert listed == served | mounted
    assert document["openapi"].startswith("3.1")


def test_document_has_a_question_for_each_factor_and_allows_null(document: dict[str, Any]) -> None:
    answers = document["components"]["schemas"]["Answers"]
    assert list(answers["properties"]) == list(PROFILE.factor_ids)
    check(document, answers, dict.fromkeys(PROFILE.factor_ids))
    check(document, answers, ANSWERS)
    for wrong in ({"systems": -1}, {"systems": 1.5}, {"portal": 3}, {"security": "extreme"}, {"unknown": 1}):
        with pytest.raises(jsonschema_rs.ValidationError):
            check(document, answers, wrong)


@pytest.mark.parametrize("act", list(ASKED))
def test_answer_is_as_the_document_says(served: RunningService, document: dict[str, Any], act: str) -> None:
    method, path, body = ASKED[act]
    answer = served.client.request(method, path, json=body)
    listed = document["paths"][path.replace("/D/", "/{deal_id}/")][method.lower()]
    assert answer.status_code == 200, answer.text
    (media_type, content), *_ = listed["responses"]["200"]["content"].items()
    assert answer.headers["content-type"].startswith(media_type)
    if media_type == "application/json":
        check(document, content["schema"], answer.json())


def test_problem_is_as_the_document_says(served: RunningService, document: dict[str, Any]) -> None:
    problem = {"$ref": "#/components/schemas/ProblemDetails"}
    check(document, problem, served.get("/nothing").json())
    check(document, problem, served.post("/batch", {"deals": [{"answers": {"systems": "x"}}]}).json())


def test_every_example_is_what_its_schema_says(document: dict[str, Any]) -> None:
    checked = 0
    for methods in document["paths"].values():
        for operation in methods.values():
            for part in (operation.get("requestBody", {}), *operation["responses"].values()):
                for content in part.get("content", {}).values():
                    if "example" in content:
                        check(document, content["schema"], content["example"])
                        checked += 1
    assert checked > 60


def test_every_json_route_has_an_example_and_each_of_them_is_answered(
    served: RunningService, document: dict[str, Any]
) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation["responses"]["200"]["content"].get("application/json")
            assert content is None or "example" in content or path == "/openapi.json", path
            if "requestBody" in operation:
                example = operation["requestBody"]["content"]["application/json"]["example"]
                assert served.client.request(method, path, json=example).status_code == 200, path


def test_document_of_the_shipped_profile_has_valid_examples() -> None:
    profile = read_profile("liferay")
    document = build_document(profile, {}, most_deals=10, most_history=10, keyed=True)
    for name, example in example_requests(profile).items():
        check(document, document["components"]["schemas"][name], example)


def test_example_of_the_document_is_not_stored(served: RunningService) -> None:
    before = len(served.runtime.store.history("D-0042"))
    build_examples(served.runtime.model)
    assert len(served.runtime.store.history("D-0042")) == before


def test_keys_are_optional_in_the_document_only_while_there_are_none(tmp_path: Path) -> None:
    install_champion(tmp_path, "1")
    with run_service(build_settings(tmp_path)) as service:
        assert {} in service.get("/openapi.json").json()["paths"]["/predict"]["post"]["security"]
    with run_service(build_settings(tmp_path)) as service:
        _, text = service.runtime.keys.create("tests", "score")
        wait_for(lambda: service.get("/openapi.json").status_code == 401, "the key to be known")
        said = service.get("/openapi.json", headers=bearer(text)).json()
        assert {} not in said["paths"]["/predict"]["post"]["security"]
        assert said["paths"]["/livez"]["get"]["security"] == []


def test_docs_show_every_route_with_a_command_to_try_and_load_nothing_from_elsewhere(served: RunningService) -> None:
    page = served.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    for _, path in ROUTES:
        assert f"<code>{path}</code>" in page.text
    assert "curl http://127.0.0.1:3000/explain" in page.text
    assert "<script" not in page.text
    assert "src=" not in page.text
