"""The commands of the service: it is started, and what it stored is scored anew, computed again, and audited."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from icp_fit.cli.console import err, out, print_json
from icp_fit.cli.database import open_database
from icp_fit.cli.options import JsonOption

if TYPE_CHECKING:
    from rich.table import Table

    from icp_fit.serving.store.audit import Entry

NOT_THE_SAME = 1
MOST_NAMED = 20  # deals that were not scored anew


def serve(
    host: Annotated[str | None, typer.Option(help="Where to listen; beyond this machine only with a key.")] = None,
    port: Annotated[int | None, typer.Option(help="0 takes any free one.", min=0, max=65535)] = None,
) -> None:
    """Serve the API and the sellers' pages over HTTP."""
    from icp_fit.serving.server import serve as answer
    from icp_fit.serving.settings import read_settings

    settings = read_settings()
    settings = replace(settings, host=host or settings.host, port=settings.port if port is None else port)
    answer(settings, lambda line: print(line, flush=True))  # noqa: T201


def recompute(
    prediction_id: Annotated[str, typer.Argument(metavar="ID", help="The id that came with the prediction.")],
    as_json: JsonOption = False,
) -> None:
    """Compute a stored prediction again with the model that made it, and say whether it is the same."""
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
    """Score all open deals anew with the champion, from their stored answers, as after a promotion."""
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
    scored: Annotated[bool, typer.Option("--scored", help="Also list every prediction; there are many.")] = False,
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


def describe_entry(entry: "Entry", names: dict[str, str]) -> dict[str, Any]:
    return {**entry._asdict(), "at": entry.at.isoformat(), "name": names.get(entry.by or "")}


def draw_trail(trail: "list[Entry]", names: dict[str, str]) -> "Table":
    from rich.table import Table

    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    for header in ("at", "what", "by", "of"):
        table.add_column(header, overflow="fold")
    for entry in trail:
        by = names.get(entry.by or "", entry.by or "this machine")
        table.add_row(f"{entry.at:%Y-%m-%d %H:%M}", entry.act, escape(by), escape(entry.subject or ""))
    return table
