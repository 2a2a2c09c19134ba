"""Rows that are no deals: totals, headings of groups, headers that repeat, and what a report writes below its table.

A rule sets aside only what is clearly no deal, and says why. A row that names a deal in the way of the others is one,
though nothing else be known of it.
"""

import re
from collections.abc import Sequence
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from icp_fit.features.cells.words import UNANSWERED

# in English, German, French, Spanish, Portuguese, Italian and Dutch
_TOTAL = (
    r"(?:grand |overall |sub-?\s?)?totals?|gesamt(?:summe|ergebnis|betrag)?|(?:zwischen|teil|end)?summe|insgesamt|"
    r"teilergebnis|(?:sous-?\s?)?total(?: g[ée]n[ée]ral| general| geral)?|(?:sub)?totale(?: complessivo| generale)?|"
    r"(?:eind|sub)?totaal|общий итог|итого"
)
_STATISTIC = (
    r"sum|count|(?:record|row) count|average|avg|mean|median|min(?:imum)?|max(?:imum)?|anzahl|mittelwert|durchschnitt|"
    r"somme|moyenne|nombre|suma|promedio|recuento|soma|m[ée]dia|contagem|somma|conteggio|som|gemiddelde|aantal"
)
_OF = r"\s+(?:of|for|de|du|des|von|für|van|di|records?|rows?)\b.*"
TOTAL = re.compile(
    rf"(?:.{{1,60}}\s)?(?:{_TOTAL})(?:\s*[:(].*|{_OF})?|(?:{_STATISTIC})(?:\s*[:(].*|{_OF})?", re.IGNORECASE
)
_TOTAL_OF_GROUP = re.compile(rf"(?:{_TOTAL})\s.{{1,60}}", re.IGNORECASE)  # what a company may be called, too
_COUNT = re.compile(
    r".*\(?\b[\d.,]+ (?:records?|rows?|items?|deals?|opportunit(?:y|ies)|datens[äa]tze?|zeilen|eintr[äa]ge|"
    r"enregistrements?|lignes?|registros?|filas?|linhas?|righe|rijen)\)?",
    re.IGNORECASE,
)
_SMALL_PRINT = re.compile(
    r"copyright|©|\(c\) \d{4}|all rights reserved|confidential|vertraulich|confidentiel|confidencial|riservat|"
    r"generated (?:by|on)|exported (?:by|on)|created by|erstellt (?:von|am)|exportiert|généré|generado|gerado|"
    r"page \d+|seite \d+",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?:[A-Z]{3} ?)?[-+($€£]*\d[\d.,\s']*[%)€£$]*(?: ?[A-Z]{3})?")
_WORD = re.compile(r"[^\W_]+")  # what separates words makes the shape of an id: `D-17` and `E-204` are alike
_LETTERS = r"[\pL\pN]+"  # the same for Arrow
_ID_NAME = re.compile(r"\b(id|uuid|guid|key|number|no|nr)$", re.IGNORECASE)
_LINE = re.compile(r"[-=_*+~#.:|\s]{3,}")  # drawn between the header and the rows, or above a total
_SAYS_NOTHING = frozenset(word.casefold() for word in UNANSWERED)
_NO_ID = re.compile(r"[-+]?\d*[.,]\d+|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|\d\d:\d\d.*")  # a sum or a date
_LIKE_AN_ID = r"^\s*\S*\d\S*\s*$"
NEARLY_ALL = 0.95
LEAST_DIGITS = 6  # of ids that are numbers, in a column that is not called so
MOST_SHAPES = 8


class RowRules:
    """Rules made from the header and the first rows of a table; `key` is the place of the column of ids, if any."""

    def __init__(self, names: Sequence[str], sample: Sequence[Sequence[str]]) -> None:
        self.names = tuple(" ".join(name.split()) for name in names)
        width = len(names)
        padded = [[*map(str.strip, row[:width]), *[""] * (width - len(row))] for row in sample]
        rows = _likely_deals(padded)
        self._columns = [[row[j] for row in rows] for j in range(width)]
        self._always = [bool(rows) and all(column) for column in self._columns]
        lone = sum(sum(map(bool, row)) == 1 for row in padded)
        self._sparse = lone > (1 - NEARLY_ALL) * len(rows) + 10  # deals of one answer are usual here
        self.key = self._find_key(len(rows))
        ids = self._columns[self.key] if self.key is not None else []
        shapes = {_WORD.sub("w", text) for text in ids if text}
        alike = "|".join(re.escape(shape).replace("w", _LETTERS) for shape in sorted(shapes))
        self._ids_like = f"^(?:{alike})$" if len(shapes) <= MOST_SHAPES else r"^\S+$"
        lengths = [len(text) for text in ids if text] or [0]
        self._lengths = (min(lengths) // 2, 2 * max(lengths))

    @property
    def needed(self) -> list[str]:
        """The columns that tell, alone, which rows are surely deals."""
        return [] if self.key is None else [self.names[self.key]]

    def find(self, cells: pa.RecordBatch) -> dict[int, str]:
        """The places of rows that are no deals, each with the reason; the cells are texts of all columns."""
        suspects = np.flatnonzero(self._suspicious(cells.columns))
        found = {int(at): self.reason(row) for at, row in zip(suspects, take_texts(cells, suspects), strict=True)}
        return {at: reason for at, reason in found.items() if reason}

    def names_deals(self, key: pa.Array) -> np.ndarray:
        """Whether each id looks like those of the first rows, given the cells of the column `key`, shape (rows,)."""
        texts, (least, most) = pc.utf8_trim_whitespace(key), self._lengths
        lengths = pc.utf8_length(texts)
        alike = pc.and_(pc.match_substring_regex(texts, self._ids_like), pc.match_substring_regex(texts, r"\d"))
        alike = pc.and_(alike, pc.and_(pc.greater_equal(lengths, least), pc.less_equal(lengths, most)))
        return pc.fill_null(alike, False).to_numpy(zero_copy_only=False)

    def reason(self, row: Sequence[str]) -> str | None:
        """Why a row, as trimmed texts, is no deal; None where it may be one."""
        filled = [(place, text) for place, text in enumerate(row) if text]
        if reason := self._repeats(filled):
            return reason
        if filled and all(_LINE.fullmatch(text) for _, text in filled):
            return "It is a line between rows, not a deal."
        # "n/a" says as little as a blank cell
        row = ["" if text.casefold() in _SAYS_NOTHING else text for text in row]
        filled = [(place, text) for place, text in enumerate(row) if text] or filled
        if len(filled) == len(self.names) or not filled:
            return None
        if self.key is not None and self.names_deals(pa.array([row[self.key]]))[0]:
            return None
        first, few = filled[0][1], 2 * len(filled) <= len(self.names) or len(filled) == 1
        incomplete = any(a and not text for a, text in zip(self._always, row, strict=True)) or not any(self._always)
        is_sum = all(_may_be_sum(text) for _, text in filled[1:])
        is_group = len(filled) > 1 and few and incomplete and _TOTAL_OF_GROUP.fullmatch(first)
        if is_sum and (is_group or (TOTAL.fullmatch(first) and (few or incomplete))):
            return f'It is a total, not a deal: it begins with "{_short(first)}".'
        if few and any(_SMALL_PRINT.search(text) for _, text in filled):
            return f'It is the small print of a report, not a deal: "{_short(first)}".'
        if few and any(_COUNT.fullmatch(text) for _, text in filled):
            return f'It is the heading of a group, not a deal: "{_short(first)}".'
        return self._hardly_anything(filled)

    def _hardly_anything(self, filled: list[tuple[int, str]]) -> str | None:
        place, text = filled[0]
        if self.key is not None:
            many = len(filled) > max(1, len(self.names) // 4)
            numbers = 2 * len(filled) <= len(self.names) and all(_NUMBER.fullmatch(text) for _, text in filled)
            if numbers and (many or place != self.key):
                return "It has numbers but no id, as a total has: no deal."
            if many:
                return None
            if len(filled) == 1 or place == self.key:
                return f'Nearly all its cells are empty, and "{_short(text)}" is no id like those of the deals.'
            return None
        if len(filled) > 1 or len(self.names) < 3 or self._sparse or self._may_answer(place, text):
            return None
        return f'It has one cell alone, "{_short(text)}", as titles and footers have: no deal.'

    def _may_answer(self, place: int, text: str) -> bool:
        seen = {cell.casefold() for cell in self._columns[place]}
        return text.casefold() in seen or bool(_NUMBER.fullmatch(text) and any(map(_NUMBER.fullmatch, seen)))

    def _repeats(self, filled: list[tuple[int, str]]) -> str | None:
        if 2 * len(filled) < len(self.names) or len(filled) == 1 < len(self.names):
            return None
        same = all(" ".join(text.split()).casefold() == self.names[place].casefold() for place, text in filled)
        return "It repeats the header." if same else None

    def _suspicious(self, columns: list[pa.Array]) -> np.ndarray:
        """Rows to be looked at one by one: those that do not name a deal as others do, or begin as the header does."""
        filled = count_filled(columns)
        name = self.names[0]
        repeats = pc.is_in(columns[0], pa.array([name, name.lower(), name.upper()], columns[0].type))
        suspicious = pc.fill_null(repeats, False).to_numpy(zero_copy_only=False)
        if self.key is not None:
            key = columns[self.key]
            names = (
                pc.fill_null(pc.match_substring_regex(key, _LIKE_AN_ID), False).to_numpy(zero_copy_only=False).copy()
            )
            # few rows are so empty, so that most ids need no closer look
            few = np.flatnonzero(2 * filled <= len(columns))
            names[few] = self.names_deals(key.take(pa.array(few)))
            return suspicious | (~names & (filled > 0))
        some = np.flatnonzero((filled > 1) & (filled < len(columns)))
        blank = pa.scalar(None, columns[0].type)
        texts = [column.take(pa.array(some)) for column in columns]
        first = pc.coalesce(*(pc.if_else(pc.equal(text, ""), blank, text) for text in texts))
        told = pc.match_substring_regex(first, rf"{TOTAL.pattern}|{_SMALL_PRINT.pattern}", ignore_case=True)
        suspicious[some] |= pc.fill_null(told, False).to_numpy(zero_copy_only=False)
        return suspicious | (filled == 1)

    def _find_key(self, rows: int) -> int | None:
        """The first column of ids, preferably one that is called so: each deal has one of its own, in one word."""
        named = [j for j, name in enumerate(self.names) if _ID_NAME.search(name.replace("_", " "))]
        others = [j for j in range(len(self.names)) if j not in named]
        ids = [j for j in [*named, *others] if rows and _are_ids(self._columns[j], j in named)]
        return next(iter(ids), None)


def count_filled(columns: Sequence[pa.Array]) -> np.ndarray:
    """How many cells of each row hold something, shape (rows,)."""
    filled = np.zeros(len(columns[0]), dtype=np.int32)
    for column in columns:
        filled += pc.fill_null(pc.binary_length(column), 0).to_numpy(zero_copy_only=False) > 0
    return filled


def holds_cells(columns: Sequence[pa.Array]) -> bool:
    """Whether any cell holds something."""
    return any(pc.any(pc.greater(pc.binary_length(column), 0)).as_py() for column in columns)


def take_texts(cells: pa.RecordBatch, places: np.ndarray) -> list[tuple[str, ...]]:
    """Some rows as trimmed texts; empty where a cell is."""
    columns = [column.take(pa.array(places)).to_pylist() for column in cells.columns]
    return [tuple((text or "").strip() for text in row) for row in zip(*columns, strict=True)]


def _likely_deals(rows: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """The rows that fill nearly as many cells as most, and are called no total: by these, others are judged."""
    filled = [row for row in rows if sum(map(bool, row)) > 1] or [row for row in rows if any(row)]
    usual = median(sum(map(bool, row)) for row in filled) if filled else 0
    least = [row for row in filled if 2 * sum(map(bool, row)) >= usual]
    return [row for row in least if not TOTAL.fullmatch(next(filter(None, row)))] or least


def _are_ids(column: Sequence[str], is_called_so: bool) -> bool:
    """Whether nearly all texts are ids, each once; numbers alone may be answers unless they are of one length."""
    named = [text for text in column if text]
    least = NEARLY_ALL * len(column)
    if len(set(named)) < least or sum(map(_may_be_id, named)) < least:
        return False
    is_number = all(map(str.isdigit, named))
    return is_called_so or not is_number or (len(set(map(len, named))) == 1 and len(named[0]) >= LEAST_DIGITS)


def _may_be_id(text: str) -> bool:
    return any(map(str.isdigit, text)) and not any(map(str.isspace, text)) and not _NO_ID.fullmatch(text)


def _may_be_sum(text: str) -> bool:
    """Whether a total may have this cell: a sum, an average, or the last date."""
    return any(pattern.fullmatch(text) for pattern in (_NUMBER, _NO_ID, TOTAL))


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}..."
