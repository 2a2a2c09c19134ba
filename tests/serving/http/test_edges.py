"""What is just within a limit of the API is answered; what is just beyond it, `test_problems` refuses."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from icp_fit.serving.http.requests import MOST_HISTORY, MOST_LETTERS, MOST_UNKNOWN, NOTE_LETTERS
from tests.serving.http.test_problems import JSON, check_problem
from tests.support.champions import install_champion
from tests.support.running_service import ANSWERS, RunningService, build_settings, run_service
from tests.support.small_profile import PROFILE

MOST = 64 * 1024  # bytes of a body in these tests


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    home = tmp_path_factory.mktemp("home")
    install_champion(home, "1")
    with run_service(build_settings(home, max_body=MOST, max_batch=3)) as service:
        yield service


def pad(document: object, size: int) -> bytes:
    return json.dumps(document).encode().ljust(size)


@pytest.mark.parametrize(("size", "status"), [(MOST, 200), (MOST + 1, 413)])
def test_body_may_have_as_many_bytes_as_the_limit(served: RunningService, size: int, status: int) -> None:
    body = pad({"answers": {}}, size)
    assert served.client.post("/predict", content=body, headers=JSON).status_code == status
    in_parts = iter([body[: size // 2], body[size // 2 :]])  # which says no length
    assert served.client.post("/predict", content=in_parts, headers=JSON).status_code == status


@pytest.mark.parametrize(("deals", "status"), [(1, 200), (3, 200), (4, 422), (0, 422)])
def test_batch_may_have_as_many_deals_as_the_limit(served: RunningService, deals: int, status: int) -> None:
    assert served.post("/batch", {"deals": [{"answers": ANSWERS}] * deals}).status_code == status


@pytest.mark.parametrize(("letters", "status"), [(1, 200), (MOST_LETTERS, 200), (MOST_LETTERS + 1, 422)])
@pytest.mark.parametrize("field", ["deal_id", "name", "owner", "region"])
def test_text_of_a_deal_may_be_as_long_as_the_limit(
    served: RunningService, field: str, letters: int, status: int
) -> None:
    assert served.post("/predict", {"answers": {}, field: "ü" * letters}).status_code == status


@pytest.mark.parametrize(("letters", "status"), [(NOTE_LETTERS, 200), (NOTE_LETTERS + 1, 422)])
def test_note_may_be_as_long_as_the_limit(served: RunningService, letters: int, status: int) -> None:
    served.post("/predict", {"deal_id": "D-noted", "answers": {}})
    outcome = {"deal_id": "D-noted", "outcome": "lost", "note": "x" * letters}
    assert served.post("/outcomes", outcome).status_code == status


@pytest.mark.parametrize(
    ("limit", "status"), [("1", 200), (str(MOST_HISTORY), 200), ("0", 422), (str(MOST_HISTORY + 1), 422)]
)
def test_history_may_be_as_long_as_the_limit(served: RunningService, limit: str, status: int) -> None:
    served.post("/predict", {"deal_id": "D-old", "answers": {}})
    assert served.get("/deals/D-old/history", params={"limit": limit}).status_code == status


@pytest.mark.parametrize(
    ("code", "status"),
    [(0x20, 200), (0x1F, 422), (0x7F, 422), (0x80, 200), (0xD7FF, 200), (0xD800, 422), (0xDFFF, 422), (0xE000, 200)],
    ids=hex,
)
def test_control_characters_and_halves_of_one_are_refused_and_their_neighbours_are_not(
    served: RunningService, code: int, status: int
) -> None:
    body = json.dumps({"answers": {}, "name": f"a{chr(code)}b"}).encode()
    assert served.client.post("/predict", content=body, headers=JSON).status_code == status


@pytest.mark.parametrize(("unknown", "named"), [(MOST_UNKNOWN, True), (MOST_UNKNOWN + 1, False)])
def test_answers_are_named_one_by_one_up_to_a_limit(served: RunningService, unknown: int, named: bool) -> None:
    count = len(PROFILE.factors) + unknown
    answers: dict[str, Any] = {f"unknown_{place}": 1 for place in range(count)}
    problem = check_problem(served.post("/predict", {"answers": answers}), 422)
    assert (problem["errors"][0]["field"] == "answers.unknown_0") is named
    assert (problem["errors"][0]["field"] == "answers") is not named
