"""The model store: where it is, and which part of it belongs to a name."""

from pathlib import Path

import pytest

from icp_fit.models.errors import SettingsError
from icp_fit.models.store_paths import find_store_paths, read_name

HOME = {"ICP_FIT_HOME": "/srv/icp"}


def test_default_name_has_the_model_store_itself() -> None:
    for environ in (HOME, {**HOME, "ICP_FIT_NAME": ""}, {**HOME, "ICP_FIT_NAME": "icp-fit"}):
        assert read_name(environ) == "icp-fit"
        assert find_store_paths(environ).folder == Path("/srv/icp")


def test_another_name_has_a_folder_of_its_own_that_no_other_file_can_be_taken_for() -> None:
    assert find_store_paths({**HOME, "ICP_FIT_NAME": "bundles"}).folder == Path("/srv/icp/names/bundles")


@pytest.mark.parametrize("name", ["a", "9", "emea-2", "x" * 40])
def test_name_may_have_lower_case_letters_digits_and_dashes(name: str) -> None:
    assert read_name({"ICP_FIT_NAME": name}) == name


@pytest.mark.parametrize("name", ["x" * 41, "Emea", "emea_2", "emea sales", "../emea", "größe", "emea\n-", "é"])
def test_other_names_are_refused_with_the_name_of_the_variable(name: str) -> None:
    with pytest.raises(SettingsError, match=r"`ICP_FIT_NAME` must be 1 to 40 lower-case letters, digits and `-`, got"):
        read_name({"ICP_FIT_NAME": name})
