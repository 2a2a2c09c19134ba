"""The door for Python: what `import icp_fit` gives, when it is imported, and the examples in its docstrings."""

import ast
import doctest
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import icp_fit
from tests.support.checkout import CHECKOUT

NAMES = sorted(icp_fit._MODULES)
WITH_EXAMPLES = ("FitClassifier", "Profile", "explain", "load_bundle", "read_deals", "read_profile")
HEAVY = ("importlib.metadata", "matplotlib", "mlflow", "numba", "numpy", "pandas", "pydantic", "rich", "scipy", "skops")


def run_python(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=True)


def test_importing_the_package_imports_nothing_else() -> None:
    run_python(f"import icp_fit, sys; sys.exit({{*{HEAVY!r}}} & {{*sys.modules}} or None)")


def test_a_profile_is_read_without_what_training_and_serving_need() -> None:
    heavy = ("bentoml", "matplotlib", "mlflow", "numba", "shap", "starlette")
    code = (
        f"from icp_fit import read_profile; import sys; sys.exit(', '.join({{*{heavy!r}}} & {{*sys.modules}}) or None)"
    )
    run_python(code)


@pytest.mark.parametrize("name", NAMES)
def test_door_gives_what_lives_behind_it(name: str) -> None:
    assert getattr(icp_fit, name).__module__ == f"icp_fit.{icp_fit._MODULES[name]}"


def test_type_checkers_are_told_the_same_names_from_the_same_places() -> None:
    tree = ast.parse(Path(icp_fit.__file__).read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module != "typing"]
    told = {alias.asname: str(node.module).removeprefix("icp_fit.") for node in imports for alias in node.names}
    told.pop(None)  # what the door itself uses
    assert told == icp_fit._MODULES


def test_dir_lists_the_door_and_an_unknown_name_is_refused() -> None:
    assert {*NAMES, "__version__"} <= {*dir(icp_fit)}
    with pytest.raises(AttributeError, match=r"no attribute `FitClasifier`; it has .*FitClassifier"):
        icp_fit.FitClasifier  # noqa: B018


def test_version_is_that_of_the_project() -> None:
    assert f'\nversion = "{icp_fit.__version__}"\n' in (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("module", ["", *sorted({*icp_fit._MODULES.values()})])
def test_examples_in_docstrings_give_what_they_show(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # an example may write a file
    found = doctest.testmod(import_module(f"icp_fit.{module}".rstrip(".")), optionflags=doctest.ELLIPSIS)
    assert found.failed == 0


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_object_of_the_door_shows_how_it_is_used(name: str) -> None:
    assert ">>> " in (getattr(icp_fit, name).__doc__ or "")
