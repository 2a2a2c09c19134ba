"""The command line, `icp-fit`: commands by what they are about, and one way in which any of them fails.

Commands import what they need when they run, so that `--help` does not wait for scikit-learn and MLflow.
"""

from typing import Annotated

import typer

from icp_fit.cli import deals, keys, profiles, registry, serving
from icp_fit.cli.command import CommandApp
from icp_fit.cli.console import out

app = CommandApp(
    help="Predict how well deals fit an ideal customer profile, and say why.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def print_version(wanted: bool) -> None:
    if wanted:
        from icp_fit import __version__

        out.print(f"icp-fit {__version__}", highlight=False)
        raise typer.Exit


@app.callback()
def start(
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


app.command()(deals.sample)
app.command()(deals.check)
app.add_typer(profiles.app, name="profile")
app.command()(registry.train)
app.command()(registry.models)
app.command()(registry.promote)
app.command()(registry.rollback)
app.command()(deals.score)
app.command()(deals.explain)
app.command()(serving.serve)
app.add_typer(keys.app, name="keys")
app.command()(serving.rescore)
app.command()(serving.recompute)
app.command()(serving.audit)
