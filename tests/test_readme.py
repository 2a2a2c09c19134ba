"""What the README shows is what happens: its commands are run on example deals, and its output is compared."""

from pathlib import Path

import pytest

from icp_fit.features.deals import read_deals
from icp_fit.features.mapping import Mapping
from icp_fit.features.profile import read_profile
from icp_fit.features.simulation.sample import as_crm, sample_deals
from icp_fit.models.bundle import save_bundle
from icp_fit.models.store_paths import StorePaths
from icp_fit.training.train import fit_model, sort_by_date
from tests.support.checkout import CHECKOUT
from tests.support.documented_commands import HOST, ask, matches, read_files, read_steps, run
from tests.support.running_service import build_settings, run_service

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the README takes for granted: a table with mistakes, and a champion."""
    profile = read_profile("liferay")
    deals = as_crm(sample_deals(profile, 2000, 7), profile, Mapping())
    broken = deals.astype(object)
    broken.loc[16, "integrations"] = "many"
    broken.loc[340, "closed_on"] = "2020-01-01"
    broken.to_csv(tmp_path / "broken.csv", index=False)
    home = StorePaths(tmp_path / "home")
    model = fit_model(sort_by_date(read_deals(deals, profile)).closed, profile, seed=0)
    save_bundle(model, home.bundles / "v1", {}, model_version="1")
    home.point_champion("v1")
    monkeypatch.setenv("ICP_FIT_HOME", str(home.folder))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_readme_shows_what_its_commands_print(folder: Path) -> None:
    changed: list[str] = []
    steps = list(read_steps(README))
    for step in steps:
        if not step.asks_service:
            changed += step.compare(run(step.command, folder))
    with run_service(build_settings(folder / "home")) as service:
        for name, code in read_files(README).items():
            (folder / name).write_text(code.replace(f"http://{HOST}", service.url), encoding="utf-8")
        for step in steps:
            if step.asks_service:
                changed += step.compare(ask(step.command, folder, service))
    assert not changed, "\n\n".join(changed)


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        (["a", "...", "d"], ["a", "b", "c", "d"], True),
        (["..."], [], True),
        (["a", "..."], ["b", "c"], False),
        (["Score 63 of 2,000"], ["Score 64 of 2,000"], True),
        (["Score 63"], ["Score 73"], False),
        (["low 0.31"], ["low 0.41"], False),
        (["kept 2026-11-24."], ["kept 2027-01-02."], True),
        (["grade B"], ["grade C"], False),
        (["a", "b"], ["a"], False),
    ],
)
def test_output_is_compared_but_for_what_changes(shown: list[str], printed: list[str], same: bool) -> None:
    assert matches(shown, printed) is same
