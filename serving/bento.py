"""The bento: what it takes to serve the champion elsewhere, and nothing else.

`python -m icp_fit.serving.bento` builds it. It holds the three packages that serve, the champion's bundle, and the
versions installed here of what they import. What training needs (MLflow, shap, matplotlib) stays out.
"""

import os
import shutil
import sys
import tempfile
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

from icp_fit.models.bundle import check_bundle
from icp_fit.models.errors import BundleError
from icp_fit.models.store_paths import StorePaths, find_store_paths
from icp_fit.serving.bundled_champion import BUNDLED

PACKAGE = Path(__file__).parents[1]
CHECKOUT = PACKAGE.parent
PACKAGES = ("features", "models", "serving")
SERVICE = "icp_fit.serving.service:IcpFit"


def build_bento(store_paths: StorePaths) -> Any:
    """Build a bento with the champion of a home; raises BundleError where there is none, or it is not sound."""
    os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")
    import bentoml

    champion = store_paths.check_champion()
    manifest = check_bundle(champion)
    with tempfile.TemporaryDirectory() as folder:
        context = Path(folder)
        for package in PACKAGES:
            shutil.copytree(PACKAGE / package, context / "icp_fit" / package, ignore=_left_out)
        for module in PACKAGE.glob("*.py"):
            shutil.copy(module, context / "icp_fit")
        shutil.copytree(champion.resolve(), context / BUNDLED / champion.readlink().name)
        return bentoml.bentos.build(
            SERVICE,
            build_ctx=folder,
            labels={"model_version": manifest.model_version, "profile": manifest.profile_digest},
            description="Says how well deals fit an ideal customer profile, and why.",
            include=["**"],
            python={"packages": read_requirements(), "lock_packages": False},
        )


def read_requirements(checkout: Path = CHECKOUT) -> list[str]:
    """What serving imports, in the versions that are installed here."""
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["serving"]]
    return [_pinned(requirement) for requirement in wanted]


def folder_size(folder: Path) -> int:
    """The bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _pinned(requirement: str) -> str:
    name = requirement.split(">=")[0].split("==")[0].strip()
    return f"{name}=={version(name.split('[')[0])}"


def _left_out(folder: str, names: list[str]) -> set[str]:
    """Compiled files, and the models of this machine."""
    is_store = Path(folder).name == "models"
    return {name for name in names if name == "__pycache__" or (is_store and name == "store")}


def main() -> None:
    try:
        bento = build_bento(find_store_paths())
    except BundleError as error:
        sys.exit(f"error: {error}")
    size = folder_size(Path(bento.path)) / 1e6
    sys.stdout.write(f"Built {bento.tag}, {size:.1f} MB, in {bento.path}\nServe it with: bentoml serve {bento.tag}\n")


if __name__ == "__main__":
    main()
