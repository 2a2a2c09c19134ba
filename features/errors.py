"""What can be wrong with a profile or with deals: errors name the offender, what was expected and the remedy."""


class ProfileError(ValueError):
    """A profile file that cannot be used; names file, factor and remedy."""


class MappingError(ValueError):
    """A mapping file that cannot be used, or that does not fit the table it is meant for."""


class DealsError(ValueError):
    """A table of deals that cannot be used as a whole."""


class LeakageError(ValueError):
    """Columns that could only be known from the outcome."""
