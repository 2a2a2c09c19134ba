"""A table of the CRM is scored as it is, by the mapping that the model carries, and told what is wrong in it."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from icp_fit.features.mapping import Mapping, Outcomes
from icp_fit.serving.api import table_requests
from tests.support.champions import install_champion
from tests.support.running_service import RunningService, build_settings, run_service

MAPPING = Mapping(
    columns={
        "deal_id": "Vorgangs-Nr.", "name": "Bezeichnung", "outcome": "Phase", "portal": "Portal?", "systems": "Systeme",
        "rivals": "Mitbewerber", "security": "Sicherheit", "amount": "Betrag", "industry": "Branche",
    },
    values={
        "portal": {"ja": "yes", "nein": "no"},
        "security": {"niedrig": "low", "hoch": "high"},
        "industry": {"Handel": "retail"},
    },
    outcome=Outcomes(won=("Gewonnen",), lost=("Verloren",), open=("*",)),
    decimal=",",
)  # fmt: skip
HEADER = "Vorgangs-Nr.;Bezeichnung;Phase;Portal?;Systeme;Mitbewerber;Sicherheit;Betrag;Branche;Notiz"
ROWS = [
    "V-1;Portal Nord;Angebot;ja;12;1;hoch;1.250.000,50 €;Handel;eilig",
    "V-2;Portal Süd;Angebot;nein;3;;niedrig;80.000,00 €;Bank;",
    "V-3;Alt;Gewonnen;ja;9;0;hoch;5,00 €;Bank;",
]
ANSWERS: list[dict[str, Any]] = [
    {"portal": True, "systems": 12, "rivals": 1, "security": "high", "amount": 1250000.5, "industry": "retail"},
    {"portal": False, "systems": 3, "security": "low", "amount": 80000.0, "industry": "bank"},
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    home = tmp_path_factory.mktemp("home")
    install_champion(home, "7", mapping=MAPPING)
    with run_service(build_settings(home)) as service:
        yield service


def send(service: RunningService, *rows: str, header: str = HEADER, encoding: str = "utf-8") -> httpx.Response:
    content = "\n".join([header, *rows]).encode(encoding)
    return service.client.post("/batch", content=content, headers={"Content-Type": "text/csv; charset=utf-8"})


def objects(*rows: str) -> list[dict[str, Any]]:
    return [dict(zip(HEADER.split(";"), row.split(";"), strict=True)) for row in rows]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_export_is_scored_as_its_answers_are(served: RunningService, encoding: str) -> None:
    said = send(served, *ROWS, encoding=encoding)
    assert said.status_code == 200, said.text
    told = said.json()
    deals = [{"deal_id": f"V-{i}", "answers": answers} for i, answers in enumerate(ANSWERS, start=1)]
    expected = served.post("/batch", {"deals": deals}).json()
    for name in ("deal_id", "score", "win_probability", "points"):
        assert [deal[name] for deal in told["predictions"]] == [deal[name] for deal in expected["predictions"]]
    assert (told["closed"], told["rejected"], told["unseen"]) == (1, [], [])
    assert (expected["closed"], expected["rejected"], expected["unseen"], expected["notes"]) == (0, [], [], [])
    history = served.get("/deals/V-1/history").json()["predictions"][0]
    assert history["answers"] == ANSWERS[0]
    assert served.get("/deals/V-3/history").status_code == 404


def test_rows_of_the_crm_are_scored_as_its_export_is(served: RunningService) -> None:
    said = served.post("/batch", {"rows": objects(*ROWS)})
    assert said.status_code == 200, said.text
    scores = [deal["score"] for deal in said.json()["predictions"]]
    assert scores == [deal["score"] for deal in send(served, *ROWS).json()["predictions"]]


def test_numbers_of_json_mean_themselves_whatever_the_mapping_says_of_text(served: RunningService) -> None:
    rows = [
        {"Vorgangs-Nr.": 9007199254740993, "Portal?": True, "Systeme": 12, "Mitbewerber": None, "Betrag": 1250.125},
        {"Vorgangs-Nr.": 2, "Portal?": False, "Systeme": None, "Mitbewerber": 3, "Betrag": None, "Owner": {"Id": 1}},
    ]
    said = served.post("/batch", {"rows": rows})
    assert said.status_code == 200, said.text
    assert [deal["deal_id"] for deal in said.json()["predictions"]] == ["9007199254740993", "2"]
    history = served.get("/deals/9007199254740993/history").json()["predictions"][0]
    assert history["answers"] == {"portal": True, "systems": 12, "amount": 1250.125}


def test_word_that_the_model_does_not_know_is_told_and_unanswered(served: RunningService) -> None:
    told = send(served, ROWS[0].replace("Handel", "Raumfahrt"), ROWS[1]).json()
    assert told["unseen"] == [{"factor": "industry", "word": "Raumfahrt", "count": 1, "rows": [2]}] or told[
        "unseen"
    ] == [{"factor": "industry", "word": "Raumfahrt", "count": 1, "rows": [1]}]
    assert "industry" not in served.get("/deals/V-1/history").json()["predictions"][-1]["answers"]


@pytest.mark.parametrize(("good", "status"), [(19, 200), (18, 422)], ids=["5% is set aside", "more is refused"])
def test_rows_that_cannot_be_used_are_told_one_by_one(served: RunningService, good: int, status: int) -> None:
    rows = [ROWS[0].replace("V-1", f"W-{i}") for i in range(good)]
    said = send(served, *rows, ROWS[1].replace(";3;", ";viele;"))
    assert said.status_code == status
    told = said.json()
    if status == 200:
        assert len(told["predictions"]) == good
        [rejected] = told["rejected"]
        assert rejected["deal_id"] == "V-2"
        assert 'got "viele"' in rejected["reason"]
    else:
        assert told["code"] == "invalid_deals"
        assert "1 of 19 rows cannot be used" in told["detail"]
        [error] = told["errors"]
        assert error["deal_id"] == "V-2"
        assert 'got "viele"' in error["detail"]


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (HEADER.replace("Vorgangs-Nr.", "Vorgang"), 'No column is called "Vorgangs-Nr.", "deal_id".*"Vorgang"'),
        ("Vorgangs-Nr.;Bezeichnung;Phase;Portal?;a;b;c;d;e;f", "5 of the 6 questions"),
    ],
    ids=["no id", "no questions"],
)
def test_table_of_other_columns_is_refused(served: RunningService, header: str, says: str) -> None:
    said = send(served, *ROWS, header=header)
    assert (said.status_code, said.json()["code"]) == (422, "invalid_deals")
    assert re.search(says, said.json()["detail"])
    assert "Send the columns by the names" in said.json()["detail"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"rows": []}, "at least one object"),
        ({"rows": [1]}, "at least one object"),
        ({"rows": {}}, "at least one object"),
        ({"rows": [{}]}, "no deals"),
        ({"rows": [{"Systeme": 1.5}, {"Systeme": "viele"}]}, "numbers or text, not both"),
        ({"rows": [{f"f{i}": i for i in range(1_001)}]}, "at most 1,000 fields"),
        ({"rows": objects(*ROWS), "deals": []}, "`rows` is not a field"),
        ({"rows": objects(ROWS[2])}, "no open deal"),
        ({"rows": objects(ROWS[0], ROWS[1].replace("V-2", "V-1"))}, "must name each deal once"),
    ],
)
def test_rows_that_are_no_table_are_refused(served: RunningService, body: Any, says: str) -> None:
    said = served.post("/batch", body)
    assert said.status_code == 422, said.text
    assert says in said.json()["detail"]


def test_half_a_character_is_no_fault_of_the_service(served: RunningService) -> None:
    body = rb'{"rows": [{"\ud800": 1, "Vorgangs-Nr.": "V-\udfff", "Portal?": "ja", "Systeme": "\ud800", "Betrag": 1}]}'
    said = served.client.post("/batch", content=body, headers={"Content-Type": "application/json"})
    assert said.status_code == 422
    assert "got half of a character" in said.json()["detail"]


def test_no_more_rows_than_a_batch_may_have(served: RunningService) -> None:
    rows = [ROWS[0].replace("V-1", f"X-{i}") for i in range(10_001)]
    for said in (send(served, *rows), served.post("/batch", {"rows": objects(*rows)})):
        assert said.status_code == 422
        assert "at most 10,000" in said.json()["detail"]


@pytest.mark.parametrize("body", ["a," * 1_000, f"{'a;' * 500}\n" + "x\n" * 50_000], ids=["columns", "cells"])
def test_short_file_that_claims_very_many_cells_is_refused_unread(served: RunningService, body: str) -> None:
    said = served.client.post("/batch", content=body.encode(), headers={"Content-Type": "text/csv"})
    assert said.status_code == 413
    assert f"{table_requests.MOST_CELLS:,} cells" in said.json()["detail"]


def test_other_routes_take_no_csv_and_batch_no_other_kind(served: RunningService) -> None:
    for path, kind, says in (
        ("/predict", "text/csv", "must be application/json, got"),
        ("/batch", "text/plain", "must be application/json or text/csv, got `text/plain`. Send JSON or CSV"),
    ):
        said = served.client.post(path, content=b"a,b\n1,2\n", headers={"Content-Type": kind})
        assert said.status_code == 415
        assert says in said.json()["detail"]
