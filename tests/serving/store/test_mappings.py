"""Mappings are saved under names, replaced only by whoever says so, and every change is in the audit trail."""

import pytest

from icp_fit.serving.errors import RecordError
from icp_fit.serving.store.audit import read_trail
from icp_fit.serving.store.mappings import MOST_BYTES, MOST_LETTERS, MOST_MAPPINGS, SavedMappings
from icp_fit.serving.store.store import Store


@pytest.fixture
def saved(store: Store) -> SavedMappings:
    return SavedMappings(store.database)


def test_saved_mapping_is_found_and_listed_by_name(saved: SavedMappings) -> None:
    saved.save("  Vertrieb   Süd ", 'decimal = ","\n', by="k1")
    saved.save("export", "", by=None)
    assert [(one.name, one.toml, one.by) for one in saved.list()] == [
        ("export", "", None),
        ("Vertrieb Süd", 'decimal = ","\n', "k1"),
    ]
    assert saved.find("export") == saved.list()[0]
    assert saved.find("Export") is None


def test_mapping_is_replaced_only_where_that_is_said(saved: SavedMappings) -> None:
    saved.save("export", "", by="k1")
    with pytest.raises(RecordError, match=r"a mapping `export` already\. Replace it"):
        saved.save("export", 'decimal = "."\n', by="k2")
    saved.save("export", 'decimal = ","\n', by="k2", replace=True)
    assert [(one.toml, one.by) for one in saved.list()] == [('decimal = ","\n', "k2")]


def test_deleted_mapping_is_gone_and_deleting_it_again_says_so(saved: SavedMappings) -> None:
    saved.save("export", "", by=None)
    assert saved.delete("export", by="k1")
    assert not saved.delete("export", by="k1")
    assert saved.list() == []


def test_changes_of_mappings_are_in_the_audit_trail(store: Store, saved: SavedMappings) -> None:
    saved.save("export", "", by="k1")
    saved.save("export", "", by="k2", replace=True)
    saved.delete("export", by="k3")
    saved.delete("export", by="k4")
    trail = [(entry.act, entry.by, entry.subject) for entry in read_trail(store.database)]
    assert trail == [
        ("mapping deleted", "k3", "export"),
        ("mapping saved", "k2", "export"),
        ("mapping saved", "k1", "export"),
    ]


@pytest.mark.parametrize("name", ["", "  ", "x" * (MOST_LETTERS + 1), "a\x00b"], ids=["none", "blank", "long", "nul"])
def test_mapping_needs_a_name_that_can_be_shown(saved: SavedMappings, name: str) -> None:
    with pytest.raises(RecordError, match="needs a name of 1 to 60 letters"):
        saved.save(name, "", by=None)
    saved.save("x" * MOST_LETTERS, "", by=None)


def test_mapping_has_a_largest_size(saved: SavedMappings) -> None:
    saved.save("large", "#" * MOST_BYTES, by=None)
    with pytest.raises(RecordError, match=r"at most 100,000 bytes, this one has 100,001"):
        saved.save("larger", "#" * (MOST_BYTES + 1), by=None)


def test_mappings_are_no_more_than_can_be_listed(saved: SavedMappings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_MAPPINGS == 200
    monkeypatch.setattr("icp_fit.serving.store.mappings.MOST_MAPPINGS", 2)
    saved.save("one", "", by=None)
    saved.save("two", "", by=None)
    with pytest.raises(RecordError, match="There are 2 mappings already"):
        saved.save("three", "", by=None)
    saved.save("two", "", by=None, replace=True)
