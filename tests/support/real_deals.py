"""Real deals for tests, as raw cells, from a folder beside the checkout that not every machine has."""

import pandas as pd
import pytest

from icp_fit.features.sources.opening import read_table
from tests.support.checkout import SHARED

FOLDER = SHARED / "data"
IBM_HONEST = (
    "Supplies Subgroup",
    "Supplies Group",
    "Region",
    "Route To Market",
    "Client Size By Revenue",
    "Client Size By Employee Count",
    "Revenue From Client Past Two Years",
    "Competitor Type",
)
XEDUCATION_LATE = (
    "Tags",
    "Lead Quality",
    "Last Activity",
    "Last Notable Activity",
    "Lead Profile",
    "Asymmetrique Activity Index",
    "Asymmetrique Profile Index",
    "Asymmetrique Activity Score",
    "Asymmetrique Profile Score",
    "What is your current occupation",
    "What matters most to you in choosing a course",
)


def read_real(name: str) -> pd.DataFrame:
    """One of the shared tables; the test is skipped where it is absent."""
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"needs the shared data set {name}")
    return read_table(path)


def read_salvirt() -> pd.DataFrame:
    return read_real("salvirt/Salvirt_B2B_ML_dataset.csv")


def read_ibm() -> pd.DataFrame:
    return read_real("ibm/WA_Fn-UseC_-Sales-Win-Loss.csv")


def read_xeducation() -> pd.DataFrame:
    return read_real("xeducation/Leads.csv")
