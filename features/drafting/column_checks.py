"""Columns that are no questions because of what stands beside them: copies of others, and what tells the outcome."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from icp_fit.features.cell_parsing import fold, without_accents
from icp_fit.features.drafting.checkboxes import find_yes_no
from icp_fit.features.drafting.source_column import SourceColumn
from icp_fit.features.outcome_endings import find_ending
from icp_fit.features.quoting import quoted

MOST_WORDS = 200  # distinct ones of a column that may say how deals ended
LEAST_ENDINGS, LEAST_CLOSED = 0.25, 0.5  # of the answers, that say won or lost, or that something is closed
MOST_SHOWN = 3
LEAST_DIGITS = 4  # of a date, however it is written
_CREATED = (
    r"created?|creation|opened|erstell[a-z]*|angelegt|anlage[a-z]*|cree[es]?|creado|creada|creacion|criado|criada|criacao|"
    r"creato|creata|creazione|aangemaakt|aanmaak[a-z]*"
)
_CLOSED = (
    r"close|closed|closing|abschluss[a-z]*|abgeschlossen|geschlossen|cloture|fermeture|cierre|cerrado|cerrada|fechamento|"
    r"fechado|encerramento|chiusura|chiuso|chiusa|sluit[a-z]*|gesloten|afgesloten"
)
_NAMES = {"created_on": re.compile(rf"\b({_CREATED})\b"), "closed_on": re.compile(rf"\b({_CLOSED})\b")}
_EXPECTED = re.compile(
    r"\b(est|expected|planned|forecast|estimated|target|erwartet[a-z]*|geplant[a-z]*|voraussichtlich[a-z]*|prevu|prevue|"
    r"previst[oa]|estimad[oa]|esperad[oa]|verwachte?)\b"
)
_DATE_NAME = re.compile(
    rf"(?:.* )?(?:{_CREATED}|{_CLOSED}|modified|updated|date|timestamp|datetime|geandert|fecha|data d[aeio]|"
    r"[a-z]*datum)"
    r"(?: (?:date|time|on|at|am|le|el|em|il|op|[a-z]+))?"
)
_QUANTITY = re.compile(
    r"\b(?:amount|number|count|value|revenue|days?|hours?|tickets?|deals?|betrag|anzahl|montant|by)\b"
)


def find_repeats(columns: Sequence[SourceColumn]) -> dict[str, str]:
    """The columns whose cells are those of a column before them, with its name."""
    seen: dict[tuple[bytes, tuple[str, ...]], str] = {}
    repeats = {}
    for column in columns:
        if len(column.answers) < 2:
            continue
        first_of, words = pd.factorize(column.answers.map(fold))
        codes = np.append(first_of, -1)[column.codes].astype(np.int32)
        key = (codes.tobytes(), tuple(words))
        if key in seen:
            repeats[column.name] = seen[key]
        seen.setdefault(key, column.name)
    return repeats


def tells_outcome(column: SourceColumn) -> str:
    """Why a column tells how deals ended, by its words or, unless it holds numbers, by its name; or nothing."""
    if len(column.answers) > MOST_WORDS or column.dates.formats:
        return ""
    endings = column.answers.map(find_ending)
    says_how = column.share(endings.isin(["won", "lost"])) >= LEAST_ENDINGS
    if says_how or column.share(endings.notna()) >= LEAST_CLOSED:
        return f"says how deals ended: {quoted(tuple(column.answers[endings.notna()]), MOST_SHOWN)}"
    is_number = column.mostly(np.isfinite(column.numbers())) and find_yes_no(tuple(column.answers), True) is None
    return (
        "is named like what is known only once a deal has ended" if find_ending(column.words) and not is_number else ""
    )


def is_named_date(column: SourceColumn) -> bool:
    """Whether a column is called like a date, as created or closed, and its answers have digits enough for one."""
    named = without_accents(column.words.casefold())
    if not _DATE_NAME.fullmatch(named) or _QUANTITY.search(named):
        return False
    return len(column.answers) > 1 and column.mostly(column.answers.str.count(r"\d") >= LEAST_DIGITS)


def is_called(column: SourceColumn, ours: str) -> bool:
    """Whether a column is called like the day on which deals were created or closed, in one of seven languages."""
    named = without_accents(column.words.casefold())
    return bool(_NAMES[ours].search(named)) and not _EXPECTED.search(named)
