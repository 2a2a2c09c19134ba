"""A model with all that it takes to answer: compiled, warmed, with its reader and its narrator.

A bundle that is not as it was written is refused (BundleError) before it answers anything.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit

from icp_fit.features.deal_reader import DealReader
from icp_fit.features.factors import Profile
from icp_fit.features.mapping import Mapping
from icp_fit.features.profile import read_profile
from icp_fit.models.bundle import MANIFEST, MODEL, Bundle, load_bundle
from icp_fit.models.compiled import CompiledModel, compile_model
from icp_fit.models.errors import BundleError
from icp_fit.models.explain import explain_numbers
from icp_fit.models.fit import FitClassifier, fit_nothing
from icp_fit.models.narrative.explained_deals import ExplainedDeals
from icp_fit.models.narrative.json_view import JsonViewWriter
from icp_fit.models.narrative.narrator import Narrator
from icp_fit.models.store_paths import StorePaths

DEFAULT_PROFILE = "liferay"
PROFILE_ALONE = "profile"  # the model version while no model was promoted


@dataclass(frozen=True)
class ServedModel:
    """A model with all that it takes to answer; it never changes and is shared by threads.

    `mapping` is how the table that it was trained on was read, and tables like it are. `bundle_hash` is that of the
    model's file, and `created` when it was trained; both are None for the profile alone.
    """

    compiled: CompiledModel
    reader: DealReader
    narrator: Narrator
    view_writer: JsonViewWriter
    model_version: str
    mapping: Mapping = field(default_factory=Mapping)
    bundle_hash: str | None = None
    created: datetime | None = None
    metrics: Any = None

    @property
    def profile(self) -> Profile:
        return self.compiled.profile

    @property
    def baseline(self) -> float:
        """The win probability of a deal of which nothing is known."""
        return float(expit(self.compiled.base_log_odds))

    @property
    def age_seconds(self) -> float | None:
        """How long ago the model was trained, None for the profile alone."""
        return None if self.created is None else (datetime.now(UTC) - self.created).total_seconds()

    def matches(self, bundle_hash: str | None, profile_digest: str) -> bool:
        """Whether a prediction that was stored with these is this model's."""
        return (self.bundle_hash, self.profile.digest) == (bundle_hash, profile_digest)

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """What is stored with each prediction of the model that it comes from."""
        return {**self.stamp, "profile_digest": self.profile.digest, "bundle_hash": self.bundle_hash}

    @cached_property
    def stamp(self) -> dict[str, Any]:
        """What every response says of the model that it comes from."""
        return {"model_version": self.model_version, "profile_version": self.profile.version}


def load_champion(store_paths: StorePaths) -> ServedModel:
    """The champion of a model store; raises BundleError where there is none, or it is not sound."""
    return load_model(store_paths.check_champion().resolve())


def load_model(folder: Path) -> ServedModel:
    """A bundle, checked and made ready to answer; raises BundleError for one that is not sound."""
    bundle = load_bundle(folder)
    check_manifest(bundle, folder)
    return build_served(
        bundle.model,
        bundle.manifest.model_version,
        mapping=bundle.mapping,
        bundle_hash=bundle.manifest.files[MODEL],
        created=bundle.manifest.created,
        metrics=bundle.metrics,
    )


def check_manifest(bundle: Bundle, folder: Path) -> None:
    """Raise BundleError where a manifest belongs to another model than the one beside it."""
    digest, expected = bundle.model.profile_.digest, bundle.manifest.profile_digest
    if digest != expected:
        raise BundleError(
            f"{folder / MANIFEST} is of a model with profile {expected}, and the model beside it has {digest}. "
            "Export it again; `icp-fit models` does so for the champion."
        )


def profile_alone(profile: Profile | None = None) -> ServedModel:
    """A model that was trained on no deals: its score is what the profile's weights say."""
    return build_served(fit_nothing(profile or read_profile(DEFAULT_PROFILE)), PROFILE_ALONE)


def build_served(model: FitClassifier, model_version: str, **where: Any) -> ServedModel:
    """Compile a model and warm it: the first deal would otherwise wait for machine code to be loaded."""
    compiled = compile_model(model)
    narrator = Narrator(compiled)
    served = ServedModel(
        compiled, DealReader(compiled.profile), narrator, JsonViewWriter(compiled, narrator), model_version, **where
    )
    nothing_known = explain_numbers(compiled, np.full((1, len(compiled.profile.factors)), np.nan))
    served.view_writer.write(ExplainedDeals.of(nothing_known), 0)
    return served
