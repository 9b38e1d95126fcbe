"""A file of confirmed matches: which table row belongs to which ward."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd

from analysis.core.errors import BadInput
from analysis.readers.sniff import require, require_file
from analysis.readers.text import read_rows

REJECTED = "rejected"


def read_aliases(path: Path, places: pd.DataFrame, boundaries: gpd.GeoDataFrame) -> Mapping[int, str | None]:
    """Read confirmed pairs from a CSV file, such as an edited matches.csv.

    Parameters
    ----------
    places : DataFrame
        Canonical columns of the ward table, with `table_row` and `ward_name`.

    Returns
    -------
    dict of int to str or None
        Ward code by table row; None where `status` is "rejected". Rows whose status is
        "review" or "unmatched" confirm nothing.

    Raises
    ------
    BadInput
        For a row that names no row of the table, several of them, or no ward.

    Notes
    -----
    Columns: `ward_code`, and `table_row` or `table_name`, and if wanted `status`.
    """
    require_file(path, "--aliases")
    require(path, path.name, {".csv": ("csv",), ".txt": ("csv",), ".tsv": ("csv",)}, "the alias file")
    rows = read_rows(path, path.name)
    frame = pd.DataFrame(rows.cells, columns=pd.Index(rows.header), dtype="str")
    if "ward_code" not in frame or not {"table_row", "table_name"} & set(frame.columns):
        raise BadInput(
            "bad_aliases",
            "The alias file lacks a column",
            f"{path.name} needs the columns ward_code and table_row or table_name.",
            "Start from the matches.csv of an earlier run and correct its ward_code and status columns.",
            where=path.name,
            examples=rows.header,
        )
    codes = set(boundaries["ward_code"])
    confirmed: dict[int, str | None] = {}
    for line, record in zip(rows.lines, frame.to_dict("records"), strict=True):
        status = str(record.get("status", "")).strip().casefold()
        if status in ("review", "unmatched"):
            continue
        where = f"{path.name}: row {line}"
        row = _table_row(record, places, where)
        code = str(record["ward_code"]).strip().removeprefix("'")
        if status == REJECTED:
            confirmed[row] = None
        elif code in codes:
            confirmed[row] = code
        else:
            raise _bad_row(where, f"no ward has the code {code!r}")
    return confirmed


def _table_row(record: Mapping[str, object], places: pd.DataFrame, where: str) -> int:
    number = str(record.get("table_row", "")).strip()
    name = str(record.get("table_name", "")).strip()
    names = places["ward_name"].astype("str").str.strip()
    found = (
        places["table_row"].astype("str") == number if number else names.isin([name, name.removeprefix("'")])
    )
    rows = places.loc[found, "table_row"]
    if len(rows) == 0:
        raise _bad_row(where, f"the table has no row {number or repr(name)}")
    if len(rows) > 1:
        raise _bad_row(where, f"{len(rows)} rows of the table are named {name!r}; give table_row")
    if number and name and names[found].iloc[0] != name.removeprefix("'"):
        raise _bad_row(where, f"row {number} of the table is named {names[found].iloc[0]!r}, not {name!r}")
    return int(rows.iloc[0])


def _bad_row(where: str, why: str) -> BadInput:
    return BadInput(
        "bad_aliases",
        "A row of the alias file cannot be used",
        f"In {where}, {why}.",
        "Correct or delete that row.",
        where=where,
    )
