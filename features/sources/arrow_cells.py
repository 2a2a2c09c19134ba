"""Raw cells as columns of Arrow, the form in which every source hands them on, and back."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from icp_fit.features.cell_parsing import cell_text, distinct_texts, spread


def as_arrow(table: pd.DataFrame) -> pa.RecordBatch:
    """The same rows as columns of Arrow."""
    columns = {str(name): as_array(table[name]) for name in table}
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def in_one_piece(table: pd.DataFrame) -> pd.DataFrame:
    """The same texts, each column in one piece, so that neither it nor a part of it is copied on its way to Arrow."""
    text: Any = pd.StringDtype("pyarrow", na_value=np.nan)
    return pd.DataFrame({name: text.__from_arrow__(as_array(table[name])) for name in table}, copy=False)


def as_array(cells: pd.Series) -> pa.Array:
    """The same cells; those of mixed types, as Excel has them, become the text that they are read as."""
    if cells.dtype != object:
        try:
            column = pa.array(cells, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
            cells = cells.astype(object)  # a type that Arrow does not know
        else:
            return _in_one_piece(column)
    return _in_one_piece(pa.array(spread(*distinct_texts(cells)), pa.string(), from_pandas=True))


def as_pandas(cells: pa.RecordBatch) -> pd.DataFrame:
    """A few rows as raw cells; what comes as positions in a dictionary is spelled out, for it may name a cell twice."""
    columns = [c.dictionary_decode() if pa.types.is_dictionary(c.type) else c for c in cells.columns]
    return pd.DataFrame({name: c.to_pandas() for name, c in zip(cells.schema.names, columns, strict=True)})


def is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def distinct_cells(column: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """Each row's position among the distinct cells (-1 where missing), shape (rows,), and these."""
    kind = column.type
    if pa.types.is_dictionary(kind) and len(column.dictionary) > len(column):
        column = column.dictionary_decode()
    elif not (pa.types.is_dictionary(kind) or is_text(kind) or is_number(kind) or pa.types.is_boolean(kind)):
        column = as_array(column.to_pandas().astype(object))
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    return pc.fill_null(column.indices.cast(pa.int32()), -1).to_numpy(zero_copy_only=False), column.dictionary


def texts_of(cells: pa.Array) -> pd.Series:
    """Distinct cells, none of them missing, as trimmed text; a whole number reads as `3`, whatever its type."""
    texts = cells if is_text(cells.type) else pa.array([cell_text(cell) for cell in cells.to_pylist()], pa.string())
    return pd.Series(texts.to_pandas(), dtype="str").str.strip()


def read_texts(column: pa.Array, unanswered: Iterable[str]) -> pa.Array:
    """Names and ids as trimmed text, null where a cell names nothing."""
    words = [word.lower() for word in ("", *unanswered)]
    if not is_text(column.type):
        codes, cells = distinct_cells(column)
        column = _in_one_piece(pa.array(spread(codes, texts_of(cells)), pa.string(), from_pandas=True))
    texts = pc.utf8_trim_whitespace(column)
    blank = pc.is_in(pc.utf8_lower(texts), pa.array(words, texts.type))
    return pc.if_else(blank, pa.scalar(None, texts.type), texts)


def _in_one_piece(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    if not isinstance(column, pa.ChunkedArray):
        return column
    # Arrow copies even a single piece that is combined
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
