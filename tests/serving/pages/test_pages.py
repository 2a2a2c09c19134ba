"""The sellers' pages: what they show, store and refuse, and whom they let in."""

import io
import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import pytest
from starlette.requests import Request

from icp_fit.features.encoder import answer_numbers
from icp_fit.models.compiled import compile_model
from icp_fit.models.explain import explain_numbers
from icp_fit.models.narrative.narrator import Narrator
from icp_fit.serving.access.keys import Key, Keys
from icp_fit.serving.pages.answers import read_answer
from icp_fit.serving.pages.charts import draw_waterfall
from icp_fit.serving.pages.dimension_fit import measure_fits, measure_reach
from icp_fit.serving.pages.examples import store_examples
from icp_fit.serving.pages.form_fields import build_field
from icp_fit.serving.pages.request import local_path
from icp_fit.serving.pages.sessions import COOKIE, Session, Sessions, read_secret
from icp_fit.serving.store.store import Store
from tests.support.champions import install_champion
from tests.support.page_client import MARKUP, Visitor, read_text
from tests.support.running_service import ANSWERS, RunningService, build_settings, run_service, wait_for
from tests.support.small_profile import PROFILE, draw_answers, fit_small_model

PAGES = ("/", "/new", "/import", "/about-model", "/deals/D-1", "/what-if/D-1", "/deals/nothing", "/import/nothing")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A service without keys, with one deal."""
    home = tmp_path_factory.mktemp("home")
    install_champion(home, "7")
    with run_service(build_settings(home)) as service:
        service.post("/explain", {"deal_id": "D-1", "name": "First", "owner": "Ana", "answers": ANSWERS})
        yield service


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningService, Keys]]:
    """A service that has keys."""
    home = tmp_path_factory.mktemp("closed")
    install_champion(home, "7")
    with run_service(build_settings(home)) as service:
        keys = Keys(service.runtime.database)
        keys.create("Owner", "admin")
        yield service, keys


def make_key(keys: Keys, name: str, role: str = "view") -> tuple[Key, str]:
    made = keys.create(name, role)
    time.sleep(0.6)  # so often does a service look for keys that it does not know
    return made


@pytest.fixture
def visitor(served: RunningService) -> Iterator[Visitor]:
    visiting = Visitor(served.url)
    with visiting.client:
        yield visiting


def latest(served: RunningService, deal_id: str) -> dict[str, object]:
    found = served.get(f"/deals/{deal_id}/history").json()["predictions"]
    assert isinstance(found[-1], dict)
    return found[-1]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_comes_under_a_strict_policy_and_keeps_to_it(visitor: Visitor, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == (404 if "nothing" in path else 200)
    assert answer.headers["content-security-policy"].startswith(
        "default-src 'none'; script-src 'self'; style-src 'self'"
    )
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|javascript:", answer.text)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', answer.text)


def test_assets_are_kept_by_browsers_under_addresses_that_change_with_them(visitor: Visitor) -> None:
    addresses = re.findall(r'(?:src|href)="(/static/[^"]+)"', visitor.get("/").text)
    assert len(addresses) == 4
    for address in addresses:
        answer = visitor.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


def test_markup_in_names_and_reasons_is_shown_and_not_obeyed(served: RunningService, visitor: Visitor) -> None:
    served.post("/explain", {"deal_id": "M/1 <b>", "name": MARKUP, "owner": MARKUP, "answers": ANSWERS})
    visitor.send("/override/M%2F1%20%3Cb%3E", data={"score": "12", "reason": MARKUP})
    for path in ("/", "/deals/M%2F1%20%3Cb%3E", "/what-if/M%2F1%20%3Cb%3E", f"/?search={MARKUP}"):
        answer = visitor.get(path)
        assert answer.status_code == 200
        assert "<img" not in answer.text
        assert MARKUP in read_text(answer)


def test_markup_in_an_answer_is_refused_where_it_was_given(visitor: Visitor) -> None:
    answer = visitor.send("/answer/D-1", data={"factor": "systems", "answer": MARKUP})
    assert answer.status_code == 422
    assert "<img" not in answer.text
    assert "Systems must be a whole number of at least 0" in read_text(answer)


@pytest.mark.parametrize("path", ["/answer/D-1", "/override/D-1", "/rescore/D-1", "/new", "/import", "/sign-out"])
def test_forms_of_other_pages_are_refused(served: RunningService, visitor: Visitor, path: str) -> None:
    other = Visitor(served.url)
    before = latest(served, "D-1")
    for token in ("", "forged", other.token):
        visitor.get("/")
        answer = visitor.client.post(path, data={"token": token, "factor": "systems", "answer": "3"})
        assert answer.status_code == 403
    elsewhere = visitor.send(path, data={"factor": "systems"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 403
    assert latest(served, "D-1") == before


def test_answer_is_stored_and_moves_the_score(served: RunningService, visitor: Visitor) -> None:
    served.post("/explain", {"deal_id": "A-1", "name": "Answered", "answers": {"systems": 3}})
    before = latest(served, "A-1")
    answer = visitor.send("/answer/A-1", data={"factor": "portal", "answer": "yes"})
    after = latest(served, "A-1")
    assert after["answers"] == {"systems": 3, "portal": True}
    assert f"Saved: Portal. The score is {after['score']}, up from {before['score']}" in read_text(answer)
    visitor.send("/answer/A-1", data={"factor": "portal", "clear": "1"})
    assert latest(served, "A-1")["answers"] == {"systems": 3}
    assert latest(served, "A-1")["score"] == before["score"]


def test_answer_to_a_question_that_is_not_asked_is_refused(served: RunningService, visitor: Visitor) -> None:
    before = latest(served, "D-1")
    answer = visitor.send("/answer/D-1", data={"factor": "shoe_size", "answer": "3"})
    assert answer.status_code == 422
    assert latest(served, "D-1") == before


def test_unanswered_is_shown_as_neither_no_nor_zero(visitor: Visitor) -> None:
    text = visitor.get("/deals/D-1").text
    assert re.search(r'Industry</span> <span class="answer none">not answered', text)
    assert re.search(r'Portal</span> <span class="answer">Yes', text)


def test_what_if_tells_and_stores_nothing(served: RunningService, visitor: Visitor) -> None:
    before = served.runtime.store.history("D-1")
    form = {f"answer.{name}": str(answer) for name, answer in ANSWERS.items() if answer is not None}
    form |= {"answer.portal": "no", "answer.systems": "2"}
    said = read_text(visitor.send("/what-if/D-1", data=form))
    assert said.startswith("What if, not saved")
    assert "Systems: 12 2" in said
    assert "Portal: Yes No" in said
    assert served.runtime.store.history("D-1") == before


def test_what_if_says_what_it_cannot_use(visitor: Visitor) -> None:
    answer = visitor.send("/what-if/D-1", data={"answer.systems": "many"})
    assert answer.status_code == 422
    assert "Systems must be a whole number" in read_text(answer)


def test_new_deal_is_scored_while_it_is_written_and_stored_at_the_end(served: RunningService, visitor: Visitor) -> None:
    count = visitor.get("/").text.count('scope="row"')
    draft = visitor.send("/new/score", data={"name": "Draft", "answer.systems": "1,200"})
    assert "so far" in read_text(draft)
    assert visitor.get("/").text.count('scope="row"') == count
    answer = visitor.send("/new", data={"deal_id": "N-1", "name": "Nova", "answer.systems": "1,200"})
    assert answer.url.path == "/deals/N-1"
    assert latest(served, "N-1")["answers"] == {"systems": 1200}
    assert "Nova" in read_text(visitor.get("/?search=nov"))


def test_new_deal_never_replaces_another(served: RunningService, visitor: Visitor) -> None:
    before = latest(served, "D-1")
    answer = visitor.send("/new", data={"deal_id": "D-1", "name": "Other", "answer.systems": "4"})
    assert answer.status_code == 422
    assert "Deal D-1 already exists" in read_text(answer)
    assert 'value="Other"' in answer.text
    assert 'value="4"' in answer.text
    assert latest(served, "D-1") == before


def test_new_deal_without_an_id_gets_one(visitor: Visitor) -> None:
    first, second = (visitor.send("/new", data={"name": "Unnamed"}).url.path for _ in range(2))
    assert first.startswith("/deals/N-")
    assert first != second


def test_change_is_explained_in_parts_that_add_up(served: RunningService, visitor: Visitor) -> None:
    served.post("/explain", {"deal_id": "C-1", "answers": {"systems": 2}})
    served.post("/explain", {"deal_id": "C-1", "answers": {"systems": 20, "portal": True}})
    link = re.search(r'hx-get="(/change/[^"]+)"', visitor.get("/deals/C-1").text)
    assert link
    said = read_text(visitor.get(link[1].replace("&amp;", "&")))
    assert said.startswith("New answers")
    assert "Systems: 2 → 20" in said
    assert "Portal: not answered → Yes" in said
    assert "New model" not in said


def test_change_between_scorings_of_other_deals_is_not_told(served: RunningService, visitor: Visitor) -> None:
    served.post("/explain", {"deal_id": "C-2", "answers": {}})
    other, own = latest(served, "C-2")["prediction_id"], latest(served, "D-1")["prediction_id"]
    assert visitor.get(f"/change/D-1?before={other}&after={own}").status_code == 404


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"score": "101", "reason": "Sure."}, "whole number from 0 to 100"),
        ({"score": "many", "reason": "Sure."}, "whole number from 0 to 100"),
        ({"score": "40", "reason": " "}, "Give a reason"),
    ],
    ids=["too-high", "no-number", "no-reason"],
)
def test_override_needs_a_score_and_a_reason(visitor: Visitor, form: dict[str, str], says: str) -> None:
    answer = visitor.send("/override/D-1", data=form)
    assert answer.status_code == 422
    assert says in read_text(answer)
    assert f'value="{form["score"]}"' in answer.text


def test_override_stands_beside_the_score(served: RunningService, visitor: Visitor) -> None:
    before = latest(served, "D-1")
    said = read_text(visitor.send("/override/D-1", data={"score": "40", "reason": "The sponsor left."}))
    assert "Somebody on this machine: 40 “The sponsor left.”" in said
    assert latest(served, "D-1") == before
    assert "Override: 40" in read_text(visitor.get("/?search=D-1"))


def test_closed_deal_tells_what_became_of_it_and_asks_nothing(served: RunningService, visitor: Visitor) -> None:
    served.post("/explain", {"deal_id": "B-1", "answers": ANSWERS})
    served.post("/outcomes", {"deal_id": "B-1", "outcome": "lost", "note": "They built it themselves."})
    said = read_text(visitor.get("/deals/B-1"))
    assert "Lost : “They built it themselves.”" in said
    assert "Ask next" not in said
    assert "Ask next" not in read_text(visitor.get("/?closed=1"))


def test_deals_are_ranked_searched_filtered_and_paged(tmp_path: Path) -> None:
    install_champion(tmp_path, "7")
    with run_service(build_settings(tmp_path)) as service:
        deals = [
            {"deal_id": f"P-{i}", "name": f"Deal {i}%", "owner": "AB"[i % 2], "answers": {"systems": i % 20}}
            for i in range(60)
        ]
        service.post("/batch", {"deals": deals})
        visitor = Visitor(service.url)
        scores = [int(score) for score in re.findall(r'class="score">(\d+)', visitor.get("/").text)]
        assert scores == sorted(scores, reverse=True)
        assert len(scores) == 25
        assert "51 to 60 of 60" in read_text(visitor.get("/?page=99"))
        assert "1 to 1 of 1 " in read_text(visitor.get("/?search=deal 7%25"))
        assert "of 30 open deals" in read_text(visitor.get("/?owner=A"))
        assert "No deals match" in read_text(visitor.get("/?grade=X"))
        assert "It " in read_text(visitor.get("/?summaries=1")) or "Systems" in read_text(visitor.get("/?summaries=1"))
        service.post("/outcomes", {"deal_id": "P-3", "outcome": "won"})
        assert "of 59 open deals" in read_text(visitor.get("/"))
        assert "P-3" in read_text(visitor.get("/?closed=1"))


def test_import_says_what_is_wrong_and_stores_what_is_open(served: RunningService, visitor: Visitor) -> None:
    table = (
        f"deal_id,name,outcome,systems,portal,shoe\nI-1,Ok,,4,yes,1\nI-2,{MARKUP.replace(chr(34), '')},,many,no,2\n"
        "I-3,Done,won,3,no,3\n"
    )
    read = visitor.send("/import", files={"deals": ("deals.csv", table.encode(), "text/csv")})
    said = read_text(read)
    assert "2 deals can be scored, 1 of them open" in said
    assert 'systems must be a whole number of at least 0, got "many"' in said
    assert "Ignored columns: shoe" in said
    assert "<img" not in read.text
    assert served.get("/deals/I-1/history").status_code == 404
    done = visitor.send(f"{read.url.path}/score")
    assert "View the deals" in read_text(done)
    assert latest(served, "I-1")["answers"] == {"portal": True, "systems": 4}
    assert served.get("/deals/I-3/history").status_code == 404
    scores = pd.read_csv(io.BytesIO(visitor.get(f"{read.url.path}/scores.csv").content))
    assert scores["deal_id"].tolist() == ["I-1", "I-3"]
    assert scores["score"].iloc[0] == latest(served, "I-1")["score"]
    rejected = pd.read_csv(io.BytesIO(visitor.get(f"{read.url.path}/rejected.csv").content))
    assert rejected["row"].tolist() == [2]
    assert Visitor(served.url).get(read.url.path).status_code == 404


def test_import_records_what_became_of_deals_that_are_listed(served: RunningService, visitor: Visitor) -> None:
    served.post("/explain", {"deal_id": "I-9", "answers": {}})
    table = b"deal_id,outcome,systems\nI-9,lost,4\n"
    read = visitor.send("/import", files={"deals": ("deals.csv", table, "text/csv")})
    visitor.send(f"{read.url.path}/score")
    assert served.get("/deals/I-9/history").json()["outcomes"][-1]["outcome"] == "lost"


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


def test_import_takes_excel_and_a_mapping(served: RunningService, visitor: Visitor) -> None:
    book = io.BytesIO()
    pd.DataFrame({"Opportunity": ["X-1"], "Systems__c": [5]}).to_excel(book, index=False)
    mapping = b'factor_column = "{Snake_Case}__c"\n[columns]\ndeal_id = "Opportunity"\n'
    files = {"deals": ("deals.xlsx", book.getvalue(), "x"), "mapping_file": ("own.toml", mapping, "x")}
    read = visitor.send("/import", data={"mapping": "file"}, files=files)
    assert "1 deal can be scored" in read_text(read)
    visitor.send(f"{read.url.path}/score")
    assert latest(served, "X-1")["answers"] == {"systems": 5}


def test_form_that_is_too_large_is_refused(visitor: Visitor) -> None:
    answer = visitor.send("/new", data={"name": "x" * 300_000})
    assert answer.status_code == 413
    assert "too large" in read_text(answer)


def test_model_page_tells_curves_versions_and_counts(visitor: Visitor) -> None:
    said = read_text(visitor.get("/about-model"))
    assert "★ champion" in said
    assert "from the 300 deals trained on" in said
    assert re.search(r"Yes \d+\.\d \d+% of \d+ deals won", said)


def test_without_a_champion_every_page_says_what_to_do_next(tmp_path: Path) -> None:
    with run_service(build_settings(tmp_path)) as service:
        service.post("/explain", {"deal_id": "D-1", "answers": {"integrations": 9}})
        visitor = Visitor(service.url)
        for path in PAGES[:6]:
            answer = visitor.get(path)
            assert answer.status_code == 200
            assert "icp-fit train deals.csv" in read_text(answer)
        assert "What to do next" in read_text(visitor.get("/about-model"))


def test_deal_of_an_earlier_model_says_so_and_can_be_scored_again(tmp_path: Path) -> None:
    install_champion(tmp_path, "7")
    with run_service(build_settings(tmp_path)) as service:
        service.post("/explain", {"deal_id": "D-1", "answers": ANSWERS})
        was = latest(service, "D-1")
        install_champion(tmp_path, "8", fit_small_model(120))
        wait_for(lambda: service.runtime.model.model_version == "8", "version 8")
        visitor = Visitor(service.url)
        page = visitor.get("/deals/D-1")
        assert "This score is from model version 7. Deals are now scored by model version 8." in read_text(page)
        assert f'<span class="score">{was["score"]}</span>' in page.text
        assert "None of these scores is from model version 8" in read_text(visitor.get("/"))
        again = visitor.send("/rescore/D-1")
        assert latest(service, "D-1")["model_version"] == "8"
        assert "from model version 8, which" not in read_text(visitor.get("/"))
        link = re.search(r'hx-get="(/change/[^"]+)"', again.text)
        assert link
        assert "New model, version 8 instead of 7" in read_text(visitor.get(link[1].replace("&amp;", "&")))


def test_deal_whose_model_is_gone_is_still_shown(tmp_path: Path) -> None:
    install_champion(tmp_path, "7")
    with run_service(build_settings(tmp_path)) as service:
        service.post("/explain", {"deal_id": "D-1", "answers": ANSWERS})
        with service.runtime.database.write() as connection:
            connection.exec_driver_sql("update predictions set bundle_hash = 'gone', model_version = '3'")
        visitor = Visitor(service.url)
        assert "This score is from model version 3, which is no longer stored here" in read_text(
            visitor.get("/deals/D-1")
        )
        assert visitor.get("/").status_code == 200
        assert visitor.get("/?summaries=1").status_code == 200


def test_store_that_is_down_is_told_on_a_page(tmp_path: Path) -> None:
    (tmp_path / "file").touch()  # where a folder must be
    install_champion(tmp_path, "7")
    database = f"sqlite:///{tmp_path / 'file' / 'predictions.db'}"
    with run_service(build_settings(tmp_path, database_url=database), ready=False) as service:
        answer = Visitor(service.url).get("/")
        assert answer.status_code == 503
        assert answer.headers["content-type"].startswith("text/html")
        assert "Nothing was stored" in read_text(answer)


def test_signing_in_takes_a_key_that_may_view(closed: tuple[RunningService, Keys]) -> None:
    service, keys = closed
    visitor = Visitor(service.url)
    assert visitor.get("/deals/x?a=1").headers["location"] == "/sign-in?next=%2Fdeals%2Fx%3Fa%3D1&ended=1"
    assert "unknown or has been revoked" in read_text(visitor.sign_in("icpfit_000000000000_wrong"))
    _, for_services = make_key(keys, "CRM", "score")
    assert "which is for services" in read_text(visitor.sign_in(for_services))
    key, text = make_key(keys, "Ana")
    answer = visitor.sign_in(text, "/about-model")
    cookie = answer.headers["set-cookie"]
    assert answer.headers["location"] == "/about-model"
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert text.split("_", 2)[2] not in cookie
    assert key.name in read_text(visitor.get("/"))


def test_pages_count_against_the_rate_limit_of_the_key_that_signed_in(tmp_path: Path) -> None:
    install_champion(tmp_path, "7")
    with run_service(build_settings(tmp_path, rate_limit=0.1, rate_burst=3)) as service:
        _, text = make_key(Keys(service.runtime.database), "Ana")
        visitor = Visitor(service.url)
        assert visitor.sign_in(text).status_code == 303
        assert service.get("/model", headers={"X-API-Key": text}).status_code == 200
        assert [visitor.get("/new").status_code for _ in range(3)] == [200, 200, 429]
        limited, part = visitor.get("/new"), visitor.get("/new", headers={"HX-Request": "true"})
        assert "asks too often. Try again in" in read_text(limited)
        assert limited.headers["content-type"].startswith("text/html")
        assert "<html" not in part.text
        assert 1 <= int(limited.headers["retry-after"]) <= 10
        assert visitor.get("/sign-in").status_code == 200
        assert service.get("/model", headers={"X-API-Key": text}).status_code == 429


def test_sign_out_ends_the_session(closed: tuple[RunningService, Keys]) -> None:
    service, keys = closed
    visitor = Visitor(service.url)
    visitor.sign_in(make_key(keys, "Ben")[1])
    assert visitor.get("/").status_code == 200
    visitor.send("/sign-out")
    assert visitor.get("/").status_code == 303


def test_revoked_key_ends_its_session_within_seconds(closed: tuple[RunningService, Keys]) -> None:
    service, keys = closed
    visitor, (key, text) = Visitor(service.url), make_key(keys, "Cleo")
    visitor.sign_in(text)
    assert visitor.get("/").status_code == 200
    keys.revoke(key.id)
    wait_for(lambda: visitor.get("/").status_code == 303, "the session to end", 6)


def test_cookie_that_was_tampered_with_is_no_session(closed: tuple[RunningService, Keys]) -> None:
    service, keys = closed
    visitor = Visitor(service.url)
    visitor.sign_in(make_key(keys, "Dev")[1])
    value = visitor.client.cookies[COOKIE]
    visitor.client.cookies.set(COOKIE, value[:-2] + ("AA" if value[-2:] != "AA" else "BB"), domain="127.0.0.1")
    answer = visitor.get("/", headers={"Cookie": f"{COOKIE}=e30.x.y"})
    assert answer.status_code == 303
    part = visitor.get("/", headers={"HX-Request": "true", "Cookie": f"{COOKIE}=e30.x.y"})
    assert part.status_code == 401
    assert part.headers["hx-redirect"].startswith("/sign-in?next=")


def test_session_ends_with_its_time() -> None:
    secret = b"s" * 32
    now, over = Sessions(secret), Sessions(secret, lifetime=-1)
    session = now.begin("abc")
    value = now._cookies.dumps([session.id, session.key_id])
    scope = {"type": "http", "headers": [(b"cookie", f"{COOKIE}={value}".encode())]}
    assert now.read(Request(scope)) == Session(session.id, "abc")
    assert over.read(Request(scope)) is None
    assert Sessions(b"t" * 32).read(Request(scope)) is None


def test_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    secret = read_secret(tmp_path)
    assert read_secret(tmp_path) == secret
    assert (tmp_path / "session.key").stat().st_mode & 0o777 == 0o600
    assert len(read_secret(Path("/dev/null/nowhere"))) == 32


@pytest.mark.parametrize("text", ["//evil.example", "https://evil.example", "/\\evil.example", "//[", "", "x", "/a\nb"])
def test_nobody_is_sent_to_another_host(text: str) -> None:
    assert local_path(text) == "/"


@pytest.mark.parametrize(
    ("factor", "text", "answer"),
    [
        ("systems", " 1,200 ", 1200),
        ("systems", "1,2", "1,2"),
        ("amount", "90 000.5", 90000.5),
        ("amount", "nan", float("nan")),
        ("portal", "yes", True),
        ("portal", "maybe", "maybe"),
        ("security", "top", "top"),
        ("security", "", None),
    ],
)
def test_answers_of_a_form_are_read_as_json(factor: str, text: str, answer: object) -> None:
    read = read_answer(PROFILE.factor(factor), text)
    assert read == answer or (read != read and answer != answer)


def test_question_offers_the_answers_of_its_factor() -> None:
    assert [option.text for option in build_field(PROFILE.factor("security"), 1.0).options if option.chosen] == ["High"]
    assert build_field(PROFILE.factor("systems")).control == "number"


def test_waterfall_leads_from_the_baseline_to_the_score() -> None:
    compiled = compile_model(fit_small_model(300))
    for numbers in np.array(_numbers(20)):
        view = Narrator(compiled).view(explain_numbers(compiled, numbers[None]))
        steps = draw_waterfall(view, dict.fromkeys(PROFILE.factor_ids, ""))
        moved = sum(step.points for step in steps[1:-1])
        assert view.baseline + moved == pytest.approx(100 * view.win_probability, abs=0.5)
        assert all(-0.01 <= place <= 100.01 for step in steps for place in (step.start, step.end))


def test_dimension_fits_between_its_worst_and_its_best_answers() -> None:
    compiled = compile_model(fit_small_model(300))
    reach, narrator = measure_reach(compiled), Narrator(compiled)
    for numbers in np.array(_numbers(20)):
        explanation = explain_numbers(compiled, numbers[None])
        (fit,) = measure_fits(explanation, narrator.view(explanation), reach)  # the other dimension has no weight
        assert fit.label == "Needs"
        assert 0 <= fit.share <= 1
    nothing = explain_numbers(compiled, np.full((1, len(PROFILE.factors)), np.nan))
    (fit,) = measure_fits(nothing, narrator.view(nothing), reach)
    assert fit.share == pytest.approx(fit.usual)
    assert fit.answered_share == 0


def test_examples_are_stored_once_with_a_history(served: RunningService, tmp_path: Path) -> None:
    table = draw_answers(12, seed=3).assign(deal_id=[f"E-{i}" for i in range(12)], outcome=["", "won"] * 6)
    table.to_csv(tmp_path / "deals.csv", index=False)
    store = Store(served.runtime.database)
    assert store_examples(store, served.runtime.model, tmp_path / "deals.csv") == 6
    assert len(store.history("E-0")) == 3
    assert store_examples(store, served.runtime.model, tmp_path / "deals.csv") == 0


def _numbers(count: int) -> np.ndarray:
    return answer_numbers(PROFILE, draw_answers(count, seed=9))


def test_pages_never_hold_a_key(closed: tuple[RunningService, Keys]) -> None:
    service, keys = closed
    visitor, (_, text) = Visitor(service.url), make_key(keys, "Eve")
    visitor.sign_in(text)
    answers: list[httpx.Response] = [visitor.get(path) for path in PAGES]
    assert all(text.split("_", 2)[2] not in answer.text for answer in answers)


def test_browser_is_told_of_a_wrong_address_on_a_page_and_a_service_in_json(served: RunningService) -> None:
    page = served.get("/dealz", headers={"accept": "text/html,application/xhtml+xml"})
    assert page.status_code == 404
    assert "There is no page at this address" in read_text(page)
    problem = served.get("/dealz", headers={"accept": "*/*"})
    assert problem.headers["content-type"] == "application/problem+json"
    assert served.get("/predict", headers={"accept": "text/html"}).status_code == 404
