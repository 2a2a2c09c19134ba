"""`python -m icp_fit`: the command line."""

from icp_fit.cli import app

app(prog_name="icp-fit")
