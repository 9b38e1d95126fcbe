"""What says of a test positivity run where its numbers come from: a workbook, a layer for QGIS, and companions of its
tables. Needs no Django."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.core.errors import Note
from analysis.core.tpr.positivity import Choice
from analysis.core.tpr.trends import complete_years
from analysis.figures import palette
from analysis.figures.class_limits import limits_of
from analysis.tpr_burden import Burden
from analysis.tpr_columns import all_columns, general_columns
from analysis.tpr_compute import WardPositivity, lga_table
from analysis.tpr_facilities import facility_table
from analysis.writers.geo import write_gpkg
from analysis.writers.styles import Rule
from analysis.writers.text import write_csv
from analysis.writers.workbook import parameters_told, write_xlsx

WORKBOOK, LAYER = "wards.xlsx", "wards.gpkg"
PARAMETERS, COLUMNS = "positivity_parameters.csv", "positivity_columns.csv"
LGAS, BURDEN, BURDEN_LGAS = "lgas.csv", "burden.csv", "burden_lgas.csv"
BURDEN_TRENDS, BURDEN_LGA_TRENDS = "burden_trends.csv", "burden_lga_trends.csv"
FACILITIES = "facilities.csv"
FILES = (LGAS, FACILITIES, WORKBOOK, LAYER, PARAMETERS, COLUMNS)
UNITS = "tested, positive in persons; tpr_percent, tpr_low, tpr_high in % of the tested"
BURDEN_UNITS = (
    "tested, positive, presumed, cases in persons; population in people; reporting_percent in % of the reports expected "
    "in the periods that make up the years; burden and incidence in cases per 1,000 people and year"
)
CITED = ("version", "source", "licence", "sha256", "method")
SHAPED = ("ward_code", "ward_name", "lga_code", "lga_name", "state_code", "state_name")
COUNTED = ("tested", "positive", "tpr_percent", "tpr_low", "tpr_high", "reporting_percent", "flags")


def write_exports(
    result: WardPositivity,
    choice: Choice,
    folder: Path,
    about: Mapping[str, str],
    asked: Mapping[str, Any],
    *,
    counted: Burden | None = None,
    notes: tuple[Note, ...] = (),
) -> list[Path]:
    """Write sums by LGA and by facility, the workbook, the layer and the companions of all tables into the folder of the other tables.

    Parameters
    ----------
    about : mapping of str
        ``result`` (its id), and each file it was computed from with its SHA-256.
    asked : mapping
        What else was asked for: corrections of columns, rules for doubtful counts.
    counted : Burden, optional
        Adds burden.csv and burden_lgas.csv, with two complete years burden_trends.csv and burden_lga_trends.csv, and stands
        in workbook and layer, too.
    notes : tuple of Note
        Said beside those of the computation.
    """
    told = parameters_told(_parameters(result, choice, asked, counted), about)
    traces = {"result_id": about["result"], "source": about["facilities"], "choice": choice.label()}
    lgas = lga_table(result).assign(**traces, units=UNITS)
    burdens: dict[str, pd.DataFrame] = {}
    if counted is not None:
        burdens = {
            BURDEN: counted.wards,
            BURDEN_LGAS: counted.lgas.assign(**traces, units=BURDEN_UNITS),
        }
        if counted.years.move:
            burdens |= {BURDEN_TRENDS: counted.years.wards, BURDEN_LGA_TRENDS: counted.years.lgas}
    columns, there = general_columns(), {path.name for path in folder.iterdir()} | set(burdens)
    parameters = pd.DataFrame({"parameter": list(told), "value": list(told.values())}, dtype="str")
    layer = layer_of(result, counted)
    wards = pd.DataFrame(layer.drop(columns="geometry"))
    sheets = {
        "Wards": wards,
        "LGAs": lgas,
        **({"Burden": counted.wards, "Burden of LGAs": burdens[BURDEN_LGAS]} if counted else {}),
        "Columns": columns,
        "Parameters": parameters,
        "Notes": _notes((*result.notes, *notes)),
    }
    facilities = facility_table(result, choice).assign(**traces, units=UNITS)
    return [
        write_csv(lgas, folder / LGAS),
        write_csv(facilities, folder / FACILITIES),
        *(write_csv(table, folder / name) for name, table in burdens.items()),
        write_csv(parameters, folder / PARAMETERS),
        write_csv(all_columns(there, complete_years(result.cube.periods)), folder / COLUMNS),
        write_xlsx(sheets, folder / WORKBOOK),
        write_gpkg(
            layer, folder / LAYER, style=rules(wards["tpr_percent"]), about=told,
            columns=columns[columns["column"].isin(wards.columns)],
        ),
    ]  # fmt: skip


def layer_of(result: WardPositivity, counted: Burden | None = None) -> gpd.GeoDataFrame:
    """The wards with their shapes, codes and positivity, and their burden where it was computed; missing stays missing."""
    wards = result.wards
    layer = wards[[*(name for name in SHAPED if name in wards), *COUNTED, "geometry"]]
    if counted is None:
        return layer
    added = [name for name in counted.wards if name not in layer.columns]
    return layer.assign(**{name: counted.wards[name].to_numpy() for name in added})


def rules(percent: pd.Series) -> tuple[Rule, ...]:
    """Colours of the wards by positivity in the classes of the drawn map; those without data hatched grey.

    Parameters
    ----------
    percent : Series of W
        Test positivity. [%]
    """
    limits = limits_of(percent.to_numpy(dtype=np.float64), "variable")
    parts = limits.parts()[::-1]
    edges: list[float | None] = [None, *parts, None]
    found = []
    for place, (label, colour) in enumerate(zip(limits.labels, limits.colours, strict=True)):
        below, above = edges[place + 1], edges[place]
        spans = ['"tpr_percent" IS NOT NULL']
        spans += [] if below is None else [f'"tpr_percent" >= {below!r}']
        spans += [] if above is None else [f'"tpr_percent" < {above!r}']
        found.append(Rule(f"{label} %", colour, " AND ".join(spans)))
    return (*found, Rule("No data", palette.NO_DATA_LINE))


def _parameters(
    result: WardPositivity, choice: Choice, asked: Mapping[str, Any], counted: Burden | None
) -> dict[str, Any]:
    people = counted.facts if counted else {}
    cited = people.get("cited") or {}
    periods = [label for label in result.cube.periods if label]
    return {
        **vars(choice),
        "choice": choice.label(),
        "first_period": periods[0] if periods else "not stated",
        "last_period": periods[-1] if periods else "not stated",
        **asked,
        "columns_read": result.reports.schema.as_dict(),
        "cases_on_the_map_percent": round(100 * result.mapped_share, 3)
        if np.isfinite(result.mapped_share)
        else None,
        "population": people.get("population", "none"),
        "population_year": people.get("population_year", ""),
        **{f"population_{name}": cited[name] for name in CITED if cited.get(name)},
        "population_growth_percent": people.get("growth_percent"),
        "population_growth_source": people.get("growth_source", ""),
        "pregnancy_factor": people.get("pregnancy_factor"),
        "pregnancy_factor_source": people.get("pregnancy_factor_source", ""),
        "units": f"{UNITS}; {BURDEN_UNITS}" if counted else UNITS,
    }


def _notes(notes: tuple[Note, ...]) -> pd.DataFrame:
    told = [note.as_dict() for note in dict.fromkeys(notes)]
    return pd.DataFrame(
        {
            "severity": [note["severity"] for note in told],
            "note": [note["message"] for note in told],
            "count": [note["count"] for note in told],
            "examples": ["; ".join(note["examples"]) for note in told],
        }
    )
