"""The versions of the model that this machine keeps: bundles, and which of them is champion."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from icp_fit.models.bundle import MANIFEST, METRICS
from icp_fit.models.store_paths import StorePaths

MOST = 20


@dataclass(frozen=True)
class KeptVersion:
    """A bundle as its manifest and metrics describe it; metrics that it lacks are None."""

    version: str
    is_champion: bool
    created: datetime
    verdict: str | None
    deals: int | None
    log_loss: float | None
    auc: float | None
    lift: float | None


def list_versions(store_paths: StorePaths) -> list[KeptVersion]:
    """The versions that are kept here, latest first; folders that are no bundles are passed over."""
    champion = store_paths.champion_name
    found = [kept for folder in store_paths.bundles.glob("[!.]*") for kept in _read(folder, folder.name == champion)]
    return sorted(found, key=lambda kept: kept.created, reverse=True)[:MOST]


def _read(folder: Path, is_champion: bool) -> Iterator[KeptVersion]:
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        metrics = json.loads((folder / METRICS).read_bytes())
        created = datetime.fromisoformat(manifest["created"])
        version = str(manifest["model_version"])
    except (OSError, ValueError, KeyError, TypeError):
        return
    metrics = metrics if isinstance(metrics, dict) else {}
    verdict = metrics.get("verdict")
    yield KeptVersion(
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
    found: Any = metrics
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
