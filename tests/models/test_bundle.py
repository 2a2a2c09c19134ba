"""A bundle is there whole or not at all, and nothing in it is used before it was checked."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression

from icp_fit.features.mapping import Mapping, Outcomes
from icp_fit.features.profile import parse_profile
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
)
from icp_fit.models.errors import BundleError
from icp_fit.models.store_paths import StorePaths, find_store_paths
from tests.support.checkout import CHECKOUT
from tests.support.crashes import kill_before_each
from tests.support.training_runs import build_deals, build_prior_model, fit_hundred_deals

WRITES = ("os.mkdir", "os.fsync", "os.rename", "os.symlink", "os.replace")
METRICS_OF_CARD = {"verdict": "usable", "log_loss": 0.5}


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    save_bundle(
        build_prior_model(), tmp_path / "bundle", METRICS_OF_CARD, mapping=Mapping(decimal=","), model_version="7"
    )
    return tmp_path / "bundle"


def test_bundle_returns_the_model_that_was_saved(tmp_path: Path) -> None:
    model, deals = fit_hundred_deals(), build_deals(100)
    manifest = save_bundle(model, tmp_path / "bundle", METRICS_OF_CARD, model_version="7")
    loaded = load_bundle(tmp_path / "bundle")
    assert loaded.manifest == manifest
    assert loaded.metrics == METRICS_OF_CARD
    assert loaded.model.profile_ == model.profile_
    np.testing.assert_array_equal(loaded.model.decision_function(deals.answers), model.decision_function(deals.answers))


def test_bundle_carries_the_profile_as_a_file_that_can_be_read(bundle: Path) -> None:
    assert parse_profile((bundle / PROFILE).read_text()).digest == load_bundle(bundle).manifest.profile_digest


def test_bundle_keeps_the_mapping_that_the_deals_were_read_by(tmp_path: Path) -> None:
    mapping = Mapping(columns={"deal_id": "Geschäft-Nr."}, outcome=Outcomes(won=("Gewonnen",)), decimal=",")
    save_bundle(build_prior_model(), tmp_path / "mapped", {}, mapping=mapping)
    assert load_bundle(tmp_path / "mapped").mapping == mapping
    save_bundle(build_prior_model(), tmp_path / "plain", {})
    assert load_bundle(tmp_path / "plain").mapping == Mapping()


@pytest.mark.parametrize("text", ["[columns", 'colour = "red"', "[columns]\ndeal_id = 3"], ids=["TOML", "key", "type"])
def test_mapping_that_this_version_cannot_read_is_refused_by_file(bundle: Path, text: str) -> None:
    (bundle / MAPPING).write_text(text)
    document = json.loads((bundle / MANIFEST).read_text())
    document["files"][MAPPING] = hashlib.sha256(text.encode()).hexdigest()
    (bundle / MANIFEST).write_text(json.dumps(document))
    with pytest.raises(BundleError, match=r"mapping\.toml.*\s*.*is not read by this version"):
        load_bundle(bundle)


def test_bundle_is_never_overwritten(bundle: Path) -> None:
    with pytest.raises(BundleError, match=r"bundle exists, and a bundle is never changed. Choose another folder"):
        save_bundle(build_prior_model(), bundle, METRICS_OF_CARD)


def test_bundle_refuses_metrics_that_are_not_json(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        save_bundle(build_prior_model(), tmp_path / "bundle", {"log_loss": float("nan")})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [MODEL, PROFILE, MAPPING, METRICS])
def test_bundle_with_a_changed_byte_is_refused_unread(bundle: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray((bundle / name).read_bytes())
    data[len(data) // 2] ^= 1
    (bundle / name).write_bytes(data)
    monkeypatch.setattr(skops.io, "loads", lambda *args, **kwargs: pytest.fail("it was parsed"))
    with pytest.raises(
        BundleError, match=rf"{name} has changed: expected SHA-256 \w+, got \w+. Export it again; `icp-fit models`"
    ):
        load_bundle(bundle)


@pytest.mark.parametrize("name", [MODEL, PROFILE, MAPPING, METRICS, MANIFEST])
def test_bundle_with_a_missing_file_is_refused(bundle: Path, name: str) -> None:
    (bundle / name).unlink()
    with pytest.raises(
        BundleError, match=f"{name} cannot be read: No such file or directory. Export it again; `icp-fit models`"
    ):
        check_bundle(bundle)


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        pytest.param(FORMAT - 1, "Train again with `icp-fit train`, then promote", id="before"),
        pytest.param(FORMAT + 1, "Upgrade icp-fit.", id="after"),
    ],
)
def test_bundle_of_another_format_is_refused_with_the_remedy(bundle: Path, number: int, remedy: str) -> None:
    document = json.loads((bundle / MANIFEST).read_text())
    (bundle / MANIFEST).write_text(json.dumps({"format": number, "arranged": "otherwise"}))
    with pytest.raises(BundleError, match=rf"is of format {number}, and .* reads format {FORMAT}. {remedy}"):
        load_bundle(bundle)
    (bundle / MANIFEST).write_text(json.dumps(document | {"format": FORMAT}))
    assert check_bundle(bundle).format == FORMAT


@pytest.mark.parametrize("number", [None, "2", 2.5])
def test_bundle_that_says_no_format_is_refused(bundle: Path, number: object) -> None:
    (bundle / MANIFEST).write_text(json.dumps({"format": number}))
    with pytest.raises(BundleError, match="must say its format, a whole number, got"):
        load_bundle(bundle)


@pytest.mark.parametrize("text", ["", "[]", '{"format": 2}', '{"format": 2, "files": 3}'])
def test_bundle_with_a_broken_manifest_is_refused(bundle: Path, text: str) -> None:
    (bundle / MANIFEST).write_text(text)
    with pytest.raises(BundleError, match=r"manifest\.json"):
        load_bundle(bundle)


def test_forged_model_with_a_type_of_its_own_is_refused() -> None:
    forged = build_prior_model()
    forged.__dict__["encoder_"] = print
    with pytest.raises(BundleError, match=r"a forgery must be built of .*TRUSTED_TYPES` alone. .*print"):
        read_model(skops.io.dumps(forged), where="a forgery")


@pytest.mark.parametrize("data", [b"", b"not a zip file", skops.io.dumps([1, 2]), skops.io.dumps(LogisticRegression())])
def test_forged_model_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(BundleError, match="a forgery"):
        read_model(data, where="a forgery")


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # the child only writes files
def test_saving_killed_at_any_write_leaves_nothing_or_all(tmp_path: Path) -> None:
    model, folder = build_prior_model(), tmp_path / "bundle"
    found = []
    for _ in kill_before_each(WRITES, lambda: save_bundle(model, folder, METRICS_OF_CARD)):
        found.append(folder.exists())
        if found[-1]:
            check_bundle(folder)
            break
    assert found == [False] * 9 + [
        True
    ]  # two folders, five files, their names, the rename; what is left makes it durable


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_champion_link_killed_at_any_write_leads_to_the_old_bundle_or_the_new(tmp_path: Path) -> None:
    home = StorePaths(tmp_path)
    home.point_champion("1-old")
    found = [home.champion_name for _ in kill_before_each(WRITES, lambda: home.point_champion("2-new"))]
    assert found == ["1-old", "1-old", "2-new"]
    home.sweep()
    assert [path.name for path in tmp_path.iterdir()] == ["champion"]


def test_champion_link_still_leads_home_when_the_home_has_moved(tmp_path: Path) -> None:
    home = StorePaths(tmp_path / "home")
    save_bundle(build_prior_model(), home.bundles / "1-a", METRICS_OF_CARD)
    home.point_champion("1-a")
    home.folder.rename(tmp_path / "moved")
    assert load_bundle(StorePaths(tmp_path / "moved").champion).metrics == METRICS_OF_CARD


def test_home_is_named_by_the_environment_or_in_the_checkout() -> None:
    assert find_store_paths({"ICP_FIT_HOME": "/srv/icp"}).folder == Path("/srv/icp")
    assert find_store_paths({}).folder == CHECKOUT / "models" / "store"


def test_bundle_says_in_a_line_what_it_holds(bundle: Path) -> None:
    text = repr(load_bundle(bundle))
    assert text.startswith(f"<Bundle of model version 7, format {FORMAT}: <FitClassifier(profile=<")
    assert len(text) < 250
