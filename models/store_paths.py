"""Where a machine keeps what it trained: one folder, with the bundles and the link to the champion among them.

The link is what serving reads. It is only ever replaced by a rename, so it leads to a whole bundle at every moment.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from icp_fit.models.errors import NoChampionError

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


def find_store_paths(environ: Mapping[str, str] = os.environ) -> StorePaths:
    """The folder that `ICP_FIT_HOME` names; else `models/store` in a checkout, or `.icp-fit` in the user's own."""
    named = environ.get("ICP_FIT_HOME")
    if named:
        return StorePaths(Path(named).expanduser().absolute())
    in_checkout = (_CHECKOUT / "pyproject.toml").is_file()
    return StorePaths(_CHECKOUT / "models" / "store" if in_checkout else Path.home() / ".icp-fit")


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
