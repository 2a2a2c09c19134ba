"""Every page is sent under a strict policy, escapes what people wrote, and names its own files by their content."""

import re

import pytest

from tests.support.page_client import MARKUP, PAGES, Visitor, read_text
from tests.support.running_service import ANSWERS, RunningService


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


def test_assets_are_cached_under_addresses_that_change_with_them(visitor: Visitor) -> None:
    addresses = re.findall(r'(?:src|href)="(/static/[^"]+)"', visitor.get("/").text)
    assert len(addresses) == 4
    for address in addresses:
        answer = visitor.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


def test_markup_in_names_and_reasons_is_shown_and_not_obeyed(service: RunningService, visitor: Visitor) -> None:
    service.post("/explain", {"deal_id": "M/1 <b>", "name": MARKUP, "owner": MARKUP, "answers": ANSWERS})
    visitor.send("/override/M%2F1%20%3Cb%3E", data={"score": "12", "reason": MARKUP})
    for path in ("/", "/deals/M%2F1%20%3Cb%3E", "/what-if/M%2F1%20%3Cb%3E", f"/?search={MARKUP}"):
        answer = visitor.get(path)
        assert answer.status_code == 200
        assert "<img" not in answer.text
        assert MARKUP in read_text(answer)
