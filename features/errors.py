"""What can go wrong, as one family: errors name the offender, what was expected and the remedy.

Every error of this project is an `IcpFitError`. Its `code` is stable: scripts and services tell errors apart by it,
while the sentences may get better. docs/errors.md lists the codes.
"""

from typing import Any, ClassVar


class IcpFitError(ValueError):
    """Anything that this project refuses or cannot do; a subclass says what, and gives it a `code` of its own."""

    code: ClassVar[str] = "error"

    def to_dict(self) -> dict[str, Any]:
        """The error as JSON gives it."""
        return {"code": self.code, "message": str(self)}


class ProfileError(IcpFitError):
    """A profile that cannot be used; names file, factor and remedy."""

    code = "invalid_profile"


class MappingError(IcpFitError):
    """A mapping that cannot be used, or that does not fit the table it is meant for."""

    code = "invalid_mapping"


class DealsError(IcpFitError):
    """A table of deals that cannot be used as a whole."""

    code = "invalid_deals"


class LeakageError(IcpFitError):
    """Columns that could only be known from the outcome."""

    code = "leakage"


class MissingExtraError(IcpFitError):
    """A library that only an extra of this distribution installs."""

    code = "missing_extra"

    def __init__(self, extra: str, module: str) -> None:
        super().__init__(extra, module)
        self.extra = extra
        self.module = module

    @property
    def command(self) -> str:
        """What installs it."""
        return f'pip install "icp-fit[{self.extra}]"'

    def __str__(self) -> str:
        return f"`{self.module}` is not installed; it comes with the extra `{self.extra}`. Install it: {self.command}"

    def to_dict(self) -> dict[str, Any]:
        return {**super().to_dict(), "extra": self.extra, "install": self.command}
