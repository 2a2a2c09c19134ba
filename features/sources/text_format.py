"""How a text file is written: its encoding, and the delimiter between its cells."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from textwrap import shorten

from charset_normalizer import from_bytes

from icp_fit.features.errors import DealsError
from icp_fit.features.sources.header import modal_width

DELIMITERS = ",;\t|"
SAMPLE = 200_000  # bytes, enough to tell the encoding by
HEAD = 1 << 20  # characters in which delimiter and header are found
MOST_RECORDS = 1_000
MOST_LETTERS = 1 << 30  # of a cell
_SEPARATOR_LINE = re.compile(r'"?sep=([^\r\n])"?[ ,;\t]*(?:\r\n|\n|\r)', re.IGNORECASE)
# Central European is left out: short texts do not tell it from Western.
ENCODINGS = ("cp1252", "cp1251", "cp1253", "cp932", "gb18030", "big5", "euc_kr")


@dataclass(frozen=True)
class TextFormat:
    """How a text file is written; `records` are its first, without the line `sep=` that it may begin with.

    A spreadsheet does not show that line, so that it is no row.
    """

    encoding: str
    delimiter: str
    has_separator_line: bool
    records: tuple[tuple[str, ...], ...]

    def notes(self) -> Iterator[str]:
        """A sentence where the encoding is a guess, for other letters would be as valid."""
        if not self.encoding.startswith("utf"):
            cells = (cell for record in self.records for cell in record if not cell.isascii())
            example = next((f', as in "{shorten(cell, 40)}"' for cell in cells), "")
            yield (
                f"The file is not in UTF-8 and was read in {self.encoding}{example}. If letters look wrong, save it "
                "again as CSV in UTF-8."
            )


def find_text_format(path: Path) -> TextFormat:
    """Go over the file once for its encoding; the delimiter is found in its beginning, unless a line `sep=` names it.

    Raises DealsError where the file holds no text.
    """
    encoding = find_encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        head = file.read(HEAD)
        is_whole = not file.read(1)
    separator = _SEPARATOR_LINE.match(head)
    head = head[separator.end() :] if separator else head
    delimiter = separator[1] if separator else find_delimiter(head)
    records = [tuple(record) for record in islice(_records(io.StringIO(head, newline=""), delimiter), MOST_RECORDS + 1)]
    # the last one may be cut off
    return TextFormat(encoding, delimiter, bool(separator), tuple(records if is_whole else records[:-1] or records))


def read_records(path: Path, text: TextFormat) -> Iterator[list[str]]:
    """The records of a file one by one, blank ones included."""
    with path.open(encoding=text.encoding, newline="") as file:
        if text.has_separator_line:
            file.readline()
        yield from _records(file, text.delimiter)


def find_encoding(path: Path) -> str:
    """The encoding in which the whole file is valid: UTF-8 where possible, else what its characters look like."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for place, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        # the other half of each letter of Western text
        if head[place::2].count(0) > 0.4 * len(head):
            return encoding
    if b"\0" in head:
        raise DealsError(
            f"`{path}` holds no text, as a CSV would. Name an Excel file .xlsx and a Parquet file .parquet; "
            "export anything else as CSV in UTF-8."
        )
    try:
        with path.open(encoding="utf-8-sig") as text_file:
            while text_file.read(1 << 24):
                pass
        return "utf-8-sig"
    except UnicodeDecodeError:
        with path.open("rb") as file:
            telling = b"".join(line for line in file if not line.isascii())[:SAMPLE]
        possible = [match.encoding for match in from_bytes(telling, cp_isolation=list(ENCODINGS))]
        return possible[0] if possible and "cp1252" not in possible else "cp1252"


def find_delimiter(head: str) -> str:
    """The delimiter that splits most records into as many cells as the others, and the more cells the better."""

    def fitness(delimiter: str) -> tuple[float, int]:
        records = list(islice(filter(None, _records(io.StringIO(head, newline=""), delimiter)), MOST_RECORDS))
        width = modal_width(records)
        return (sum(len(record) == width for record in records) / len(records), width) if width > 1 else (0, 0)

    return max(DELIMITERS, key=fitness)


def _records(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    # A cell of free text may be longer than the limit that the module sets; it cannot be set for one reader alone.
    csv.field_size_limit(max(csv.field_size_limit(), MOST_LETTERS))
    return csv.reader(lines, delimiter=delimiter)
