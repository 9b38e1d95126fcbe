"""Reading what a finished result left, cheaply enough for a request.

Arrow tables and no pandas; nothing is kept between requests.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
from django.core.files.storage import default_storage
from django.db import transaction

from analysis.writers.text import as_it_was
from sessions_app import selectors
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisResult, StoredFile
from sessions_app.problems import Problem

DATASET = "dataset.parquet"
TABLE = "wards.arrow"
WARDS_CSV = "wards.csv"
MATCHES = "matches.csv"
MAP = "map.geojson"
LGAS = "lgas.geojson"
SCALED = "scaled.csv"
FIRST = "composite_rank"
TEXTS = (
    "ward_code",
    "ward_name",
    "lga_name",
    "table_name",
    "variable",
    "variables",
    "model",
    "method",
    "status",
)


def refuse_unfinished(result: AnalysisResult) -> None:
    if result.status != AnalysisResult.Status.SUCCEEDED:
        raise Problem("result_not_finished", f"The result is {result.status}.", where=str(result.pk))


def artifact_bytes(result: AnalysisResult, name: str) -> bytes:
    """One artefact of a succeeded result, from where its row says that it is."""
    refuse_unfinished(result)
    # Without a savepoint: a page reads several of these in its own transaction.
    with scope(result.owner_id), transaction.atomic(savepoint=False):
        file = selectors.artifacts_of(result).filter(name=name).defer("report").first()
    return stored_bytes(file, name)


def stored_bytes(file: StoredFile | None, name: str) -> bytes:
    """What the storage has of an artefact whose row was read before."""
    if file is None:
        raise Problem("file_gone", where=name)
    try:
        with default_storage.open(file.storage_key) as stored:
            return bytes(stored.read())
    except FileNotFoundError:
        raise Problem("file_gone", where=name) from None


def load_wards(result: AnalysisResult, columns: Sequence[str] = ()) -> pa.Table:
    """The ward table of a risk result, without its shapes.

    The columns are those of wards.csv, in that order.
    """
    return wards_in(artifact_bytes(result, TABLE), result, columns)


def wards_in(content: bytes, result: AnalysisResult, columns: Sequence[str] = ()) -> pa.Table:
    """As `load_wards`, of bytes that were read before."""
    wanted = [name for name in result.summary["ward_columns"] if not columns or name in columns]
    with pa.ipc.open_file(pa.BufferReader(content)) as file:
        return file.read_all().select(wanted)


def lga_names(wards: pa.Table) -> list[str]:
    return sorted(name for name in pc.unique(wards["lga_name"]).to_pylist() if name)


def chosen_wards(wards: pa.Table, *, ordering: str = FIRST, lga: str = "", search: str = "") -> pa.Table:
    """The wards of an LGA whose name, LGA or code holds the searched words, in order; missing values come last."""
    if lga:
        wards = wards.filter(pc.equal(wards["lga_name"], lga))
    if search.strip():
        words = search.strip()
        hits = [
            pc.fill_null(pc.match_substring(wards[name], words, ignore_case=True), False)
            for name in ("ward_name", "lga_name", "ward_code")
        ]
        wards = wards.filter(pc.or_(pc.or_(hits[0], hits[1]), hits[2]))
    column = ordering.removeprefix("-")
    if column not in wards.column_names:
        raise Problem(
            "invalid_request",
            f"“{column}” is not a column of this result.",
            where="ordering",
            examples=wards.column_names,
        )
    way = "descending" if ordering.startswith("-") else "ascending"
    keys = [(column, way, "at_end"), ("ward_code", "ascending", "at_end")]
    return wards.take(pc.sort_indices(wards, sort_keys=keys))


def ward_rows(
    result: AnalysisResult,
    *,
    ordering: str = FIRST,
    lga: str = "",
    search: str = "",
    limit: int | None = None,
    offset: int = 0,
) -> tuple[int, list[dict[str, Any]]]:
    """How many wards fit, and the asked page of them. Used alike by the page and the API."""
    chosen = chosen_wards(load_wards(result), ordering=ordering, lga=lga, search=search)
    return chosen.num_rows, rows_of(chosen.slice(offset, limit))


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    names = table.column_names
    columns = [table[name].to_pylist() for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def csv_rows(result: AnalysisResult, name: str, limit: int | None = None) -> list[dict[str, Any]]:
    """The rows of one of a result's CSV files, such as imputation.csv. Names and codes stay text."""
    return rows_of(csv_table(result, name).slice(0, limit))


def csv_table(result: AnalysisResult, name: str, texts: Sequence[str] = TEXTS) -> pa.Table:
    """One of a result's CSV files as it was before it was made harmless to spreadsheets; `texts` are read as text.

    Only an empty cell is missing: a ward may be called Null.
    """
    types = dict.fromkeys(texts, pa.string())
    options = pa_csv.ConvertOptions(column_types=types, strings_can_be_null=True, null_values=[""])
    reading = pa_csv.ReadOptions(use_threads=False)
    content = pa.BufferReader(artifact_bytes(result, name))
    return as_it_was(pa_csv.read_csv(content, read_options=reading, convert_options=options))


def match_rows(result: AnalysisResult, limit: int | None = None) -> list[dict[str, Any]]:
    """Every row of the uploaded table of a dataset, and where it went."""
    return csv_rows(result, MATCHES, limit)


def scaled_values(result: AnalysisResult, ward_code: str) -> dict[str, float | None]:
    """One ward's variables as they entered the score: 0 = lowest risk, 1 = highest."""
    table = csv_table(result, SCALED, ["ward_code"])
    rows = rows_of(table.filter(pc.equal(table["ward_code"], ward_code)))
    return rows[0] if rows else {}
