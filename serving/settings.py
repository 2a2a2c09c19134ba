"""How the service runs: settings read from the environment, once, at the edge.

Nothing here imports the database or the service, so that the command line reads its settings at no cost.
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from icp_fit.models.errors import SettingsError
from icp_fit.models.store_paths import DEFAULT_NAME, StorePaths, find_store_paths, read_name

DATABASE = "predictions.db"
_SCHEMES = ("sqlite:///", "postgresql+psycopg://")
_ALIASES = {"postgres://": "postgresql+psycopg://", "postgresql://": "postgresql+psycopg://"}


@dataclass(frozen=True)
class ServingSettings:
    """`name` is whose predictions the database holds. `rate_limit` is requests a second for one key (0: no limit),
    `rate_burst` how many at once, `max_body` is in bytes, `timeout` in seconds; `retention_days` is None where
    predictions are stored for good."""

    store_paths: StorePaths
    database_url: str
    name: str = DEFAULT_NAME
    host: str = "127.0.0.1"
    port: int = 3000
    retention_days: int | None = None
    rate_limit: float = 0.0
    rate_burst: int = 0
    max_body: int = 16 * 1024 * 1024
    max_batch: int = 10_000
    timeout: float = 30.0

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        return self.host in ("127.0.0.1", "::1", "localhost")


def read_settings(environ: Mapping[str, str] = os.environ) -> ServingSettings:
    """Read the variables `ICP_FIT_*`; raises SettingsError naming the first that cannot be read."""
    store_paths = find_store_paths(environ)
    rate = _read_number(environ, "ICP_FIT_RATE_LIMIT", 0.0, least=0)
    return ServingSettings(
        store_paths=store_paths,
        database_url=_read_url(environ, store_paths.folder / DATABASE),
        name=read_name(environ),
        host=environ.get("ICP_FIT_HOST", "").strip() or ServingSettings.host,
        port=_read_whole(environ, "ICP_FIT_PORT", ServingSettings.port, least=1, most=65535),
        retention_days=_read_whole(environ, "ICP_FIT_RETENTION_DAYS", 0, least=0) or None,
        rate_limit=rate,
        rate_burst=_read_whole(environ, "ICP_FIT_RATE_BURST", max(1, math.ceil(2 * rate)), least=1),
        max_body=_read_whole(environ, "ICP_FIT_MAX_BODY", ServingSettings.max_body, least=1024),
        max_batch=_read_whole(environ, "ICP_FIT_MAX_BATCH", ServingSettings.max_batch, least=1),
        timeout=_read_number(environ, "ICP_FIT_TIMEOUT", ServingSettings.timeout, least=0.1),
    )


def _read_url(environ: Mapping[str, str], default: Path) -> str:
    given = environ.get("ICP_FIT_DATABASE_URL", "").strip()
    if not given:
        return f"sqlite:///{default}"
    for alias, scheme in _ALIASES.items():
        if given.startswith(alias):
            return scheme + given.removeprefix(alias)
    if not given.startswith(_SCHEMES):
        # the address may hold a password, so only its beginning is repeated
        raise SettingsError(
            f"`ICP_FIT_DATABASE_URL` must begin with sqlite:/// or postgresql://, got `{given.partition('://')[0]}`. "
            "Leave it empty to store predictions in a file of the model store."
        )
    return given


def _read_whole(environ: Mapping[str, str], name: str, default: int, *, least: int, most: int | None = None) -> int:
    text = environ.get(name, "").strip().replace("_", "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or int(text) < least or (most is not None and int(text) > most):
        expected = f"from {least:,} to {most}" if most is not None else f"of at least {least:,}"
        raise SettingsError(f"`{name}` must be a whole number {expected}, got `{environ[name]}`. {_otherwise(default)}")
    return int(text)


def _read_number(environ: Mapping[str, str], name: str, default: float, *, least: float) -> float:
    text = environ.get(name, "").strip()
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number >= least):
        raise SettingsError(f"`{name}` must be a number of at least {least}, got `{text}`. {_otherwise(default)}")
    return number


def _otherwise(default: float) -> str:
    return f"Unset it for the default, {default:g}."
