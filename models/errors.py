"""What can be wrong with a model on disk, as errors that name the offender, what was expected and the remedy."""


class BundleError(ValueError):
    """A bundle that is incomplete, changed, of a format that this version does not read, or not to be trusted."""
