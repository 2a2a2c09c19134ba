"""A table of deals on disk, and a champion to score them."""

from pathlib import Path

from icp_fit.features.mapping import Mapping
from icp_fit.models.bundle import save_bundle
from icp_fit.models.fit import FitClassifier
from icp_fit.models.store_paths import StorePaths
from tests.support.small_profile import draw_answers, fit_small_model


def write_deals(path: Path, count: int = 30, ids: bool = True) -> Path:
    """Deals of the small profile as a CSV; the third cannot be used."""
    deals = draw_answers(count, seed=4).astype(object)
    deals.insert(0, "name", [f"Deal of [red]{i}" for i in range(count)])
    if ids:
        deals.insert(0, "deal_id", [f"D-{i:03}" for i in range(1, count + 1)])
    deals.loc[2, "systems"] = "many"
    deals.assign(portal=deals["portal"].map({True: "yes", False: "no"})).to_csv(path, index=False)
    return path


def install_champion(
    home: Path, version: str = "1", model: FitClassifier | None = None, mapping: Mapping | None = None
) -> str:
    """Save a bundle of a model of the small profile and point the champion's link to it; returns its name."""
    store, name = StorePaths(home), f"{version}-test"
    trained = model or fit_small_model(300)
    save_bundle(trained, store.bundles / name, {"verdict": "usable"}, mapping=mapping, model_version=version)
    store.point_champion(name)
    return name
