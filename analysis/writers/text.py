"""CSV files that no spreadsheet takes for programs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

# A spreadsheet runs a cell that starts with one of these. Behind apostrophes it does not; such a cell gets one more all the
# same, so that what was written can be told from what it was.
DANGEROUS = r"^'*[=+\-@\t\r]"
MARKED = r"^'('*[=+\-@\t\r])"


def write_csv(frame: pd.DataFrame, path: Path) -> Path:
    """Write a table as CSV (UTF-8, comma, decimal point, missing = empty).

    Texts and headers that a spreadsheet would run get a leading apostrophe; numbers are
    untouched.
    """
    table = neutral(arrow_table(frame))
    pa_csv.write_csv(table, path, pa_csv.WriteOptions(quoting_style="needed"))
    return path


def neutral(table: pa.Table) -> pa.Table:
    """Return the table with every text and header that could be a formula made harmless."""
    for position, name in enumerate(table.column_names):
        column = table.column(position)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            risky = pc.match_substring_regex(column, DANGEROUS)
            if pc.any(risky).as_py():
                marked = pc.binary_join_element_wise(
                    pa.scalar("'", column.type), column, pa.scalar("", column.type)
                )
                table = table.set_column(position, name, pc.if_else(risky, marked, column))
    return table.rename_columns([neutral_text(name) for name in table.column_names])


def neutral_text(text: str) -> str:
    """Return one text made harmless."""
    return f"'{text}" if re.match(DANGEROUS, text) else text


def as_it_was(table: pa.Table) -> pa.Table:
    """Return a table that `neutral` has made harmless with its own texts and headers."""
    for position, name in enumerate(table.column_names):
        column = table.column(position)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            own = pc.replace_substring_regex(column, MARKED, r"\1", max_replacements=1)
            table = table.set_column(position, name, own)
    return table.rename_columns([re.sub(MARKED, r"\1", name) for name in table.column_names])


def read_back(path: Path, texts: Iterable[str] = ()) -> pd.DataFrame:
    """Read what `write_csv` has written, with its own texts and headers; the columns `texts` stay text."""
    table = pd.read_csv(path, dtype=dict.fromkeys(texts, "str"), keep_default_na=False, na_values=[""])
    table.columns = [re.sub(MARKED, r"\1", name) for name in table.columns]
    for name in table.columns:
        if pd.api.types.is_string_dtype(table[name]):
            table[name] = table[name].str.replace(MARKED, r"\1", regex=True)
    return table


def arrow_table(frame: pd.DataFrame) -> pa.Table:
    """Return the columns as Arrow arrays: NaN as missing, empty texts as missing, other objects as text."""
    names = [str(name) for name in frame.columns]
    return pa.table([_array(frame.iloc[:, i]) for i in range(len(names))], names=names)


def _array(column: pd.Series) -> pa.Array:
    if column.dtype.kind == "f" and isinstance(column.dtype, np.dtype):
        return pa.array(column.to_numpy(), from_pandas=True)
    if column.dtype == object:
        texts = [
            None if value is None or value is pd.NA or value != value else str(value) for value in column
        ]
        array = pa.array(texts, pa.string())
    else:
        array = pa.array(column, from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        return pc.if_else(pc.equal(array, ""), pa.scalar(None, array.type), array)
    return array
