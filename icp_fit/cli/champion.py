"""By whose profile and mapping a table is read where a command is told of neither: the champion's."""

from typing import TYPE_CHECKING, NamedTuple

import icp_fit
from icp_fit.cli.console import err
from icp_fit.cli.options import read_mapping

if TYPE_CHECKING:
    from icp_fit import Mapping, Profile


class Reading(NamedTuple):
    """How a table is read; `model_version` is the champion's where the profile is."""

    profile: "Profile"
    mapping: "Mapping | None"
    model_version: str | None = None


def find_reading(profile: str | None, mapping: str | None) -> Reading:
    """The profile that is named, else the champion's, else the shipped one; with its mapping unless one is named."""
    from icp_fit.models.store_paths import find_store_paths

    store_paths = find_store_paths()
    if profile is not None or store_paths.champion_name is None:
        return Reading(icp_fit.read_profile(profile or "liferay"), read_mapping(mapping))
    bundle = icp_fit.load_bundle(store_paths.champion)
    version, asked = bundle.manifest.model_version, bundle.model.profile_
    err.print(
        f"Read by the profile{'' if mapping else ' and the mapping'} of the champion, model version {version}. "
        "--profile and --mapping name others.",
        highlight=False,
        soft_wrap=True,
    )
    return Reading(asked, read_mapping(mapping) or bundle.mapping, version)
