"""A mapping that was corrected is saved under a name, chosen for the next file, downloaded, replaced and deleted."""

import httpx
import pytest

from icp_fit.features.mapping import parse_mapping
from icp_fit.serving.access.keys import Keys
from icp_fit.serving.store.audit import read_trail
from tests.support.page_client import MARKUP, Visitor, create_key, read_text
from tests.support.running_service import RunningService

TABLE = "Ref,Tools,Phase\nR-1,4,Talking\nR-2,5,Closed Won\n"


def import_table(visitor: Visitor, mapping: str = "") -> httpx.Response:
    files = {"deals": ("deals.csv", TABLE.encode(), "text/csv")}
    return visitor.send("/import", files=files, data={"mapping": mapping})


def correct(visitor: Visitor) -> str:
    """An import that was corrected; returns its address."""
    address = import_table(visitor).url.path
    columns = {"column.deal_id": "Ref", "column.systems": "Tools", "column.outcome": "Phase"}
    visitor.send(address, data=columns)
    text = read_text(visitor.send(address, data={"words": "1", "others": "1"}))
    assert "2 deals can be scored, 1 of them open, 1 won and 0 lost" in text
    return address


def test_saved_mapping_reads_the_next_file_without_corrections(visitor: Visitor) -> None:
    address = correct(visitor)
    saved = visitor.send(f"{address}/mapping", data={"name": "Vertrieb Süd"})
    assert "The mapping is saved" in read_text(saved)
    assert "Vertrieb Süd" in read_text(visitor.get("/import"))
    again = import_table(visitor, "saved:Vertrieb Süd")
    assert "2 deals can be scored, 1 of them open, 1 won and 0 lost" in read_text(again)


def test_mapping_is_downloaded_as_the_command_line_reads_it(visitor: Visitor) -> None:
    address = correct(visitor)
    visitor.send(f"{address}/mapping", data={"name": "own"})
    for path in (f"{address}/mapping.toml", "/import/mappings/own"):
        answer = visitor.get(path)
        assert answer.headers["content-type"].startswith("application/toml")
        mapping = parse_mapping(answer.text)
        assert mapping.columns == {"deal_id": "Ref", "systems": "Tools", "outcome": "Phase"}
        assert "closed won" in mapping.outcome.won
        assert mapping.outcome.open[-1] == "*"
    assert visitor.get("/import/mappings/nobody").status_code == 404


def test_mapping_of_the_same_name_is_replaced_only_on_demand(visitor: Visitor) -> None:
    address = correct(visitor)
    visitor.send(f"{address}/mapping", data={"name": "twice"})
    refused = visitor.send(f"{address}/mapping", data={"name": "twice"})
    assert refused.status_code == 422
    assert "There is a mapping twice already. Replace it, or choose another name." in read_text(refused)
    assert "Replace the one that has this name" in read_text(refused)
    replaced = visitor.send(f"{address}/mapping", data={"name": "twice", "replace": "1"})
    assert replaced.status_code == 200


def test_deleted_mapping_is_no_choice_any_more(visitor: Visitor) -> None:
    visitor.send(f"{correct(visitor)}/mapping", data={"name": MARKUP})
    page = visitor.get("/import")
    assert MARKUP in read_text(page)
    assert "<img" not in page.text
    assert MARKUP not in read_text(visitor.send("/import/mappings/delete", data={"name": MARKUP}))
    refused = import_table(visitor, f"saved:{MARKUP}")
    assert refused.status_code == 422
    assert "was deleted. Choose another one." in read_text(refused)


def test_mapping_needs_a_name(visitor: Visitor) -> None:
    refused = visitor.send(f"{correct(visitor)}/mapping", data={"name": " "})
    assert refused.status_code == 422
    assert "A mapping needs a name of 1 to 60 letters" in read_text(refused)


@pytest.mark.parametrize("role", ["view", "score"])
def test_mappings_are_for_those_who_may_import_and_name_who_saved_them(
    service_with_keys: tuple[RunningService, Keys], role: str
) -> None:
    service, keys = service_with_keys
    key, text = create_key(keys, "Somebody", role)
    visitor = Visitor(service.url)
    with visitor.client:
        visitor.sign_in(text)
        if role == "score":
            assert visitor.get("/import/mappings/any").status_code in (303, 403)
            return
        visitor.send(f"{correct(visitor)}/mapping", data={"name": "hers"})
        visitor.send("/import/mappings/delete", data={"name": "hers"})
    acts = [(e.act, e.by, e.subject) for e in read_trail(service.runtime.database) if e.act.startswith("mapping")]
    assert acts == [("mapping deleted", key.id, "hers"), ("mapping saved", key.id, "hers")]
