"""What can go wrong around what is stored and written: errors name the offender, what was expected and the remedy."""

from icp_fit.features.errors import IcpFitError


class RecordError(IcpFitError):
    """A prediction, outcome or override that cannot be stored whatever the state of the database."""

    code = "invalid_record"


class KeysError(IcpFitError):
    """An API key that does not exist, or a role that there is not."""

    code = "invalid_key"


class RecomputeError(IcpFitError):
    """A prediction that cannot be computed again: it is not stored, or the bundle that made it is gone."""

    code = "not_recomputable"


class OutputError(IcpFitError):
    """A file of scores that cannot be written."""

    code = "invalid_output"


class StoreError(IcpFitError):
    """The database cannot be used now: nothing was acknowledged, and trying again later is right."""

    code = "store_unavailable"


class OtherNameError(StoreError):
    """A database that belongs to another name than `ICP_FIT_NAME`: waiting does not help."""

    code = "other_name"
