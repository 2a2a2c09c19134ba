"""The documents: what is written from the code is current, and what they link to is there."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from icp_fit.features.dictionary import DEAL_COLUMNS, write_dictionary
from icp_fit.features.mapping import DEAL_COLUMNS as READ_COLUMNS
from icp_fit.features.profile import read_profile
from icp_fit.serving.access.roles import ROLES, Role, may
from icp_fit.serving.api.routes import ENDPOINTS
from tests.support.checkout import CHECKOUT
from tests.support.small_profile import PROFILE

PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))]


def test_data_dictionary_is_that_of_the_shipped_profile() -> None:
    stored = (CHECKOUT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    assert stored == write_dictionary(read_profile("liferay")), (
        "Write it again: icp-fit profile docs > docs/data-dictionary.md"
    )


def test_data_dictionary_has_every_column_that_a_table_may_have() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", write_dictionary(PROFILE), flags=re.MULTILINE)
    assert listed == [*READ_COLUMNS, *PROFILE.factor_ids]
    assert tuple(DEAL_COLUMNS) == READ_COLUMNS


def test_data_dictionary_keeps_its_tables_whole_whatever_a_question_says() -> None:
    dimension = PROFILE.dimensions[0]
    piped = replace(dimension.factors[0], question="This | or that?")
    profile = replace(PROFILE, dimensions=(replace(dimension, factors=(piped,)),))
    row = next(line for line in write_dictionary(profile).splitlines() if line.startswith(f"| `{piped.id}`"))
    assert row.count("|") == 6


def test_operating_lists_every_setting_that_the_service_reads() -> None:
    sources = [CHECKOUT / "serving" / "settings.py", CHECKOUT / "models" / "store_paths.py"]
    read = {name for source in sources for name in re.findall(r'"(ICP_FIT_\w+)"', source.read_text(encoding="utf-8"))}
    operating = (CHECKOUT / "docs" / "operating.md").read_text(encoding="utf-8")
    assert read
    assert [name for name in sorted(read) if f"`{name}`" not in operating] == []


@pytest.mark.parametrize("role", ROLES)
def test_operating_says_what_each_role_may_ask(role: Role) -> None:
    operating = (CHECKOUT / "docs" / "operating.md").read_text(encoding="utf-8")
    told = next(line for line in operating.splitlines() if line.startswith(f"| `{role}` |"))
    paths = {e.path for e in ENDPOINTS if e.act and may(role, e.act) and re.fullmatch(r"/\w+", e.path)} - {"/docs"}
    said = set(re.findall(r"`(/\w+)`", told))
    assert said == (paths if role != "admin" else {"/metrics"})  # which may do all that the others may, and that


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith("https://"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}, which is not there"
