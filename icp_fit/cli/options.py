"""Arguments and options that several commands have."""

from typing import TYPE_CHECKING, Annotated

import typer

import icp_fit

if TYPE_CHECKING:
    from icp_fit import Mapping

DealsArgument = Annotated[
    str, typer.Argument(metavar="DEALS", help="CSV, Parquet or Excel file, or a database URL with --query.")
]
ProfileName = Annotated[str, typer.Argument(metavar="PROFILE", help="A shipped profile or a TOML file.")]
ProfileOption = Annotated[str, typer.Option("--profile", help="A shipped profile or a TOML file.")]
ProfileAlone = Annotated[
    str | None, typer.Option("--profile", help="Use this profile alone; else the champion, if there is one.")
]
MappingOption = Annotated[
    str | None,
    typer.Option("--mapping", help="Which columns and words of a CRM are which: salesforce, hubspot or a TOML file."),
]
OtherMapping = Annotated[
    str | None,
    typer.Option("--mapping", help="Another mapping than the champion's own: salesforce, hubspot or a TOML file."),
]
QueryOption = Annotated[str | None, typer.Option("--query", help="SQL that selects the deals from a database.")]
SheetOption = Annotated[str | None, typer.Option("--sheet", help="The sheet of an Excel file that has the deals.")]
RejectedOption = Annotated[
    float, typer.Option("--max-rejected", min=0, max=1, help="Share of rows that may be rejected, from 0 to 1.")
]
MissingOption = Annotated[
    bool,
    typer.Option(
        "--allow-missing",
        help="Take a table without ids, or without most of the questions; its deals are then named by their rows.",
    ),
]
StrictOption = Annotated[
    bool, typer.Option("--strict", help="Refuse answers that the model does not know, which else count as unanswered.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def read_mapping(name: str | None) -> "Mapping | None":
    return None if name is None else icp_fit.read_mapping(name)
