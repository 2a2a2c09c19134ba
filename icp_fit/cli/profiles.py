"""The commands `icp-fit profile ...`: profiles are shown, drafted, checked and tried."""

import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

import icp_fit
from icp_fit.cli.command import CommandApp
from icp_fit.cli.console import out, print_json
from icp_fit.cli.options import (
    DealsArgument,
    JsonOption,
    OtherMapping,
    ProfileName,
    QueryOption,
    SheetOption,
    read_mapping,
)
from icp_fit.features.errors import ProfileError

if TYPE_CHECKING:
    from icp_fit.features.drafting.draft import Draft

app = CommandApp(help="Show, draft, check and preview profiles: what is asked about a deal.", no_args_is_help=True)

Words = list[str] | None


@app.command("show")
def show_profile(profile: ProfileName = "liferay", as_json: JsonOption = False) -> None:
    """Print the questions of a profile, their directions and weights."""
    from icp_fit.features.listing import list_profile

    shown = icp_fit.read_profile(profile)
    print_json(asdict(shown)) if as_json else out.print(list_profile(shown))


@app.command("init")
def init_profile(
    deals: DealsArgument,
    outcome: Annotated[str, typer.Option(help="The column that says won or lost.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the profile.")] = Path("profile.toml"),
    won: Annotated[Words, typer.Option(help="A word that means won, if it is unusual; repeatable.")] = None,
    lost: Annotated[Words, typer.Option(help="A word that means lost; repeatable.")] = None,
    still_open: Annotated[
        Words, typer.Option("--open", help='A word for an open deal, "*" for any other word; repeatable.')
    ] = None,
    allow: Annotated[
        Words, typer.Option(help="A column that looks like leakage, but was known before; repeatable.")
    ] = None,
    query: QueryOption = None,
    sheet: SheetOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a profile and a mapping that exist.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Draft a profile, and the mapping that goes with it, from a table of deals."""
    from icp_fit.features.drafting.draft_listing import describe_draft
    from icp_fit.features.drafting.leaks import leave_out_leaks
    from icp_fit.features.mapping import write_mapping
    from icp_fit.features.sources.opening import open_source
    from icp_fit.features.sources.source import skipped_notes

    mapping = output.with_name(f"{output.stem}.mapping.toml")
    if not force:
        check_unwritten(output, mapping)
    source = open_source(deals, query, sheet)
    table = source.table()
    drafted = icp_fit.draft_profile(
        table.cells, outcome, name=output.stem, won=won or (), lost=lost or (), still_open=still_open or ()
    )
    drafted = leave_out_leaks(drafted, table.cells, allow or ())
    drafted = replace(drafted, notes=(*source.notes, *skipped_notes(table.skipped), *drafted.notes))
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(icp_fit.write_profile(drafted.profile), encoding="utf-8")
    mapping.write_text(write_mapping(drafted.mapping), encoding="utf-8")
    if as_json:
        print_json({"profile": output, "mapping": mapping} | describe_draft(drafted))
    else:
        print_draft(drafted, output, mapping)


def check_unwritten(*paths: Path) -> None:
    """Raise ProfileError for a file that exists: what an expert has put into a draft is not to be lost."""
    for path in paths:
        if path.exists():
            raise ProfileError(f"`{path}` is there already. Give another file with -o, or replace it with --force.")


def print_draft(drafted: "Draft", output: Path, mapping: Path) -> None:
    from icp_fit.features.drafting.draft_listing import list_draft

    for line in list_draft(drafted):
        is_below = line.startswith(" ")
        out.print(Padding(Text(line.strip()), (0, 0, 0, 2), expand=False) if is_below else Text(line, style="bold"))
    out.print(
        f"Drafted {len(drafted.profile.factors)} questions in {output}, with the mapping in {mapping}. "
        "Remove what is known only after the sale, then set directions and weights.",
        highlight=False,
    )


@app.command("check")
def check_profile(path: Annotated[str, typer.Argument(metavar="FILE")], as_json: JsonOption = False) -> None:
    """Say what is wrong with a profile."""
    profile = icp_fit.read_profile(path)
    counts = {"dimensions": len(profile.dimensions), "factors": len(profile.factors)}
    if as_json:
        print_json({"profile": path, "name": profile.name, "version": profile.version, **counts})
    else:
        counted = ", ".join(f"{count} {noun if count > 1 else noun[:-1]}" for noun, count in counts.items())
        out.print(f"{escape(path)} is a valid profile: {counted}.", highlight=False)


@app.command("docs")
def document_profile(profile: ProfileName = "liferay") -> None:
    """Print the data dictionary of a profile, in Markdown."""
    from icp_fit.features.dictionary import write_dictionary

    sys.stdout.write(write_dictionary(icp_fit.read_profile(profile)))


@app.command("preview")
def preview_profile(
    new: Annotated[str, typer.Argument(metavar="NEW", help="The new profile: a TOML file.")],
    deals: DealsArgument,
    mapping: OtherMapping = None,
    query: QueryOption = None,
    sheet: SheetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show which deals would change grade if this were the champion's profile."""
    from icp_fit.features.sources.opening import read_table
    from icp_fit.models.preview import find_cells
    from icp_fit.models.preview import preview_profile as preview
    from icp_fit.models.store_paths import find_store_paths
    from icp_fit.serving.terminal.listing import describe_preview, list_preview

    profile, bundle = icp_fit.read_profile(new), icp_fit.load_bundle(find_store_paths().check_champion())
    champion, words = bundle.model, read_mapping(mapping) or bundle.mapping
    table = read_table(deals, query, sheet)
    found = preview(champion, profile, find_cells(table, (champion.profile_, profile), words), words)
    print_json(describe_preview(found)) if as_json else out.print(list_preview(found))
