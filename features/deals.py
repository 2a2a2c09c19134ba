"""Deals: a source read into one checked table, and the rows that cannot be used, set aside with their reasons."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import pandas as pd

from icp_fit.features.answers import Problem, read_answers
from icp_fit.features.closing import close_date_notes, outcome_notes, read_outcomes, without_expected_dates
from icp_fit.features.deal_columns import find_problems, read_deal_columns
from icp_fit.features.deal_dates import find_date_formats, undated_note
from icp_fit.features.deal_rows import read_deal_rows
from icp_fit.features.errors import DealsError
from icp_fit.features.factors import Profile
from icp_fit.features.formats import find_table_formats
from icp_fit.features.html_table import html_table
from icp_fit.features.mapping import DEAL_COLUMNS, IS_CLOSED, Mapping, check_mapping
from icp_fit.features.money import CURRENCY, CURRENCY_SAMPLE, find_currency_column, is_money
from icp_fit.features.outcomes import OutcomeWord
from icp_fit.features.problems import CountedFault, Problems, problem_rows
from icp_fit.features.repeated_deals import find_repeats
from icp_fit.features.sources.opening import open_source
from icp_fit.features.sources.source import Source, skipped_frame
from icp_fit.features.splitting import split_columns
from icp_fit.features.unseen import count_unseen, describe_unseen, part_unseen

MOST_SHOWN = 5
FEWEST = 20  # won and lost deals to judge a model by; with fewer, intervals are too narrow to be trusted


@dataclass(frozen=True, repr=False)
class Deals:
    """Deals that can be used, and what is to be known about the rest of their source.

    `table` has one row a deal: those of `DEAL_COLUMNS` that the source has (`outcome` is won, lost or missing while
    open; dates have no time zone; open deals have no `closed_on`), then every factor of the profile, typed. `rejected`
    has `row` (the number that a spreadsheet shows), `deal_id` and `reason`, then the cells as they were. `ignored` are
    the columns of the source that nothing reads, `absent` the factors without a column, `notes` what else to know.
    `mapping` is the one used, with the formats that were found filled in: later tables are read alike or refused.
    `unseen` are words that are no choice of their question and count as unanswered, one a cell.
    `outcome_words` are the words of these deals that say won, lost or open, with what each was read as, and why.
    `reasons` say why rows were rejected, one line a fault with its count, and `faults` are the same apart. `skipped`
    are rows that are no deals, such as the footer of a report: `row`, `reason`, then the cells.
    """

    table: pd.DataFrame
    rejected: pd.DataFrame
    ignored: tuple[str, ...]
    absent: tuple[str, ...]
    notes: tuple[str, ...]
    outcome_words: tuple[OutcomeWord, ...] = ()
    mapping: Mapping = field(default_factory=Mapping)
    unseen: tuple[Problem, ...] = ()
    reasons: tuple[str, ...] = ()
    faults: tuple[CountedFault, ...] = ()
    skipped: pd.DataFrame = field(default_factory=lambda: skipped_frame((), ()))

    def __repr__(self) -> str:
        return f"<Deals: {', '.join(f'{count:,} {name}' for name, count in self._counts.items())}>"

    def _repr_html_(self) -> str:
        notes = (
            *(("rejected", reason) for reason in self.reasons[:MOST_SHOWN]),
            *(("note", note) for note in self.notes),
        )
        return html_table(repr(self)[1:-1], ("", "what is wrong, and what else to know"), notes)

    @property
    def _counts(self) -> dict[str, int]:
        won = self.won
        counted = {"won": int(won.fillna(False).sum()), "lost": int((~won).fillna(False).sum())}
        return counted | {"open": int(won.isna().sum()), "rejected": len(self.rejected)}

    @property
    def answers(self) -> pd.DataFrame:
        return self.table.drop(columns=[*DEAL_COLUMNS], errors="ignore")

    @property
    def won(self) -> pd.Series:
        """Whether each deal was won; missing while it is open."""
        if "outcome" not in self.table:
            return pd.Series(pd.NA, self.table.index, dtype="boolean", name="won")
        outcome = self.table["outcome"]
        return (outcome == "won").astype("boolean").mask(outcome.isna()).rename("won")

    @property
    def accounts(self) -> pd.Series | None:
        """The account of each deal; None where the source has no such column."""
        return self.table.get("account_id")

    @property
    def closed_on(self) -> pd.Series | None:
        """The day on which each deal was won or lost; None where the source has no such column."""
        return self.table.get("closed_on")

    @cached_property
    def closed(self) -> "Deals":
        """The deals that were won or lost, alone."""
        return replace(self, table=self.table[self.won.notna()].reset_index(drop=True))


def read_deals(
    source: str | Path | pd.DataFrame | Source,
    profile: Profile,
    mapping: Mapping | None = None,
    *,
    query: str | None = None,
    sheet: str | None = None,
    outcome_required: bool = True,
    max_rejected: float = 0.05,
    accept_unseen: bool = False,
    today: date | None = None,
) -> Deals:
    """Read deals from a file, a database or a table in memory, in the words of the profile.

    A row with a cell that cannot be used is set aside with its reason. `outcome_required` asks for won and lost deals,
    to train on; without it, outcomes that nobody mapped are read as what they say, or count as open. Close dates are
    held against `today`. With `accept_unseen`, a word that is no choice of its question counts as unanswered, as in
    tables to score. Raises DealsError where the table cannot be used as a whole, or more than the share `max_rejected`
    of its rows cannot; MappingError where the mapping does not fit the profile.

    >>> import pandas as pd
    >>> from icp_fit import read_deals, read_profile
    >>> table = pd.DataFrame({"outcome": ["won", "lost", "won", ""], "integrations": ["12", "0", "many", "3"]})
    >>> deals = read_deals(table, read_profile("liferay"), max_rejected=0.5)
    >>> deals.won.tolist()
    [True, False, <NA>]
    >>> print(deals.rejected["reason"].item())
    `integrations` must be a whole number of at least 0, got "many". Leave it empty if unknown.
    """
    mapping = check_mapping(mapping or Mapping(), profile)
    opened = open_source(source, query, sheet)
    rows = read_deal_rows(opened, profile, mapping, outcome_required)
    cells, match = rows.cells, rows.match
    raw = pd.DataFrame({ours: cells[theirs] for ours, theirs in match.columns.items()}).reset_index(drop=True)
    asked = [factor for factor in profile.factors if factor.id in match.columns]
    has_sums = any(factor.kind == "amount" or is_money(factor, mapping) for factor in asked)
    if currency := find_currency_column(cells.head(CURRENCY_SAMPLE), mapping) if has_sums else "":
        raw[CURRENCY] = cells[currency].to_numpy()
    dates = find_date_formats(raw, cells, mapping, outcome_required)
    mapping, raw = dates.mapping, raw[[name for name in raw if name not in dates.unread]]
    deals = read_deal_columns(raw, mapping)
    words: tuple[OutcomeWord, ...] = ()
    if "outcome" in raw:
        deals["outcome"], words = read_outcomes(cells, match.columns, mapping, outcome_required)
    close_notes = tuple(close_date_notes(deals, today or date.today()))
    deals = without_expected_dates(deals)
    formats = find_table_formats(raw, profile, mapping, currency)
    answers, problems = read_answers(profile, raw, deals.get("deal_id"), mapping, formats)
    problems = [*find_problems(raw, deals, mapping), *problems]
    problems = [replace(problem, row=int(cells.index[problem.row - 1])) for problem in problems]
    if "deal_id" in deals:
        problems += find_repeats(deals["deal_id"].set_axis(cells.index), match.columns["deal_id"])
    unseen: list[Problem] = []
    if accept_unseen:
        problems, unseen = part_unseen(problems, profile)
    problems.sort(key=lambda problem: problem.row)
    told = Problems()
    told.add(problems)
    rejected = _rejected(cells, problems)
    _check_share(len(rejected), len(cells), max_rejected, told)

    usable = ~cells.index.isin(rejected["row"])
    table = pd.concat([deals, answers], axis=1)[usable].reset_index(drop=True)
    if words and len(rejected):
        _, words = read_outcomes(cells[usable], match.columns, mapping, required=False)
    if outcome_required:
        _check_outcomes(table)
    read = (*split_columns(match.ignored, mapping), formats.currency.column)
    return Deals(
        table=table,
        rejected=rejected,
        ignored=tuple(name for name in match.ignored if name not in read),
        absent=match.absent,
        notes=(
            *rows.notes,
            *outcome_notes(words, IS_CLOSED in match.columns),
            *dates.notes,
            *(undated_note(match.ignored, match.columns) if outcome_required else ()),
            *_date_notes(table),
            *close_notes,
            *formats.notes(),
            *describe_unseen(count_unseen(unseen)),
        ),
        outcome_words=words,
        mapping=formats.fill(mapping),
        unseen=tuple(unseen),
        reasons=tuple(told.lines()),
        faults=told.faults(),
        skipped=skipped_frame(rows.skipped, opened.names),
    )


def _check_share(n_rejected: int, n_rows: int, max_rejected: float, problems: Problems) -> None:
    if n_rejected <= max_rejected * n_rows:
        return
    raise DealsError(
        f"{n_rejected:,} of {n_rows:,} rows cannot be used, more than the {max_rejected:.0%} allowed:\n"
        + "\n".join(f"  {line}" for line in problems.lines())
        + "\nCorrect these cells, say in a mapping what they mean, or allow more with --max-rejected."
    )


def _check_outcomes(table: pd.DataFrame) -> None:
    counts = table["outcome"].value_counts()
    if len(counts) == 2:
        return
    found = f"all {counts.iloc[0]:,} closed deals are {counts.index[0]}" if len(counts) else "no deal is closed"
    raise DealsError(
        f"There must be won and lost deals to train on, but {found}. Add the others, or map their outcomes."
    )


def _rejected(cells: pd.DataFrame, problems: list[Problem]) -> pd.DataFrame:
    """The rows that cannot be used: row, deal_id and reason, then their cells; ours come first where names clash."""
    ours = problem_rows(problems)
    theirs = cells.loc[ours["row"]].reset_index(drop=True)
    return pd.concat([ours, theirs.drop(columns=[*ours], errors="ignore")], axis=1)


def _date_notes(table: pd.DataFrame) -> Iterator[str]:
    if {"closed_on", "outcome"} <= set(table):
        undated = int((table["outcome"].notna() & table["closed_on"].isna()).sum())
        if undated:
            yield f"Closed deals without `closed_on`: {undated:,}."
