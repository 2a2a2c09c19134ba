"""The notebooks as they are stored; `make notebooks` runs them."""

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.checkout import CHECKOUT

NOTEBOOKS = sorted((CHECKOUT / "notebooks").glob("*.ipynb"))
OURS = {"icp_fit"}
# What `make setup` installs and an example needs; a notebook has no dependencies of its own.
LIBRARIES = {"matplotlib", "numpy", "pandas", "shap"}

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read_cells(path: Path) -> Iterator[tuple[dict[str, object], str]]:
    """Code cells, each with its Python, without IPython's own lines."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            yield cell, "".join(line for line in cell["source"] if not line.startswith("%"))


def read_code(path: Path) -> ast.Module:
    return ast.parse("\n".join(code for _, code in read_cells(path)))


def test_there_are_three_notebooks() -> None:
    assert [path.stem[0] for path in NOTEBOOKS] == ["1", "2", "3"]


@each_notebook
def test_notebook_is_stored_without_output(path: Path) -> None:
    for cell, _ in read_cells(path):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


@each_notebook
def test_notebook_imports_only_from_the_packages_and_what_setup_installs(path: Path) -> None:
    imported = set()
    for node in ast.walk(read_code(path)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module).partition(".")[0])
    assert imported <= OURS | LIBRARIES | set(sys.stdlib_module_names)


@each_notebook
def test_notebook_defines_nothing_that_could_be_used_elsewhere(path: Path) -> None:
    defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    assert [node.lineno for node in ast.walk(read_code(path)) if isinstance(node, defined)] == []


@each_notebook
def test_notebook_keeps_what_it_makes_out_of_the_home(path: Path) -> None:
    code = ast.unparse(read_code(path))
    assert "icp_fit.training.train" not in code or "os.environ['ICP_FIT_HOME'] = str(home)" in code
