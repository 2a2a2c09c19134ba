"""The bento: what it takes to serve the champion elsewhere, and nothing else.

`python -m icp_fit.serving.bento` builds it, from a checkout or from an installed icp-fit. It holds the package without
its training, the champion's bundle, and the versions installed here of what serving requires. What training needs
(MLflow, shap, matplotlib) stays out.
"""

import os
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from icp_fit.extras import naming_extras, read_requirements
from icp_fit.features.errors import IcpFitError
from icp_fit.models.bundle import check_bundle
from icp_fit.models.store_paths import StorePaths, find_store_paths
from icp_fit.serving.bundled_champion import BUNDLED

PACKAGE = Path(__file__).parents[1]
SERVICE = "icp_fit.serving.service:IcpFit"


def build_bento(store_paths: StorePaths) -> Any:
    """Build a bento with the champion of a model store; raises BundleError where there is none, or it is not sound.

    Raises MissingExtraError without the extra `serving`.
    """
    os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")
    with naming_extras():
        import bentoml

    champion = store_paths.check_champion()
    manifest = check_bundle(champion)
    with tempfile.TemporaryDirectory() as folder:
        context = Path(folder)
        # links of a checkout are followed, so that each file is there once, as in a wheel
        shutil.copytree(PACKAGE, context / PACKAGE.name, ignore=_left_out)
        shutil.copytree(champion.resolve(), context / PACKAGE.name / BUNDLED / champion.readlink().name)
        return bentoml.bentos.build(
            SERVICE,
            build_ctx=folder,
            labels={"model_version": manifest.model_version, "profile": manifest.profile_digest},
            description="Says how well deals fit an ideal customer profile, and why.",
            include=["**"],
            python={"packages": pin_requirements(), "lock_packages": False},
        )


def pin_requirements() -> list[str]:
    """What serving requires, in the versions that are installed here."""
    wanted = [requirement for requirement in read_requirements() if requirement.extra in (None, "serving")]
    return [f"{requirement.name}{requirement.options}=={version(requirement.name)}" for requirement in wanted]


def folder_size(folder: Path) -> int:
    """The bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _left_out(folder: str, names: list[str]) -> set[str]:
    """Compiled files, training, and the model store of a checkout."""
    unwanted = {PACKAGE: "training", PACKAGE / "models": "store"}.get(Path(folder))
    return {name for name in names if name in ("__pycache__", unwanted)}


def main() -> None:
    try:
        bento = build_bento(find_store_paths())
    except IcpFitError as error:
        sys.exit(f"error: {error}")
    size = folder_size(Path(bento.path)) / 1e6
    sys.stdout.write(f"Built {bento.tag}, {size:.1f} MB, in {bento.path}\nServe it with: bentoml serve {bento.tag}\n")


if __name__ == "__main__":
    main()
