"""The command line: one door to what training and serving do.

Commands import what they need when they run, so that `--help` does not wait for scikit-learn and MLflow.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from icp_fit.serving.commands import audit, keys_app, recompute, rescore

if TYPE_CHECKING:
    from icp_fit.features.factors import Profile
    from icp_fit.features.mapping import Mapping
    from icp_fit.models.fit import FitClassifier

WRONG_INPUT = 2
NOT_PROMOTED = 1

app = typer.Typer(
    help="Predict how well deals fit an ideal customer profile.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
profile_app = typer.Typer(help="Show, draft and check profiles: what is asked about a deal.", no_args_is_help=True)
app.add_typer(profile_app, name="profile")
app.add_typer(keys_app, name="keys")
out, err = Console(), Console(stderr=True)

Deals = Annotated[
    str, typer.Argument(metavar="DEALS", help="CSV, Parquet or Excel file, or a database URL with --query.")
]
ProfileOption = Annotated[str, typer.Option("--profile", help="A shipped profile or a TOML file.")]
MappingOption = Annotated[
    str | None, typer.Option("--mapping", help="How a CRM names things: salesforce, hubspot or a TOML file.")
]
QueryOption = Annotated[str | None, typer.Option("--query", help="SQL that selects the deals from a database.")]
RejectedOption = Annotated[
    float, typer.Option("--max-rejected", min=0, max=1, help="Share of rows that may be unusable.")
]
AllowOption = Annotated[
    list[str] | None, typer.Option("--allow", help="A factor to learn from although it looks like leakage; repeatable.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


@app.command()
def sample(
    path: Annotated[Path, typer.Argument(help="CSV or Parquet file to write.")],
    rows: Annotated[int, typer.Option(min=0)] = 2000,
    seed: int = 7,
    crm: Annotated[str, typer.Option(help="Write the file as salesforce or hubspot exports it.")] = "",
    truth: Annotated[bool, typer.Option("--truth", help="Add the true win probability of each deal.")] = False,
    profile: ProfileOption = "liferay",
) -> None:
    """Write example deals."""
    with wrong_input():
        from icp_fit.features.mapping import Mapping, read_mapping
        from icp_fit.features.simulation.sample import as_crm, sample_deals

        asked = read_profile(profile)
        mapping = read_mapping(crm) if crm else Mapping()
        deals = as_crm(sample_deals(asked, rows, seed, truth), asked, mapping)
        path.parent.mkdir(parents=True, exist_ok=True)
        deals.to_parquet(path) if path.suffix == ".parquet" else deals.to_csv(path, index=False)
    err.print(f"Wrote {rows:,} example deals to {path}.", highlight=False)


@profile_app.command("show")
def show_profile(
    name: Annotated[str, typer.Argument(metavar="PROFILE")] = "liferay", as_json: JsonOption = False
) -> None:
    """Print the questions of a profile, their directions and weights."""
    from dataclasses import asdict

    from icp_fit.features.listing import list_profile

    with wrong_input():
        profile = read_profile(name)
    if as_json:
        print_json(asdict(profile))
    else:
        out.print(list_profile(profile))


@profile_app.command("init")
def init_profile(
    deals: Deals,
    outcome: Annotated[str, typer.Option(help="The column that says won or lost.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the profile.")] = Path("profile.toml"),
    won: Annotated[list[str] | None, typer.Option(help="A word that means won, if it is unusual; repeatable.")] = None,
    lost: Annotated[list[str] | None, typer.Option(help="A word that means lost; repeatable.")] = None,
    still_open: Annotated[
        list[str] | None, typer.Option("--open", help='A word for an open deal, "*" for any other word; repeatable.')
    ] = None,
    query: QueryOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a profile and a mapping that are there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Draft a profile, and the mapping that goes with it, from a table of deals."""
    with wrong_input():
        from icp_fit.features.draft import draft
        from icp_fit.features.mapping import write_mapping
        from icp_fit.features.profile import write_profile
        from icp_fit.features.sources.opening import read_table

        mapping = output.with_name(f"{output.stem}.mapping.toml")
        if not force:
            check_unwritten(output, mapping)
        drafted = draft(
            read_table(deals, query), outcome, name=output.stem, won=won or (), lost=lost or (),
            still_open=still_open or (),
        )  # fmt: skip
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(write_profile(drafted.profile), encoding="utf-8")
        mapping.write_text(write_mapping(drafted.mapping), encoding="utf-8")
    if as_json:
        factors, notes = list(drafted.profile.factor_ids), list(drafted.notes)
        print_json(
            {"profile": output, "mapping": mapping, "factors": factors, "left_out": drafted.left_out, "notes": notes}
        )
        return
    for column, reason in drafted.left_out.items():
        out.print(f"Left out [bold]{escape(column)}[/]: it {escape(reason)}.", highlight=False)
    for note in drafted.notes:
        out.print(escape(note), highlight=False)
    out.print(
        f"Drafted {len(drafted.profile.factors)} questions in {output}, with the mapping in {mapping}. "
        "Remove what is known only after the sale, then set directions and weights.",
        highlight=False,
    )


@profile_app.command("check")
def check_profile(path: Annotated[str, typer.Argument(metavar="FILE")], as_json: JsonOption = False) -> None:
    """Say what is wrong with a profile."""
    with wrong_input():
        profile = read_profile(path)
    counts = {"dimensions": len(profile.dimensions), "factors": len(profile.factors)}
    if as_json:
        print_json({"profile": path, "name": profile.name, "version": profile.version, **counts})
    else:
        counted = ", ".join(f"{count} {noun if count > 1 else noun[:-1]}" for noun, count in counts.items())
        out.print(f"{escape(path)} is a valid profile: {counted}.", highlight=False)


@profile_app.command("docs")
def document_profile(name: Annotated[str, typer.Argument(metavar="PROFILE")] = "liferay") -> None:
    """Print the data dictionary of a profile, in Markdown."""
    from icp_fit.features.dictionary import write_dictionary

    with wrong_input():
        text = write_dictionary(read_profile(name))
    sys.stdout.write(text)


@profile_app.command("preview")
def preview_profile(
    new: Annotated[str, typer.Argument(metavar="NEW", help="The profile as it would be: a TOML file.")],
    deals: Deals,
    mapping: MappingOption = None,
    query: QueryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say which deals would change grade if the champion's profile were another."""
    with wrong_input():
        asked, words = read_profile(new), read_mapping(mapping)
        champion = load_champion()
        from icp_fit.features.sources.opening import read_table
        from icp_fit.models.preview import find_cells
        from icp_fit.models.preview import preview_profile as preview
        from icp_fit.serving.terminal.listing import describe_preview, list_preview

        cells = find_cells(read_table(deals, query), (champion.profile_, asked), words)
        found = preview(champion, asked, cells, words)
    if as_json:
        print_json(describe_preview(found))
    else:
        out.print(list_preview(found))


@app.command()
def check(
    deals: Deals,
    profile: ProfileOption = "liferay",
    mapping: MappingOption = None,
    query: QueryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what is wrong with a table of deals, row by row, and what looks like leakage."""
    from icp_fit.features.listing import describe_deals, list_deals

    with wrong_input():
        from icp_fit.features.deals import read_deals
        from icp_fit.features.leakage import find_leaks

        asked = read_profile(profile)
        read = read_deals(deals, asked, read_mapping(mapping), query=query, max_rejected=1.0)
        leaks = find_leaks(read, asked)
    if as_json:
        print_json(describe_deals(read, leaks))
    else:
        out.print(list_deals(read, leaks))
    if len(read.rejected) or any(leak.blocking for leak in leaks):
        raise typer.Exit(WRONG_INPUT)


@app.command()
def train(
    deals: Deals,
    profile: ProfileOption = "liferay",
    mapping: MappingOption = None,
    query: QueryOption = None,
    max_rejected: RejectedOption = 0.05,
    allow: AllowOption = None,
    seed: int = 0,
    as_json: JsonOption = False,
) -> None:
    """Learn from won and lost deals, evaluate honestly, and register the model as challenger."""
    from icp_fit.training.progress import show_progress
    from icp_fit.training.settings import quieten_mlflow, read_settings

    quieten_mlflow()
    with wrong_input(), show_progress(err, quiet=as_json) as progress:
        asked, words = read_profile(profile), read_mapping(mapping)
        progress("Loading libraries", 0.0)
        from icp_fit.training.train import train as learn

        trained = learn(
            deals, asked, read_settings(), mapping=words, query=query, max_rejected=max_rejected, allowed=allow or (),
            seed=seed, progress=progress,
        )  # fmt: skip
    if as_json:
        print_json(trained.to_dict())
    else:
        out.print(trained.report())


@app.command()
def models(as_json: JsonOption = False) -> None:
    """List the registered models: which is champion, which challenges it."""
    with wrong_input():
        from icp_fit.training.report import list_versions

        versions = open_registry().models()
    if as_json:
        from dataclasses import asdict

        print_json([asdict(version) for version in versions])
    else:
        out.print(list_versions(versions))


@app.command()
def promote(
    version: Annotated[str, typer.Argument(help="A number that `icp-fit models` lists, or challenger.")],
    force: Annotated[bool, typer.Option("--force", help="Promote even if it is not better, or not ready.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a model champion, if it beats the present one on the same holdout by more than noise."""
    with wrong_input():
        promotion = open_registry().promote(version, force=force)
    if as_json:
        from dataclasses import asdict

        print_json(asdict(promotion))
    else:
        became = "is champion now" if promotion.promoted else "was not promoted"
        out.print(f"Version {promotion.version} {became}. {escape(promotion.reason)}", highlight=False)
    if not promotion.promoted:
        raise typer.Exit(NOT_PROMOTED)


@app.command()
def rollback(as_json: JsonOption = False) -> None:
    """Return to the champion before this one."""
    with wrong_input():
        version = open_registry().rollback()
    if as_json:
        from dataclasses import asdict

        print_json(asdict(version))
    else:
        out.print(f"Version {version.version} is champion again.", highlight=False)


@app.command()
def score(
    deals: Deals,
    output: Annotated[Path, typer.Option("-o", "--output", help="CSV or Parquet file to write.")],
    explained: Annotated[bool, typer.Option("--explain", help="Add what each factor adds, in log-odds.")] = False,
    profile: Annotated[
        str | None,
        typer.Option("--profile", help="Score by this profile alone; else by the champion, if there is one."),
    ] = None,
    mapping: MappingOption = None,
    query: QueryOption = None,
    max_rejected: RejectedOption = 0.0,
    as_json: JsonOption = False,
) -> None:
    """Score a table of deals, of any size."""
    with wrong_input():
        from icp_fit.models.store_paths import find_store_paths
        from icp_fit.serving.batch.progress import show_rows
        from icp_fit.serving.batch.scoring import score_table
        from icp_fit.serving.terminal.deal import find_scorer

        scorer = find_scorer(find_store_paths(), profile)
        asked = scorer.compiled.profile
        if scorer.version is None:
            err.print(escape(scorer.stamp), highlight=False)
        with show_rows(err) as tell:
            scored = score_table(
                deals, output, scorer.compiled, scorer.version or f"profile {asked.name} {asked.version}",
                explain=explained, mapping=read_mapping(mapping), query=query, max_rejected=max_rejected, progress=tell,
            )  # fmt: skip
    for sentence in scored.sentences():
        err.print(escape(sentence), highlight=False, soft_wrap=True)
    if as_json:
        from dataclasses import asdict

        print_json(asdict(scored))


@app.command()
def explain(
    deals: Deals,
    deal: Annotated[str, typer.Option("--deal", help="The deal's id; its row, from 1, where deals have no id.")],
    profile: Annotated[
        str | None,
        typer.Option("--profile", help="Explain by this profile alone; else by the champion, if there is one."),
    ] = None,
    mapping: MappingOption = None,
    query: QueryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say how well one deal fits, why, how sure that is, what to ask next and what to do."""
    with wrong_input():
        from icp_fit.models.store_paths import find_store_paths
        from icp_fit.serving.terminal.deal import find_scorer, report_deal
        from icp_fit.serving.terminal.view import draw_deal

        told = report_deal(deals, deal, find_scorer(find_store_paths(), profile), read_mapping(mapping), query)
    if as_json:
        print_json(told.to_dict())
    else:
        out.print(draw_deal(told), highlight=False)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Where to listen; beyond this machine only with a key.")] = None,
    port: Annotated[int | None, typer.Option(help="0 takes any free one.", min=0, max=65535)] = None,
) -> None:
    """Answer over HTTP: the API and the sellers' page."""
    from dataclasses import replace

    with wrong_input():
        from icp_fit.serving.settings import read_settings

        settings = read_settings()
    from icp_fit.serving.server import serve as answer

    settings = replace(settings, host=host or settings.host, port=settings.port if port is None else port)
    answer(settings, lambda line: print(line, flush=True))  # noqa: T201


app.command()(recompute)
app.command()(rescore)
app.command()(audit)


def read_profile(name: str) -> "Profile":
    from icp_fit.features.profile import read_profile as read

    return read(name)


def read_mapping(name: str | None) -> "Mapping | None":
    from icp_fit.features.mapping import read_mapping as read

    return None if name is None else read(name)


def check_unwritten(*paths: Path) -> None:
    """Raise ProfileError for a file that is there: what an expert has put into a draft is not to be lost."""
    from icp_fit.features.errors import ProfileError

    for path in paths:
        if path.exists():
            raise ProfileError(f"`{path}` is there already. Give another file with -o, or replace it with --force.")


def load_champion() -> "FitClassifier":
    from icp_fit.models.bundle import load_bundle
    from icp_fit.models.store_paths import find_store_paths

    return load_bundle(find_store_paths().check_champion()).model


def open_registry() -> Any:
    from icp_fit.training.settings import quieten_mlflow, read_settings

    quieten_mlflow()
    from icp_fit.training.registry import Registry

    return Registry(read_settings())


@contextmanager
def wrong_input() -> Iterator[None]:
    """Print what is wrong with the input, where and what to do, and leave with exit code 2."""
    from icp_fit.features.errors import IcpFitError

    try:
        yield
    except OSError as error:
        # A file or folder of the user's; whatever else fails in the system has no name, and is ours to explain.
        if error.filename is None:
            raise
        stop(f"`{error.filename}` cannot be read or written: {error.strerror}. Give one that can be.", error)
    except IcpFitError as error:
        stop(str(error), error)


def stop(message: str, error: Exception) -> None:
    err.print(f"[bold red]error:[/] {escape(message)}", highlight=False, soft_wrap=True)
    raise typer.Exit(WRONG_INPUT) from error


def print_json(value: object) -> None:
    json.dump(value, sys.stdout, indent=2, default=str)
    sys.stdout.write("\n")


if __name__ == "__main__":
    app()
