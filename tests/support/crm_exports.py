"""Exports of three CRMs as their users download them, field by field as the vendors document them.

Nothing in them is made easy: Salesforce appends its footer and writes dates and sums in the user's locale, HubSpot
joins values with semicolons, and Dynamics puts columns that must not be changed in front and a sheet of its own beside.
What was won depends on a few fields alike in all three, so that a model has something to learn; the rest is noise, and
some fields are written only when a deal closes.
"""

import csv
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from openpyxl import Workbook
from scipy.special import expit

TODAY = datetime(2026, 6, 30)
DAYS = 900  # over which the deals were created
CYCLE = (20, 160)  # days from creation to close
SOURCES = ("Partner", "Web", "Event", "Outbound")
INDUSTRIES = ("Banking", "Manufacturing", "Public Sector", "Retail", "Software")
OWNERS = ("Dana Kim", "Luis Ortega", "Noor Haddad", "Piet Jansen", "Sam Lee")
FEATURES = ("API", "Audit", "Mobile", "SSO")
LOSS_REASONS = ("Price", "Competitor", "No decision")


@dataclass(frozen=True)
class CrmDeal:
    """A deal before any CRM has written it down; `won` is None while it is open, and `closes` is then a plan."""

    number: int
    account: str
    owner: str
    source: str
    industry: str
    features: tuple[str, ...]
    employees: int
    amount: float
    needs_security: bool
    created: datetime
    closes: datetime
    won: bool | None


def draw_crm_deals(count: int, seed: int = 7) -> list[CrmDeal]:
    """Deals of about a third as many accounts; the same seed draws the same deals."""
    rng = np.random.default_rng(seed)
    return [_draw(rng, number, max(count // 3, 1)) for number in range(count)]


def _draw(rng: np.random.Generator, number: int, accounts: int) -> CrmDeal:
    source, industry = str(rng.choice(SOURCES)), str(rng.choice(INDUSTRIES))
    features = tuple(str(name) for name in FEATURES if rng.random() < 0.4)
    employees, amount = int(rng.lognormal(5, 1.2)) + 5, float(np.round(rng.lognormal(10.3, 0.9), 2))
    needs_security = bool(rng.random() < 0.35)
    created = TODAY - timedelta(days=float(rng.uniform(1, DAYS)))
    closes = created + timedelta(days=float(rng.uniform(*CYCLE)))
    log_odds = (
        -2.9
        + 2.2 * (source == "Partner")
        - 1.4 * (source == "Outbound")
        + 1.7 * (industry == "Banking")
        + 2.0 * needs_security
        + 1.5 * ("SSO" in features)
        + 0.6 * (np.log(employees) - 5)
    )
    won = bool(rng.random() < expit(log_odds))
    return CrmDeal(
        number=number,
        account=f"Account {int(rng.integers(accounts)):03d} GmbH",
        owner=str(rng.choice(OWNERS)),
        source=source,
        industry=industry,
        features=features,
        employees=employees,
        amount=amount,
        needs_security=needs_security,
        created=created,
        closes=closes,
        won=won if closes < TODAY else None,
    )


def write_salesforce_report(path: Path, deals: list[CrmDeal]) -> None:
    """A report of opportunities, "Details Only" as CSV, of a user in Germany.

    https://help.salesforce.com/s/articleView?id=sf.reports_export.htm: every cell is quoted, a currency field comes
    with a column of its own, dates and numbers follow the locale, and five lines of footer end the file.
    """
    header = [
        "Opportunity ID",
        "Opportunity Name",
        "Account Name",
        "Opportunity Owner",
        "Stage",
        "Amount Currency",
        "Amount",
        "Probability (%)",
        "Lead Source",
        "Industry",
        "Employees",
        "Security Review Required",
        "Created Date",
        "Close Date",
        "Age",
        "Loss Reason",
    ]
    rng = np.random.default_rng(1)
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL)
        writer.writerow(header)
        for deal in deals:
            stage = _stage(rng, deal, "Closed Won", "Closed Lost", ("Prospecting", "Proposal/Price Quote"))
            writer.writerow(
                [
                    f"0065g00000{deal.number:05d}AAB",
                    f"{deal.account} \u2013 {deal.number}",
                    deal.account,
                    deal.owner,
                    stage,
                    "EUR",
                    _german(deal.amount),
                    {True: "100", False: "0", None: "40"}[deal.won],
                    deal.source,
                    deal.industry,
                    _german(deal.employees).partition(",")[0],
                    int(deal.needs_security),
                    f"{deal.created:%d.%m.%Y}",
                    f"{deal.closes:%d.%m.%Y}",
                    (min(deal.closes, TODAY) - deal.created).days,
                    rng.choice(LOSS_REASONS) if deal.won is False else "",
                ]
            )
        writer.writerows([[], []])
        for line in (
            "Opportunities of all teams",
            "Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved.",
            "Confidential Information - Do Not Distribute",
            "Generated By:  Dana Kim  30.06.2026 14:02",
            "Example AG",
        ):
            writer.writerow([line])


def write_hubspot_export(path: Path, deals: list[CrmDeal]) -> None:
    """All deals with chosen properties, as CSV, from the view of deals.

    https://knowledge.hubspot.com/import-and-export/export-records: labels for names, dates with time, checkboxes joined
    by semicolons, associations as names and ids, and UTF-8 with commas.
    """
    header = [
        "Record ID",
        "Deal Name",
        "Deal Stage",
        "Pipeline",
        "Amount",
        "Deal owner",
        "Create Date",
        "Close Date",
        "Original Traffic Source",
        "Industry",
        "Number of Employees",
        "Requested Features",
        "Needs Security Review",
        "Is Closed Won",
        "Is closed lost",
        "Days to close",
        "Closed Lost Reason",
        "Associated Company",
        "Associated Company IDs",
    ]
    rng = np.random.default_rng(2)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for deal in deals:
            stage = _stage(rng, deal, "Closed Won", "Closed Lost", ("Appointment Scheduled", "Contract Sent"))
            writer.writerow(
                [
                    18_000_000_000 + 37 * deal.number,
                    f"{deal.account} {deal.number}",
                    stage,
                    "Sales Pipeline",
                    deal.amount,
                    deal.owner,
                    f"{deal.created:%Y-%m-%d %H:%M}",
                    f"{deal.closes:%Y-%m-%d %H:%M}",
                    deal.source,
                    deal.industry,
                    deal.employees,
                    ";".join(deal.features),
                    "true" if deal.needs_security else "",
                    str(deal.won is True).lower(),
                    str(deal.won is False).lower(),
                    (deal.closes - deal.created).days if deal.won is not None else "",
                    rng.choice(LOSS_REASONS) if deal.won is False else "",
                    deal.account,
                    7_000_000 + hash_of(deal.account),
                ]
            )


def write_dynamics_workbook(path: Path, deals: list[CrmDeal]) -> None:
    """A static worksheet of all opportunities, as Dynamics 365 Sales writes it.

    https://learn.microsoft.com/power-apps/user/export-data-excel: three columns that must not be changed come first,
    dates are cells of dates, choices are labels, and a hidden sheet describes the columns.
    """
    header = [
        "(Do Not Modify) Opportunity",
        "(Do Not Modify) Row Checksum",
        "(Do Not Modify) Modified On",
        "Topic",
        "Account",
        "Owner",
        "Status",
        "Status Reason",
        "Rating",
        "Est. Revenue",
        "Currency",
        "Source Campaign",
        "Industry",
        "No. of Employees",
        "Security Review",
        "Created On",
        "Est. Close Date",
        "Actual Close Date",
        "Actual Revenue",
    ]
    rng = np.random.default_rng(3)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "All Opportunities"
    sheet.append(header)
    for deal in deals:
        status = {True: "Won", False: "Lost", None: "Open"}[deal.won]
        reason = {True: "Won", False: "Canceled", None: "In Progress"}[deal.won]
        closed = deal.won is not None
        row: list[Any] = [
            f"{deal.number:08x}-4b1c-ee11-8f6d-6045bd8f{deal.number:04x}",
            f"{rng.integers(1 << 62):x}==",
            deal.closes if closed else TODAY,
            f"{deal.account} {deal.number}",
            deal.account,
            deal.owner,
            status,
            reason,
            str(rng.choice(("Hot", "Warm", "Cold"))),
            deal.amount,
            "Euro",
            deal.source,
            deal.industry,
            deal.employees,
            "Yes" if deal.needs_security else "No",
            deal.created.replace(microsecond=0),
            deal.closes.replace(hour=0, minute=0, second=0, microsecond=0),
            deal.closes.replace(hour=0, minute=0, second=0, microsecond=0) if closed else None,
            deal.amount * float(deal.won) if closed else None,
        ]
        sheet.append(row)
    hidden = book.create_sheet("hiddenSheet")
    hidden.append(["opportunity:oX0Yb==:opportunityid=%28Do%20Not%20Modify%29%20Opportunity&checksumLogicalName="])
    hidden.sheet_state = "veryHidden"
    book.save(path)


def hash_of(text: str) -> int:
    """A number for a name that is the same in every run, as Python's own is not."""
    return sum(place * ord(letter) for place, letter in enumerate(text, start=1))


def _stage(rng: np.random.Generator, deal: CrmDeal, won: str, lost: str, still_open: tuple[str, ...]) -> str:
    return str(rng.choice(still_open)) if deal.won is None else won if deal.won else lost


def _german(number: float) -> str:
    return f"{number:,.2f}".translate(str.maketrans(",.", ".,"))
