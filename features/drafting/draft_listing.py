"""A draft as a person reads it in the terminal, a line a reason, and as plain data."""

from collections.abc import Iterable, Iterator
from typing import Any

from icp_fit.features.drafting.draft import Draft
from icp_fit.features.factors import Kind
from icp_fit.features.mapping import DEAL_COLUMNS, IS_CLOSED, Mapping
from icp_fit.features.outcomes import describe_outcomes, list_outcomes

MOST_SHOWN = 6  # columns of a line
_KINDS: dict[Kind, str] = {
    "yes_no": "yes or no",
    "count": "whole numbers",
    "amount": "numbers",
    "ordinal": "ordered choices",
    "category": "choices",
}


def list_draft(draft: Draft) -> Iterator[str]:
    """Lines on what was read as the outcome, what the columns became, what was left out and what to look at.

    Those below a heading are indented.
    """
    yield f"Outcome, in `{draft.mapping.names('outcome')[0]}`"
    yield from (f"  {line}" for line in list_outcomes(draft.outcome_words))
    factor_ids = draft.profile.factor_ids
    columns = draft.mapping.columns
    ours = {ours: columns[ours] for ours in (*DEAL_COLUMNS, IS_CLOSED) if ours in columns and ours != "outcome"}
    yield "Columns of a deal"
    yield f"  {', '.join(f'{name} is `{theirs}`' for name, theirs in ours.items()) or 'none was recognised'}"
    if written := list(_formats(draft.mapping)):
        yield "Formats"
        yield f"  {', '.join(written)}"
    yield f"Questions: {len(factor_ids):,}"
    yield from _grouped((_KINDS[factor.kind], f"`{factor.source}`") for factor in draft.profile.factors)
    if draft.ignored:
        yield f"Left out: {len(draft.ignored):,}"
        yield from _grouped(
            (reason.partition(": ")[0], f"`{column}`{_in_brackets(reason.partition(': ')[2])}")
            for column, reason in draft.ignored.items()
        )
    if draft.notes or draft.informative:
        yield "To look at"
        yield from (f"  {note}" for note in draft.notes)
    if draft.informative:
        blanks = [
            f"`{column}` ({found.won_unanswered:.0%} won where blank, {found.won_answered:.0%} else)"
            for column, found in draft.informative.items()
        ]
        yield (
            "  Whether these are answered goes with the outcome: drafted as informative. Make sure that nobody fills "
            f"them in after the sale: {_shown(blanks)}."
        )


def describe_draft(draft: Draft) -> dict[str, Any]:
    """The same as plain data, with every column."""
    return {
        "factors": list(draft.profile.factor_ids),
        "kinds": {factor.id: factor.kind for factor in draft.profile.factors},
        "outcome_words": describe_outcomes(draft.outcome_words),
        "ignored_columns": draft.ignored,
        "informative": {column: vars(found) for column, found in draft.informative.items()},
        "notes": list(draft.notes),
    }


def _formats(mapping: Mapping) -> Iterator[str]:
    if isinstance(mapping.date_format, dict):
        yield from (f"{column} {date_format}" for column, date_format in mapping.date_format.items())
    elif mapping.date_format:
        yield f"dates {mapping.date_format}"
    if mapping.decimal:
        yield f"decimal {'comma' if mapping.decimal == ',' else 'point'}"
    yield from (f'`{column}` split at "{sign}"' for column, sign in mapping.split.items())


def _grouped(items: Iterable[tuple[str, str]]) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for group, item in items:
        groups.setdefault(group, []).append(item)
    for group, members in sorted(groups.items(), key=lambda one: -len(one[1])):
        yield f"  {group} ({len(members):,}): {_shown(members)}"


def _shown(items: list[str]) -> str:
    more = f" and {len(items) - MOST_SHOWN:,} more" if len(items) > MOST_SHOWN else ""
    return ", ".join(items[:MOST_SHOWN]) + more


def _in_brackets(text: str) -> str:
    return f" ({text})" if text else ""
