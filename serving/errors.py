"""What can go wrong around what is kept: errors name the offender, what was expected and the remedy."""


class SettingsError(ValueError):
    """An environment variable that cannot be read."""


class RecordError(ValueError):
    """A prediction, outcome or override that cannot be stored whatever the state of the database."""


class KeysError(ValueError):
    """An API key that does not exist, or a role that there is not."""


class RecomputeError(ValueError):
    """A prediction that cannot be computed again: it is not stored, or the bundle that made it is gone."""


class StoreError(RuntimeError):
    """The database cannot be used now: nothing was acknowledged, and trying again later is right."""
