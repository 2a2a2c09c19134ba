"""Profiles and deals as a person reads them in the terminal: the questions, and what is wrong with a table."""

from collections.abc import Collection, Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from icp_fit.features.deals import FEWEST, Deals
from icp_fit.features.encoder import describe_shared_values
from icp_fit.features.factors import Factor, Profile
from icp_fit.features.groups import describe_large_account
from icp_fit.features.leakage import Leak, find_unchecked
from icp_fit.features.outcomes import describe_outcomes, list_outcomes
from icp_fit.features.univariate_screen import MOST_DEALS

MOST_CHOICES = 20


def list_profile(profile: Profile) -> RenderableType:
    """The questions by dimension, with the answers possible, the direction and the experts' weight."""
    parts: list[RenderableType] = [
        Text.assemble((profile.label, "bold"), f"  ({profile.name}, version {profile.version})"),
        Text(profile.summary),
        Text(f"Assumed before a model is trained on any deal: {profile.win_rate:.0%} of deals are won.\n"),
    ]
    for dimension in profile.dimensions:
        parts += [Text(dimension.label, style="bold"), Text(dimension.summary, style="dim")]
        table = Table(box=None, padding=(0, 1), pad_edge=False, show_header=True, header_style="dim")
        for header in ("factor", "answers", "", "weight", "question"):
            table.add_column(header, justify="right" if header == "weight" else "left", overflow="fold")
        for factor in dimension.factors:
            weight = f"{factor.weight:.2f}" if factor.weight else ""
            table.add_row(factor.id, _answers(factor), factor.arrow, weight, Text(factor.question))
        parts.append(Padding(table, (0, 0, 1, 2)))
    return Group(*parts)


def list_deals(deals: Deals, leaks: Collection[Leak], missing: str | None = None) -> RenderableType:
    """What a table holds, which rows cannot be used and why, and which factors look like leakage.

    `missing` says which columns are not there, where these are too many.
    """
    parts: list[RenderableType] = [Text(_counted(deals), style="bold")]
    parts += [Text(f"  {line}") for line in list_outcomes(deals.outcome_words)]
    if missing:
        parts.append(Text(f"\n{missing}", style="bold red"))
    if len(deals.rejected):
        parts.append(Text(f"\n{len(deals.rejected):,} rows cannot be used", style="bold red"))
        parts += [Padding(Text(reason), (0, 0, 0, 2)) for reason in deals.reasons]
        parts.append(Text("  --json lists each row.", style="dim"))
    if leaks:
        parts.append(Text("\nMay be known only from the outcome", style="bold yellow"))
        for leak in leaks:
            mark = Text("✗ ", style="bold red") if leak.blocking else Text("! ", style="bold yellow")
            parts.append(Padding(mark + Text(leak.evidence), (0, 0, 0, 2)))
        if len(deals.closed.table) > MOST_DEALS:
            parts.append(
                Text(f"  Counted in {MOST_DEALS:,} of {len(deals.closed.table):,} closed deals, drawn at random.")
            )
    unchecked = find_unchecked(deals)
    if unchecked:
        parts += [
            Text("\nNo model can be trained on this table", style="bold red"),
            Padding(Text(unchecked), (0, 0, 0, 2)),
        ]
    notes = [*_few_deals(deals), *describe_shared_values(deals.closed.answers), *_notes(deals)]
    if notes:
        parts += [Text("\nNotes", style="bold"), *(Padding(Text(note), (0, 0, 0, 2)) for note in notes)]
    if not (missing or unchecked or len(deals.rejected) or any(leak.blocking for leak in leaks)):
        parts.append(Text("\nA model can be trained on this table.", style="bold green"))
    return Group(*parts)


def describe_deals(deals: Deals, leaks: Collection[Leak]) -> dict[str, Any]:
    """The same as plain data, with every row that cannot be used or is no deal."""
    return {
        "deals": len(deals.table),
        "won": int(deals.closed.won.sum()),
        "lost": int((~deals.closed.won).sum()),
        "outcome_words": describe_outcomes(deals.outcome_words),
        "rejected": deals.rejected[["row", "deal_id", "reason"]].to_dict("records"),
        "skipped": deals.skipped[["row", "reason"]].to_dict("records"),
        "leaks": [vars(leak) for leak in leaks],
        "leaks_unchecked": find_unchecked(deals),
        "ignored_columns": list(deals.ignored),
        "absent_factors": list(deals.absent),
        "notes": [*_few_deals(deals), *describe_shared_values(deals.closed.answers), *deals.notes],
    }


def _answers(factor: Factor) -> str:
    if factor.kind == "yes_no":
        return "no, yes"
    if factor.choices:
        more = len(factor.choices) - MOST_CHOICES
        return escape(", ".join(factor.choices[:MOST_CHOICES]) + (f" and {more:,} more" if more > 0 else ""))
    scale = f", {factor.scale[0]:g} to {factor.scale[1]:g}" if factor.scale else ""
    return f"{'whole number' if factor.kind == 'count' else 'number'}{scale}"


def _counted(deals: Deals) -> str:
    closed = deals.closed
    won, open_ = int(closed.won.sum()), len(deals.table) - len(closed.table)
    return f"{len(deals.table):,} deals can be used: {won:,} won, {len(closed.table) - won:,} lost, {open_:,} open."


def _few_deals(deals: Deals) -> Iterator[str]:
    won = int(deals.closed.won.sum())
    lost = len(deals.closed.table) - won
    if min(won, lost) < FEWEST:
        yield (
            f"There are {won:,} won and {lost:,} lost deals. With fewer than {FEWEST} of either, no model is judged "
            "fit for use."
        )
    if (accounts := deals.closed.accounts) is not None and (large := describe_large_account(accounts)):
        yield large


def _notes(deals: Deals) -> Iterator[str]:
    yield from deals.notes
    if deals.absent:
        yield f"Factors without a column, unanswered in every deal: {', '.join(deals.absent)}."
    if deals.ignored:
        yield f"Ignored columns, which the profile does not ask for: {', '.join(deals.ignored)}."
