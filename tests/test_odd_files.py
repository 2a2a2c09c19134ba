"""Files as people have them, through the commands: a profile is drafted, the table checked and scored, a deal shown."""

import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from icp_fit.cli import app

FOOTER = '\n\n"Won and Lost 2024"\n"Copyright (c) 2000-2024 vendor."\n"Confidential Information"\n"Example Corp"\n'


def draw() -> pd.DataFrame:
    rows = [
        (
            f"006{n:05}",
            f"Acme {n % 40}",
            ["SMB", "Mid", "Ent"][n % 3],
            n * 125.5,
            ["Closed Won", "Closed Lost"][n % 7 > 2],
        )
        for n in range(60)
    ]
    table = pd.DataFrame(rows, columns=["Opportunity ID", "Account Name", "Segment", "Amount", "Stage"])
    return table.assign(**{"Created Date": "2024-01-13", "Close Date": "2024-03-21"})


def as_report(text: str) -> str:
    return text + FOOTER


def as_repeated(text: str) -> str:
    lines = text.splitlines()
    return "\n".join([*lines[:21], lines[0], *lines[21:41], lines[0], *lines[41:]])


def as_separated(text: str) -> str:
    return "sep=;\n" + text.replace(",", ";")


def as_titled(text: str) -> str:
    return "Opportunity Report\nAs of 2025-01-02\n\n" + text


def as_long(text: str) -> str:
    header, first, *rows = text.splitlines()
    notes = ["Notes", '"' + "x, y; z\n" * 20_000 + '"', *['"He said ""no"",\nthen, no"'] * len(rows)]
    return "\n".join(f"{line},{note}" for line, note in zip([header, first, *rows], notes, strict=True))


def as_totalled(text: str) -> str:
    return text + "Subtotal,,,1234.5,,,\n006000A9,,,,,,\nGesamtsumme,,,2469,,,\n"


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == 0, result.output
    return result.stdout


def read_through(path: Path, folder: Path, *more: str) -> tuple[dict, dict, str]:
    """What `check` and `score` say of a file by the profile that is drafted from it, and how a deal of it reads."""
    drafted = run(
        "profile", "init", path, "--outcome", "Stage", "-o", folder / "p.toml", "--open", "*", *more, "--json"
    )
    assert {"segment", "amount"} <= set(json.loads(drafted)["factors"])
    by = ["--profile", folder / "p.toml", "--mapping", folder / "p.mapping.toml", *more]
    checked = json.loads(run("check", path, *by, "--json"))
    scored = json.loads(run("score", path, "-o", folder / "out.csv", *by, "--json"))
    return checked, scored, run("explain", path, "--deal", "00600007", *by)


@pytest.mark.parametrize(
    ("change", "skipped", "opened", "note"),
    [
        (as_report, 4, 0, "Rows that are no deals, left out: 4"),
        (as_repeated, 2, 0, "It repeats the header."),
        (as_separated, 0, 0, ""),
        (as_titled, 0, 0, "The header of the table is in row 4"),
        (as_long, 0, 0, ""),
        (as_totalled, 2, 1, 'It is a total, not a deal: it begins with "Subtotal".'),
    ],
    ids=["footer of a report", "repeated header", "line sep=", "titles", "a very long cell", "totals and a lone id"],
)
def test_an_odd_file_holds_the_deals_of_the_plain_one(
    tmp_path: Path, change: Callable[[str], str], skipped: int, opened: int, note: str
):
    (tmp_path / "deals.csv").write_text(change(draw().to_csv(index=False)), encoding="utf-8")
    checked, scored, explained = read_through(tmp_path / "deals.csv", tmp_path)
    assert (checked["won"], checked["lost"], checked["deals"]) == (27, 33, 60 + opened)
    assert (checked["rejected"], len(checked["skipped"])) == ([], skipped)
    assert any(note in told for told in checked["notes"]) or not note
    assert (scored["deals"], scored["rejected"], scored["skipped"]) == (60 + opened, 0, skipped)
    assert (scored["rejected_file"] is not None) == bool(skipped)
    if skipped:
        assert pd.read_csv(tmp_path / "out.rejected.csv")["row"].tolist() == [row["row"] for row in checked["skipped"]]
    assert "Deal 00600007" in explained


def test_deals_on_the_second_sheet_are_read_and_the_first_is_told(tmp_path: Path):
    workbook = openpyxl.Workbook()
    workbook.active.append(["Total deals", 60])
    sheet = workbook.create_sheet("Deals")
    for row in [list(draw()), *draw().values.tolist()]:
        sheet.append(row)
    workbook.save(tmp_path / "deals.xlsx")
    for more in ((), ("--sheet", "Deals")):
        checked, scored, explained = read_through(tmp_path / "deals.xlsx", tmp_path / str(len(more)), *more)
        assert (checked["won"], checked["lost"], scored["deals"]) == (27, 33, 60)
        assert any("The sheet `Deals` was read" in note for note in checked["notes"]) == (not more)
        assert "Deal 00600007" in explained


def test_a_deal_that_is_none_says_why_it_cannot_be_explained(tmp_path: Path):
    (tmp_path / "deals.csv").write_text(draw().to_csv(index=False) + "Total,,,99,,,\n")
    read_through(tmp_path / "deals.csv", tmp_path)
    by = ["--profile", tmp_path / "p.toml", "--mapping", tmp_path / "p.mapping.toml"]
    result = CliRunner().invoke(app, list(map(str, ["explain", tmp_path / "deals.csv", "--deal", "Total", *by])))
    assert result.exit_code == 2
    assert 'Row 62, which has "Total", is no deal: It is a total' in " ".join(result.stderr.split())
