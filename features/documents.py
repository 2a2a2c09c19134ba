"""Documents: the TOML text of a profile or a mapping, shipped with the package or in a file of the user's."""

from importlib.resources import files
from pathlib import Path

from pydantic_core import ErrorDetails


def read_document(name: str | Path, folder: str, error: type[ValueError]) -> tuple[str, str]:
    """The text of the document that is shipped in `folder` under this name or lies at this path, and where it is.

    Raises `error` where there is none or it is no text.
    """
    path = Path(name)
    if not path.suffix and str(name) in shipped_names(folder):
        path = Path(str(files("icp_fit.features") / folder / f"{name}.toml"))
    if not path.is_file():
        raise error(
            f"`{name}` is neither a file nor one of the shipped {folder} ({', '.join(shipped_names(folder))}). "
            "Give the path of a TOML file."
        )
    try:
        return path.read_text(encoding="utf-8-sig"), str(path)
    except UnicodeDecodeError as problem:
        raise error(f"{path} is not in UTF-8: {problem}. Save it as UTF-8.") from problem


def shipped_names(folder: str) -> list[str]:
    entries = (files("icp_fit.features") / folder).iterdir()
    return sorted(entry.name.removesuffix(".toml") for entry in entries if entry.name.endswith(".toml"))


def describe_problem(problem: ErrorDetails) -> str:
    """What pydantic found wrong with a key, in the words of a TOML file."""
    if problem["type"] == "missing":
        return "is missing; add it."
    if problem["type"] == "unexpected_keyword_argument":
        return "is not a known key; correct its spelling or remove it."
    message = (
        (problem["msg"][:1].lower() + problem["msg"][1:]).replace("tuple", "list").replace(" after validation", "")
    )
    return f"{message}, got {problem['input']!r}."
