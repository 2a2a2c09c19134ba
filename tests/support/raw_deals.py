"""A profile with a factor of every kind, and raw deals that answer it as a CSV would."""

import pandas as pd

from icp_fit.features.factors import Dimension, Factor, Profile

PROFILE = Profile(
    name="small",
    version="1",
    label="Small",
    summary="One factor of each kind.",
    win_rate=0.4,
    dimensions=(
        Dimension(
            "fit",
            "Fit",
            "Everything.",
            (
                Factor("portal", "yes_no", "Partner portal", "Is there a portal?", direction="up", weight=0.5),
                Factor("integrations", "count", "Integrations", "How many integrations?"),
                Factor("amount", "amount", "Deal size", "How large is the deal?"),
                Factor("security", "ordinal", "Security", "How strict?", levels=("low", "medium", "high")),
                Factor("region", "category", "Region", "Where?", values=("North America", "EMEA", "NA")),
            ),
        ),
    ),
)

HEADER = "deal_id,created_on,closed_on,outcome,portal,integrations,amount,security,region"
ROWS = (
    "D-1,2026-01-05,2026-03-01,won,yes,3,1200.50,high,EMEA",
    'D-2,2026-01-07,2026-02-11,lost,no,0,"$1,250,000",low,North America',
    "D-3,2026-02-01,2026-04-01,won,Unknown,,,,NA",
    "D-4,2026-02-03,2026-04-09,lost,false,12,-300,Medium,emea",
    "D-5,2026-03-03,,,TRUE,7,900,high,",
)


def build_raw_deals(**cells: str) -> pd.DataFrame:
    """Twenty closed deals, the third of which has the given cells."""
    deals = pd.DataFrame(
        {
            "deal_id": [f"D-{row}" for row in range(1, 21)],
            "created_on": "2026-01-05",
            "closed_on": "2026-03-01",
            "outcome": ["won", "lost"] * 10,
            "portal": ["yes", "no", "Unknown", "no"] * 5,
            "integrations": "3",
            "amount": "1200.50",
            "security": "low",
            "region": "EMEA",
        }
    )
    for column, cell in cells.items():
        deals.loc[2, column] = cell
    return deals
