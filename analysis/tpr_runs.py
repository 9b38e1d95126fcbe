"""What a worker computes of facility reports: the positivity of every ward, and the table that goes on to the ranking."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from django.db import transaction
from django.db.models.fields.json import KeyTextTransform

from analysis import remembered, tpr_hotspots, tpr_trends
from analysis.core.errors import Note
from analysis.core.tpr.positivity import Choice
from analysis.covariates import opened
from analysis.figures.missing_svg import missingness_map
from analysis.figures.vega import size_of
from analysis.known_names import aliases_for, decisions_in
from analysis.readers.boundaries import read_boundaries
from analysis.readers.facilities import read_facilities
from analysis.readers.rasters import covariate
from analysis.readers.registers import read_register
from analysis.reference_people import CountedPeople, own_people, own_raster_people, reference_people
from analysis.runs import MOST_LISTED, plain, remember
from analysis.tpr_burden import RATE, Burden, ward_burden
from analysis.tpr_combinations import of_map
from analysis.tpr_compute import LEAST_MAPPED, Request, WardPositivity, compute, summary
from analysis.tpr_exports import write_exports
from analysis.tpr_headless import OUTPATIENTS, outpatients_of, write_files
from analysis.tpr_kinds import (
    HANDED_OVER,
    HEAT_LGAS,
    HEAT_PERIODS,
    HOTSPOT_MAP,
    HOTSPOTS,
    LGA_SERIES,
    LGA_TRENDS,
    TREND_MAP,
    TRENDS,
    UNUSUAL,
    WARD_SERIES,
    YEAR_MAP,
)
from analysis.tpr_maps import MAP, positivity_map, write_burden_maps
from analysis.tpr_people import PEOPLE_OF, Adjustment, People
from analysis.writers.text import write_csv
from sessions_app.isolation.scope import scope
from sessions_app.jobs import Job
from sessions_app.models import StoredFile

MISSING_SVG = "missing_reports.svg"
READING = 30.0
UPLOADS = ("facilities", "boundaries", "register", "population_file")
# Of what was asked for, that which the exports tell; the choice itself and the population stand there anyway.
ASKED = (
    "state", "mapping", "undo", "positive_above_tested", "unknown_wards", "outliers", "totals", "dates", "confirmed",
    "urban",
)  # fmt: skip
OUTLIERS_LISTED = 100


def run_tpr(job: Job) -> dict[str, Any]:
    """Read, repair and count the reports, match their wards, and store the ward table with all that explains it."""
    params = job.params
    job.progress("read", 0)
    with job.local_copy(params["facilities"]) as path:
        name, sheet = job.file_name(params["facilities"]), job.chosen_part(params["facilities"])
        read = [read_facilities(path, name, sheet=sheet)]
    with job.local_copy(params["boundaries"]) as path:
        boundaries = read_boundaries(
            path, job.file_name(params["boundaries"]), layer=job.chosen_part(params["boundaries"])
        )
    register, lent = _register(job)
    choice = Choice(params["age_group"], params["level"], params["method"], params["period"])
    asked = Request(
        choice,
        params["mapping"],
        params["undo"],
        params["positive_above_tested"],
        params["state"],
        least_mapped=None,
        unknown_wards=params.get("unknown_wards", "leave"),
        outliers=params.get("outliers", "keep"),
        totals=params.get("totals", "keep"),
        dates=params.get("dates", "auto"),
        register=register,
    )
    confirmed = {pair["table_row"]: pair["ward_code"] for pair in params["confirmed"]}
    # Handed over and not kept: a country's reports as they were read are let go once they are arrays.
    result = compute(
        read.pop(),
        name,
        boundaries.frame,
        asked,
        confirmed=lambda wards: confirmed,
        aliases=aliases_for(params.get("known_names", ()), boundaries.frame),
        on_step=lambda step, percent: job.progress(step, READING + percent * (90 - READING) / 100),
    )
    _remember(job, result, boundaries.frame)
    job.progress("export", 90)
    found_burden, told = _burden(job, result, choice)
    seen, said = _save_outpatients(job, result, choice)
    more = (*lent, *told, *said)
    figure = _save(job, result, choice, found_burden, more)
    counted = None if found_burden is None else _save_burden(job, result, found_burden)
    pairs = result.matches.pairs
    figures = plain(summary(result, choice))
    return figures | {
        "notes": figures["notes"] + [note.as_dict() for note in more],
        "figure": figure,
        "burden": plain(counted),
        "blocked": bool(result.mapped_share < LEAST_MAPPED),
        "least_mapped_percent": 100 * LEAST_MAPPED,
        "combinations": plain(of_map(result).to_dict("records")),
        "heat": plain(_heat(result)),
        "outliers": plain(_outliers(result, asked.outliers)),
        "outpatients": plain(seen),
        "lost": plain(_lost(result)),
        "cleaning": result.reports.cleaning.as_dict(),
        "review_rows": plain(pairs[pairs["status"] == "review"].head(MOST_LISTED).to_dict("records")),
        "unmatched_rows": plain(pairs[pairs["status"] == "unmatched"].head(MOST_LISTED).to_dict("records")),
    }


def _register(job: Job) -> tuple[pd.DataFrame | None, list[Note]]:
    if not (wanted := job.params.get("register")):
        return None, []
    with job.local_copy(wanted) as path:
        return read_register(path, job.file_name(wanted), sheet=job.chosen_part(wanted))


def _remember(job: Job, result: WardPositivity, boundaries: pd.DataFrame) -> None:
    """Keep what a person said about names and columns for the next file."""
    made = result.reports.months.wards
    remember(job, decisions_in(result.matches, made, boundaries, job.params["confirmed"]))
    with scope(job.owner_id), transaction.atomic():
        file = StoredFile.objects.get(pk=job.params["facilities"])
        remembered.remember_columns(job.owner_id, file.report, file.name, job.params["mapping"])


def ward_table(result: WardPositivity, choice: Choice, found: Burden | None = None) -> pd.DataFrame:
    """The table that the ranking reads: wards without a rate keep an empty cell.

    The burden goes along where it was computed. Positivity stays the outcome: it comes before burden where nobody
    chooses.
    """
    wards = pd.DataFrame(result.wards)
    outcome = "u5_tpr_rdt" if choice.age_group == "u5" else "test_positivity_rate"
    burden = {} if found is None else {RATE: found.wards[RATE].to_numpy()}
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
            **burden,
        }
    ).dropna(axis="columns", how="all")


def _save(
    job: Job, result: WardPositivity, choice: Choice, found: Burden | None, notes: tuple[Note, ...]
) -> dict[str, float]:
    folder = Path(job.folder) / "tpr"
    folder.mkdir()
    write_files(result, folder)
    write_csv(ward_table(result, choice, found), folder / HANDED_OVER)
    _write_trends(result, choice, folder)
    _write_hotspots(result, choice, folder)
    asked = {name: job.params[name] for name in ASKED if name in job.params}
    write_exports(result, choice, folder, _about(job), asked, counted=found, notes=notes)
    svg = positivity_map(result, choice)
    (folder / MAP).write_text(svg, encoding="utf-8")
    if result.reporting.periods:
        (folder / MISSING_SVG).write_text(_missing_svg(job, result), encoding="utf-8")
    for path in sorted(folder.iterdir()):
        job.save_artifact(path.name, path)
    width, height = size_of(svg)
    return {"width": width, "height": height}


def _about(job: Job) -> dict[str, str]:
    """What the exports say of their origin: ids, the uploads with their checksums, the program."""
    wanted = {kind: job.params[kind] for kind in UPLOADS if job.params.get(kind)}
    if raster := job.params.get("population_raster"):
        wanted["population_raster"] = raster["file"]
    with scope(job.owner_id), transaction.atomic():
        found = {
            str(file.pk): file
            for file in StoredFile.objects.filter(pk__in=wanted.values())
            .annotate(part=KeyTextTransform("chosen", "report"))
            .defer("report")
        }
    told = {"result": str(job.result.pk)}
    for kind, pk in wanted.items():
        file = found.get(pk)
        told |= {kind: file.name if file else "deleted", f"{kind}_sha256": file.sha256 if file else ""}
        part = getattr(file, "part", "")
        told |= {f"{kind}_part": part} if part else {}
    return told | {
        "program_version": job.result.code_version,
        "requested_at": job.result.created_at.isoformat(timespec="seconds"),
    }


def _burden(job: Job, result: WardPositivity, choice: Choice) -> tuple[Burden | None, tuple[Note, ...]]:
    """Cases per 1,000 people and year, if a population was chosen and the export has dates."""
    counted = _counted(job, result, PEOPLE_OF[choice.age_group])
    if counted is None:
        return None, ()
    if counted.people.isna().all():
        return None, counted.notes
    params = job.params
    done = Adjustment(
        params.get("growth_percent"),
        params.get("growth_source", ""),
        params.get("pregnancy_factor"),
        params.get("pregnancy_factor_source", ""),
    )
    found = ward_burden(result, choice, counted.people, People(counted.words, counted.year, done))
    if found is None:
        message = (
            "The export has no dates, so that it is not known how many years its cases are of: no burden."
        )
        return None, (Note("burden_without_dates", "warning", message),)
    found.facts["cited"] = counted.cited
    return found, (*counted.notes, *found.notes)


def _counted(job: Job, result: WardPositivity, group: str) -> CountedPeople | None:
    """The people of the wards: of a reference set, or of the user's own table or raster."""
    params = job.params
    if params.get("population"):
        return reference_people(params["population"], result.wards, owner_id=job.owner_id, group=group)
    if raster := params.get("population_raster"):
        name = job.file_name(raster["file"])
        with job.local_copy(raster["file"]) as path:
            return own_raster_people(
                path, name, params["population_year"], result.wards, group=group, band=raster.get("band")
            )
    if not params.get("population_file"):
        return None
    wanted = params["population_file"]
    name, sheet = job.file_name(wanted), job.chosen_part(wanted)
    with job.local_copy(wanted) as path:
        return own_people(path, name, params["population_year"], result.wards, group=group, sheet=sheet)


def _save_burden(job: Job, result: WardPositivity, found: Burden) -> dict[str, Any]:
    """Maps of the burden and of how it moves; returns its figures."""
    folder = Path(job.folder) / "burden"
    folder.mkdir()
    for path in write_burden_maps(result, found, folder):
        job.save_artifact(path.name, path)
    return found.facts | {"lgas": found.lgas.to_dict("records")}


def _save_outpatients(
    job: Job, result: WardPositivity, choice: Choice
) -> tuple[dict[str, Any] | None, list[Note]]:
    """Positive persons among outpatients, if asked for; how urban a ward is says a raster, else the boundaries."""
    if not job.params.get("outpatient"):
        return None, []
    urban, source = None, ""
    if job.params.get("urban"):
        with opened(job, job.params["urban"]) as chosen:
            found = covariate(
                chosen.path, chosen.file_name, chosen.kind, result.wards.geometry, band=chosen.band
            )
            urban = found["value"]
            source = ", ".join(str(chosen.cited[part]) for part in ("name", "year") if chosen.cited.get(part))
    table, notes = outpatients_of(result, choice, urban)
    folder = Path(job.folder) / "outpatients"
    folder.mkdir()
    job.save_artifact(OUTPATIENTS, write_csv(table, folder / OUTPATIENTS))
    rows = table[table["outpatient_percent"].notna()]
    facts = {
        "wards": len(rows),
        "urban_source": source,
        "why_not": table["flags"].value_counts().drop("outpatient_rate", errors="ignore").to_dict(),
        "rows": rows.head(MOST_LISTED).to_dict("records"),
    }
    return facts, notes


def _outliers(result: WardPositivity, rule: str) -> dict[str, Any]:
    """The counts furthest from what their facility usually reports; outliers.csv has them all."""
    found = result.outliers
    columns = [
        "facility",
        "ward_name",
        "lga_name",
        "age_group",
        "test",
        "count",
        "period",
        "file_row",
        "value",
    ]
    columns += ["expected_low", "expected_high", "used"]
    rows = found[columns].head(OUTLIERS_LISTED).to_dict("records")
    return {"count": len(found), "rule": rule, "rows": rows}


def _missing_svg(job: Job, result: WardPositivity) -> str:
    names = result.wards["ward_name"].fillna("no name").tolist()
    lgas = result.wards["lga_name"].fillna("").tolist()
    percent = 100 * result.reporting.by_period
    file = job.file_name(job.params["facilities"])
    return missingness_map(percent, names, lgas, result.reporting.periods, source=f"{file}; all facilities")


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


def _write_hotspots(result: WardPositivity, choice: Choice, folder: Path) -> None:
    found = tpr_hotspots.hotspots(result.wards)
    if found["gi_z"].isna().all():
        return
    write_csv(found, folder / HOTSPOTS)
    drawn = tpr_hotspots.hotspot_map(result.wards, found, choice.label())
    (folder / HOTSPOT_MAP).write_text(drawn, encoding="utf-8")


def _heat(result: WardPositivity) -> dict[str, Any]:
    """Reporting rate by LGA in the newest periods, of the first page of LGAs; the rates of all over these."""
    found = result.quality[(result.quality["check"] == "reporting_rate") & (result.quality["scope"] == "lga")]
    if found.empty:
        return {"periods": [], "rows": []}
    several = found["state_name"].nunique() > 1
    named = found.assign(state_name=found["state_name"].fillna(""))
    wide, due = (
        named.pivot_table(
            index=["place", "state_name"], columns="period", values=name, aggfunc="first"
        ).iloc[:, -HEAT_PERIODS:]
        for name in ("value", "count")
    )  # fmt: skip
    # Of all that was expected, not the mean of the rates of its periods.
    rate = (wide * due).sum(axis=1) / due.sum(axis=1)
    rows = [
        {
            "lga": f"{name} ({state})" if several and state else str(name),
            "values": list(values),
            "rate": whole,
        }
        for (name, state), values, whole in zip(wide.index, wide.to_numpy(), rate, strict=True)
    ]
    return {
        "periods": list(wide.columns),
        "rows": rows[:HEAT_LGAS],
        "lgas": [row["lga"] for row in rows],
        "rates": [row["rate"] for row in rows],
    }


def _lost(result: WardPositivity) -> list[dict[str, Any]]:
    found = result.quality[result.quality["check"] == "not_on_the_map"]
    return found[["place", "value", "count"]].head(MOST_LISTED).replace({np.nan: None}).to_dict("records")
