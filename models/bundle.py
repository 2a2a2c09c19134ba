"""A bundle: the folder in which a fit model leaves training and is served, checked before any of it is used.

A bundle is written beside its place and renamed into it, so it is there whole or not at all; after that it never
changes. Reading compares every file with the manifest's hash before parsing it, and skops, not pickle, builds the model
from the types listed here by hand: a forged file can neither run code nor name a type of its own.
"""

import hashlib
import json
import os
import platform
import shutil
from collections.abc import Mapping as Named
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import BadZipFile

import skops.io
from pydantic import TypeAdapter, ValidationError
from skops.io.exceptions import UntrustedTypesFoundException

from icp_fit.features.errors import MappingError
from icp_fit.features.mapping import Mapping, parse_mapping, write_mapping
from icp_fit.features.profile import write_profile
from icp_fit.models.errors import BundleError
from icp_fit.models.fit import FitClassifier
from icp_fit.models.store_paths import sync_folder

FORMAT = 3
MODEL, PROFILE, MAPPING, METRICS = "model.skops", "profile.toml", "mapping.toml", "metrics.json"
MANIFEST = "manifest.json"

TRUSTED_TYPES = (
    "icp_fit.features.encoder.AnswerEncoder",
    "icp_fit.features.encoder.Column",
    "icp_fit.features.factors.Dimension",
    "icp_fit.features.factors.Factor",
    "icp_fit.features.factors.Grades",
    "icp_fit.features.factors.Profile",
    "icp_fit.models.curves.CurvesMember",
    "icp_fit.models.evidence.Evidence",
    "icp_fit.models.fit.FitClassifier",
    "icp_fit.models.interactions.InteractionsMember",
    "icp_fit.models.interval.Uncertainty",
    "icp_fit.models.latent_classes.LatentClasses",
    "icp_fit.models.linear.LinearMember",
    "icp_fit.models.prior.ProfileMember",
    "icp_fit.models.trees.Trees",
)

_REMEDY = "Export it again; `icp-fit models` does so for the champion."


@dataclass(frozen=True)
class Manifest:
    """What a bundle holds and where it comes from; `files` has the SHA-256 of each file."""

    format: int
    model_version: str
    created: datetime
    profile_digest: str
    versions: dict[str, str]
    files: dict[str, str]


@dataclass(frozen=True)
class Bundle:
    """A trained model with what belongs to it.

    `mapping` is how the deals that it was trained on were read, and others like them are; `metrics` are the model
    card's, as plain JSON; `manifest` says which version of the model this is.
    """

    model: FitClassifier
    mapping: Mapping
    metrics: dict[str, Any]
    manifest: Manifest

    def __repr__(self) -> str:
        return f"<Bundle of model version {self.manifest.model_version}, format {self.manifest.format}: {self.model!r}>"


_READER = TypeAdapter(Manifest)


def save_bundle(
    model: FitClassifier,
    folder: str | Path,
    metrics: Named[str, Any],
    *,
    mapping: Mapping | None = None,
    model_version: str = "unregistered",
    created: datetime | None = None,
) -> Manifest:
    """Write a bundle to a folder that does not exist yet, whole or not at all; `load_bundle` has an example.

    Parameters
    ----------
    model : FitClassifier
        A fitted model.
    folder : path
        Its parents are made where they are missing.
    metrics : mapping
        Those of the model card, as plain JSON.
    mapping : Mapping, optional
        How the deals that the model was trained on were read.
    model_version : str
        The version in the registry.
    created : datetime, optional
        When the model was trained, with a time zone; now where it is not given.

    Raises
    ------
    BundleError
        Where the folder exists, or the model holds a type that is not in TRUSTED_TYPES.
    """
    folder = Path(folder)
    if folder.exists():
        raise BundleError(f"{folder} exists, and a bundle is never changed. Choose another folder or remove this one.")
    contents = {
        MODEL: write_model(model),
        PROFILE: write_profile(model.profile_).encode(),
        MAPPING: write_mapping(mapping or Mapping()).encode(),
        METRICS: json.dumps(metrics, indent=2, allow_nan=False).encode(),
    }
    manifest = Manifest(
        format=FORMAT,
        model_version=model_version,
        created=created or datetime.now(UTC),
        profile_digest=model.profile_.digest,
        versions=_versions(),
        files={name: _hash(data) for name, data in contents.items()},
    )
    _write_folder(folder, {**contents, MANIFEST: _READER.dump_json(manifest, indent=2)})
    return manifest


def load_bundle(folder: str | Path) -> Bundle:
    """Read a bundle.

    Raises
    ------
    BundleError
        Naming the file, where anything in it is not as it was written; and for a bundle of another format.

    Examples
    --------
    >>> from icp_fit import FitClassifier, load_bundle, read_deals, read_profile, sample_deals, save_bundle
    >>> deals = read_deals(sample_deals(read_profile("liferay"), 60, 7), read_profile("liferay")).closed
    >>> model = FitClassifier(read_profile("liferay")).fit(deals.answers, deals.won.to_numpy(bool))
    >>> manifest = save_bundle(model, "bundle", {})
    >>> load_bundle("bundle").model.profile_.name
    'liferay'
    """
    folder = Path(folder).resolve()  # a link to the champion may move while its files are read
    manifest, contents = _read_checked(folder)
    model = read_model(contents[MODEL], where=str(folder / MODEL))
    mapping = _read_mapping(contents[MAPPING], where=str(folder / MAPPING))
    return Bundle(model, mapping, json.loads(contents[METRICS]), manifest)


def check_bundle(folder: str | Path) -> Manifest:
    """The manifest of a bundle whose files are all as they were written; raises BundleError otherwise."""
    return _read_checked(Path(folder).resolve())[0]


def write_model(model: FitClassifier) -> bytes:
    """A fit model as skops; raises BundleError if `read_model` would not read it back."""
    data: bytes = skops.io.dumps(model)
    read_model(data, where="the model")
    return data


def read_model(data: bytes, where: str) -> FitClassifier:
    """A fit model from skops, built of TRUSTED_TYPES alone; `where` names the source in errors."""
    try:
        model = skops.io.loads(data, trusted=list(TRUSTED_TYPES))
    except UntrustedTypesFoundException as error:
        raise BundleError(
            f"{where} must be built of `icp_fit.models.bundle.TRUSTED_TYPES` alone. {error} If an earlier version of "
            "icp-fit wrote it, train again with `icp-fit train`. Else do not use it, unless you wrote these types "
            "yourself: then list them there."
        ) from error
    except (BadZipFile, KeyError, ValueError, TypeError) as error:
        raise BundleError(f"{where} is not a model that skops can read: {error}. {_REMEDY}") from error
    if not isinstance(model, FitClassifier):
        raise BundleError(f"{where} must hold a FitClassifier, got {type(model).__name__}. {_REMEDY}")
    return model


def _read_checked(folder: Path) -> tuple[Manifest, dict[str, bytes]]:
    manifest = _read_manifest(folder / MANIFEST)
    contents = {name: _read_file(folder / name) for name in (MODEL, PROFILE, MAPPING, METRICS)}
    for name, data in contents.items():
        expected, got = manifest.files.get(name, "none"), _hash(data)
        if got != expected:
            raise BundleError(f"{folder / name} has changed: expected SHA-256 {expected}, got {got}. {_REMEDY}")
    return manifest, contents


def _read_mapping(data: bytes, where: str) -> Mapping:
    try:
        return parse_mapping(data.decode(), where)
    except (MappingError, UnicodeDecodeError) as error:  # a newer version of icp-fit may have keys of its own
        raise BundleError(
            f"{error} This file of the bundle is not read by this version of icp-fit. {_REMEDY}"
        ) from error


def _read_manifest(path: Path) -> Manifest:
    data = _read_file(path)
    try:
        document = json.loads(data)
        _check_format(document, path)
        return _READER.validate_python(document)
    except (json.JSONDecodeError, UnicodeDecodeError, ValidationError) as error:
        raise BundleError(f"{path} is not a manifest: {error}. {_REMEDY}") from error


def _check_format(document: object, path: Path) -> None:
    """Refuse other formats before anything else of a manifest is looked at, as it may be arranged in any way."""
    number = document.get("format") if isinstance(document, dict) else None
    if number == FORMAT:
        return
    if not isinstance(number, int):
        raise BundleError(f"{path} must say its format, a whole number, got {number!r}. {_REMEDY}")
    remedy = (
        "Upgrade icp-fit."
        if number > FORMAT
        else "Train again with `icp-fit train`, then promote the model with `icp-fit promote`."
    )
    raise BundleError(f"{path} is of format {number}, and this version of icp-fit reads format {FORMAT}. {remedy}")


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}. {_REMEDY}") from error


def _write_folder(folder: Path, contents: Named[str, bytes]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = folder.with_name(f".{folder.name}-{uuid4().hex}")
    partial.mkdir()
    try:
        for name, data in contents.items():
            with (partial / name).open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        sync_folder(partial)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    sync_folder(folder.parent)


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _versions() -> dict[str, str]:
    packages = ("icp-fit", "numpy", "scikit-learn", "skops")
    return {"python": platform.python_version(), **{package: version(package) for package in packages}}
