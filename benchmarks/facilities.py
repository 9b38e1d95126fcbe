"""From facility reports to test positivity: `python -m benchmarks.facilities` prints JSON, `measure` adds the limits.

Reports are made: six years of a state's facilities as an Excel workbook with twenty indicators, three years of a
country's as a zipped CSV.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import xlsxwriter

from analysis.core.tpr import positivity
from analysis.core.tpr.periods import month_name
from analysis.readers.facilities import read_facilities
from analysis.tpr_compute import Request, compute
from benchmarks.analyse import COUNTRY, STATE, Line
from benchmarks.inputs import areas
from benchmarks.processes import ROOT, run

FACILITIES, MONTHS = 1_200, 72
COUNTRY_FACILITIES, COUNTRY_MONTHS = 40_000, 36
MOST_OF_READING, MOST_MEMORY_MB = 2.0, 2_000.0
ROUNDS = 3
COMBINATIONS = 16
_FIRST_MONTH = 12 * 2019
_PLACES = ("State", "LGA", "WardName", "HealthFacility", "FacilityLevel", "periodname")
_GROUPS = {"u5": "<5yrs", "o5": ">=5yrs (excl PW)", "pw": "Preg Women (PW)"}
_TESTS = ("RDT", "Microscopy")
_OTHERS = (
    "Total number of all outpatient attendance", "PW who received LLIN", "Children <5 yrs who received LLIN",
    *(f"Persons with confirmed uncomplicated malaria given ACT {group}" for group in _GROUPS.values()),
    "Malaria deaths <5yrs", "Severe malaria cases admitted",
)  # fmt: skip


def measure() -> list[Line]:
    """Measure a state and the country, in fresh processes."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        made = areas(folder, (STATE, COUNTRY))
        return [*_state(folder, made[STATE].boundaries), *_country(folder, made[COUNTRY].boundaries)]


def _state(folder: Path, boundaries: Path) -> list[Line]:
    path = folder / "state.xlsx"
    _write_workbook(_reports(boundaries, FACILITIES, MONTHS), path)
    found = [
        json.loads(run(["-m", "benchmarks.facilities", str(path), str(boundaries)], folder).output)
        for _ in range(ROUNDS)
    ]
    one = sorted(found, key=lambda each: each["cpu"] / each["reading_cpu"])[ROUNDS // 2]
    label = f"{FACILITIES:,} facilities × {MONTHS} months × {one['indicators']} indicators, Excel"
    return [
        Line(f"{label}: reading the file alone", one["reading"], "s"),
        Line(f"{label}: reading and all {one['combinations']} combinations", one["whole"], "s"),
        Line(f"{label}: whole ÷ reading, by the clock", one["whole"] / one["reading"], "×", MOST_OF_READING),
        Line(f"{label}: whole ÷ reading, CPU", one["cpu"] / one["reading_cpu"], "×", MOST_OF_READING),
        Line(f"{label}: combinations that are missing", COMBINATIONS - one["combinations"], "", 0.0),
    ]


def _country(folder: Path, boundaries: Path) -> list[Line]:
    path = folder / "country.zip"
    _write_zip(_reports(boundaries, COUNTRY_FACILITIES, COUNTRY_MONTHS), path)
    command = [str(ROOT / "manage.py"), "tpr", "--facilities", str(path), "--boundaries", str(boundaries)]
    cost = run([*command, "--out", str(folder / "tpr")], folder)
    figures = json.loads(cost.output.splitlines()[-1])
    if figures["wards_with_tpr"] < 0.9 * figures["wards"]:
        raise RuntimeError(f"only {figures['wards_with_tpr']} of {figures['wards']} wards have a rate")
    label = f"tpr, {COUNTRY_FACILITIES:,} facilities × {COUNTRY_MONTHS} months, zipped CSV"
    return [
        Line(f"{label}: whole command", cost.wall, "s"),
        Line(f"{label}: peak memory", cost.peak_mb, "MB", MOST_MEMORY_MB),
    ]


def _reports(boundaries: Path, facilities: int, months: int) -> pd.DataFrame:
    """Every facility's report of every month, month by month."""
    draw = np.random.default_rng(5)
    wards = gpd.read_file(boundaries, ignore_geometry=True)
    unit = np.tile(np.arange(facilities), months)
    ward = unit % len(wards)
    period = np.repeat([month_name(_FIRST_MONTH + k) for k in range(months)], facilities)
    level = np.array(["Primary", "Secondary", "Tertiary"])[np.digitize(np.arange(facilities) % 40, [34, 38])]
    frame = pd.DataFrame(
        {
            "State": wards["state_name"].to_numpy()[ward],
            "LGA": wards["lga_name"].to_numpy()[ward],
            "WardName": wards["ward_name"].to_numpy()[ward],
            "HealthFacility": np.char.add("Health Post ", unit.astype(str)),
            "FacilityLevel": level[unit],
            "periodname": period,
        }
    )
    size = draw.lognormal(3, 0.5, facilities)[unit]
    for group in _GROUPS.values():
        for test in _TESTS:
            tested = draw.poisson(size)
            frame[f"Persons tested for malaria by {test} {group}"] = tested
            frame[f"Persons tested positive for malaria by {test} {group}"] = draw.binomial(tested, 0.4)
    for name in _OTHERS:
        frame[name] = draw.poisson(size)
    return frame


def _write_workbook(frame: pd.DataFrame, path: Path) -> None:
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Sheet 1")
        sheet.write_row(0, 0, list(frame.columns))
        for number, row in enumerate(frame.itertuples(index=False, name=None), 1):
            sheet.write_row(number, 0, row)


def _write_zip(frame: pd.DataFrame, path: Path) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("reports.csv", "w", force_zip64=True) as member,
    ):
        pa_csv.write_csv(pa.Table.from_pandas(frame, preserve_index=False), member)


def main(path: Path, boundaries: Path) -> dict[str, float | int]:
    """Read and compute once; seconds of both and of the reading alone."""
    wards = gpd.read_file(boundaries)
    begun, cpu = time.perf_counter(), time.process_time()
    found = read_facilities(path, path.name)
    reading, reading_cpu = time.perf_counter() - begun, time.process_time() - cpu
    result = compute(found, path.name, wards, Request())
    whole, whole_cpu = time.perf_counter() - begun, time.process_time() - cpu
    made = result.combinations.query("period == 'all' and method == 'pooled'")
    return {
        "reading": reading,
        "reading_cpu": reading_cpu,
        "whole": whole,
        "cpu": whole_cpu,
        "indicators": len(found.frame.columns) - len(_PLACES),
        "combinations": len(made[["age_group", "level"]].drop_duplicates()),
        "groups": len(positivity.AGE_GROUPS),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]))) + "\n")
