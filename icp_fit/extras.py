"""Extras of the distribution: what they require, and which of them installs a library that is missing.

Our own metadata says so, so that nothing here repeats pyproject.toml.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from icp_fit.features.errors import MissingExtraError

DISTRIBUTION = "icp-fit"
# `psycopg[binary]>=3.2` or `mlflow>=3.5; extra == 'training'`
_REQUIREMENT = re.compile(r"""([\w.-]+)(\[[^]]*\])?[^;]*(?:;.*\bextra\s*==\s*['"]([\w-]+)['"])?""")


class Requirement(NamedTuple):
    """A distribution that ours requires; `extra` is None where it always does, `options` its own extras in brackets."""

    name: str
    options: str
    extra: str | None

    @property
    def module(self) -> str:
        """The name that it is imported by, for all that an extra of ours installs."""
        return self.name.lower().replace("-", "_")


@contextmanager
def naming_extras() -> Iterator[None]:
    """Raise MissingExtraError, with the command that installs it, for a library that belongs to an extra."""
    try:
        yield
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        extra = find_extra(module)
        if extra is None:
            raise
        raise MissingExtraError(extra, module) from error


def find_extra(module: str) -> str | None:
    """The extra that installs a library, by the name that it is imported by; None where none does."""
    return next((found.extra for found in read_requirements() if found.module == module and found.extra), None)


def read_requirements() -> list[Requirement]:
    """What our distribution requires, without `all`, which repeats the other extras; empty where it is not installed.

    A bento holds our code and not the distribution.
    """
    from importlib.metadata import PackageNotFoundError, requires

    try:
        found = map(_REQUIREMENT.match, requires(DISTRIBUTION) or ())
    except PackageNotFoundError:
        return []
    every = [Requirement(match[1], match[2] or "", match[3]) for match in found if match]
    return [requirement for requirement in every if requirement.extra != "all"]
