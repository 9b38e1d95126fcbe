"""What a worker computes of facility reports: the positivity of every ward, and the table that goes on to the ranking."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from django.db import transaction

from analysis import remembered, tpr_trends
from analysis.core.errors import Note
from analysis.core.tpr.positivity import Choice, rates
from analysis.figures.map_svg import draw_map
from analysis.known_names import aliases_for, decisions_in
from analysis.readers.boundaries import read_boundaries
from analysis.readers.facilities import read_facilities
from analysis.reference_people import reference_people
from analysis.runs import MOST_LISTED, plain, remember
from analysis.tpr_burden import PEOPLE_OF, ward_burden
from analysis.tpr_compute import LEAST_MAPPED, Request, WardPositivity, compute, lga_table, summary
from analysis.tpr_headless import write_files
from analysis.tpr_kinds import (
    HANDED_OVER,
    LGA_SERIES,
    LGA_TRENDS,
    TREND_MAP,
    TRENDS,
    UNUSUAL,
    WARD_SERIES,
    YEAR_MAP,
)
from analysis.writers.text import write_csv
from sessions_app.isolation.scope import scope
from sessions_app.jobs import Job
from sessions_app.models import StoredFile

LGAS, MAP_SVG = "lgas.csv", "map.svg"
BURDEN, BURDEN_LGAS, BURDEN_MAP = "burden.csv", "burden_lgas.csv", "burden.svg"
READING = 30.0
HEAT_LGAS, HEAT_PERIODS = 60, 120
SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


def run_tpr(job: Job) -> dict[str, Any]:
    """Read, repair and count the reports, match their wards, and store the ward table with all that explains it."""
    params = job.params
    job.progress("read", 0)
    with job.local_copy(params["facilities"]) as path:
        found = read_facilities(
            path, job.file_name(params["facilities"]), sheet=job.chosen_part(params["facilities"])
        )
    with job.local_copy(params["boundaries"]) as path:
        boundaries = read_boundaries(
            path, job.file_name(params["boundaries"]), layer=job.chosen_part(params["boundaries"])
        )
    choice = Choice(params["age_group"], params["level"], params["method"], params["period"])
    asked = Request(
        choice,
        params["mapping"],
        params["undo"],
        params["positive_above_tested"],
        params["state"],
        least_mapped=None,
        unknown_wards=params.get("unknown_wards", "leave"),
    )
    confirmed = {pair["table_row"]: pair["ward_code"] for pair in params["confirmed"]}
    result = compute(
        found,
        job.file_name(params["facilities"]),
        boundaries.frame,
        asked,
        confirmed=lambda wards: confirmed,
        aliases=aliases_for(params.get("known_names", ()), boundaries.frame),
        on_step=lambda step, percent: job.progress(step, READING + percent * (90 - READING) / 100),
    )
    _remember(job, result, boundaries.frame)
    job.progress("export", 90)
    figure = _save(job, result, choice)
    counted, told = _save_burden(job, result, choice)
    pairs = result.matches.pairs
    figures = plain(summary(result, choice))
    return figures | {
        "notes": figures["notes"] + [note.as_dict() for note in told],
        "figure": figure,
        "burden": plain(counted),
        "blocked": bool(result.mapped_share < LEAST_MAPPED),
        "least_mapped_percent": 100 * LEAST_MAPPED,
        "combinations": plain(_whole_area(result)),
        "heat": plain(_heat(result)),
        "lost": plain(_lost(result)),
        "cleaning": result.reports.cleaning.as_dict(),
        "review_rows": plain(pairs[pairs["status"] == "review"].head(MOST_LISTED).to_dict("records")),
        "unmatched_rows": plain(pairs[pairs["status"] == "unmatched"].head(MOST_LISTED).to_dict("records")),
    }


def _remember(job: Job, result: WardPositivity, boundaries: pd.DataFrame) -> None:
    """Keep what a person said about names and columns for the next file."""
    made = result.reports.months.wards
    remember(job, decisions_in(result.matches, made, boundaries, job.params["confirmed"]))
    with scope(job.owner_id), transaction.atomic():
        file = StoredFile.objects.get(pk=job.params["facilities"])
        remembered.remember_columns(job.owner_id, file.report, file.name, job.params["mapping"])


def ward_table(result: WardPositivity, choice: Choice) -> pd.DataFrame:
    """The table that the ranking reads: wards without a rate keep an empty cell."""
    wards = pd.DataFrame(result.wards)
    outcome = "u5_tpr_rdt" if choice.age_group == "u5" else "test_positivity_rate"
    return pd.DataFrame(
        {
            "WardCode": wards["ward_code"],
            "WardName": wards["ward_name"],
            "LGAName": wards["lga_name"],
            "StateName": wards["state_name"],
            outcome: wards["tpr_percent"],
            "total_tested": wards["tested"],
            "total_positive": wards["positive"],
            "reporting_percent": wards["reporting_percent"],
        }
    ).dropna(axis="columns", how="all")


def _save(job: Job, result: WardPositivity, choice: Choice) -> dict[str, float]:
    folder = Path(job.folder) / "tpr"
    folder.mkdir()
    write_files(result, folder)
    write_csv(ward_table(result, choice), folder / HANDED_OVER)
    write_csv(lga_table(result), folder / LGAS)
    _write_trends(result, choice, folder)
    svg = draw_map(
        result.wards, "tpr_percent", kind="variable", title="Malaria test positivity", label="Positive tests",
        unit="%", source=choice.label(),
    )  # fmt: skip
    (folder / MAP_SVG).write_text(svg, encoding="utf-8")
    for path in sorted(folder.iterdir()):
        job.save_artifact(path.name, path)
    width, height = SIZE.search(svg).groups()
    return {"width": float(width), "height": float(height)}


def _save_burden(
    job: Job, result: WardPositivity, choice: Choice
) -> tuple[dict[str, Any] | None, tuple[Note, ...]]:
    """Cases per 1,000 people and year, if a population was chosen and the export has dates."""
    wanted = job.params.get("population")
    if not wanted:
        return None, ()
    group = PEOPLE_OF[choice.age_group]
    people = reference_people(wanted, result.wards, owner_id=job.owner_id, group=group)
    found = ward_burden(result, choice, people.people)
    if found is None:
        message = (
            "The export has no dates, so that it is not known how many years its cases are of: no burden."
        )
        return None, (Note("burden_without_dates", "warning", message),)
    folder = Path(job.folder) / "burden"
    folder.mkdir()
    drawn = result.wards.assign(burden_shown=found.wards["burden_shown"].to_numpy())
    svg = draw_map(
        drawn, "burden_shown", kind="variable", title="Malaria burden", label="Cases", unit="per 1,000 a year",
        source=f"Among {found.facts['among']}: {people.words}, {people.year}",
    )  # fmt: skip
    (folder / BURDEN_MAP).write_text(svg, encoding="utf-8")
    for path in (
        write_csv(found.wards, folder / BURDEN),
        write_csv(found.lgas, folder / BURDEN_LGAS),
        folder / BURDEN_MAP,
    ):
        job.save_artifact(path.name, path)
    facts = found.facts | {"population": people.words, "population_year": people.year, "cited": people.cited}
    return facts | {"lgas": found.lgas.to_dict("records")}, (*people.notes, *found.notes)


def _write_trends(result: WardPositivity, choice: Choice, folder: Path) -> None:
    """What the trends page reads; nothing of an export without dates."""
    if not any(result.cube.periods):
        return
    wards, lgas = tpr_trends.ward_moves(result, choice), tpr_trends.lga_moves(result, choice)
    write_csv(wards.table, folder / TRENDS)
    write_csv(lgas.table, folder / LGA_TRENDS)
    write_csv(wards.series, folder / WARD_SERIES)
    write_csv(lgas.series, folder / LGA_SERIES)
    write_csv(pd.concat([lgas.unusual, wards.unusual], ignore_index=True), folder / UNUSUAL)
    svg = tpr_trends.slope_map(result, wards.table, choice.label())
    (folder / TREND_MAP).write_text(svg, encoding="utf-8")
    for year, drawn in tpr_trends.year_maps(result, wards.table, choice.label()).items():
        (folder / YEAR_MAP.format(year)).write_text(drawn, encoding="utf-8")


def _whole_area(result: WardPositivity) -> list[dict[str, Any]]:
    """Every combination over all wards, from sums."""
    keys = ["age_group", "level", "method", "period"]
    grouped = result.combinations.groupby(keys, sort=False)
    sums = grouped.agg(tested=("tested", "sum"), positive=("positive", "sum"), wards=("tpr_percent", "count"))
    return sums.join(rates(sums)).reset_index().to_dict("records")


def _heat(result: WardPositivity) -> dict[str, Any]:
    """Reporting rate by LGA and period, the newest periods."""
    found = result.quality[(result.quality["check"] == "reporting_rate") & (result.quality["scope"] == "lga")]
    if found.empty:
        return {"periods": [], "rows": []}
    wide = found.pivot_table(index="place", columns="period", values="value", aggfunc="first").iloc[
        :, -HEAT_PERIODS:
    ]
    rows = [
        {"lga": str(name), "values": list(values)}
        for name, values in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    return {"periods": list(wide.columns), "rows": rows[:HEAT_LGAS]}


def _lost(result: WardPositivity) -> list[dict[str, Any]]:
    found = result.quality[result.quality["check"] == "not_on_the_map"]
    return found[["place", "value", "count"]].head(MOST_LISTED).replace({np.nan: None}).to_dict("records")
