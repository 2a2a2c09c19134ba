"""A command that fails as all of ours do: a sentence on standard error, with `--json` an object on standard output too.

What is wrong with the input ends a command with 2; what may work when it is tried again later, with 3. Any other
exception is a fault of ours, and keeps its traceback.
"""

from collections.abc import Callable
from typing import Any, NoReturn

import typer
from rich.markup import escape
from typer.core import TyperCommand

from icp_fit.cli.console import err, print_json
from icp_fit.extras import naming_extras
from icp_fit.features.errors import IcpFitError

WRONG_INPUT = 2
EXIT_CODES = {"store_unavailable": 3}
_UsageError: Any = typer.BadParameter.__base__  # for which Typer has no name of its own


class Command(TyperCommand):
    """One command; it may have the option `--json`, as the parameter `as_json`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        as_json = "--json" in args  # parsing takes them out one by one
        try:
            return super().parse_args(ctx, args)
        except _UsageError as error:
            if as_json:
                print_error({"code": "usage", "message": error.format_message()})
            raise

    def invoke(self, ctx: Any) -> Any:
        as_json = ctx.params.get("as_json", False)
        try:
            with naming_extras():
                return super().invoke(ctx)
        except IcpFitError as error:
            fail(error, error.to_dict(), as_json)
        except OSError as error:
            # A file or folder of the user's; whatever else fails in the system has no name, and is ours to explain.
            if error.filename is None:
                raise
            message = f"`{error.filename}` cannot be read or written: {error.strerror}. Give one that can be."
            fail(error, {"code": "file", "message": message, "path": str(error.filename)}, as_json)


class CommandApp(typer.Typer):
    """A group of commands, each a `Command`."""

    def command(self, name: str | None = None, **options: Any) -> Callable[..., Any]:
        return super().command(name, **{"cls": Command, **options})


def fail(error: Exception, described: dict[str, Any], as_json: bool) -> NoReturn:
    """Print what is wrong, where and what to do, and leave."""
    err.print(f"[bold red]error:[/] {escape(described['message'])}", highlight=False, soft_wrap=True)
    if as_json:
        print_error(described)
    raise typer.Exit(EXIT_CODES.get(described["code"], WRONG_INPUT)) from error


def print_error(described: dict[str, Any]) -> None:
    print_json({"error": described})
