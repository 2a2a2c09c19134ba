"""What can go wrong with the registry, as errors that name the offender, what was expected and the remedy."""


class RegistryError(ValueError):
    """A model version that does not exist or cannot be used, or a champion that is not there to return to."""
