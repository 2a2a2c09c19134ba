"""The table of an HTML page: what many a CRM calls an Excel file, with a name that ends in .xls."""

from html.parser import HTMLParser
from pathlib import Path

from icp_fit.features.sources.frame import FrameSource
from icp_fit.features.sources.sheet_frame import open_sheet
from icp_fit.features.sources.source import unreadable
from icp_fit.features.sources.text_format import find_encoding

MOST_SPANNED = 1_000  # columns of a cell


def open_html(path: Path) -> FrameSource:
    """Read the longest table of the page; raises DealsError where there is none."""
    parser = _Tables()
    parser.feed(path.read_text(encoding=find_encoding(path)))
    longest = max(parser.tables, key=len, default=[])
    if not longest:
        raise unreadable(f"`{path}`", "It is a web page without a table: export the deals as CSV, Excel or Parquet.")
    return open_sheet(longest, f"`{path}`", (f"`{path.name}` is a web page; its longest table was read.",))


class _Tables(HTMLParser):
    """Collects the rows of each table, which may lie in a cell of another."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self._open: list[list[list[str]]] = []
        self._row: list[str] = []
        self._place: int | None = None  # of the cell in the row to which text belongs

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._open.append([])
            self.tables.append(self._open[-1])
            self._place = None
        elif tag == "tr" and self._open:
            self._row, self._place = [], None
            self._open[-1].append(self._row)
        elif tag in ("td", "th") and self._open:
            span = dict(attrs).get("colspan") or "1"
            self._place = len(self._row)
            self._row += [""] * (min(int(span), MOST_SPANNED) if span.isdecimal() else 1)
        elif tag == "br":
            self.handle_data("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._open:
            self._open.pop()
        if tag in ("td", "th", "tr", "table"):
            self._place = None

    def handle_data(self, data: str) -> None:
        if self._place is not None:
            self._row[self._place] += data
