"""The wards of a plan, put together from a ranking, its dataset and where the people come from.

Read alike by the worker and by the preview on the page: Arrow tables out of the storage, no shapes.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from django.core.files.storage import default_storage

from analysis import frames
from analysis.core.errors import BadInput, Note
from analysis.core.names import CANONICAL
from analysis.core.variables import find_column, lookup
from analysis.raster_notes import summed_from
from analysis.reference_people import CountedPeople, reference_people
from itn.core.population import WHERE_UNKNOWN, ZERO_TOLD, fill_population, rule_told
from sessions_app.isolation.tempfolders import temp_folder
from sessions_app.models import AnalysisResult, StoredFile

URBAN = "urban_percentage"
UNSTATED = "not stated"


@dataclass(frozen=True)
class Listed:
    """A registration list: where it lies, what it was called, and which sheet was named, if any."""

    path: Path
    name: str
    sheet: str = ""


@dataclass(frozen=True)
class Wards:
    """`frame` as `make_plan` takes it; `source` says in words where rank, people and urban share came from.

    `matches` says of every place of a registration list which ward it is, if any.
    """

    frame: pd.DataFrame
    notes: tuple[Note, ...]
    source: dict[str, str]
    matches: pd.DataFrame | None = None


def plan_wards(
    risk: AnalysisResult, dataset: AnalysisResult, file: StoredFile | None, params: Mapping[str, Any]
) -> Wards:
    """Join rank, people and urban share by ward code.

    The urban share is the dataset's own, not the one whose gaps the ranking filled.
    """
    ranking = params.get("ranking", "composite")
    ranked = frames.load_wards(risk, [*CANONICAL, f"{ranking}_rank", f"{ranking}_tier"]).to_pandas()
    stored = _dataset(dataset, params["population"])
    if (counted := _summed(dataset, stored, ranked, params["population"])) is not None:
        return joined_wards(ranked, stored, None, params, counted=counted)
    if params["population"]["source"] == "reference":
        counted = reference_people(params["population"]["reference"], ranked, owner_id=risk.owner_id)
        return joined_wards(ranked, stored, None, params, counted=counted)
    if file is None:
        return joined_wards(ranked, stored, None, params)
    with local_copy(file) as path:
        chosen = Listed(path, file.name, file.report.get("chosen", ""))
        return joined_wards(ranked, stored, chosen, params)


def joined_wards(
    ranked: pd.DataFrame,
    stored: pd.DataFrame,
    listed: Listed | None,
    params: Mapping[str, Any],
    *,
    counted: CountedPeople | None = None,
) -> Wards:
    """The same from tables at hand: the ranked wards, the matched ward table, a registration list.

    `counted` are people found elsewhere, on the index of `ranked`.
    """
    asked, ranking = params["population"], params.get("ranking", "composite")
    frame = ranked.rename(columns={f"{ranking}_rank": "rank", f"{ranking}_tier": "tier"})
    frame["rank"] = frame["rank"].astype("float64")
    frame["tier"] = frame["tier"].where(frame["tier"].isin(("High", "Medium", "Low")), None)
    uploaded = stored.set_index("ward_code").reindex(frame["ward_code"])
    if URBAN in uploaded:
        frame[URBAN] = uploaded[URBAN].to_numpy()
    matches = None
    if counted is None:
        people, notes, words, matches = _people(frame, uploaded, listed, asked)
    else:
        people, notes, words = counted.people, list(counted.notes), counted.words
    frame["population"], frame["population_source"] = people.to_numpy(), words
    frame, filled = fill_population(frame, asked.get("rule", "leave"))
    source = {
        "ranking": f"{ranking} rank, 1 = highest risk",
        "population": words,
        "population_year": counted.year if counted else asked.get("year") or UNSTATED,
        "population_rule": rule_told(asked.get("rule", "leave"), parity=bool(params.get("parity"))),
        "urban_share": "column urban_percentage of the ward table" if URBAN in frame else "unknown",
    }
    return Wards(frame, (*notes, *filled), source, matches)


def population_told(source: Mapping[str, str]) -> str:
    """Where the people of a plan come from, as a figure says it: source, year, and what became of unknown ones."""
    parts = source["population_rule"].split("; ")
    filled = [part.removesuffix(WHERE_UNKNOWN) for part in parts if part.endswith(WHERE_UNKNOWN)]
    rule = ", ".join([*(filled or ["left out"]), *(["0 too"] if ZERO_TOLD in parts else [])])
    return f"Population: {source['population']} ({source['population_year']}); unknown: {rule}"


def population_columns(dataset: AnalysisResult) -> list[str]:
    """Numeric columns of the ward table that could count people, the likely ones first."""
    with _opened(dataset) as file:
        schema = file.schema_arrow
        numeric = [f.name for f in schema if pa.types.is_integer(f.type) or pa.types.is_floating(f.type)]
    likely = [name for name in numeric if "pop" in name.casefold()]
    rest = [name for name in numeric if lookup(name) is None and name not in likely and name != "table_row"]
    return [*sorted(likely, key=lambda name: name != "population"), *rest]


def summed_columns(dataset: AnalysisResult) -> dict[str, Mapping[str, Any]]:
    """Columns that hold the sums of a raster that counts people, with what is cited of it."""
    rows = dataset.summary.get("covariates", ())
    return {
        row["variable"]: row["cited"] for row in rows if row.get("statistic") == "sum" and row["with_value"]
    }


def _summed(
    dataset: AnalysisResult, stored: pd.DataFrame, ranked: pd.DataFrame, asked: Mapping[str, Any]
) -> CountedPeople | None:
    """The people of a column that a raster was summed into: from that raster, of its year."""
    column = find_column(asked["column"], list(stored.columns)) if asked["source"] == "column" else None
    cited = summed_columns(dataset).get(column or "")
    if column is None or cited is None:
        return None
    people = stored.set_index("ward_code")[column].reindex(ranked["ward_code"]).set_axis(ranked.index)
    year = cited["year"] or asked.get("year") or UNSTATED
    return CountedPeople(people, (), summed_from(cited), year, dict(cited))


@contextmanager
def _opened(dataset: AnalysisResult) -> Iterator[pq.ParquetFile]:
    with pq.ParquetFile(pa.BufferReader(frames.artifact_bytes(dataset, frames.DATASET))) as file:
        yield file


def _dataset(dataset: AnalysisResult, asked: Mapping[str, Any]) -> pd.DataFrame:
    with _opened(dataset) as file:
        names = file.schema_arrow.names
        wanted = {"ward_code", URBAN} & set(names)
        if asked["source"] == "column":
            column = find_column(asked["column"], names)
            if column is None:
                raise BadInput(
                    "no_such_column",
                    "The column of the population is missing",
                    f"The ward table has no column “{asked['column']}”.",
                    "Choose one of its columns.",
                    where="population",
                    examples=population_columns(dataset),
                )
            wanted.add(column)
        table = file.read(columns=sorted(wanted), use_threads=False)
    return table.select([name for name in table.column_names if name in wanted]).to_pandas(
        ignore_metadata=True
    )


def _people(
    frame: pd.DataFrame, uploaded: pd.DataFrame, listed: Listed | None, asked: Mapping[str, Any]
) -> tuple[pd.Series, list[Note], str, pd.DataFrame | None]:
    if asked["source"] == "column":
        column = find_column(asked["column"], [str(name) for name in uploaded.columns])
        assert column is not None  # `_dataset` has read it
        return uploaded[column].rename(column), [], f"column {column} of the ward table", None
    assert listed is not None  # checked with the parameters
    # The reader is heavy, and most plans don't need it.
    from itn.registration import read_registration, registered_people

    found = read_registration(listed.path, listed.name, asked.get("column", ""), sheet=listed.sheet)
    people, notes, matches = registered_people(found, frame)
    name = f"{listed.name} ({listed.sheet})" if listed.sheet else listed.name
    return people, notes, f"column {found.column} of {name}, added up by ward", matches


@contextmanager
def local_copy(stored: StoredFile) -> Iterator[Path]:
    """The bytes of a stored file on this machine."""
    with temp_folder(stored.owner_id, stored.pk) as folder:
        path = folder / f"copy{Path(stored.storage_key).suffix}"
        with default_storage.open(stored.storage_key) as source, path.open("wb") as copy:
            for chunk in source.chunks():
                copy.write(chunk)
        yield path
