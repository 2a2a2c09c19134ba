"""A table of deals on disk, and a champion to score them."""

from pathlib import Path

from icp_fit.models.bundle import save_bundle
from icp_fit.models.store_paths import StorePaths
from tests.support.small_profile import draw_answers, fitted


def write_deals(path: Path, count: int = 30, ids: bool = True) -> Path:
    """Deals of the small profile as a CSV; the third cannot be used."""
    deals = draw_answers(count, seed=4).astype(object)
    deals.insert(0, "name", [f"Deal of [red]{i}" for i in range(count)])
    if ids:
        deals.insert(0, "deal_id", [f"D-{i:03}" for i in range(1, count + 1)])
    deals.loc[2, "systems"] = "many"
    deals.assign(portal=deals["portal"].map({True: "yes", False: "no"})).to_csv(path, index=False)
    return path


def crown(home: StorePaths, count: int = 300) -> StorePaths:
    """Make a model of the small profile champion."""
    save_bundle(fitted(count), home.bundles / "v1", {}, model_version="1")
    home.point_champion("v1")
    return home
