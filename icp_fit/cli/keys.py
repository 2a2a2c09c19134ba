"""The commands `icp-fit keys ...`: API keys are made, listed and revoked."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from icp_fit.cli.command import CommandApp
from icp_fit.cli.console import err, out, print_json
from icp_fit.cli.database import open_database
from icp_fit.cli.options import JsonOption

if TYPE_CHECKING:
    from rich.table import Table

    from icp_fit.serving.access.keys import Key, Keys

app = CommandApp(help="Make, list and revoke API keys.", no_args_is_help=True)


@app.command("create")
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
    err.print(f"Key {key.id} may {escape(key.role)}. Copy it now: only its hash is stored.", highlight=False)
    out.print(text, highlight=False, soft_wrap=True)


@app.command("list")
def list_keys(as_json: JsonOption = False) -> None:
    """List the API keys, without their secrets."""
    from icp_fit.serving.access.keys import PREFIX

    with open_keys() as keys:
        found = keys.list()
    if as_json:
        print_json({"keys": [describe_key(key) for key in found]})
    elif found:
        out.print(draw_keys(found))
    else:
        out.print(f"There are no keys. `icp-fit keys create --name NAME` makes one; it begins with {PREFIX}_.")


@app.command("revoke")
def revoke_key(
    id: Annotated[str, typer.Argument(metavar="ID", help="As `icp-fit keys list` prints it.")],
    as_json: JsonOption = False,
) -> None:
    """Revoke an API key: running services refuse it within seconds."""
    from icp_fit.serving.access.keyring import FRESH

    with open_keys() as keys:
        keys.revoke(id)
    if as_json:
        print_json({"id": id, "revoked": True})
    else:
        out.print(f"Key {id} is revoked. Running services refuse it within {FRESH:g} seconds.", highlight=False)


@contextmanager
def open_keys() -> "Iterator[Keys]":
    from icp_fit.serving.access.keys import Keys

    with open_database() as (database, _):
        yield Keys(database)


def describe_key(key: "Key") -> dict[str, Any]:
    times = {name: at and at.isoformat() for name, at in vars(key).items() if name.endswith("_at")}
    return {**vars(key), **times}


def draw_keys(keys: "list[Key]") -> "Table":
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for header in ("id", "name", "role", "created", "last used", "state"):
        table.add_column(header, overflow="fold")
    for key in keys:
        used = f"{key.used_at:%Y-%m-%d %H:%M}" if key.used_at else "never"
        state = "live" if key.live else f"revoked {key.revoked_at:%Y-%m-%d %H:%M}"
        table.add_row(key.id, escape(key.name), key.role, f"{key.created_at:%Y-%m-%d}", used, state)
    return table
