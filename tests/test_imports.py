"""Who may import whom, and what the command line may not wait for."""

import subprocess
import sys
from pathlib import Path

from tests.support.checkout import CHECKOUT


def test_packages_import_only_what_the_design_allows() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    checked = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_command_line_starts_without_the_heavy_libraries() -> None:
    heavy = ("mlflow", "sklearn", "pandas", "shap", "numba", "scipy", "matplotlib")
    code = f"import icp_fit.cli, sys; sys.exit(', '.join(name for name in {heavy!r} if name in sys.modules) or None)"
    subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=True)


def test_fit_model_is_imported_without_mlflow() -> None:
    code = "import icp_fit.models.fit, icp_fit.models.bundle, sys; sys.exit('mlflow' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=True)


def test_linter_sees_each_file_once_though_links_lead_to_it_too() -> None:
    command = [str(Path(sys.executable).with_name("ruff")), "check", "--show-files", "."]
    shown = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.splitlines()
    files = [Path(line).resolve() for line in shown]
    assert CHECKOUT / "models" / "fit.py" in files
    assert len(files) == len(set(files))
