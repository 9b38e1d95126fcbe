"""Test positivity from two files to a folder of results; needs no Django, database or service."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.core.errors import BadInput, Note
from analysis.core.tpr.outpatients import outpatient_notes, outpatient_table
from analysis.core.tpr.positivity import Choice
from analysis.core.tpr.quality import lga_reporting, reporting_table
from analysis.headless import writable
from analysis.raster_notes import SUMMED
from analysis.raster_people import raster_people
from analysis.readers.aliases import read_aliases
from analysis.readers.boundaries import read_boundaries
from analysis.readers.facilities import read_facilities
from analysis.readers.people import match_people, read_people
from analysis.readers.rasters import covariate, raster_kind
from analysis.readers.registers import read_register
from analysis.readers.sniff import require_file
from analysis.tpr_burden import Burden, ward_burden
from analysis.tpr_combinations import of_areas, of_wards
from analysis.tpr_compute import Request, WardPositivity, compute, summary
from analysis.tpr_exports import FILES as EXPORTS
from analysis.tpr_exports import write_exports
from analysis.tpr_maps import MAP, positivity_map, write_burden_maps
from analysis.tpr_people import PEOPLE_OF, Adjustment, People
from analysis.writers.results import write_matches
from analysis.writers.text import write_csv
from sessions_app.checksums import sha256_of

NOT_STATED = "year not stated"
OUTPATIENTS = "outpatients.csv"
RASTERS = (".tif", ".tiff")
TABLES = (
    "wards.csv", "matches.csv", "quality.csv", "outliers.csv", "reporting_by_month.csv", "reporting_by_lga.csv", "cleaning.json",
    "combinations.csv", "area_combinations.csv",
)  # fmt: skip
FILES = (*TABLES, *EXPORTS, MAP)


@dataclass(frozen=True)
class Inputs:
    """What a run starts from."""

    facilities: Path
    boundaries: Path
    aliases: Path | None = None
    sheet: str = ""
    layer: str = ""
    population: Path | None = None
    population_year: str = ""
    adjustment: Adjustment = field(default_factory=Adjustment)
    urban: Path | None = None
    outpatient: bool = False
    register: Path | None = None
    population_band: int | None = None


def run(inputs: Inputs, out: Path, asked: Request) -> dict[str, Any]:
    """Compute ward positivity and write the results into `out`.

    Raises
    ------
    BadInput
        For bad data or arguments; nothing has been written to `out` then.
    """
    started = time.perf_counter()
    target = writable(out)
    require_file(inputs.facilities, "--facilities")
    require_file(inputs.boundaries, "--boundaries")
    _check_population(inputs)
    read = [read_facilities(inputs.facilities, inputs.facilities.name, sheet=inputs.sheet)]
    boundaries = read_boundaries(inputs.boundaries, inputs.boundaries.name, layer=inputs.layer)
    lent: list[Note] = []
    if inputs.register is not None:
        require_file(inputs.register, "--register")
        register, lent = read_register(inputs.register, inputs.register.name)
        asked = replace(asked, register=register)

    def confirmed(wards: pd.DataFrame) -> Mapping[int, str | None]:
        return read_aliases(inputs.aliases, wards, boundaries.frame) if inputs.aliases else {}

    # Handed over and not kept: a country's reports as they were read are let go once they are arrays.
    result = compute(read.pop(), inputs.facilities.name, boundaries.frame, asked, confirmed=confirmed)
    counted, told = _burden(inputs, result, asked)
    seen, said = _outpatients(inputs, result, asked)
    more = (*boundaries.notes, *lent, *told, *said)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=target) as folder:
        write_files(result, Path(folder))
        about = _about(inputs, Path(folder) / "wards.csv")
        write_exports(result, asked.choice, Path(folder), about, _asked(asked), counted=counted, notes=more)
        (Path(folder) / MAP).write_text(positivity_map(result, asked.choice), encoding="utf-8")
        if counted is not None:
            write_burden_maps(result, counted, Path(folder))
        if seen is not None:
            write_csv(seen, Path(folder) / OUTPATIENTS)
        out.mkdir(parents=True, exist_ok=True)
        for path in Path(folder).iterdir():
            shutil.move(path, out / path.name)
    figures = summary(result, asked.choice)
    figures["notes"] = [*figures["notes"], *(note.as_dict() for note in more)]
    if counted is not None:
        figures["burden"] = counted.facts
    return figures | {"seconds": round(time.perf_counter() - started, 3)}


def _about(inputs: Inputs, wards: Path) -> dict[str, str]:
    """What the exports say of their origin. No ledger gives the run an id: the checksum of its wards.csv tells it."""
    told = {"result": sha256_of(wards)}
    for name in ("facilities", "boundaries", "aliases", "population", "urban", "register"):
        if (path := getattr(inputs, name)) is not None:
            told |= {name: path.name, f"{name}_sha256": sha256_of(path)}
    return told | {name: getattr(inputs, name) for name in ("sheet", "layer") if getattr(inputs, name)}


def _asked(asked: Request) -> dict[str, Any]:
    return {
        "state": asked.state,
        "mapping": dict(asked.mapping),
        "undo": sorted(asked.undo),
        "positive_above_tested": asked.above_tested,
        "unknown_wards": asked.unknown_wards,
        "outliers": asked.outliers,
        "totals": asked.totals,
        "dates": asked.dates,
        "accept_review": asked.accept_review,
    }


def _check_population(inputs: Inputs) -> None:
    fault = inputs.adjustment.fault(inputs.population_year)
    if fault is None and inputs.population is None and inputs.adjustment != Adjustment():
        fault = ("population", "There is no population to adjust.")
    if fault is None and inputs.population_band is not None and not _is_raster(inputs.population):
        fault = ("population_band", "Only a raster has bands.")
    if fault:
        where = f"--{fault[0].replace('_', '-')}"
        raise BadInput("bad_population", "The population can't be adjusted so", fault[1], "Correct the options.",
                       where=where)  # fmt: skip


def _is_raster(path: Path | None) -> bool:
    return path is not None and path.suffix.lower() in RASTERS


def _burden(inputs: Inputs, result: WardPositivity, asked: Request) -> tuple[Burden | None, tuple[Note, ...]]:
    if inputs.population is None:
        return None, ()
    require_file(inputs.population, "--population")
    words, group = inputs.population.name, PEOPLE_OF[asked.choice.age_group]
    if _is_raster(inputs.population):
        counted, told = raster_people(
            inputs.population, words, result.wards, group, band=inputs.population_band
        )
        words = f"{words}, {SUMMED}"
    else:
        table = read_people(inputs.population, words)
        counted, _, notes = match_people(table, result.wards, group)
        told = [*table.notes, *notes]
    if counted.isna().all():
        return None, tuple(told)
    people = People(words, inputs.population_year or NOT_STATED, inputs.adjustment)
    found = ward_burden(result, asked.choice, counted, people)
    if found is None:
        message = (
            "The export has no dates, so that it is not known how many years its cases are of: no burden."
        )
        return None, (*told, Note("burden_without_dates", "warning", message))
    return found, (*told, *found.notes)


def _outpatients(
    inputs: Inputs, result: WardPositivity, asked: Request
) -> tuple[pd.DataFrame | None, list[Note]]:
    if not inputs.outpatient:
        return None, []
    urban = None
    if inputs.urban is not None:
        require_file(inputs.urban, "--urban")
        kind = raster_kind("urban_percentage")
        urban = covariate(inputs.urban, inputs.urban.name, kind, result.wards.geometry)["value"]
    return outpatients_of(result, asked.choice, urban)


def outpatients_of(
    result: WardPositivity, choice: Choice, urban: pd.Series | None
) -> tuple[pd.DataFrame, list[Note]]:
    """The outpatient rate of each ward; how urban it is says a raster, else the boundaries."""
    if urban is None and "urban_percentage" in result.wards:
        urban = result.wards["urban_percentage"]
    known = np.full(len(result.wards), np.nan) if urban is None else urban.to_numpy(dtype=np.float64)
    made = result.reports.months
    table = outpatient_table(made, result.place, result.wards, choice, known)
    return table, outpatient_notes(made, table, choice)


def write_files(result: WardPositivity, folder: Path) -> None:
    """Write the files of `TABLES` into an existing folder."""
    write_csv(result.table(), folder / "wards.csv")
    write_matches(result.matches, folder / "matches.csv")
    write_csv(result.quality, folder / "quality.csv")
    write_csv(result.outliers, folder / "outliers.csv")
    by_month = reporting_table(result.reporting, pd.DataFrame(result.wards.drop(columns="geometry")))
    write_csv(by_month, folder / "reporting_by_month.csv")
    by_lga = lga_reporting(result.reporting, pd.DataFrame(result.wards.drop(columns="geometry")))
    write_csv(by_lga, folder / "reporting_by_lga.csv")
    write_csv(of_areas(result), folder / "area_combinations.csv")
    write_csv(of_wards(result), folder / "combinations.csv")
    cleaning = result.reports.cleaning.as_dict() | {"columns": result.reports.schema.as_dict()}
    cleaning["replaced_counts"] = _replaced(result.outliers)
    text = json.dumps(cleaning, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / "cleaning.json").write_text(text + "\n", encoding="utf-8")


def _replaced(found: pd.DataFrame) -> list[dict[str, Any]]:
    """Every count that was replaced, with the old and the new value."""
    columns = ["file_row", "facility", "age_group", "test", "count", "period", "value", "used"]
    rows = found.loc[found["replaced"].astype(bool), columns].rename(columns={"value": "old", "used": "new"})
    return [
        {name: None if pd.isna(cell) else cell for name, cell in row.items()}
        for row in rows.astype(object).to_dict("records")
    ]
