"""What can go wrong with the registry, as errors that name the offender, what was expected and the remedy."""

from icp_fit.features.errors import IcpFitError


class RegistryError(IcpFitError):
    """A registry that does not answer, a version that does not exist or cannot be used, or no champion to return to."""

    code = "registry"
