"""The commands about deals: examples are written, a table is checked and scored, one deal is explained."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

import icp_fit
from icp_fit.cli.champion import find_reading
from icp_fit.cli.command import WRONG_INPUT
from icp_fit.cli.console import err, out, print_json
from icp_fit.cli.options import (
    DealsArgument,
    JsonOption,
    MissingOption,
    OtherMapping,
    ProfileAlone,
    ProfileOption,
    QueryOption,
    RejectedOption,
    SheetOption,
    StrictOption,
    read_mapping,
)


def sample(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="CSV or Parquet file to write.")],
    rows: Annotated[int, typer.Option(min=0, help="How many deals.")] = 2000,
    seed: Annotated[int, typer.Option(help="Another seed draws other deals.")] = 7,
    crm: Annotated[str, typer.Option(help="Write the file as salesforce or hubspot exports it.")] = "",
    truth: Annotated[bool, typer.Option("--truth", help="Add the true win probability of each deal.")] = False,
    profile: ProfileOption = "liferay",
) -> None:
    """Write example deals."""
    from icp_fit.features.simulation.sample import as_crm

    drawn_from = icp_fit.read_profile(profile)
    mapping = read_mapping(crm or None) or icp_fit.Mapping()
    deals = as_crm(icp_fit.sample_deals(drawn_from, rows, seed, truth), drawn_from, mapping)
    path.parent.mkdir(parents=True, exist_ok=True)
    deals.to_parquet(path) if path.suffix == ".parquet" else deals.to_csv(path, index=False)
    err.print(f"Wrote {rows:,} example deals to {path}.", highlight=False)


def check(
    deals: DealsArgument,
    profile: ProfileAlone = None,
    mapping: OtherMapping = None,
    query: QueryOption = None,
    sheet: SheetOption = None,
    allow_missing: MissingOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say what is wrong with a table of deals, row by row, and what looks like leakage."""
    from icp_fit.features.leakage import find_unchecked
    from icp_fit.features.listing import describe_deals, list_deals

    reading = find_reading(profile, mapping)
    read = icp_fit.read_deals(deals, reading.profile, reading.mapping, query=query, sheet=sheet, max_rejected=1.0)
    leaks, missing = icp_fit.find_leaks(read, reading.profile), None if allow_missing else reading.find_missing(read)
    if as_json:
        named = {"profile": reading.profile.name, "model_version": reading.model_version, "missing": missing}
        print_json({**named, **describe_deals(read, leaks)})
    else:
        out.print(list_deals(read, leaks, missing))
    if missing or len(read.rejected) or any(leak.blocking for leak in leaks) or find_unchecked(read):
        raise typer.Exit(WRONG_INPUT)


def score(
    deals: DealsArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="CSV or Parquet file to write.")],
    explained: Annotated[bool, typer.Option("--explain", help="Add what each factor adds, in log-odds.")] = False,
    profile: ProfileAlone = None,
    mapping: OtherMapping = None,
    query: QueryOption = None,
    sheet: SheetOption = None,
    max_rejected: RejectedOption = 0.05,
    allow_missing: MissingOption = False,
    strict: StrictOption = False,
    as_json: JsonOption = False,
) -> None:
    """Score a table of deals of any size."""
    from icp_fit.models.store_paths import find_store_paths
    from icp_fit.serving.batch.progress import show_rows
    from icp_fit.serving.batch.scoring import score_table
    from icp_fit.serving.terminal.deal import find_scorer

    scorer = find_scorer(find_store_paths(), profile)
    by = scorer.compiled.profile
    if scorer.version is None:
        err.print(
            f"{escape(scorer.stamp)} It alone scores these deals, without a trained model.",
            highlight=False,
            soft_wrap=True,
        )
    with show_rows(err) as tell:
        scored = score_table(
            deals, output, scorer.compiled, scorer.version or f"profile {by.name} {by.version}",
            explain=explained, mapping=read_mapping(mapping) or scorer.mapping, query=query, sheet=sheet,
            max_rejected=max_rejected, allow_missing=allow_missing, strict=strict, progress=tell,
        )  # fmt: skip
    for sentence in scored.sentences():
        err.print(escape(sentence), highlight=False, soft_wrap=True)
    if as_json:
        print_json(asdict(scored))


def explain(
    deals: DealsArgument,
    deal: Annotated[
        str,
        typer.Option(
            "--deal", help="The deal's id; with --allow-missing the number of its row, where deals have no id."
        ),
    ],
    profile: ProfileAlone = None,
    mapping: OtherMapping = None,
    query: QueryOption = None,
    sheet: SheetOption = None,
    allow_missing: MissingOption = False,
    strict: StrictOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say how well one deal fits, why, how sure that is, what to ask next and what to do."""
    from icp_fit.models.store_paths import find_store_paths
    from icp_fit.serving.terminal.deal import find_scorer, report_deal
    from icp_fit.serving.terminal.view import draw_deal

    scorer, words = find_scorer(find_store_paths(), profile), read_mapping(mapping)
    report = report_deal(deals, deal, scorer, words, query, sheet=sheet, allow_missing=allow_missing, strict=strict)
    print_json(report.to_dict()) if as_json else out.print(draw_deal(report), highlight=False)
