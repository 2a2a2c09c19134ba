"""Columns that are no questions because of what stands beside them: copies of others, and what tells the outcome."""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import pandas as pd

from icp_fit.features.cell_parsing import fold
from icp_fit.features.drafting.checkboxes import find_yes_no
from icp_fit.features.drafting.source_column import SourceColumn
from icp_fit.features.outcome_endings import find_ending
from icp_fit.features.quoting import quoted

MOST_WORDS = 200  # distinct ones of a column that may say how deals ended
LEAST_ENDINGS = 0.5  # of the answers, that say an ending
MOST_SHOWN = 3
LEAST_DIGITS = 4  # of a date, however it is written
_DATE_NAME = re.compile(
    r"(?:.* )?(?:created|closed|close|closing|modified|updated|date|timestamp|datetime|datum|erstellt|angelegt|"
    r"geandert|abgeschlossen|geschlossen|creee?|creation|cloture|fermeture|fecha|creado|cierre|cerrado|data d[aeio]|"
    r"criad[oa]|criacao|fechamento|creat[oa]|creazione|chiusura|chiuso|aangemaakt|gesloten|sluiting|[a-z]*datum)"
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
    if len(column.answers) > MOST_WORDS:
        return ""
    endings = column.answers.map(lambda text: find_ending(text) is not None)
    if column.n_answered and column.share(endings) >= LEAST_ENDINGS:
        return f"says how deals ended: {quoted(tuple(column.answers[endings]), MOST_SHOWN)}"
    is_number = column.mostly(np.isfinite(column.numbers())) and find_yes_no(tuple(column.answers), True) is None
    return (
        "is named like what is known only once a deal has ended" if find_ending(column.words) and not is_number else ""
    )


def is_named_date(column: SourceColumn) -> bool:
    """Whether a column is called like a date, as created or closed, and its answers have digits enough for one."""
    decomposed = unicodedata.normalize("NFKD", column.words.casefold())
    named = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    if not _DATE_NAME.fullmatch(named) or _QUANTITY.search(named):
        return False
    return len(column.answers) > 1 and column.mostly(column.answers.str.count(r"\d") >= LEAST_DIGITS)
