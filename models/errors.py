"""What can be wrong with a model on disk, as errors that name the offender, what was expected and the remedy."""

from icp_fit.features.errors import IcpFitError


class BundleError(IcpFitError):
    """A bundle that is incomplete, changed, of a format that this version does not read, or not to be trusted."""

    code = "invalid_bundle"


class NoChampionError(BundleError):
    """A model store in which no model was promoted yet."""

    code = "no_champion"
