"""Versions of the model: the bundles of the model store, latest first, whatever else lies beside them."""

import json
from pathlib import Path

from icp_fit.models.bundle import MANIFEST, METRICS
from icp_fit.models.store_paths import StorePaths
from icp_fit.serving.pages.versions import MOST_VERSIONS, list_versions


def write_version(store: StorePaths, number: int, metrics: object = None) -> None:
    folder = store.bundles / f"v{number}"
    folder.mkdir(parents=True)
    manifest = {"created": f"2026-01-{number:02}T12:00:00+00:00", "model_version": str(number)}
    (folder / MANIFEST).write_text(json.dumps(manifest))
    (folder / METRICS).write_text(json.dumps(metrics))


def test_versions_are_listed_latest_first_and_the_champion_is_marked(tmp_path: Path) -> None:
    store = StorePaths(tmp_path)
    for number in (2, 1, 3):
        write_version(store, number)
    store.point_champion("v2")
    assert [(version.version, version.is_champion) for version in list_versions(store)] == [
        ("3", False),
        ("2", True),
        ("1", False),
    ]


def test_only_the_latest_versions_are_listed(tmp_path: Path) -> None:
    store = StorePaths(tmp_path)
    for number in range(1, MOST_VERSIONS + 2):
        write_version(store, number)
    versions = [version.version for version in list_versions(store)]
    assert len(versions) == MOST_VERSIONS
    assert versions[-1] == "2"


def test_metrics_are_read_where_the_bundle_has_them(tmp_path: Path) -> None:
    store = StorePaths(tmp_path)
    metrics = {
        "verdict": {"level": "usable"},
        "facts": {"deals": 300},
        "accuracy": {"model": {"log_loss": {"value": 0.5}, "auc": {"value": 0.8}, "lift": {"value": 2.0}}},
    }
    write_version(store, 1, metrics)
    write_version(store, 2, {"accuracy": "none"})
    bare, full = list_versions(store)
    assert (full.verdict, full.deals, full.log_loss, full.auc, full.lift) == ("usable", 300, 0.5, 0.8, 2.0)
    assert (bare.verdict, bare.deals, bare.log_loss) == (None, None, None)


def test_what_is_no_bundle_is_passed_over(tmp_path: Path) -> None:
    store = StorePaths(tmp_path)
    write_version(store, 1)
    (store.bundles / "half").mkdir()
    (store.bundles / "broken").mkdir()
    (store.bundles / "broken" / MANIFEST).write_text("{")
    (store.bundles / "file").touch()
    assert [version.version for version in list_versions(store)] == ["1"]
    assert list_versions(StorePaths(tmp_path / "nowhere")) == []
