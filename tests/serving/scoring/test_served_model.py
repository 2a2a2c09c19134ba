"""A served model answers for its own predictions alone, and a bundle that does not fit its manifest is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from icp_fit.models.bundle import MANIFEST, load_bundle
from icp_fit.models.errors import BundleError
from icp_fit.models.narrative.json_view import JsonViewWriter
from icp_fit.models.store_paths import StorePaths
from icp_fit.serving.scoring.served_model import (
    DEFAULT_PROFILE,
    build_served,
    check_manifest,
    load_model,
    profile_alone,
)
from tests.support.champions import install_champion
from tests.support.small_profile import PROFILE, fit_small_model

MODEL = build_served(fit_small_model(0), "1", bundle_hash="one")


@pytest.mark.parametrize(
    ("bundle_hash", "profile_digest", "matches"),
    [
        ("one", PROFILE.digest, True),
        ("two", PROFILE.digest, False),
        (None, PROFILE.digest, False),
        ("one", "0" * 16, False),
    ],
    ids=["both", "another bundle", "the profile alone", "another profile"],
)
def test_prediction_is_of_this_model_where_bundle_and_profile_are_its_own(
    bundle_hash: str | None, profile_digest: str, matches: bool
) -> None:
    assert MODEL.matches(bundle_hash, profile_digest) is matches


def test_prediction_is_stored_with_what_finds_its_model_again() -> None:
    provenance = MODEL.provenance
    assert MODEL.matches(provenance["bundle_hash"], provenance["profile_digest"])
    assert {name: provenance[name] for name in MODEL.stamp} == MODEL.stamp


def test_manifest_of_another_profile_is_refused_and_its_own_is_not(tmp_path: Path) -> None:
    folder = StorePaths(tmp_path).bundles / install_champion(tmp_path, "1")
    bundle = load_bundle(folder)
    check_manifest(bundle, folder)
    other = replace(bundle, manifest=replace(bundle.manifest, profile_digest="0" * 16))
    with pytest.raises(BundleError, match="is of a model with profile 0000000000000000"):
        check_manifest(other, folder)


def test_bundle_of_another_profile_is_not_loaded(tmp_path: Path) -> None:
    folder = StorePaths(tmp_path).bundles / install_champion(tmp_path, "1")
    manifest = folder / MANIFEST
    manifest.write_text(manifest.read_text().replace(PROFILE.digest, "0" * 16))
    with pytest.raises(BundleError, match=f"the model beside it has {PROFILE.digest}"):
        load_model(folder)


def test_deal_of_which_nothing_is_known_has_the_baseline() -> None:
    assert MODEL.baseline == pytest.approx(PROFILE.win_rate)


def test_profile_alone_is_of_the_profile_that_is_given_or_of_the_usual_one() -> None:
    assert profile_alone(PROFILE).profile == PROFILE
    assert profile_alone().profile.name == DEFAULT_PROFILE


def test_model_has_explained_a_deal_before_it_answers_the_first_one() -> None:
    with patch.object(JsonViewWriter, "write") as write:
        build_served(fit_small_model(0), "1")
    assert write.called


def test_age_counts_from_the_export_and_the_profile_alone_has_none(tmp_path: Path) -> None:
    model = load_model(StorePaths(tmp_path).bundles / install_champion(tmp_path, "1"))
    old = replace(model, created=datetime.now(UTC) - timedelta(hours=2))
    assert old.age_seconds == pytest.approx(7200, abs=60)
    assert profile_alone().age_seconds is None
