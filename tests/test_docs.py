"""The documents: what is written from the code is current, and what they link to is there."""

import re
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.main import get_command

import icp_fit
from icp_fit.cli import app
from icp_fit.features.dictionary import COLUMN_MEANINGS, write_dictionary
from icp_fit.features.mapping import DEAL_COLUMNS
from icp_fit.features.profile import read_profile
from icp_fit.serving.access.roles import ROLES, Role, may
from icp_fit.serving.api.routes import ENDPOINTS
from tests.support.checkout import CHECKOUT
from tests.support.small_profile import PROFILE

# pages that `make docs` writes from the code, or takes from the top folder; it checks links within them, too
WRITTEN = ("commands.md", "http-api.md", "changelog.md", "contributing.md", "security.md")
PAGES = [
    *(CHECKOUT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((CHECKOUT / "docs").glob("*.md")),
]


def test_data_dictionary_is_that_of_the_shipped_profile() -> None:
    stored = (CHECKOUT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    assert stored == write_dictionary(read_profile("liferay")), (
        "Write it again: icp-fit profile docs > docs/data-dictionary.md"
    )


def test_data_dictionary_has_every_column_that_a_table_may_have() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", write_dictionary(PROFILE), flags=re.MULTILINE)
    assert listed == [*DEAL_COLUMNS, *PROFILE.factor_ids]
    assert tuple(COLUMN_MEANINGS) == DEAL_COLUMNS


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
        if not (target.startswith("https://") or (page.parent.name == "docs" and target in WRITTEN)):
            assert (page.parent / target).exists(), f"{page.name} links to {target}, which is not there"


@pytest.mark.parametrize(
    "fetching",
    [
        '<link rel="stylesheet" href="https://fonts.example.com/css">',
        "<link href=//cdn.example.com/icon.png rel=icon>",
        '<script src="https://cdn.example.com/mermaid.js"></script>',
        '<img alt="" src="//img.example.com/badge.svg">',
        "<style>body { background: url(https://img.example.com/b.png) }</style>",
    ],
)
def test_site_may_not_ask_another_host(fetching: str, tmp_path: Path) -> None:
    hosts = load_hook("hosts")
    (tmp_path / "page.html").write_text(f'<p><a href="https://example.com">a link</a>{fetching}</p>', encoding="utf-8")
    assert len(list(hosts.find_other_hosts(tmp_path))) == 1


def test_site_may_link_to_other_hosts_and_fetch_its_own(tmp_path: Path) -> None:
    page = '<link rel="stylesheet" href="a.css"><link rel="canonical" href="https://a.example"><img src="deal.png">'
    (tmp_path / "page.html").write_text(f'{page}<a href="https://b.example">b</a>', encoding="utf-8")
    assert list(load_hook("hosts").find_other_hosts(tmp_path)) == []


def test_page_of_commands_has_every_command() -> None:
    page = load_hook("command_pages").write_commands()
    named = {" ".join(words) for words in find_commands(get_command(app), ())}
    assert {heading.removeprefix("icp-fit ") for heading in re.findall(r"^## `(.*)`$", page, re.MULTILINE)} == named


def test_page_of_python_has_every_name_of_the_door() -> None:
    page = (CHECKOUT / "docs" / "python.md").read_text(encoding="utf-8")
    named = re.findall(r"^::: icp_fit\.(\w+)$", page, re.MULTILINE)
    assert sorted(named) == sorted(set(icp_fit.__all__) - {"__version__"})


def find_commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, child in getattr(command, "commands", {}).items():
        yield (*path, name)
        yield from find_commands(child, (*path, name))


def load_hook(name: str) -> ModuleType:
    """A module that `make docs` runs; it is no part of the package."""
    spec = spec_from_file_location(name, CHECKOUT / "docs" / "hooks" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
