"""The champion that a bento carries: put into the model store of the machine it starts on, as if promoted there.

A store that has had this bundle before is left alone, so that a rollback survives a restart.
"""

import os
import shutil
from pathlib import Path
from uuid import uuid4

from icp_fit.models.store_paths import StorePaths

BUNDLED = "champion"  # the folder within our package, with one bundle in it


def install_bundled_champion(store_paths: StorePaths, folder: Path | None = None) -> str | None:
    """Promote the carried bundle unless the model store has it; returns its name where that was done."""
    folder = folder or Path(__file__).parents[1] / BUNDLED
    for bundle in sorted(folder.glob("*/manifest.json")):
        name = bundle.parent.name
        if not (store_paths.bundles / name).exists():
            _copy(bundle.parent, store_paths.bundles / name)
            store_paths.point_champion(name)
            return name
    return None


def _copy(bundle: Path, place: Path) -> None:
    """Copy a bundle beside its place and rename it into it, so that it is there whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_name(f".{place.name}-{uuid4().hex}")
    shutil.copytree(bundle, partial)
    try:
        os.rename(partial, place)
    except OSError:  # another process was quicker
        shutil.rmtree(partial)
