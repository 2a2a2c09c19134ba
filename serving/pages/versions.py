"""The versions of the model that are stored on this machine: bundles, and which of them is champion."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from icp_fit.models.bundle import MANIFEST, METRICS
from icp_fit.models.store_paths import StorePaths

MOST_VERSIONS = 20


@dataclass(frozen=True)
class StoredVersion:
    """A bundle as its manifest and metrics describe it; metrics that it lacks are None."""

    version: str
    is_champion: bool
    created: datetime
    verdict: str | None
    deals: int | None
    log_loss: float | None
    auc: float | None
    lift: float | None


def list_versions(store_paths: StorePaths) -> list[StoredVersion]:
    """The versions in the model store, latest first; folders that are no bundles are passed over."""
    champion = store_paths.champion_name
    folders = store_paths.bundles.glob("[!.]*")
    versions = [version for folder in folders for version in _read(folder, folder.name == champion)]
    return sorted(versions, key=lambda version: version.created, reverse=True)[:MOST_VERSIONS]


def _read(folder: Path, is_champion: bool) -> Iterator[StoredVersion]:
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        metrics = json.loads((folder / METRICS).read_bytes())
        created = datetime.fromisoformat(manifest["created"])
        version = str(manifest["model_version"])
    except (OSError, ValueError, KeyError, TypeError):
        return
    metrics = metrics if isinstance(metrics, dict) else {}
    verdict = metrics.get("verdict")
    yield StoredVersion(
        version=version,
        is_champion=is_champion,
        created=created,
        verdict=verdict.get("level") if isinstance(verdict, dict) else verdict,
        deals=_find(metrics, "facts", "deals"),
        log_loss=_find(metrics, "accuracy", "model", "log_loss", "value"),
        auc=_find(metrics, "accuracy", "model", "auc", "value"),
        lift=_find(metrics, "accuracy", "model", "lift", "value"),
    )


def _find(metrics: Mapping[str, Any], *path: str) -> Any:
    value: Any = metrics
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
