"""What somebody corrects in an import: the mapping and the sheet that follow from the form of its page.

Only what differs from what the page showed changes anything, so that formats which were inferred are inferred anew.
"""

from collections.abc import Iterator
from collections.abc import Mapping as Named
from dataclasses import dataclass, replace
from typing import Any

from icp_fit.features.deal_dates import DATES
from icp_fit.features.errors import MappingError
from icp_fit.features.factors import Profile
from icp_fit.features.mapping import DEAL_COLUMNS, IS_CLOSED, Mapping, check_mapping, parse_mapping, write_mapping
from icp_fit.features.outcome_endings import find_ending
from icp_fit.features.outcomes import ANY_OTHER, OUTCOMES, Outcomes, OutcomeWord
from icp_fit.features.problems import CountedFault
from icp_fit.features.quoting import did_you_mean
from icp_fit.features.unseen import UnseenAnswer, count_unseen
from icp_fit.serving.pages.form_fields import as_choice
from icp_fit.serving.pages.import_columns import find_column, shorten
from icp_fit.serving.pages.import_reading import ImportReading

COLUMN, FORMAT, DECIMAL, WORD, OTHERS, WORDS = "column.", "format.", "decimal.", "word.", "others", "words"
BLANK, MEANING, TOML = "unanswered.", "meaning.", "toml"
DECIMALS = ("", ".", ",")
MOST_FAULTS = 20  # that a page shows, the most frequent
MOST_WORDS = 100  # of the outcome's column that a page shows, the commonest


@dataclass(frozen=True)
class Correction:
    """The mapping with what was corrected, and the sheet to read; `is_changed` is whether anything was."""

    mapping: Mapping
    sheet: str | None
    is_changed: bool


def read_correction(form: Named[str, Any], reading: ImportReading, profile: Profile) -> Correction:
    """Read the form of an import; raises MappingError for a column that the file lacks, or what no mapping can say."""
    texts = {name: text.strip() for name, text in form.items() if isinstance(text, str)}
    columns = dict(_changed_columns(texts, reading, profile))
    dates = dict(_changed_formats(texts, reading, columns))
    decimals = dict(_changed_decimals(texts, reading, profile))
    given = reading.given
    if (toml := texts.get(TOML)) is not None and toml.split() != write_mapping(given).split():
        given = parse_mapping(toml, "The mapping")
    mapping = replace(
        given,
        columns={**given.columns, **columns},
        date_format=_changed({*DATES}, _by_ours(given), dates) if dates else given.date_format,
        decimal=_changed({*profile.factor_ids}, given.decimal, decimals) if decimals else given.decimal,
        values=_read_values(texts, reading, given, profile),
        outcome=_read_outcomes(texts, reading, given),
    )
    sheet = (texts["sheet"] or None) if "sheet" in texts else reading.sheet
    if mapping != reading.given:
        mapping = check_mapping(parse_mapping(write_mapping(mapping), "What you entered"), profile)
    return Correction(mapping, sheet, mapping != reading.given or sheet != reading.sheet)


def shown_words(reading: ImportReading) -> tuple[OutcomeWord, ...]:
    """The words of the outcome's column that the page shows."""
    words = reading.deals.outcome_words if reading.deals else ()
    return tuple(sorted(words, key=lambda word: -word.count)[:MOST_WORDS])


def shown_faults(reading: ImportReading) -> tuple[CountedFault, ...]:
    """What is wrong with cells, as far as the page shows it."""
    return reading.deals.faults[:MOST_FAULTS] if reading.deals else ()


def shown_unseen(reading: ImportReading) -> tuple[UnseenAnswer, ...]:
    """The words that no question knows, as far as the page shows them."""
    return count_unseen(reading.deals.unseen)[:MOST_FAULTS] if reading.deals else ()


def is_undecided(word: OutcomeWord, outcomes: Outcomes) -> bool:
    """Whether nobody said what the word means; one that says that a deal ended, but not how, is open to nobody."""
    return word.reason == "any other" and (ANY_OTHER not in outcomes.open or find_ending(word.word) is not None)


def _changed_columns(texts: Named[str, str], reading: ImportReading, profile: Profile) -> Iterator[tuple[str, str]]:
    labels = {column.label: column.name for column in reading.columns}
    for ours in (*DEAL_COLUMNS, IS_CLOSED, *profile.factor_ids):
        label = texts.get(COLUMN + ours)
        now = find_column(reading.columns, reading.matched.get(ours))
        if label is None or label == (now.label if now else ""):
            continue
        if label and label not in labels:
            hint = did_you_mean(shorten(label), labels)
            raise MappingError(f"The file has no column “{shorten(label)}”.{hint} Choose one that it has.")
        yield ours, labels.get(label, "")


def _changed_formats(
    texts: Named[str, str], reading: ImportReading, columns: Named[str, str]
) -> Iterator[tuple[str, str]]:
    for ours in DATES:
        text, shown = texts.get(FORMAT + ours), reading.mapping.date_format_of(ours)
        if text is not None and text != shown:
            yield ours, text
        elif ours in columns:
            yield ours, ""  # what another column proved says nothing of this one


def _changed_decimals(texts: Named[str, str], reading: ImportReading, profile: Profile) -> Iterator[tuple[str, str]]:
    for factor in profile.factors:
        text = texts.get(DECIMAL + factor.id)
        if text is not None and text in DECIMALS and text != (reading.mapping.decimal_of(factor.id) or ""):
            yield factor.id, text


def _by_ours(given: Mapping) -> str | dict[str, str]:
    """The date formats of a mapping, where they differ by our names of the columns alone."""
    if isinstance(given.date_format, str):
        return given.date_format
    return {ours: given.date_format_of(ours) for ours in DATES}


def _changed(every: set[str], given: Any, changes: Named[str, str]) -> Any:
    """A format that is one for all or one for each, with some of them changed; what is empty is inferred."""
    each = dict.fromkeys(sorted(every), given) if isinstance(given, str) else dict(given)
    return {name: text for name, text in {**each, **changes}.items() if text}


def _read_values(
    texts: Named[str, str], reading: ImportReading, given: Mapping, profile: Profile
) -> dict[str, dict[str, str]]:
    """The words of the mapping with those that somebody says mean unanswered, or one of the answers."""
    values = {column: dict(words) for column, words in given.values.items()}
    for place, fault in enumerate(shown_faults(reading)):
        if f"{BLANK}{place}" in texts and fault.cell is not None:
            values.setdefault(fault.column, {})[fault.cell] = ""
    for place, unseen in enumerate(shown_unseen(reading)):
        meaning = as_choice(profile.factor(unseen.factor), texts.get(f"{MEANING}{place}", ""))
        if meaning:
            values.setdefault(unseen.factor, {})[unseen.word] = meaning
    return values


def _read_outcomes(texts: Named[str, str], reading: ImportReading, mapping: Mapping) -> Outcomes:
    shown_outcomes, outcomes = reading.given.outcome, mapping.outcome
    if WORDS not in texts:
        return outcomes
    given: dict[str, list[str]] = {outcome: [] for outcome in OUTCOMES}
    for place, word in enumerate(shown_words(reading)):
        outcome = texts.get(f"{WORD}{place}", "")
        shown = "" if is_undecided(word, shown_outcomes) else word.outcome
        if outcome in given and outcome != shown:
            given[outcome].append(word.word)
    if any(given.values()):
        outcomes = outcomes.adding(given["won"], given["lost"], given["open"])
    if (OTHERS in texts) != (ANY_OTHER in shown_outcomes.open):
        others = tuple(word for word in outcomes.open if word != ANY_OTHER)
        outcomes = replace(outcomes, open=(*others, ANY_OTHER) if OTHERS in texts else others)
    return outcomes
