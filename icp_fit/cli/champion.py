"""By whose profile and mapping a table is read where a command is told of neither: the champion's."""

from typing import TYPE_CHECKING, NamedTuple

import icp_fit
from icp_fit.cli.console import err
from icp_fit.cli.options import read_mapping

if TYPE_CHECKING:
    from icp_fit import Deals, Mapping, Profile


class Reading(NamedTuple):
    """How a table is read; `asked` are the questions that count.

    `model_version` is the champion's where the profile is, else None.
    """

    profile: "Profile"
    mapping: "Mapping | None"
    asked: tuple[str, ...]
    model_version: str | None = None

    def find_missing(self, deals: "Deals") -> str | None:
        """Sentences where a table of deals lacks most of the questions, or the ids that the mapping names; else None.

        Deals to train on need no ids: only a mapping that says where they are is held to it.
        """
        from icp_fit.features.missing_columns import describe_missing_id, describe_missing_questions

        words = self.mapping or icp_fit.Mapping()
        found = [describe_missing_questions(deals.absent, self.asked, deals.ignored, self.profile, words)]
        if words.columns.get("deal_id"):
            found.append(describe_missing_id(deals.table.columns, deals.ignored, words))
        missing = " ".join(sentence for sentence in found if sentence)
        return (
            f"{missing} Say in a mapping, in [columns], which is which, or give --allow-missing." if missing else None
        )


def find_reading(profile: str | None, mapping: str | None) -> Reading:
    """The profile that is named, else the champion's, else the shipped one; with its mapping unless one is named."""
    from icp_fit.models.evidence import trained_questions
    from icp_fit.models.store_paths import find_store_paths

    store_paths = find_store_paths()
    if profile is not None or store_paths.champion_name is None:
        named = icp_fit.read_profile(profile or "liferay")
        asked = tuple(factor.id for factor in named.factors if factor.known_at == "qualification")
        return Reading(named, read_mapping(mapping), asked)
    bundle = icp_fit.load_bundle(store_paths.champion)
    version, trained = bundle.manifest.model_version, bundle.model.profile_
    err.print(
        f"Read by the profile{'' if mapping else ' and the mapping'} of the champion, model version {version}. "
        "--profile and --mapping name others.",
        highlight=False,
        soft_wrap=True,
    )
    asked = trained_questions(trained, bundle.model.evidence_)
    return Reading(trained, read_mapping(mapping) or bundle.mapping, asked, version)
