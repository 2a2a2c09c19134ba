"""What is to be known of an import: what must be settled, what is wrong with which rows, and what there is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from icp_fit.features.closing import outcome_notes
from icp_fit.features.factors import Profile
from icp_fit.features.mapping import IS_CLOSED
from icp_fit.features.sources.source import NO_DEALS
from icp_fit.features.unseen import count_unseen, describe_unseen
from icp_fit.serving.pages.form_fields import FormField, build_field
from icp_fit.serving.pages.import_columns import shorten
from icp_fit.serving.pages.import_form import MOST_FAULTS, is_undecided, shown_faults, shown_unseen
from icp_fit.serving.pages.import_reading import ImportReading

MOST_LETTERS = 40  # of a cell
MOST_IDS = 5  # columns that may be the deal's id, which are named
MOST_UNDECIDED = 5  # words that are named
MOST_ROWS = 5  # of a fault, whose numbers are shown


@dataclass(frozen=True)
class FaultLine:
    """One kind of fault, with how many rows have it and where the first of them are.

    `cell` is the word that somebody can say means unanswered, and `place` its number in the form; None where none.
    """

    count: int
    reason: str
    where: str
    cell: str | None = None
    place: int | None = None


@dataclass(frozen=True)
class UnseenLine:
    """A word that its question does not know, in how many rows and which first; `field` has what it may mean."""

    place: int
    word: str
    count: int
    where: str
    field: FormField


def find_obstacles(reading: ImportReading) -> Iterator[str]:
    """What must be settled before anything can be scored."""
    if reading.problem:
        yield reading.problem
    deals = reading.deals
    if deals is not None and not len(deals.table):
        yield "No row can be used. Correct the columns below, or the file."
    if reading.columns and "deal_id" not in reading.matched:
        unique = [f"“{column.label}”" for column in reading.columns if column.is_unique][:MOST_IDS]
        hint = f" These differ in every row: {', '.join(unique)}." if unique else " No column differs in every row."
        yield f"Choose the column that holds the deal id, so that each deal is found again.{hint}"
    if deals is None:
        return
    undecided = [word for word in deals.outcome_words if is_undecided(word, reading.given.outcome)]
    if undecided:
        shown = ", ".join(f"“{shorten(word.word)}” ({word.count:,})" for word in undecided[:MOST_UNDECIDED])
        more = f" and {len(undecided) - MOST_UNDECIDED:,} more" if len(undecided) > MOST_UNDECIDED else ""
        yield f"Say below what these outcomes mean, won, lost or open: {shown}{more}."


def list_faults(reading: ImportReading) -> Iterator[FaultLine]:
    """A line for each kind of fault, those of the most rows first, then for each kind of row that is no deal."""
    if reading.deals is None:
        return
    for place, fault in enumerate(shown_faults(reading)):
        where = _where(fault.rows, fault.count)
        cell = None if fault.cell is None else shorten(fault.cell, MOST_LETTERS)
        yield FaultLine(fault.count, fault.message, where, cell, None if cell is None else place)
    if others := reading.deals.faults[MOST_FAULTS:]:
        count = sum(fault.count for fault in others)
        yield FaultLine(count, f"Something else, of {len(others):,} kinds: the download has all of it.", "")
    skipped = sorted(reading.deals.skipped.groupby("reason")["row"], key=lambda group: -len(group[1]))
    for reason, rows in skipped[:MOST_FAULTS]:
        yield FaultLine(len(rows), f"No deal: {reason}", _where(rows.head(MOST_ROWS).tolist(), len(rows)))


def list_unseen(reading: ImportReading, profile: Profile) -> Iterator[UnseenLine]:
    """A line for each word that counts as unanswered because its question does not know it."""
    for place, unseen in enumerate(shown_unseen(reading)):
        where = _where(unseen.rows, unseen.count)
        field = build_field(profile.factor(unseen.factor))
        yield UnseenLine(place, shorten(unseen.word, MOST_LETTERS), unseen.count, where, field)


def _where(first: Sequence[int], count: int) -> str:
    more = ", …" if count > len(first) else ""
    return f"{'row' if count == 1 else 'rows'} {', '.join(f'{row:,}' for row in first)}{more}"


def list_notes(reading: ImportReading) -> Iterator[str]:
    """What else is to be known, without what the page shows of words."""
    if reading.deals is None:
        return
    words = [word for word in reading.deals.outcome_words if word.reason in ("says so", "any other")]
    shown = {*outcome_notes(tuple(words), IS_CLOSED in reading.matched)}
    shown |= {*describe_unseen(count_unseen(reading.deals.unseen))}
    yield from (note for note in reading.deals.notes if note not in shown and not note.startswith(NO_DEALS))


def count_deals(reading: ImportReading) -> dict[str, int]:
    if reading.deals is None:
        return dict.fromkeys(("deals", "won", "lost", "open", "rejected", "skipped"), 0)
    won = reading.deals.won
    n_won, n_lost = int(won.fillna(False).sum()), int((~won).fillna(False).sum())
    return {
        "deals": len(won),
        "won": n_won,
        "lost": n_lost,
        "open": len(won) - n_won - n_lost,
        "rejected": len(reading.deals.rejected),
        "skipped": len(reading.deals.skipped),
    }
