"""Test positivity from two files to a folder of results; needs no Django, database or service."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.core.errors import Note
from analysis.headless import writable
from analysis.readers.aliases import read_aliases
from analysis.readers.boundaries import read_boundaries
from analysis.readers.facilities import read_facilities
from analysis.readers.people import match_people, read_people
from analysis.readers.registers import read_register
from analysis.readers.sniff import require_file
from analysis.tpr_burden import PEOPLE_OF, Burden, ward_burden
from analysis.tpr_combinations import of_areas, of_wards
from analysis.tpr_compute import Request, WardPositivity, compute, lga_table, summary
from analysis.writers.results import write_matches
from analysis.writers.text import write_csv

BURDEN = "burden.csv"
FILES = (
    "wards.csv", "matches.csv", "quality.csv", "cleaning.json", "lgas.csv", "combinations.csv", "area_combinations.csv",
)  # fmt: skip


@dataclass(frozen=True)
class Inputs:
    """What a run starts from."""

    facilities: Path
    boundaries: Path
    aliases: Path | None = None
    sheet: str = ""
    layer: str = ""
    population: Path | None = None
    register: Path | None = None


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
    found = read_facilities(inputs.facilities, inputs.facilities.name, sheet=inputs.sheet)
    boundaries = read_boundaries(inputs.boundaries, inputs.boundaries.name, layer=inputs.layer)
    lent: list[Note] = []
    if inputs.register is not None:
        require_file(inputs.register, "--register")
        register, lent = read_register(inputs.register, inputs.register.name)
        asked = replace(asked, register=register)

    def confirmed(wards: pd.DataFrame) -> Mapping[int, str | None]:
        return read_aliases(inputs.aliases, wards, boundaries.frame) if inputs.aliases else {}

    result = compute(found, inputs.facilities.name, boundaries.frame, asked, confirmed=confirmed)
    counted, told = _burden(inputs, result, asked)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=target) as folder:
        write_files(result, Path(folder))
        if counted is not None:
            write_csv(counted.wards, Path(folder) / BURDEN)
        out.mkdir(parents=True, exist_ok=True)
        for path in Path(folder).iterdir():
            shutil.move(path, out / path.name)
    figures = summary(result, asked.choice)
    figures["notes"] = [*figures["notes"], *(note.as_dict() for note in (*boundaries.notes, *lent, *told))]
    if counted is not None:
        figures["burden"] = counted.facts | {"population": inputs.population and inputs.population.name}
    return figures | {"seconds": round(time.perf_counter() - started, 3)}


def _burden(inputs: Inputs, result: WardPositivity, asked: Request) -> tuple[Burden | None, tuple[Note, ...]]:
    if inputs.population is None:
        return None, ()
    require_file(inputs.population, "--population")
    table = read_people(inputs.population, inputs.population.name)
    people, _, notes = match_people(table, result.wards, PEOPLE_OF[asked.choice.age_group])
    found = ward_burden(result, asked.choice, people)
    if found is None:
        message = (
            "The export has no dates, so that it is not known how many years its cases are of: no burden."
        )
        return None, (Note("burden_without_dates", "warning", message),)
    return found, (*table.notes, *notes, *found.notes)


def write_files(result: WardPositivity, folder: Path) -> None:
    """Write the files of `FILES` into an existing folder."""
    write_csv(result.table(), folder / "wards.csv")
    write_matches(result.matches, folder / "matches.csv")
    write_csv(result.quality, folder / "quality.csv")
    write_csv(lga_table(result), folder / "lgas.csv")
    write_csv(of_areas(result), folder / "area_combinations.csv")
    write_csv(of_wards(result), folder / "combinations.csv")
    cleaning = result.reports.cleaning.as_dict() | {"columns": result.reports.schema.as_dict()}
    text = json.dumps(cleaning, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / "cleaning.json").write_text(text + "\n", encoding="utf-8")
