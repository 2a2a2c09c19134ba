"""Where a machine stores what it trained: the model store, with the bundles and the link to the champion in it.

Several installations, such as two business units, or staging and production, may share a model store, an MLflow server
and a database: `ICP_FIT_NAME` tells them apart. The default name has the model store's own folder, any other a folder
in it.

The link is what serving reads. It is only ever replaced by a rename, so it leads to a whole bundle at every moment.
"""

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from icp_fit.models.errors import NoChampionError, SettingsError

DEFAULT_NAME = "icp-fit"

_CHECKOUT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class StorePaths:
    """The folder of one machine; it may be moved, for the link inside it is relative."""

    folder: Path

    @property
    def bundles(self) -> Path:
        return self.folder / "bundles"

    @property
    def champion(self) -> Path:
        """The link to the champion's bundle, for `load_bundle`; it is missing until a model was promoted."""
        return self.folder / "champion"

    @property
    def champion_name(self) -> str | None:
        """The name, within `bundles`, of the bundle that the link leads to."""
        return self.champion.readlink().name if self.champion.is_symlink() else None

    def check_champion(self) -> Path:
        """The same link; raises NoChampionError where no model was promoted."""
        if self.champion_name is None:
            raise NoChampionError(
                f"There is no champion in {self.folder} yet. Train a model with `icp-fit train`, then promote it with "
                "`icp-fit promote`."
            )
        return self.champion

    def point_champion(self, name: str) -> None:
        """Lead the link to `bundles/<name>`, in one step that cannot be seen half done."""
        fresh = self.folder / f".champion-{uuid4().hex}"
        fresh.symlink_to(Path(self.bundles.name) / name)
        fresh.replace(self.champion)
        sync_folder(self.folder)

    def sweep(self) -> None:
        """Remove what was killed before it was whole; only for whoever alone writes here."""
        for link in self.folder.glob(".champion-*"):
            link.unlink()
        for partial in self.bundles.glob(".*"):
            shutil.rmtree(partial)


def read_name(environ: Mapping[str, str] = os.environ) -> str:
    """Read `ICP_FIT_NAME`, the name of the registered model and of all that belongs to it; raises SettingsError."""
    name = environ.get("ICP_FIT_NAME", "").strip() or DEFAULT_NAME
    if not re.fullmatch(r"[a-z0-9-]{1,40}", name):
        raise SettingsError(
            f"`ICP_FIT_NAME` must be 1 to 40 lower-case letters, digits and `-`, got `{name}`. "
            f"Unset it for the default, {DEFAULT_NAME}."
        )
    return name


def find_model_store(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder that `ICP_FIT_HOME` names; else `models/store` in a checkout, or `.icp-fit` in the user's own."""
    home = environ.get("ICP_FIT_HOME")
    if home:
        return Path(home).expanduser().absolute()
    in_checkout = (_CHECKOUT / "pyproject.toml").is_file()
    return _CHECKOUT / "models" / "store" if in_checkout else Path.home() / ".icp-fit"


def find_store_paths(environ: Mapping[str, str] = os.environ) -> StorePaths:
    """The folder of `ICP_FIT_NAME` in the model store: for the default name, the model store itself."""
    name, folder = read_name(environ), find_model_store(environ)
    return StorePaths(folder if name == DEFAULT_NAME else folder / "names" / name)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
