"""The tutorial works: its commands are run in order in an empty folder, and its output is compared."""

from pathlib import Path

import pytest

from icp_fit.training.settings import TrainingSettings
from tests.support.checkout import CHECKOUT
from tests.support.documented_commands import ask, read_steps, run
from tests.support.running_service import build_settings, run_service

TUTORIAL = (CHECKOUT / "docs" / "tutorial.md").read_text(encoding="utf-8")


def test_tutorial_leads_from_an_export_to_a_served_model(
    tmp_path: Path, settings: TrainingSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = settings.store_paths.folder
    monkeypatch.setenv("ICP_FIT_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    changed: list[str] = []
    steps = list(read_steps(TUTORIAL))
    for step in steps:
        if not step.asks_service:
            changed += step.compare(run(step.command, tmp_path))
    with run_service(build_settings(home)) as service:
        for step in steps:
            if step.asks_service:
                changed += step.compare(ask(step.command, tmp_path, service))
    assert not changed, "\n\n".join(changed)
