"""The reference of profiles and mappings: every key is there, with its default, and the examples are valid."""

import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from icp_fit.features.currency_rates import CurrencyRates
from icp_fit.features.factors import Dimension, Factor, Grades, Profile
from icp_fit.features.mapping import Mapping, Outcomes, check_mapping, parse_mapping
from icp_fit.features.profile import parse_profile, read_profile
from tests.support.checkout import CHECKOUT

DOCS = CHECKOUT / "docs"
TABLES = [
    ("profile-keys.md", "The profile", Profile),
    ("profile-keys.md", "Grades", Grades),
    ("profile-keys.md", "A dimension", Dimension),
    ("profile-keys.md", "A factor", Factor),
    ("mapping-keys.md", "Mapping keys", Mapping),
    ("mapping-keys.md", "Currencies", CurrencyRates),
    ("mapping-keys.md", "The outcome", Outcomes),
]


def read_rows(page: Path, heading: str) -> dict[str, str]:
    """The default by key, from the first table below a heading."""
    section = re.split(rf"^#+ {heading}\b.*$", page.read_text(encoding="utf-8"), maxsplit=1, flags=re.MULTILINE)[1]
    table = section.split("\n| key |", 1)[1].split("\n\n", 1)[0]
    cells = [line.split(" | ") for line in table.splitlines()[2:]]
    return {row[0].strip("|` "): row[2] for row in cells}


@pytest.mark.parametrize(("page", "heading", "type_"), TABLES, ids=[heading for _, heading, _ in TABLES])
def test_reference_lists_every_key_in_order(page: str, heading: str, type_: type) -> None:
    assert list(read_rows(DOCS / page, heading)) == [field.name for field in fields(type_)]


@pytest.mark.parametrize(("page", "heading", "type_"), TABLES, ids=[heading for _, heading, _ in TABLES])
def test_reference_says_which_default_a_key_has(page: str, heading: str, type_: type) -> None:
    shown = read_rows(DOCS / page, heading)
    for field in fields(type_):
        default = field.default
        required = default is MISSING and field.default_factory is MISSING
        assert (shown[field.name] == "required") == required, field.name
        if isinstance(default, tuple) and default:
            listed = ["" if word == "empty" else word.strip("`") for word in shown[field.name].split(", ")]
            assert listed == list(default), field.name
        elif isinstance(default, str | int | float) and default != "":
            expected = default if isinstance(default, str) else f"{default:g}"
            assert shown[field.name].strip('`"') == expected, field.name


def test_reference_shows_a_valid_profile_with_every_kind() -> None:
    profile = parse_profile(read_example("profile-keys.md"))
    assert [factor.kind for factor in profile.factors] == ["count", "amount", "yes_no", "ordinal", "category"]


def test_reference_shows_a_valid_mapping_for_the_shipped_profile() -> None:
    mapping = check_mapping(parse_mapping(read_example("mapping-keys.md")), read_profile("liferay"))
    assert mapping.names("integrations") == ("Integrations__c",)


def read_example(page: str) -> str:
    (example,) = re.findall(
        r"^```toml\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return str(example)
