"""A bundle that was damaged or forged is refused by the check that is meant for it, and its neighbour passes."""

import io
import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from icp_fit.features.mapping import Mapping
from icp_fit.models.bundle import (
    FORMAT,
    MANIFEST,
    MAPPING,
    METRICS,
    MODEL,
    PROFILE,
    check_bundle,
    load_bundle,
    read_model,
    save_bundle,
    write_model,
)
from icp_fit.models.errors import BundleError
from icp_fit.models.store_paths import StorePaths
from tests.support.training_runs import build_prior_model

FILES = (MODEL, PROFILE, MAPPING, METRICS)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    mapping = Mapping(decimal=",")
    save_bundle(build_prior_model(), tmp_path / "bundle", {"verdict": "usable"}, mapping=mapping, model_version="7")
    return tmp_path / "bundle"


def rewrite(bundle: Path, **changes: Any) -> None:
    document = json.loads((bundle / MANIFEST).read_text()) | changes
    (bundle / MANIFEST).write_text(json.dumps(document))


def test_manifest_that_was_only_written_anew_is_read(bundle: Path) -> None:
    before = check_bundle(bundle)
    rewrite(bundle, of="another world")
    assert check_bundle(bundle) == before


@pytest.mark.parametrize("found", [FORMAT - 1, FORMAT + 1, str(FORMAT), None], ids=str)
def test_manifest_of_any_other_format_is_refused(bundle: Path, found: object) -> None:
    rewrite(bundle, format=found)
    with pytest.raises(BundleError, match=r"manifest\.json .*format"):
        check_bundle(bundle)


@pytest.mark.parametrize("name", ["model_version", "created", "profile_digest", "versions", "files"])
def test_manifest_without_one_of_its_members_is_refused(bundle: Path, name: str) -> None:
    document = json.loads((bundle / MANIFEST).read_text())
    del document[name]
    (bundle / MANIFEST).write_text(json.dumps(document))
    with pytest.raises(BundleError, match=rf"manifest\.json is not a manifest: [\s\S]*{name}"):
        check_bundle(bundle)


def test_manifest_that_is_no_text_is_refused(bundle: Path) -> None:
    (bundle / MANIFEST).write_bytes(b"\xff\xfe{}")
    with pytest.raises(BundleError, match=r"manifest\.json is not a manifest"):
        check_bundle(bundle)


@pytest.mark.parametrize("name", FILES)
def test_file_without_a_hash_in_the_manifest_is_refused(bundle: Path, name: str) -> None:
    hashes = json.loads((bundle / MANIFEST).read_text())["files"]
    rewrite(bundle, files={other: value for other, value in hashes.items() if other != name})
    with pytest.raises(BundleError, match=rf"{name} has changed: expected SHA-256 none"):
        check_bundle(bundle)


@pytest.mark.parametrize("name", FILES)
def test_file_that_was_cut_short_or_lengthened_by_a_byte_is_refused(bundle: Path, name: str) -> None:
    whole = (bundle / name).read_bytes()
    for damaged in (whole[:-1], whole + b" ", b""):
        (bundle / name).write_bytes(damaged)
        with pytest.raises(BundleError, match=rf"{name} has changed"):
            check_bundle(bundle)
    (bundle / name).write_bytes(whole)
    check_bundle(bundle)


def test_files_are_exchanged_between_bundles_in_vain(bundle: Path, tmp_path: Path) -> None:
    save_bundle(build_prior_model(0.5), tmp_path / "other", {"verdict": "usable"})
    (bundle / MODEL).write_bytes((tmp_path / "other" / MODEL).read_bytes())
    with pytest.raises(BundleError, match=rf"{MODEL} has changed"):
        load_bundle(bundle)


def forge(**members: bytes) -> bytes:
    """A zip file with these members, as a skops file is one."""
    data = io.BytesIO()
    with ZipFile(data, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return data.getvalue()


@pytest.mark.parametrize(
    "data",
    [forge(), forge(schema_json=b"{"), forge(schema_json=b"{}"), write_model(build_prior_model())[:-40]],
    ids=["no schema", "a broken schema", "an empty schema", "cut short"],
)
def test_model_file_that_is_no_model_is_refused(data: bytes) -> None:
    with pytest.raises(BundleError, match=r"^model\.skops is not a model that skops can read"):
        read_model(data, where="model.skops")


def test_bundle_is_read_to_its_end_while_the_link_to_the_champion_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = StorePaths(tmp_path)
    for name, weight in (("1-a", 1.0), ("2-b", 0.5)):
        save_bundle(build_prior_model(weight), home.bundles / name, {"name": name}, model_version=name)
    home.point_champion("1-a")
    read_bytes = Path.read_bytes

    def read_and_promote(path: Path) -> bytes:
        data = read_bytes(path)
        home.point_champion("2-b")
        return data

    monkeypatch.setattr(Path, "read_bytes", read_and_promote)
    loaded = load_bundle(home.champion)
    assert (loaded.manifest.model_version, loaded.metrics) == ("1-a", {"name": "1-a"})


def test_bundle_is_not_written_over_a_file(tmp_path: Path) -> None:
    (tmp_path / "bundle").write_text("mine")
    with pytest.raises(BundleError, match="exists, and a bundle is never changed"):
        save_bundle(build_prior_model(), tmp_path / "bundle", {})
    assert (tmp_path / "bundle").read_text() == "mine"
