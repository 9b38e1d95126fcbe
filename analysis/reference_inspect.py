"""What a reference set holds, found out once when staff load it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from analysis.core.errors import BadInput
from analysis.core.raster_kinds import RASTER_KINDS, RasterKind, as_stated
from analysis.readers import boundaries as shapes
from analysis.readers.people import read_people
from analysis.readers.rasters import MONTHS, inspect_raster, raster_kind

MONTH = re.compile(r"\d{4}-\d{2}")
TEMPORAL = ("static", "month", "annual_sum", "annual_mean")


def inspect_boundaries(path: Path, filename: str, year: str, options: Mapping[str, str]) -> dict[str, Any]:
    """States with their numbers of wards, by which users take a part."""
    layer = options.get("layer", "")
    report = shapes.inspect_boundaries(path, filename, layer=layer)
    frame = shapes.read_boundaries(path, filename, layer=layer).frame
    states = frame["state_name"].fillna(frame["state_code"])
    counted = states.value_counts().sort_index()
    kept = ("wards", "with_geometry", "crs", "layer", "lgas", "bounds", "notes")
    return {name: report[name] for name in kept} | {
        "states": [{"name": str(name), "wards": int(count)} for name, count in counted.items()],
        "wards_without_state": int(states.isna().sum()),
        "chosen": layer,
    }


def inspect_population(path: Path, filename: str, year: str, options: Mapping[str, str]) -> dict[str, Any]:
    """Which people it counts, in which column, and how many there are."""
    sheet = options.get("sheet", "")
    found = read_people(path, filename, options, sheet=sheet)
    return {
        "wards": len(found.places),
        "columns": dict(found.columns),
        "people": {group: int(found.places[group].sum()) for group in found.columns},
        "unknown": {group: int(found.places[group].isna().sum()) for group in found.columns},
        "zero": {group: int((found.places[group] == 0).sum()) for group in found.columns},
        "chosen": sheet,
        "notes": [note.as_dict() for note in found.notes],
    }


def inspect_reference_raster(
    path: Path, filename: str, year: str, options: Mapping[str, str]
) -> dict[str, Any]:
    """Variable, unit, valid range, rule in time, coordinates and no-data; every cell is held against the range."""
    kind = _kind(options)
    report = inspect_raster(path, filename)
    bands = [band for band in report["bands"] if band["cells_with_data"]]
    band = _band(options, [entry["band"] for entry in report["bands"]], filename)
    yearly = kind.temporal in ("annual_sum", "annual_mean")
    if band:
        bands = [entry for entry in report["bands"] if entry["band"] == band]
    elif len(bands) > 1 and not (yearly and len(bands) == len(report["bands"]) == MONTHS):
        raise BadInput("several_bands", "The raster has several bands", f"{len(bands)} bands of {filename} hold data; which "
                       "one is meant?", "Name the band; the twelve months of a year need temporal annual_sum or "
                       "annual_mean.", where=filename)  # fmt: skip
    low, high = kind.valid_range
    for entry in bands:
        if entry["min"] is None or entry["min"] < low or entry["max"] > high:
            raise BadInput("raster_out_of_range", "The raster holds impossible values",
                           f"Band {entry['band']} of {filename} holds {entry['min']:,.6g} to {entry['max']:,.6g}; "
                           f"{kind.variable} lies between {low:,g} and {high:,g} {kind.unit}." if entry["cells_with_data"]
                           else f"Band {entry['band']} of {filename} has no cell with data.",
                           "Check which quantity and unit the file holds; it is not used.",
                           where=f"{filename}: band {entry['band']}")  # fmt: skip
    if not options.get("temporal"):
        # One band of a variable of a year may be a month: staff say it, as everybody does of a file of their own.
        as_stated(kind, "", filename, bands=len(report["bands"]), band=band)
    _refuse_other_time(kind.temporal, year)
    single = bands[0]["band"] if len(bands) == 1 else None
    facts = {name: report[name] for name in ("crs", "cell", "cells", "bounds")}
    facts |= {name: bands[0][name] for name in ("scale", "offset") if name in bands[0]}
    return facts | {
        "variable": kind.variable,
        "unit": kind.unit,
        "valid_range": list(kind.valid_range),
        "temporal": kind.temporal,
        "statistic": kind.statistic,
        "band": single,
        "months": len(bands) if len(bands) == MONTHS else 0,
        "no_data": bands[0]["no_data"],
        "seen": [min(entry["min"] for entry in bands), max(entry["max"] for entry in bands)],
    }


def kind_of_facts(facts: Mapping[str, Any]) -> RasterKind:
    """The rule that a loaded raster was checked by, for the check of its cells over some wards."""
    low, high = facts["valid_range"]
    # A set that was loaded before there were counts says nothing of it: it is read as it was then.
    statistic = facts.get("statistic", "mean")
    return RasterKind(facts["variable"], facts["unit"], (low, high), facts["temporal"], statistic)


def _kind(options: Mapping[str, str]) -> RasterKind:
    variable = options.get("variable", "").strip()
    if not variable:
        raise BadInput("no_variable", "The raster's variable is not stated", "Say what the raster holds.",
                       "Name the variable.", where="variable", examples=sorted(RASTER_KINDS))  # fmt: skip
    if variable in RASTER_KINDS:
        kind = raster_kind(variable)
    else:
        needed = ("unit", "valid_min", "valid_max", "temporal")
        missing = [name for name in needed if not options.get(name)]
        if missing or not variable.isidentifier():
            raise BadInput("unknown_raster_variable", "No such raster variable", f"{variable} is not a known variable.",
                           "Choose a known one, or state unit, valid_min, valid_max and temporal of a new one, named in "
                           "letters, digits and _.", where="variable", examples=sorted(RASTER_KINDS))  # fmt: skip
        kind = RasterKind(variable, options["unit"], (-np.inf, np.inf))
    low, high = (
        _number(options[name], name) if options.get(name) else edge
        for name, edge in zip(("valid_min", "valid_max"), kind.valid_range, strict=True)
    )
    if not kind.valid_range[0] <= low < high <= kind.valid_range[1]:
        raise BadInput("bad_valid_range", "The valid range can't be used", f"{low:g} to {high:g} is empty, or wider than "
                       f"what {variable} can be.", "Give a range inside the known one.", where="valid_min")  # fmt: skip
    temporal = options.get("temporal") or kind.temporal
    if temporal not in TEMPORAL:
        raise BadInput("bad_temporal", "The rule in time is not known", f"“{temporal}” is no rule.",
                       "Choose one of the examples.", where="temporal", examples=TEMPORAL)  # fmt: skip
    unit = options.get("unit") or kind.unit
    if kind.statistic == "sum" and (unit, temporal) != (kind.unit, kind.temporal):
        raise BadInput("not_a_count", "The raster does not count people", f"{variable} is people per cell, which are added up; "
                       f"{unit} ({temporal}) is something else.", "Give a raster of people per cell, or another variable for "
                       "a density.", where="unit")  # fmt: skip
    return replace(kind, unit=unit, valid_range=(low, high), temporal=temporal)


def _refuse_other_time(temporal: str, year: str) -> None:
    """A month is one of a year, and what is of a year is not stated by a month."""
    is_month = MONTH.fullmatch(year) is not None
    if temporal == "month" and not is_month:
        raise BadInput("no_month", "The month of the raster is not stated", f"It holds one month; “{year}” does not say "
                       "which.", "State the month, such as 2018-08.", where="year")  # fmt: skip
    if temporal in ("annual_sum", "annual_mean") and is_month:
        raise BadInput("no_year", "The year of the raster is not stated", f"It holds what is of a year; {year} is a month.",
                       "State the year, or that the raster is of a month.", where="year")  # fmt: skip


def _band(options: Mapping[str, str], known: list[int], filename: str) -> int | None:
    text = options.get("band", "")
    if not text:
        return None
    if not text.isdigit() or int(text) not in known:
        raise BadInput("no_such_band", "The raster has no such band", f"{filename} has bands 1 to {len(known)}, not {text}.",
                       "Name one of its bands.", where="band")  # fmt: skip
    return int(text)


def _number(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise BadInput(
            "not_a_number", "A number is not one", f"“{text}” is no number.", "Write it like 0.5.", where=name
        )
    return value
