"""The house in order: one name for one type, and each module's tests where its reader looks for them."""

import ast
from collections import defaultdict

from tests.support.checkout import CHECKOUT

ROOMS = ("features", "models", "training", "serving", "icp_fit")

# Why a type's name stands for two things. It is no place to put off a renaming.
SHARED_NAMES: dict[str, str] = {}


def read_modules() -> dict[str, ast.Module]:
    """The code of the rooms by its path, each file once: `icp_fit` holds links to the others."""
    paths = [path for room in ROOMS for path in sorted((CHECKOUT / room).rglob("*.py"))]
    return {
        str(path.relative_to(CHECKOUT)): ast.parse(path.read_text())
        for path in paths
        if path == path.resolve() and "store" not in path.relative_to(CHECKOUT).parts[1:2]
    }


def find_type_name(node: ast.AST) -> str | None:
    """The name that a class, or an alias such as `Role = Literal[...]`, gives to a type."""
    match node:
        case ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Subscript() | ast.BinOp()):
            is_alias = name != name.upper() and name.lstrip("_")[:1].isupper()
            return name if is_alias else None
    return None


def test_each_type_name_is_defined_once() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path, module in read_modules().items():
        for node in ast.walk(module):
            if name := find_type_name(node):
                places[name.lstrip("_")].append(f"{path}:{node.lineno}")
    several = {name: where for name, where in places.items() if len(where) > 1}
    assert {name: where for name, where in several.items() if name not in SHARED_NAMES} == {}
    assert SHARED_NAMES.keys() - several.keys() == set(), "these names are shared no more"
