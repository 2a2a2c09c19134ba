"""References: columns whose answers name a record, a person or a place one by one, and so say nothing of a new deal.

They are told by how their cells are made, whatever the column is called; a name alone is believed only where nearly
every deal has an answer of its own.
"""

import re

import numpy as np
import pandas as pd

from icp_fit.features.cell_parsing import without_accents
from icp_fit.features.drafting.source_column import LEAST_READABLE, SourceColumn

LEAST = 20  # distinct answers to tell a way of numbering by
SURPRISE = 7.0  # e**-7: how unlikely it must be that numbers drawn from their range never repeat
SHORT = 4  # digits from which on leading zeros are those of a number that is written out
LONG = 8  # digits from which on numbers of one length that never repeat are numbers of records

_SHAPES = {
    "holds record ids": (
        r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{24}|[0-9a-f]{32}|[0-9a-f]{40}"
        r"|(?=[a-z]{0,14}\d)(?=\d{0,14}[a-z])[0-9a-z]{15}(?:[0-9a-z]{3})?"
    ),
    "holds e-mail addresses": r"[^@\s]+@[^@\s]+\.[a-z]{2,}",
    "holds web addresses": r"(?:https?://|www\.)\S+",
    "holds phone numbers": (
        r"\+\d[\d\s()/.-]{5,20}|00\d{1,3}[\s/.-][\d\s()/.-]{4,18}|\(\d{2,5}\)[\d\s/.-]{4,}|0\d{2,4}[\s/-]\d[\d\s/-]{3,}"
        r"|\d{3}[-. ]\d{3}[-. ]\d{4}(?: ?x\d+)?"
    ),
    "holds postal codes": r"[a-z]{1,2}\d{1,2}[a-z]? \d[a-z]{2}|[a-z]\d[a-z] ?\d[a-z]\d|\d{5}-\d{3,4}",
}
_DOMAIN = r"(?:https?://|www\.)\S+|(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/\S*)?"
_NAMES = {
    "holds postal codes": re.compile(
        r"(?:.* )?(?:zip(?: ?code)?|post(?:al)? ?code|plz|postleitzahl|code postal|codigo postal)(?: .*)?|cep|cap|cp"
    ),
    "holds phone numbers": re.compile(
        r"(?:.* )?(?:(?:tele)?phone(?: number)?|telefon(?:nummer)?|telefono|telefone|mobile(?: number)?|fax)|tel\.?"
    ),
}
_NAMED_ID = re.compile(r"(?:.*[^a-z])?(?:ids?|uuid|guid|key|number|no|nr|num|code|ref|reference|referenz)\.?")
_JOINED_ID = re.compile(r".+(?:id|nr|nummer|number|numero|identifier|uuid|guid)\.?")
_NO_IDS = re.compile(r".*(?:paid|bid|valid|hybrid|grid|mid|void|rapid|solid|said|covid|fluid)")
_QUANTITY = re.compile(
    r"\b(?:amount|price|budget|revenue|value|sum|total|cost|fee|turnover|employees|users|seats|umsatz|betrag|preis|wert|"
    r"anzahl|montant|prix|importe|precio|valor|importo|prezzo|bedrag|prijs|score|rank)\b"
)


def find_reference(column: SourceColumn) -> str:
    """Why a column is no question, because its answers are references; nothing where they are not."""
    texts = column.answers.str.lower()
    named = _plain(column.words)
    for reason, shape in _SHAPES.items():
        if len(texts) > 1 and column.mostly(texts.str.fullmatch(shape)):
            return reason
    for reason, pattern in _NAMES.items():
        if (
            (len(texts) >= LEAST or column.mostly(texts.str.fullmatch(r"\d{4,}")))
            and pattern.fullmatch(named)
            and column.mostly(texts.str.fullmatch(r"[\d\s()+/a-z.-]{3,20}"))
        ):
            return reason
    if is_named_id(column) and is_nearly_unique(column) and len(texts) > 1:
        return "is an identifier"
    if len(texts) < LEAST:
        return ""
    if column.mostly(texts.str.fullmatch(_DOMAIN)):
        return "holds web addresses"
    if column.mostly(texts.str.fullmatch(r"\d+(?:\.0)?")):
        return _numbering(column, named)
    return ""


def is_named_id(column: SourceColumn) -> bool:
    """Whether a column is called like a number of records, in words or in one: `Lead Number`, `LEADID`, `Kundennr`."""
    named = _plain(column.words)
    if _NAMED_ID.fullmatch(named):
        return True
    return bool(_JOINED_ID.fullmatch(named)) and not _NO_IDS.fullmatch(named)


def is_nearly_unique(column: SourceColumn) -> bool:
    """Whether nearly every deal has an answer of its own."""
    return len(column.answers) >= LEAST_READABLE * column.n_answered


def _numbering(column: SourceColumn, named: str) -> str:
    """Why a column of whole numbers numbers things instead of counting them; nothing where it counts."""
    texts, n = column.answers.str.removesuffix(".0"), len(column.answers)  # a workbook may have made floats of them
    lengths = texts.str.len()
    one_length = column.mostly(lengths == lengths.mode().iloc[0])
    length = int(lengths.mode().iloc[0])
    if length >= SHORT and one_length and texts.str.startswith("0").sum() > 1:
        return "holds numbers with leading zeros, which number things"
    if not is_nearly_unique(column) or _QUANTITY.search(named):
        return ""
    numbers = texts.astype("float64").to_numpy()
    spread = np.ptp(numbers) + 1
    # Numbers drawn at random would have repeated: the chance that they did not is about exp(-n² / 2 spread).
    if n * (n - 1) / (2 * spread) > SURPRISE and n >= column.counts.sum() - max(3, n // 1000):
        return "is a serial number"
    return "holds record ids" if one_length and length >= LONG else ""


def _plain(words: str) -> str:
    return " ".join(without_accents(words.lower()).replace("/", " ").split())


def is_free_text(texts: pd.Series, counts: np.ndarray, longest: int) -> bool:
    """Whether the answers are remarks: some are long for many deals, or one is far too long for a choice."""
    lengths = texts.str.len()
    long = (lengths > longest).to_numpy(bool)
    many = len(texts) > 2 and counts[long].sum() > 0.1 * counts.sum()
    return bool(many or lengths.max() > 3 * longest)
