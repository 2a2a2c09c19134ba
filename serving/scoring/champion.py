"""The model that answers: the champion, watched for a promotion, or the profile alone while there is none.

A request takes `Champion.model` once and uses that to its end, so that a promotion never mixes two models in an answer.
A bundle that is not as it was written is refused with a line in the log, and the last good model goes on answering.
"""

import gc
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit

from icp_fit.features.deal_reader import DealReader
from icp_fit.features.factors import Profile
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

POLL = 1.0  # seconds between looks at the link to the champion
RETRY = 10.0  # seconds until a bundle that was refused is looked at again
DEFAULT_PROFILE = "liferay"
PROFILE_ALONE = "profile"
# After a model is loaded, this many objects are made before the garbage collector looks at the young ones: a prediction
# leaves no cycles, and each look costs some requests a millisecond.
GARBAGE_THRESHOLD = 50_000

log = logging.getLogger("icp_fit.champion")


@dataclass(frozen=True)
class ServedModel:
    """A model with all that it takes to answer; it never changes and is shared by threads.

    `bundle_hash` is that of the model's file, and `created` when it was exported; both are None for the profile alone.
    """

    compiled: CompiledModel
    reader: DealReader
    narrator: Narrator
    view_writer: JsonViewWriter
    model_version: str
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

    def made(self, bundle_hash: str | None, profile_digest: str) -> bool:
        """Whether a prediction that was stored with these comes from this model."""
        return (self.bundle_hash, self.profile.digest) == (bundle_hash, profile_digest)

    @cached_property
    def made_by(self) -> dict[str, Any]:
        """What is stored of the model that made a prediction."""
        return {**self.stamp, "profile_digest": self.profile.digest, "bundle_hash": self.bundle_hash}

    @cached_property
    def stamp(self) -> dict[str, str]:
        """What every answer says of the model that it comes from."""
        return {"model_version": self.model_version, "profile_version": self.profile.version}


class Champion:
    """Loads the champion of a home and follows promotions; `start` it before use, and `close` it.

    `changed` is told of each model that took over from another, in the thread that watches; it must not raise.
    """

    def __init__(self, store_paths: StorePaths, changed: Callable[[ServedModel], None] | None = None) -> None:
        self._store_paths = store_paths
        self._changed = changed
        self._model: ServedModel | None = None
        self._target: str | None = None
        self._refused: _Refused | None = None
        self._closed = Event()
        self._older: dict[str, ServedModel] = {}
        self._lock = Lock()
        self._thread = Thread(target=self._watch, name="icp-fit-champion", daemon=True)

    @property
    def model(self) -> ServedModel | None:
        """The model that answers now, None until the first one is loaded."""
        return self._model

    def start(self) -> None:
        """Load the champion in the background, and look for another one every second."""
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join()

    def look(self) -> None:
        """Take over the champion if it is another one than before; refuse it if it is not sound."""
        try:
            target = self._store_paths.champion_name
            if self._model is not None and target in (self._target, None):
                return  # without a link, who reigned last goes on
            if self._refused is not None and self._refused.is_fresh(target):
                return
            model = profile_alone() if target is None else load_model(self._store_paths.bundles / target)
        except Exception as error:  # whatever a broken bundle does, the watch goes on
            self._refuse(error)
        else:
            self._take(model, target)

    def model_of(self, bundle_hash: str | None, profile_digest: str) -> ServedModel | None:
        """The model that made a prediction, if its bundle is still there; blocks while that is loaded."""
        now = self._model
        if now is not None and now.made(bundle_hash, profile_digest):
            return now
        if bundle_hash is None:
            alone = profile_alone()
            return alone if alone.profile.digest == profile_digest else None
        with self._lock:
            if bundle_hash not in self._older:
                folder = _find_bundle(self._store_paths, bundle_hash)
                if folder is None:
                    return None
                self._older = {bundle_hash: load_model(folder)}  # one is enough: old predictions are seldom asked for
            return self._older[bundle_hash]

    def _watch(self) -> None:
        while not self._closed.is_set():
            self.look()
            self._closed.wait(POLL)

    def _take(self, model: ServedModel, target: str | None) -> None:
        before = self._model
        self._model, self._target, self._refused = model, target, None
        log.info(
            "Version %s answers now%s.",
            model.model_version,
            f", after {before.model_version}" if before is not None else "",
            extra={"event": "model", **model.stamp, "bundle_hash": model.bundle_hash},
        )
        calm_garbage_collector()
        if before is not None and self._changed is not None:
            self._changed(model)

    def _refuse(self, error: Exception) -> None:
        """Say what is wrong with a bundle, once and not at every look."""
        refused = _Refused(self._store_paths.champion_name, str(error) or type(error).__name__, time.monotonic())
        if self._refused is None or refused[:2] != self._refused[:2]:
            goes_on = f"version {self._model.model_version} goes on answering" if self._model else "nothing answers"
            log.error("The champion is refused, and %s: %s", goes_on, refused.reason, extra={"event": "model_refused"})
        self._refused = refused


class _Refused(NamedTuple):
    """The bundle that the link led to, what is wrong with it, and when that was seen."""

    target: str | None
    reason: str
    seen: float

    def is_fresh(self, target: str | None) -> bool:
        """Whether it is too early to look at the same bundle again."""
        return target == self.target and time.monotonic() - self.seen < RETRY


def load_champion(store_paths: StorePaths) -> ServedModel:
    """The champion of a home; raises BundleError where there is none, or it is not sound."""
    return load_model(store_paths.check_champion().resolve())


def load_model(folder: Path) -> ServedModel:
    """A bundle, checked and made ready to answer; raises BundleError for one that is not sound."""
    bundle = load_bundle(folder)
    check_manifest(bundle, folder)
    return build_served(
        bundle.model,
        bundle.manifest.model_version,
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
    """A model that has learned from no deals: its score is what the profile's weights say."""
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


def calm_garbage_collector() -> None:
    """Take what was loaded out of the garbage collector's sight, and let it look at the rest less often."""
    gc.unfreeze()  # else what a model before left behind would stay for good
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD, 20, 50)


def _find_bundle(store_paths: StorePaths, bundle_hash: str) -> Path | None:
    for manifest in sorted(store_paths.bundles.glob(f"[!.]*/{MANIFEST}")):
        try:
            files = json.loads(manifest.read_bytes()).get("files", {})
        except (OSError, ValueError, AttributeError):
            continue
        if files.get(MODEL) == bundle_hash:
            return manifest.parent
    return None


def age_seconds(model: ServedModel) -> float | None:
    """How long ago the model was exported, None for the profile alone."""
    return None if model.created is None else (datetime.now(UTC) - model.created).total_seconds()
