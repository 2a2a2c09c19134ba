"""Cells of a workbook whose formula gave an error, or never ran: a reader of values alone would find them blank."""

import re
import zipfile
from pathlib import Path
from xml.sax.saxutils import unescape

MOST_BYTES = 300_000_000  # of a sheet, unpacked
_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_NAME, _RELATION = re.compile(r'\bname="([^"]*)"'), re.compile(r'\b\w+:id="([^"]*)"')
_TARGET = re.compile(r"<Relationship\b[^>]*>")
_ERROR = re.compile(rb'<c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]+)(\d+)"[^>]*>(?:<f\b.*?(?:</f>|/>))?<v>([^<]*)</v>')
_NOT_RUN = re.compile(rb'<c\b[^>/]*\br="([A-Z]+\d+)"[^>/]*><f\b[^>]*>[^<]*</f>(?:<v\s*/>|<v></v>)?</c>')


def find_errors(path: Path, sheet: str) -> tuple[dict[tuple[int, int], str], list[str]]:
    """Errors such as `#REF!` by row and column, from 0, and the names of cells whose formula has no value yet.

    Only .xlsx and .xlsm say so; nothing is found in other files.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            part = _find_part(archive, sheet)
            if part is None or archive.getinfo(part).file_size > MOST_BYTES:
                return {}, []
            cells = archive.read(part)
    except (zipfile.BadZipFile, KeyError, OSError):
        return {}, []
    errors = {(int(row) - 1, _place(letters)): text.decode() for letters, row, text in _ERROR.findall(cells)}
    return errors, [name.decode() for name in _NOT_RUN.findall(cells)]


def _find_part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The file in the workbook that holds a sheet."""
    relations = {}
    for tag in _TARGET.findall(archive.read("xl/_rels/workbook.xml.rels").decode()):
        found = dict(re.findall(r'\b(Id|Target)="([^"]*)"', tag))
        relations[found.get("Id")] = found.get("Target", "")
    for tag in _SHEET.findall(archive.read("xl/workbook.xml").decode()):
        name, relation = _NAME.search(tag), _RELATION.search(tag)
        if name and relation and unescape(name[1], {"&quot;": '"', "&apos;": "'"}) == sheet:
            target = relations[relation[1]]
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return None


def _place(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = 26 * place + letter - ord("A") + 1
    return place - 1
