"""How a text file is written: its encoding, and the delimiter between its cells."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from icp_fit.features.errors import DealsError

DELIMITERS = ",;\t|"
SAMPLE = 200_000  # bytes, enough to tell delimiter and encoding by
# Central European is left out: short texts do not tell it from Western.
ENCODINGS = ("cp1252", "cp1251", "cp1253", "cp932", "gb18030", "big5", "euc_kr")


@dataclass(frozen=True)
class TextFormat:
    """How a text file is written; `header` are the cells of its first record."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]


def find_text_format(path: Path) -> TextFormat:
    """Go over the file once for its encoding; the delimiter and the header are found in its beginning.

    Raises DealsError where the file holds no text.
    """
    encoding = find_encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        head = file.read(SAMPLE)
    delimiter = find_delimiter(head)
    return TextFormat(encoding, delimiter, tuple(next(_records(head, delimiter), ())))


def find_encoding(path: Path) -> str:
    """The encoding in which the whole file is valid: UTF-8 where possible, else what its characters look like."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
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
    """The delimiter that splits most records into as many cells as the header, and the more cells the better."""

    def fitness(delimiter: str) -> tuple[float, int]:
        widths = [len(record) for record in _records(head, delimiter)]
        return (widths.count(widths[0]) / len(widths), widths[0]) if widths and widths[0] > 1 else (0, 0)

    return max(DELIMITERS, key=fitness)


def _records(head: str, delimiter: str) -> Iterator[list[str]]:
    lines = head if len(head) < SAMPLE else head[: head.rfind("\n")]
    return filter(None, csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter))
