"""The commands of training: a model is trained, registered, promoted, and rolled back."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape

import icp_fit
from icp_fit.cli.console import err, out, print_json
from icp_fit.cli.options import (
    DealsArgument,
    JsonOption,
    MappingOption,
    ProfileOption,
    QueryOption,
    RejectedOption,
    SheetOption,
    read_mapping,
)

NOT_PROMOTED = 1
NOTHING_LEARNED = 1

AllowOption = Annotated[
    list[str] | None,
    typer.Option("--allow", help="A factor to train on although it looks like leakage; repeatable."),
]


def train(
    deals: DealsArgument,
    profile: ProfileOption = "liferay",
    mapping: MappingOption = None,
    query: QueryOption = None,
    sheet: SheetOption = None,
    max_rejected: RejectedOption = 0.05,
    allow: AllowOption = None,
    seed: Annotated[int, typer.Option(help="Seed of everything that is drawn at random.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Train on won and lost deals, evaluate on deals held out, and register the model as challenger."""
    from icp_fit.training.progress import show_progress
    from icp_fit.training.settings import quieten_mlflow, read_settings

    quieten_mlflow()
    with show_progress(err, quiet=as_json) as progress:
        wanted, words = icp_fit.read_profile(profile), read_mapping(mapping)
        progress("Loading libraries", 0.0)
        trained = icp_fit.train(
            deals, wanted, read_settings(), mapping=words, query=query, sheet=sheet, max_rejected=max_rejected,
            allowed=allow or (), seed=seed, progress=progress,
        )  # fmt: skip
    print_json(trained.to_dict()) if as_json else out.print(trained.report())
    if not trained.model.members_:
        raise typer.Exit(NOTHING_LEARNED)


def models(as_json: JsonOption = False) -> None:
    """List the registered models: which one is champion, which one is challenger."""
    versions = open_registry().models()
    if as_json:
        print_json([asdict(version) for version in versions])
        return
    from icp_fit.training.report import list_versions

    out.print(list_versions(versions))


def promote(
    version: Annotated[
        str, typer.Argument(metavar="VERSION", help="A number that `icp-fit models` lists, or challenger.")
    ],
    force: Annotated[bool, typer.Option("--force", help="Promote even if it is not better, or not ready.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a model champion: newer deals if it is not worse than the present champion, else if it is better."""
    promotion = open_registry().promote(version, force=force)
    if as_json:
        print_json(asdict(promotion))
    else:
        became = "is now champion" if promotion.promoted else "was not promoted"
        out.print(f"Version {promotion.version} {became}. {escape(promotion.reason)}", highlight=False)
    if not promotion.promoted:
        raise typer.Exit(NOT_PROMOTED)


def rollback(as_json: JsonOption = False) -> None:
    """Make the previous champion champion again."""
    version = open_registry().rollback()
    if as_json:
        print_json(asdict(version))
    else:
        out.print(f"Version {version.version} is champion again.", highlight=False)


def open_registry() -> "icp_fit.Registry":
    icp_fit.quieten_mlflow()
    return icp_fit.Registry()
