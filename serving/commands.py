"""The commands of serving. They import the database when they run, so that `--help` does not wait for it."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from serving.access.keys import Key, Keys

WRONG_INPUT = 2
UNAVAILABLE = 3

keys_app = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)
out, err = Console(), Console(stderr=True)

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


@keys_app.command("create")
def create_key(
    name: Annotated[str, typer.Option(help="Who uses it: a service, a team, a person.")],
    role: Annotated[str, typer.Option(help="score, view or admin.")] = "score",
    as_json: JsonOption = False,
) -> None:
    """Make an API key; its text is printed now and never again."""
    with open_keys() as keys:
        key, text = keys.create(name, role)
    if as_json:
        print_json({**describe_key(key), "key": text})
        return
    err.print(f"Key {key.id} may {escape(key.role)}. Keep it now, for only its hash is stored:", highlight=False)
    out.print(text, highlight=False, soft_wrap=True)


@keys_app.command("list")
def list_keys(as_json: JsonOption = False) -> None:
    """List the API keys, without their secrets."""
    from serving.access.keys import PREFIX

    with open_keys() as keys:
        found = keys.list()
    if as_json:
        print_json({"keys": [describe_key(key) for key in found]})
    elif found:
        out.print(draw_keys(found))
    else:
        out.print(f"There are no keys. `icp-fit keys create --name NAME` makes one; it begins with {PREFIX}_.")


@keys_app.command("revoke")
def revoke_key(
    id: Annotated[str, typer.Argument(metavar="ID", help="As `icp-fit keys list` prints it.")],
    as_json: JsonOption = False,
) -> None:
    """Revoke an API key: running services refuse it within seconds."""
    from serving.access.keyring import FRESH

    with open_keys() as keys:
        keys.revoke(id)
    if as_json:
        print_json({"id": id, "revoked": True})
    else:
        out.print(f"Key {id} is revoked. Running services refuse it within {FRESH:g} seconds.", highlight=False)


@contextmanager
def open_keys() -> "Iterator[Keys]":
    from serving.access.keys import Keys
    from serving.errors import KeysError, SettingsError, StoreError
    from serving.settings import read_settings
    from serving.store.database import Database

    try:
        database = Database(read_settings().database_url)
        try:
            database.prepare()
            yield Keys(database)
        finally:
            database.close()
    except (KeysError, SettingsError) as error:
        stop(error, WRONG_INPUT)
    except StoreError as error:
        stop(error, UNAVAILABLE)


def describe_key(key: "Key") -> dict[str, Any]:
    return {name: str(value) if name.endswith("_at") and value else value for name, value in vars(key).items()}


def draw_keys(keys: "list[Key]") -> Any:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for header in ("id", "name", "role", "created", "last used", "state"):
        table.add_column(header, overflow="fold")
    for key in keys:
        used = f"{key.used_at:%Y-%m-%d %H:%M}" if key.used_at else "never"
        state = "live" if key.live else f"revoked {key.revoked_at:%Y-%m-%d %H:%M}"
        table.add_row(key.id, escape(key.name), key.role, f"{key.created_at:%Y-%m-%d}", used, state)
    return table


def stop(error: Exception, code: int) -> None:
    err.print(f"[bold red]error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
    raise typer.Exit(code) from error


def print_json(value: object) -> None:
    json.dump(value, sys.stdout, indent=2, default=str)
    sys.stdout.write("\n")
