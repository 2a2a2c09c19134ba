"""What can be wrong with a model on disk, or with where it should be: errors name offender, expectation and remedy."""

from icp_fit.features.errors import IcpFitError


class SettingsError(IcpFitError):
    """An environment variable that cannot be read."""

    code = "invalid_settings"


class BundleError(IcpFitError):
    """A bundle that is incomplete, changed, of a format that this version does not read, or not to be trusted."""

    code = "invalid_bundle"


class NoChampionError(BundleError):
    """A model store in which no model was promoted yet."""

    code = "no_champion"
