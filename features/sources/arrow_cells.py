"""Raw cells as columns of Arrow, the form in which every source hands them on, and back."""

import pandas as pd
import pyarrow as pa

from icp_fit.features.cell_parsing import distinct_texts, spread


def as_arrow(table: pd.DataFrame) -> pa.RecordBatch:
    """The same rows as columns of Arrow."""
    columns = {str(name): as_array(table[name]) for name in table}
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def as_array(cells: pd.Series) -> pa.Array:
    """The same cells; those of mixed types, as Excel has them, become the text that they are read as."""
    if cells.dtype != object:
        try:
            column = pa.array(cells, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
            cells = cells.astype(object)  # a type that Arrow does not know
        else:
            return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return pa.array(spread(*distinct_texts(cells)), pa.string(), from_pandas=True)


def as_pandas(cells: pa.RecordBatch) -> pd.DataFrame:
    """A few rows as raw cells; what comes as positions in a dictionary is spelled out, for it may name a cell twice."""
    columns = [c.dictionary_decode() if pa.types.is_dictionary(c.type) else c for c in cells.columns]
    return pd.DataFrame({name: c.to_pandas() for name, c in zip(cells.schema.names, columns, strict=True)})


def is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))
