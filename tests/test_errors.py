"""The family of errors: one above all, each with a code of its own that does not change."""

import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator

import pytest

import icp_fit
from icp_fit.features.errors import IcpFitError, MissingExtraError, ProfileError
from icp_fit.serving.errors import StoreError
from tests.support.checkout import CHECKOUT

TABLE = (CHECKOUT / "docs" / "errors.md").read_text(encoding="utf-8")
CODES = set(re.findall(r"^\| `(\w+)` \|", TABLE, flags=re.MULTILINE))
OF_COMMANDS = {"file", "usage"}  # what goes wrong before or beside our own code


@pytest.fixture(scope="module")
def family() -> list[type[IcpFitError]]:
    """IcpFitError and every class below it, wherever it is defined."""
    for module in pkgutil.walk_packages(icp_fit.__path__, "icp_fit."):
        if module.name.endswith(("errors", "deal_reader")):
            importlib.import_module(module.name)
    return [IcpFitError, *walk_family(IcpFitError)]


def walk_family(parent: type[IcpFitError]) -> Iterator[type[IcpFitError]]:
    for child in parent.__subclasses__():
        yield child
        yield from walk_family(child)


def test_every_error_has_a_code_of_its_own_that_the_docs_explain(family: list[type[IcpFitError]]) -> None:
    assert Counter(error.code for error in family) == Counter(CODES - OF_COMMANDS)


def test_errors_are_value_errors_as_scikit_learn_raises_them() -> None:
    assert issubclass(IcpFitError, ValueError)
    assert issubclass(StoreError, IcpFitError)


def test_icp_fit_error_can_be_had_from_the_package_itself() -> None:
    assert icp_fit.IcpFitError is IcpFitError


def test_error_as_json_has_code_and_message() -> None:
    assert ProfileError("No factors.").to_dict() == {"code": "invalid_profile", "message": "No factors."}


def test_missing_extra_names_the_command_that_installs_it() -> None:
    error = MissingExtraError("training", "mlflow")
    assert 'pip install "icp-fit[training]"' in str(error)
    assert error.to_dict().items() >= {"extra": "training", "install": 'pip install "icp-fit[training]"'}.items()
