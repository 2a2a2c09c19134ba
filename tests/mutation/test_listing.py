"""The list of mutants that may survive is short of nothing and holds nothing stale."""

import tomllib

import pytest

from tests.mutation.modules import MODULES, find_tests
from tests.support.checkout import CHECKOUT

LISTED: dict[str, dict[str, str]] = tomllib.loads((CHECKOUT / "tests/mutation/survivors.toml").read_text())


@pytest.mark.parametrize("module", MODULES)
def test_mutated_module_and_its_tests_are_there(module: str) -> None:
    assert (CHECKOUT / module).is_file()
    assert find_tests(module)


def test_only_survivors_of_mutated_modules_are_listed() -> None:
    assert LISTED.keys() <= MODULES.keys()


@pytest.mark.parametrize("module", LISTED)
def test_each_listed_survivor_is_of_code_that_is_still_there_and_has_a_reason(module: str) -> None:
    code = " ".join(line.strip() for line in (CHECKOUT / module).read_text().splitlines())
    stale = [change for change in LISTED[module] if change.partition(" -> ")[0] not in code]
    assert stale == []
    assert all(len(reason.split()) >= 3 for reason in LISTED[module].values())
