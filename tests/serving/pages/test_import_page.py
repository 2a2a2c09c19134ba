"""An import is shown as it is understood and corrected; then it is scored, and what is open is stored."""

import io
import re

import httpx
import pandas as pd
import pytest

from tests.support.page_client import MARKUP, Visitor, latest_prediction, read_text
from tests.support.running_service import RunningService


def send_table(visitor: Visitor, table: str, name: str = "deals.csv", **data: str) -> httpx.Response:
    return visitor.send("/import", files={"deals": (name, table.encode(), "text/csv")}, data=data)


def score(visitor: Visitor, address: str, **data: str) -> httpx.Response:
    """Score an import, although its file has few columns."""
    return visitor.send(f"{address}/score", data={"allow_missing": "1", **data})


def find_word(page: httpx.Response, word: str) -> str:
    """The field that says what a word of the outcome's column means."""
    found = re.search(rf'<span class="word">“{word}”.*?name="(word\.\d+)"', page.text, re.DOTALL)
    assert found, page.text
    return found[1]


def test_import_says_what_is_wrong_and_stores_what_is_open(service: RunningService, visitor: Visitor) -> None:
    table = (
        f"deal_id,name,outcome,systems,portal,shoe\nI-1,Ok,,4,yes,1\nI-2,{MARKUP.replace(chr(34), '')},,many,no,2\n"
        "I-3,Done,won,3,no,3\n"
    )
    read = send_table(visitor, table)
    text = read_text(read)
    assert "2 deals can be scored, 1 of them open, 1 won and 0 lost" in text
    assert 'systems must be a whole number of at least 0, got "many"' in text
    assert "Columns that feed no question 1 shoe 1 · 2 · 3" in text
    assert "<img" not in read.text
    assert service.get("/deals/I-1/history").status_code == 404
    done = score(visitor, read.url.path)
    assert "View the deals" in read_text(done)
    assert latest_prediction(service, "I-1")["answers"] == {"portal": True, "systems": 4}
    assert service.get("/deals/I-3/history").status_code == 404
    scores = pd.read_csv(io.BytesIO(visitor.get(f"{read.url.path}/scores.csv").content))
    assert scores["deal_id"].tolist() == ["I-1", "I-3"]
    assert scores["score"].iloc[0] == latest_prediction(service, "I-1")["score"]
    rejected = pd.read_csv(io.BytesIO(visitor.get(f"{read.url.path}/rejected.csv").content))
    assert rejected["deal_id"].tolist() == ["I-2"]
    assert Visitor(service.url).get(read.url.path).status_code == 404


def test_import_records_the_outcomes_of_deals_that_are_listed(service: RunningService, visitor: Visitor) -> None:
    service.post("/explain", {"deal_id": "I-9", "answers": {}})
    read = send_table(visitor, "deal_id,outcome,systems\nI-9,lost,4\n")
    score(visitor, read.url.path)
    assert service.get("/deals/I-9/history").json()["outcomes"][-1]["outcome"] == "lost"


def test_deal_that_was_lost_stays_so_where_a_later_file_shows_it_as_open(
    service: RunningService, visitor: Visitor
) -> None:
    service.post("/explain", {"deal_id": "S-1", "answers": {}})
    service.post("/outcomes", {"deal_id": "S-1", "outcome": "lost"}).raise_for_status()
    read = send_table(visitor, "deal_id,outcome,systems\nS-1,,4\nS-2,,4\n")
    done = read_text(score(visitor, read.url.path))
    assert "1 deal that is open in this file was recorded as won or lost before, and stays off the list." in done


def test_column_that_was_not_recognised_is_chosen_and_the_first_deals_shown(
    service: RunningService, visitor: Visitor
) -> None:
    read = send_table(visitor, "deal_id,Number of tools,portal\nC-1,12,yes\nC-2,3,no\n")
    assert "1 of 6 questions have a column" in read_text(read)
    corrected = visitor.send(read.url.path, data={"column.systems": "Number of tools", "column.portal": ""})
    assert "1 of 6 questions have a column" in read_text(corrected)
    assert "Systems 12 3" in read_text(corrected)
    assert "Columns that feed no question 1 portal yes · no" in read_text(corrected)
    score(visitor, read.url.path)
    assert latest_prediction(service, "C-1")["answers"] == {"systems": 12}


def test_file_that_lacks_most_questions_is_scored_only_on_demand(service: RunningService, visitor: Visitor) -> None:
    read = send_table(visitor, "deal_id,systems,portals\nQ-1,4,yes\n")
    assert "5 of the 6 questions of profile small have no column, more than half" in read_text(read)
    assert 'portal (nearest: "portals")' in read_text(read)
    refused = visitor.send(f"{read.url.path}/score")
    assert refused.status_code == 422
    assert service.get("/deals/Q-1/history").status_code == 404
    score(visitor, read.url.path)
    assert latest_prediction(service, "Q-1")["answers"] == {"systems": 4}


def test_file_with_half_of_the_questions_is_scored_at_once(service: RunningService, visitor: Visitor) -> None:
    read = send_table(visitor, "deal_id,systems,portal,rivals\nH-1,4,yes,1\n")
    assert "Most questions" not in read_text(read)
    visitor.send(f"{read.url.path}/score")
    assert latest_prediction(service, "H-1")["answers"] == {"portal": True, "systems": 4, "rivals": 1}


def test_what_was_changed_is_looked_at_before_it_is_scored(service: RunningService, visitor: Visitor) -> None:
    read = send_table(visitor, "deal_id,tools,portal\nL-1,12,yes\n")
    shown = score(visitor, read.url.path, **{"column.systems": "tools"})
    assert "You changed how the file is read. Look at what came of it, then score." in read_text(shown)
    assert service.get("/deals/L-1/history").status_code == 404
    score(visitor, read.url.path, **{"column.systems": "tools"})
    assert latest_prediction(service, "L-1")["answers"] == {"systems": 12, "portal": True}


def test_no_identity_is_made_up_and_columns_that_could_be_the_id_are_named(
    service: RunningService, visitor: Visitor
) -> None:
    read = send_table(visitor, "reference,systems,portal\nR 7,4,yes\nR 8,5,yes\n")
    assert "Choose the column that holds the deal id" in read_text(read)
    assert "These differ in every row: “reference”, “systems”." in read_text(read)
    refused = score(visitor, read.url.path)
    assert refused.status_code == 422
    assert "Nothing was scored yet." in read_text(refused)
    visitor.send(read.url.path, data={"column.deal_id": "reference"})
    score(visitor, read.url.path)
    assert latest_prediction(service, "R 7")["answers"] == {"portal": True, "systems": 4}


def test_ids_that_repeat_are_told_on_a_page_where_another_column_can_be_chosen(visitor: Visitor) -> None:
    read = send_table(visitor, "deal_id,reference,systems\nA,1,4\nA,2,5\n")
    assert 'deal_id must name each deal once: "A" is in rows' in read_text(read)
    assert "2 deals can be scored" in read_text(visitor.send(read.url.path, data={"column.deal_id": "reference"}))


def test_outcomes_that_nobody_mapped_are_decided_before_anything_is_scored(
    service: RunningService, visitor: Visitor
) -> None:
    table = (
        "deal_id,Stage,systems\nO-1,Dropped by us,4\nO-2,Talking,4\nO-3,Talking,5\nO-4,Closed Won,5\nO-5,Gewonnen,1\n"
    )
    read = send_table(visitor, table)
    assert "Say below what these outcomes mean, won, lost or open: “Talking” (2), “Dropped by us” (1)." in read_text(
        read
    )
    assert score(visitor, read.url.path).status_code == 422
    decided = visitor.send(
        read.url.path, data={"words": "1", find_word(read, "Talking"): "open", find_word(read, "Dropped by us"): "lost"}
    )
    assert "5 deals can be scored, 2 of them open, 2 won and 1 lost" in read_text(decided)
    score(visitor, read.url.path)
    histories = [service.get(f"/deals/O-{number}/history").status_code for number in range(1, 6)]
    assert histories == [404, 200, 200, 404, 404]


def test_any_other_word_can_be_taken_for_open_but_none_that_says_that_a_deal_ended(visitor: Visitor) -> None:
    read = send_table(visitor, "deal_id,outcome,systems\nW-1,Talking,4\nW-2,Closed,4\nW-3,won,5\n")
    decided = visitor.send(read.url.path, data={"words": "1", "others": "1"})
    assert "Say below what these outcomes mean, won, lost or open: “Closed” (1)." in read_text(decided)


def test_date_format_is_shown_and_corrected(visitor: Visitor) -> None:
    read = send_table(visitor, "deal_id,created_on,systems\nF-1,03/04/2026,4\nF-2,05/04/2026,5\n")
    corrected = visitor.send(read.url.path, data={"format.created_on": "%d/%m/%Y"})
    assert "03/04/2026 → is read as 3 Apr 2026" in read_text(corrected)
    wrong = visitor.send(read.url.path, data={"format.created_on": "%m.%d.%Y"})
    assert "2 rows cannot be used" in read_text(wrong)


def test_decimal_sign_is_shown_and_corrected(visitor: Visitor) -> None:
    read = send_table(visitor, 'deal_id,amount\nE-1,"1.234"\nE-2,"5.678"\n')
    assert "1.234 5.678" in read_text(read)
    corrected = visitor.send(read.url.path, data={"decimal.amount": ","})
    assert "1.234 → is read as 1,234" in read_text(corrected)


def test_mapping_is_corrected_as_toml_where_no_field_does_it(visitor: Visitor) -> None:
    read = send_table(visitor, "deal_id,amount,systems\nM-1,$100,1\nM-2,¥100,2\n")
    assert "amount holds amounts in several currencies" in read_text(read)
    rates = '[currency]\nunit = "$"\n[currency.rates]\n"¥" = 0.01\n'
    corrected = visitor.send(read.url.path, data={"toml": rates, "column.rivals": "systems"})
    assert "¥100 → is read as 1" in read_text(corrected)
    assert "3 of 6 questions have a column" in read_text(corrected)
    wrong = visitor.send(read.url.path, data={"toml": "[currency"})
    assert wrong.status_code == 422
    assert "The mapping is not valid TOML" in read_text(wrong)


def test_word_is_said_to_mean_that_nobody_answered(visitor: Visitor) -> None:
    rows = "".join(f"U-{number},{'?!' if number % 2 else number},yes\n" for number in range(20))
    read = send_table(visitor, f"deal_id,systems,portal\n{rows}")
    assert "10 deals can be scored" in read_text(read)
    assert "“?!” means that nobody answered" in read_text(read)
    corrected = visitor.send(read.url.path, data={"unanswered.0": "1"})
    assert "20 deals can be scored" in read_text(corrected)
    assert '"?!" = ""' in corrected.text.replace("&#34;", '"')


def test_answer_that_the_model_does_not_know_is_unanswered_or_what_somebody_says(visitor: Visitor) -> None:
    rows = "".join(f"V-{number},{('high', 'Severe')[number % 2]},yes,4\n" for number in range(20))
    read = send_table(visitor, f"deal_id,security,portal,systems\n{rows}")
    text = read_text(read)
    assert "20 deals can be scored" in text
    assert "Security: “Severe” 10 rows Unanswered Low High Top rows 3, 5, 7, 9, 11, …" in text
    assert "which is no answer that the model knows" not in text
    corrected = visitor.send(read.url.path, data={"meaning.0": "top"})
    assert "Severe → is read as Top" in read_text(corrected)
    assert "Answers that the model does not know" not in read_text(corrected)


def test_rows_that_are_no_deals_are_told_and_downloaded(visitor: Visitor) -> None:
    rows = "".join(f"{number},4,yes\n" for number in range(20))
    read = send_table(visitor, f"deal_id,systems,portal\n{rows}deal_id,systems,portal\n21,many,no\n")
    assert "1 row cannot be used, 1 is no deal" in read_text(read)
    assert "1 row No deal: It repeats the header. row 22" in read_text(read)
    rejected = pd.read_csv(io.BytesIO(visitor.get(f"{read.url.path}/rejected.csv").content))
    assert rejected["row"].tolist() == [22, 23]


def test_sheet_is_chosen_where_a_workbook_has_several(visitor: Visitor) -> None:
    book = io.BytesIO()
    with pd.ExcelWriter(book) as writer:
        for name in ("North", "South"):
            table = {"deal_id": [f"{name} {i}" for i in range(5)], "systems": range(5), "portal": "yes"}
            pd.DataFrame(table).to_excel(writer, sheet_name=name, index=False)
    read = visitor.send("/import", files={"deals": ("deals.xlsx", book.getvalue(), "x")})
    assert "several sheets that may hold the deals: North (6 rows, 3 columns), South" in read_text(read)
    chosen = visitor.send(read.url.path, data={"sheet": "South"})
    assert "5 deals can be scored" in read_text(chosen)
    assert "South 0 South 1" in read_text(chosen)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("deals.csv", b"", "Choose a file first"),
        ("deals.pdf", b"%PDF", "not a CSV, Excel or Parquet file"),
        ("deals.parquet", b"PAR1", "cannot be read as a table"),
        ("deals.xlsx", b"PK", "cannot be read as a table"),
    ],
    ids=["nothing", "pdf", "broken-parquet", "broken-excel"],
)
def test_import_of_what_is_no_table_says_so(visitor: Visitor, name: str, content: bytes, says: str) -> None:
    files = {"deals": (name if content else "", content, "text/csv")}
    answer = visitor.send("/import", files=files)
    assert answer.status_code == 422
    assert says in read_text(answer)
    assert "/tmp" not in answer.text


def test_table_without_any_known_column_says_so_and_can_be_mapped(visitor: Visitor) -> None:
    read = send_table(visitor, "a,b\n1,2\n")
    assert "No question has a column yet. Choose below" in read_text(read)
    mapped = visitor.send(read.url.path, data={"column.deal_id": "a", "column.systems": "b"})
    assert "1 deal can be scored" in read_text(mapped)


def test_import_takes_excel_and_a_mapping(service: RunningService, visitor: Visitor) -> None:
    book = io.BytesIO()
    pd.DataFrame({"Opportunity": ["X-1"], "Systems__c": [5]}).to_excel(book, index=False)
    mapping = b'factor_column = "{Snake_Case}__c"\n[columns]\ndeal_id = "Opportunity"\n'
    files = {"deals": ("deals.xlsx", book.getvalue(), "x"), "mapping_file": ("own.toml", mapping, "x")}
    read = visitor.send("/import", data={"mapping": "file"}, files=files)
    assert "1 deal can be scored" in read_text(read)
    score(visitor, read.url.path)
    assert latest_prediction(service, "X-1")["answers"] == {"systems": 5}


def test_column_that_the_file_lacks_is_refused_with_the_one_that_is_like_it(visitor: Visitor) -> None:
    read = send_table(visitor, "deal_id,number of tools,portal\nC-1,12,yes\n")
    refused = visitor.send(read.url.path, data={"column.systems": "number of tool"})
    assert refused.status_code == 422
    assert "The file has no column “number of tool”. Did you mean number of tools?" in read_text(refused)


def test_markup_in_columns_words_and_cells_is_shown_and_not_obeyed(visitor: Visitor) -> None:
    markup = "<script>alert(1)</script>"
    read = send_table(visitor, f"deal_id,{markup},outcome,systems\n{markup},{markup},{markup},4\n")
    assert read.status_code == 200
    assert "<script>alert" not in read.text
    assert read_text(read).count("<script>alert(1)</script>") >= 4


def test_rows_with_one_fault_are_one_line_with_their_count(visitor: Visitor) -> None:
    rows = "".join(f"D-{number},many\n" for number in range(468))
    text = read_text(send_table(visitor, f"deal_id,systems\n{rows}A,4\n"))
    assert text.count('systems must be a whole number of at least 0, got "many"') == 1
    assert "468 rows systems must be" in text


def test_wide_file_makes_a_page_that_can_be_used(visitor: Visitor) -> None:
    names = [f"A column of a name that is rather long, number {number}" for number in range(1_500)]
    header = ",".join(f'"{name}"' for name in names)
    read = send_table(visitor, f"deal_id,systems,{header}\nD-1,4,{','.join(['7' * 30] * len(names))}\n")
    assert "1 deal can be scored" in read_text(read)
    assert "<select id" not in read.text
    assert len(read.text) < 500_000
    corrected = visitor.send(read.url.path, data={"column.rivals": names[1_499], "column.systems": ""})
    assert "1 of 6 questions have a column" in read_text(corrected)
    assert f'value="{names[1_499]}" placeholder="No column"' in corrected.text


@pytest.mark.parametrize("path", ["score", "mapping"])
def test_import_is_changed_by_its_own_page_alone(visitor: Visitor, path: str) -> None:
    read = send_table(visitor, "deal_id,systems\nD-1,4\n")
    assert visitor.client.post(f"{read.url.path}/{path}", data={"token": "x", "name": "n"}).status_code == 403
    assert visitor.client.post(read.url.path, data={"token": "x"}).status_code == 403
