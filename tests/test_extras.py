"""What icp-fit requires: each library that its code imports is asked for in its metadata, where that is needed."""

import ast
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import icp_fit
from icp_fit.extras import find_extra, naming_extras, read_requirements
from icp_fit.features.errors import IcpFitError

# shap is imported where an explanation is turned into one of shap's, and nowhere else
ALLOWED = {"features": (), "models": ("shap",), "cli": (), "training": ("training",), "serving": ("serving",)}


PARTS = {"pydantic_core"}  # of what is asked for: it comes with pydantic, in the version that fits


def normalise(name: str) -> str:
    return name.lower().replace("-", "_")


def read_imports(folder: Path) -> Iterator[tuple[str, Path]]:
    """The top-level names that the files of a folder import, other than our own."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            yield from ((name.partition(".")[0], path) for name in names)


@pytest.mark.parametrize("folder", sorted(ALLOWED))
def test_folder_imports_only_what_the_metadata_asks_for(folder: str) -> None:
    wanted = [(normalise(requirement.name), requirement.extra) for requirement in read_requirements()]
    available = {name for name, extra in wanted if extra is None or {name, extra} & {*ALLOWED[folder]}} | PARTS
    distributions = {
        module: {*map(normalise, names)} for module, names in packages_distributions().items() if module != "icp_fit"
    }
    undeclared = {
        (module, path.name)
        for module, path in read_imports(Path(icp_fit.__file__).parent / folder)
        if module in distributions and not distributions[module] & available
    }
    assert undeclared == set()


@pytest.mark.parametrize(
    ("module", "extra"),
    [("mlflow", "training"), ("shap", "training"), ("bentoml", "serving"), ("uvicorn", "serving"), ("pandas", None)],
)
def test_extra_of_a_library_is_found_in_our_own_metadata(module: str, extra: str | None) -> None:
    assert find_extra(module) == extra


def test_a_missing_library_is_named_with_the_command_that_installs_it() -> None:
    says = r'`mlflow` is not installed.*pip install "icp-fit\[training\]"'
    with pytest.raises(IcpFitError, match=says), naming_extras():
        raise ModuleNotFoundError(name="mlflow.tracking")


def test_a_missing_library_of_no_extra_stays_what_it_is() -> None:
    with pytest.raises(ModuleNotFoundError), naming_extras():
        raise ModuleNotFoundError(name="their_own_module")
