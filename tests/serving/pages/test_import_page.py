"""An import names every row that cannot be used, scores the others, and stores the open ones."""

import io

import pandas as pd
import pytest

from tests.support.page_client import MARKUP, Visitor, latest_prediction, read_text
from tests.support.running_service import RunningService


def test_import_says_what_is_wrong_and_stores_what_is_open(service: RunningService, visitor: Visitor) -> None:
    table = (
        f"deal_id,name,outcome,systems,portal,shoe\nI-1,Ok,,4,yes,1\nI-2,{MARKUP.replace(chr(34), '')},,many,no,2\n"
        "I-3,Done,won,3,no,3\n"
    )
    read = visitor.send("/import", files={"deals": ("deals.csv", table.encode(), "text/csv")})
    text = read_text(read)
    assert "2 deals can be scored, 1 of them open" in text
    assert 'systems must be a whole number of at least 0, got "many"' in text
    assert "Ignored columns: shoe" in text
    assert "<img" not in read.text
    assert service.get("/deals/I-1/history").status_code == 404
    done = visitor.send(f"{read.url.path}/score")
    assert "View the deals" in read_text(done)
    assert latest_prediction(service, "I-1")["answers"] == {"portal": True, "systems": 4}
    assert service.get("/deals/I-3/history").status_code == 404
    scores = pd.read_csv(io.BytesIO(visitor.get(f"{read.url.path}/scores.csv").content))
    assert scores["deal_id"].tolist() == ["I-1", "I-3"]
    assert scores["score"].iloc[0] == latest_prediction(service, "I-1")["score"]
    rejected = pd.read_csv(io.BytesIO(visitor.get(f"{read.url.path}/rejected.csv").content))
    assert rejected["row"].tolist() == [2]
    assert Visitor(service.url).get(read.url.path).status_code == 404


def test_import_records_the_outcomes_of_deals_that_are_listed(service: RunningService, visitor: Visitor) -> None:
    service.post("/explain", {"deal_id": "I-9", "answers": {}})
    table = b"deal_id,outcome,systems\nI-9,lost,4\n"
    read = visitor.send("/import", files={"deals": ("deals.csv", table, "text/csv")})
    visitor.send(f"{read.url.path}/score")
    assert service.get("/deals/I-9/history").json()["outcomes"][-1]["outcome"] == "lost"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("deals.csv", b"", "Choose a file first"),
        ("deals.pdf", b"%PDF", "not a CSV, Excel or Parquet file"),
        ("deals.csv", b"a,b\n1,2\n", "No column is a factor"),
        ("deals.parquet", b"PAR1", "cannot be read as a table"),
        ("deals.xlsx", b"PK", "cannot be read as a table"),
    ],
    ids=["nothing", "pdf", "no-factor", "broken-parquet", "broken-excel"],
)
def test_import_of_what_is_no_table_of_deals_says_so(visitor: Visitor, name: str, content: bytes, says: str) -> None:
    files = {"deals": (name if content else "", content, "text/csv")}
    answer = visitor.send("/import", files=files)
    assert answer.status_code == 422
    assert says in read_text(answer)
    assert "/tmp" not in answer.text


def test_import_takes_excel_and_a_mapping(service: RunningService, visitor: Visitor) -> None:
    book = io.BytesIO()
    pd.DataFrame({"Opportunity": ["X-1"], "Systems__c": [5]}).to_excel(book, index=False)
    mapping = b'factor_column = "{Snake_Case}__c"\n[columns]\ndeal_id = "Opportunity"\n'
    files = {"deals": ("deals.xlsx", book.getvalue(), "x"), "mapping_file": ("own.toml", mapping, "x")}
    read = visitor.send("/import", data={"mapping": "file"}, files=files)
    assert "1 deal can be scored" in read_text(read)
    visitor.send(f"{read.url.path}/score")
    assert latest_prediction(service, "X-1")["answers"] == {"systems": 5}
