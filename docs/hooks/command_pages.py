"""The page of the commands, written from the command line itself."""

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from icp_fit.cli import app

HEAD = """# Commands

Written from the command line itself when this site was built. `DEALS` is a CSV, Parquet or Excel file, or a database
URL with `--query`. With `--json` a command prints one JSON object to standard output and nothing else; what people read
beside it goes to standard error.

| exit code | means |
|---|---|
| 0 | done |
| 1 | done, and the answer is no: a challenger not promoted, a model that learned nothing, a prediction that differs |
| 2 | the input is wrong: the message names what, where and what to do |
| 3 | something that is needed does not answer now, such as the database; repeat later |
"""


def write_commands() -> str:
    """The whole page in Markdown."""
    root: Any = get_command(app)
    return "\n".join([HEAD, *_describe(root, "icp-fit")])


def _describe(command: Any, name: str) -> Iterator[str]:
    """A section for each command below this one, groups before their members."""
    for child_name, child in sorted(getattr(command, "commands", {}).items()):
        if child.hidden:
            continue
        path = f"{name} {child_name}"
        yield f"## `{path}`\n"
        yield f"{_plain(child.help)}\n"
        if not hasattr(child, "commands"):
            yield from _parameters(child, path)
        yield from _describe(child, path)


def _parameters(command: Any, path: str) -> Iterator[str]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and not p.hidden]
    usage = " ".join(map(_metavar, arguments))
    needed = "".join(f" {option.opts[-1]} {_metavar(option)}" for option in options if option.required)
    yield f"```\n{path}{' ' + usage if usage else ''}{needed}{' [OPTIONS]' if len(options) else ''}\n```\n"
    if not command.params:
        return
    yield "| | meaning | default |"
    yield "|---|---|---|"
    for parameter in (*arguments, *options):
        names = (
            _metavar(parameter) if parameter in arguments else ", ".join((*parameter.opts, *parameter.secondary_opts))
        )
        yield f"| `{names}` | {_plain(parameter.help)} | {_default(parameter)} |"
    yield ""


def _metavar(parameter: Any) -> str:
    return parameter.metavar or parameter.name.upper()


def _default(parameter: Any) -> str:
    default = parameter.default
    if parameter.required:
        return "required"
    return "" if default in (None, "", False, ()) or callable(default) else f"`{default}`"


def _plain(text: str | None) -> str:
    """Help as one line of a table."""
    return " ".join((text or "").split()).replace("|", "\\|")
