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
    from icp_fit.serving.access.keys import Key, Keys
    from icp_fit.serving.settings import ServingSettings
    from icp_fit.serving.store.audit import Entry
    from icp_fit.serving.store.database import Database

NOT_THE_SAME = 1
WRONG_INPUT = 2
UNAVAILABLE = 3
MOST_NAMED = 20  # deals that were not scored anew

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
    from icp_fit.serving.access.keys import PREFIX

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
    from icp_fit.serving.access.keyring import FRESH

    with open_keys() as keys:
        keys.revoke(id)
    if as_json:
        print_json({"id": id, "revoked": True})
    else:
        out.print(f"Key {id} is revoked. Running services refuse it within {FRESH:g} seconds.", highlight=False)


def recompute(
    prediction_id: Annotated[str, typer.Argument(metavar="ID", help="The id that came with the prediction.")],
    as_json: JsonOption = False,
) -> None:
    """Compute a stored prediction again by the model that made it, and say whether it is the same."""
    with open_database() as (database, settings):
        from icp_fit.serving.scoring.champion import Champion
        from icp_fit.serving.scoring.recompute import recompute as compute
        from icp_fit.serving.store.store import Store

        found = compute(Store(database), Champion(settings.store_paths), prediction_id)
    if as_json:
        print_json(found.to_dict())
    elif found.matches:
        out.print(f"Prediction {prediction_id} is the same again: {found.view.score}, grade {found.view.grade}.")
    else:
        out.print("\n".join(map(escape, found.differences)), highlight=False)
    if not found.matches:
        raise typer.Exit(NOT_THE_SAME)


def rescore(as_json: JsonOption = False) -> None:
    """Score all open deals anew by the champion, from their stored answers, as after a promotion."""
    with open_database() as (database, settings):
        from icp_fit.serving.batch.progress import show_rows
        from icp_fit.serving.scoring.rescoring import rescore_open_deals
        from icp_fit.serving.scoring.served_model import load_champion
        from icp_fit.serving.store.store import Store

        model = load_champion(settings.store_paths)
        with show_rows(err) as tell:
            found = rescore_open_deals(Store(database), model, tell)
    if as_json:
        print_json(found.to_dict())
        return
    for sentence in found.sentences():
        out.print(escape(sentence), highlight=False, soft_wrap=True)
    for refused in found.refused[:MOST_NAMED]:
        out.print(escape(f"  {refused.deal_id}: {refused.reason}"), highlight=False, soft_wrap=True)
    if (left := len(found.refused) - MOST_NAMED) > 0:
        out.print(f"  and {left:,} more; `icp-fit rescore --json` names them all.", highlight=False)


def audit(
    most: Annotated[int, typer.Option(min=1, max=100_000, help="How many entries.")] = 30,
    scored: Annotated[bool, typer.Option("--scored", help="Also every prediction, of which there are many.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show who recorded outcomes, overrode scores, changed keys or the model, or scored, the latest first."""
    with open_database() as (database, _):
        from icp_fit.serving.access.keys import Keys
        from icp_fit.serving.store.audit import read_trail

        trail = read_trail(database, limit=most, scored=scored)
        names = {key.id: key.name for key in Keys(database).list()}
    if as_json:
        print_json({"entries": [describe_entry(entry, names) for entry in trail]})
    elif trail:
        out.print(draw_trail(trail, names))
    else:
        out.print("Nothing has happened yet.")


@contextmanager
def open_keys() -> "Iterator[Keys]":
    from icp_fit.serving.access.keys import Keys

    with open_database() as (database, _):
        yield Keys(database)


@contextmanager
def open_database() -> "Iterator[tuple[Database, ServingSettings]]":
    """The database that the settings name; what goes wrong with it ends the command with a sentence."""
    from icp_fit.features.errors import IcpFitError
    from icp_fit.serving.errors import StoreError
    from icp_fit.serving.settings import read_settings
    from icp_fit.serving.store.database import Database

    try:
        settings = read_settings()
        database = Database(settings.database_url, settings.name)
        try:
            database.prepare()
            yield database, settings
        finally:
            database.close()
    except StoreError as error:
        stop(error, UNAVAILABLE)
    except IcpFitError as error:
        stop(error, WRONG_INPUT)


def describe_key(key: "Key") -> dict[str, Any]:
    times = {name: at and at.isoformat() for name, at in vars(key).items() if name.endswith("_at")}
    return {**vars(key), **times}


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


def describe_entry(entry: "Entry", names: dict[str, str]) -> dict[str, Any]:
    return {**entry._asdict(), "at": entry.at.isoformat(), "name": names.get(entry.by or "")}


def draw_trail(trail: "list[Entry]", names: dict[str, str]) -> Any:
    from rich.table import Table

    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    for header in ("at", "what", "by", "of"):
        table.add_column(header, overflow="fold")
    for entry in trail:
        by = names.get(entry.by or "", entry.by or "this machine")
        table.add_row(f"{entry.at:%Y-%m-%d %H:%M}", entry.act, escape(by), escape(entry.subject or ""))
    return table


def stop(error: Exception, code: int) -> None:
    err.print(f"[bold red]error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
    raise typer.Exit(code) from error


def print_json(value: object) -> None:
    json.dump(value, sys.stdout, indent=2, default=str)
    sys.stdout.write("\n")
