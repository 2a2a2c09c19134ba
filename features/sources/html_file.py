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
        self._cells = 0  # that are open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._open.append([])
            self.tables.append(self._open[-1])
        elif not self._open:
            return
        elif tag == "tr":
            self._open[-1].append([])
        elif tag in ("td", "th"):
            rows = self._open[-1] or [[]]
            self._open[-1][:] = rows
            span = dict(attrs).get("colspan") or "1"
            rows[-1] += [""] * (min(int(span), MOST_SPANNED) if span.isdecimal() else 1)
            self._place = len(rows[-1]) - (min(int(span), MOST_SPANNED) if span.isdecimal() else 1)
        elif tag == "br":
            self.handle_data("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] and self._open[-1][-1]:
            self._open[-1][-1][self._place] += data
