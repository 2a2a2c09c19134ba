"""The champion, watched for a promotion, or the profile alone while there is none.

A request takes `Champion.model` once and uses it to its end, so that no response mixes two models.
A bundle that is not sound is refused with a line in the log, and the last good model goes on answering.
"""

import gc
import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock, Thread
from typing import NamedTuple

from icp_fit.models.bundle import MANIFEST, MODEL
from icp_fit.models.store_paths import StorePaths
from icp_fit.serving.scoring.served_model import ServedModel, load_model, profile_alone

POLL = 1.0  # seconds between looks at the link to the champion
RETRY = 10.0  # seconds until a bundle that was refused is looked at again
# After a model is loaded, this many objects are made before the garbage collector looks at the young ones: a prediction
# leaves no cycles, and each look costs some requests a millisecond.
GARBAGE_THRESHOLD = 50_000

log = logging.getLogger("icp_fit.champion")


class Champion:
    """Loads the champion of a model store and follows promotions; `start` it before use, and `close` it.

    `changed` is called with each model that replaces another, in the thread that watches; it must not raise.
    """

    def __init__(self, store_paths: StorePaths, changed: Callable[[ServedModel], None] | None = None) -> None:
        self._store_paths = store_paths
        self._changed = changed
        self._model: ServedModel | None = None
        self._target: str | None = None
        self._refused: _RefusedBundle | None = None
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
                return  # without a link, the last champion goes on answering
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
        if now is not None and now.matches(bundle_hash, profile_digest):
            return now
        if bundle_hash is None:
            alone = profile_alone()
            return alone if alone.profile.digest == profile_digest else None
        with self._lock:
            if bundle_hash not in self._older:
                folder = _find_bundle(self._store_paths, bundle_hash)
                if folder is None:
                    return None
                self._older = {bundle_hash: load_model(folder)}  # one is enough: old predictions are seldom explained
            older = self._older[bundle_hash]
        return older if older.matches(bundle_hash, profile_digest) else None

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
        refused = _RefusedBundle(self._store_paths.champion_name, str(error) or type(error).__name__, time.monotonic())
        if self._refused is None or refused[:2] != self._refused[:2]:
            goes_on = f"version {self._model.model_version} goes on answering" if self._model else "nothing answers"
            log.error("The champion is refused, and %s: %s", goes_on, refused.reason, extra={"event": "model_refused"})
        self._refused = refused


class _RefusedBundle(NamedTuple):
    """The bundle that the link led to, what is wrong with it, and when that was seen."""

    target: str | None
    reason: str
    seen: float

    def is_fresh(self, target: str | None) -> bool:
        """Whether it is too early to look at the same bundle again."""
        return target == self.target and time.monotonic() - self.seen < RETRY


def calm_garbage_collector() -> None:
    """Take what was loaded out of the garbage collector's sight, and let it look at the rest less often."""
    gc.unfreeze()  # else what a model before left behind would stay for good
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD, 20, 50)


def _find_bundle(store_paths: StorePaths, bundle_hash: str) -> Path | None:
    for manifest in sorted(store_paths.bundles.glob(f"[!.]*/{MANIFEST}")):
        with suppress(OSError, ValueError, LookupError, TypeError):  # not the manifest of a bundle
            if json.loads(manifest.read_bytes())["files"][MODEL] == bundle_hash:
                return manifest.parent
    return None
