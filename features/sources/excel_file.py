"""The first sheet of an Excel file."""

import zipfile
from pathlib import Path

import pandas as pd

from icp_fit.features.sources.frame import FrameSource
from icp_fit.features.sources.source import unreadable

UNREADABLE = (ValueError, OSError, KeyError, zipfile.BadZipFile)


def open_excel(path: Path) -> FrameSource:
    """Read the sheet whole: a workbook is unpacked at once anyway. Numbers and dates stay what they are in a cell."""
    try:
        table = pd.read_excel(path, dtype=object, keep_default_na=False)
    except UNREADABLE as error:
        raise unreadable(f"`{path}`", error, "Correct it, or export it again as CSV in UTF-8.") from error
    return FrameSource(table, f"`{path}`")
