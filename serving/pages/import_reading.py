"""An imported file, read by a mapping: its columns, which of them is what, and the deals that come of it."""

import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from icp_fit.features.cell_parsing import find_blank_rows
from icp_fit.features.column_match import find_columns
from icp_fit.features.deals import Deals, read_deals
from icp_fit.features.errors import DealsError, MappingError
from icp_fit.features.factors import Profile
from icp_fit.features.mapping import Mapping
from icp_fit.features.missing_columns import describe_missing_questions
from icp_fit.features.sources.opening import list_sheets, open_source
from icp_fit.features.splitting import split_table
from icp_fit.serving.pages.import_columns import FileColumn, list_columns
from icp_fit.serving.pages.import_guess import guess_mapping

SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".html", ".htm", ".parquet", ".pq")
NO_QUESTION = "No question has a column yet. Choose below which column feeds which question."
MOST_FIRST = 200  # deals among which those to show are looked for


@dataclass(frozen=True)
class Upload:
    """A file as somebody sent it, and the sheet of it that is read, None where nobody chose one."""

    filename: str
    body: bytes
    sheet: str | None = None

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """The file under a path for as long as it is read; errors name it as its sender does."""
        suffix = Path(self.filename).suffix.lower()
        if suffix not in SUFFIXES:
            raise DealsError(f"{self.filename} is not a CSV, Excel or Parquet file. Export the deals as one of these.")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"deals{suffix}"
            path.write_bytes(self.body)
            try:
                yield path
            except DealsError as error:
                raise DealsError(str(error).replace(str(path), self.filename)) from None


@dataclass(frozen=True)
class ImportReading:
    """What became of a file: `given` is the mapping that was asked for, and `mapping` the one that was used.

    `matched` names the file's column for each of ours. `deals` is None where `problem` says why the table cannot be
    read as a whole; `doubts` are columns that may be several, and `missing` says so where most questions have no
    column. `first` has the raw cells of the first deals.
    """

    sheet: str | None
    sheets: tuple[str, ...]
    given: Mapping
    mapping: Mapping
    columns: tuple[FileColumn, ...] = ()
    matched: dict[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    deals: Deals | None = None
    problem: str = ""
    missing: str = ""
    first: pd.DataFrame = field(default_factory=pd.DataFrame)


def read_import(
    upload: Upload, profile: Profile, mapping: Mapping, asked: Collection[str] = (), *, guess: bool = False
) -> ImportReading:
    """Read a file by a mapping, with what it lacks guessed where that is wanted; blocks. `asked` are the questions
    that a model was trained on.

    Raises DealsError where there is no table in the file. A table that cannot be read by this mapping is a `problem`.
    """
    with upload.on_disk() as path:
        sheets = list_sheets(path)
        try:
            source = open_source(path, sheet=upload.sheet)
        except DealsError as error:
            if len(sheets) < 2:
                raise
            problem = str(error).replace(str(path), upload.filename)
            return ImportReading(upload.sheet, sheets, mapping, mapping, problem=problem)
        cells = split_table(source.table().cells, mapping)
        cells = cells[~find_blank_rows(cells)]
        columns = list_columns(cells)
        doubts: list[str] = []
        if guess:
            mapping, doubts = guess_mapping(columns, cells, profile, mapping)
        reading = ImportReading(upload.sheet, sheets, mapping, mapping, columns, doubts=tuple(doubts))
        matched: dict[str, str] | None = None
        try:
            matched = find_columns([column.name for column in columns], profile, mapping)
            reading = replace(reading, matched=matched)
            deals = read_deals(source, profile, mapping, outcome_required=False, max_rejected=1.0, accept_unseen=True)
        except (DealsError, MappingError) as error:
            is_unknown = matched is not None and not set(matched).intersection(profile.factor_ids)
            problem = NO_QUESTION if is_unknown else str(error).replace(str(path), upload.filename)
            return replace(reading, problem=problem)
    missing = describe_missing_questions(deals.absent, asked, deals.ignored, profile, mapping) or ""
    reading = replace(reading, missing=missing)
    return replace(reading, mapping=deals.mapping, deals=deals, first=_first_cells(cells, deals))


def _first_cells(cells: pd.DataFrame, deals: Deals) -> pd.DataFrame:
    """The raw cells of the first deals, in their order; no rows where it cannot be told which these are."""
    usable = cells[~cells.index.isin(deals.rejected["row"])]
    return usable.head(MOST_FIRST).reset_index(drop=True) if len(usable) == len(deals.table) else cells.head(0)
