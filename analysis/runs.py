"""What a worker computes: the matched dataset of two uploads, and the ranking of a dataset."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import scipy.stats  # noqa: F401 - which the cores load at first use: a worker's processes share what it had before them
from django.db import transaction

from analysis import frames, remembered
from analysis.core.errors import Note
from analysis.core.matching import MatchReport, match_wards
from analysis.core.model_flags import flagged_models, urban_shares
from analysis.core.names import CANONICAL, canonical_table
from analysis.core.pipeline import RiskResult
from analysis.core.pipeline import run_risk as rank_wards
from analysis.core.profile import profile_variables
from analysis.core.ranks import SCORE_DECIMALS
from analysis.core.selection import zones_of
from analysis.covariates import TABLE as COVARIATES
from analysis.covariates import Covariates, add_covariates
from analysis.figures.charts import figure_specs, flags_of
from analysis.figures.vega import size_of
from analysis.figures.year_maps import Years, years_of
from analysis.joining import join_wards
from analysis.known_names import aliases_for, decisions_in, used_note
from analysis.readers.boundaries import BoundariesFile, read_boundaries
from analysis.readers.tables import TableFile, read_table
from analysis.writers.geo import write_geoparquet
from analysis.writers.results import write_matches, write_result
from analysis.writers.text import arrow_table, write_csv
from sessions_app.isolation.scope import scope
from sessions_app.jobs import Job
from sessions_app.models import AnalysisResult, StoredFile

MOST_LISTED = 500
"""How many doubtful rows a summary lists; matches.csv has them all."""

# The computation's own percentages fill this much of a ranking's bar; writing and drawing fill the rest.
COMPUTING = 0.5
WRITING = 60.0
GAPS_LEFT = "gaps_left_open"
LEFT_OPEN = {"outcome_not_filled", "support_not_filled", "too_sparse_to_fill"}


def run_dataset(job: Job) -> dict[str, Any]:
    """Read both uploads, match their wards with what a person confirmed, and store the joined table."""
    job.progress("read_table", 0)
    table = _read_table(job)
    job.progress("read_boundaries", 20)
    boundaries = _read_boundaries(job)
    job.progress("match", 45)
    rows = table.with_rows()
    confirmed = {pair["table_row"]: pair["ward_code"] for pair in job.params["confirmed"]}
    rule = job.params.get("duplicates", "refuse")
    places = canonical_table(rows)
    known = aliases_for(job.params.get("known_names", ()), boundaries.frame)
    report = match_wards(places, boundaries.frame, confirmed=confirmed, aliases=known, duplicates=rule)
    dataset, join_notes = _joined(rows, boundaries.frame, report)
    job.progress("covariates", 60)
    added = add_covariates(job, dataset)
    dataset = added.dataset
    job.progress("store", 80)
    zones = zones_of(dataset)
    variables = profile_variables(dataset, zones[0] if len(zones) == 1 else None)
    path = job.folder / frames.DATASET
    job.save_artifact(frames.DATASET, write_geoparquet(dataset, path))
    job.save_artifact(frames.MATCHES, write_matches(report, job.folder / frames.MATCHES))
    _save_covariates(job, added)
    remember(job, decisions_in(report, places, boundaries.frame, job.params["confirmed"]))
    notes = [
        *table.notes, *boundaries.notes, *used_note(report), *report.notes, *join_notes, *added.notes
    ]  # fmt: skip
    return _counts(report, boundaries.frame) | {
        "zones": list(zones),
        "states": sorted({str(name) for name in dataset["state_name"].dropna()}),
        "lgas": int(dataset["lga_name"].fillna(dataset["lga_code"]).nunique()),
        "variables": plain(variables.to_dict("records")),
        "covariates": plain(added.facts),
        "duplicates": rule,
        "duplicate_rows": len(report.stands_in),
        "notes": _told(notes),
    }


def remember(job: Job, decided: list[dict[str, Any]]) -> None:
    """Keep what a person said about names for the next file; what was decided already says it for this one."""
    if decided:
        with scope(job.owner_id):
            remembered.remember_names(job.owner_id, decided)


def _save_covariates(job: Job, added: Covariates) -> None:
    if not added.values.empty:
        job.save_artifact(COVARIATES, write_csv(added.values, job.folder / COVARIATES))
    for name, svg in added.maps.items():
        _save_bytes(job, name, svg.encode())


def run_risk(job: Job) -> dict[str, Any]:
    """Rank the wards of a dataset; store every export and figure."""
    params = job.params
    with job.artifact_path(params["dataset"], frames.DATASET) as path:
        dataset = gpd.read_parquet(path)
    result = rank_wards(
        dataset,
        variables=params.get("variables"),
        inverse=params.get("inverse"),
        method=params["method"],
        imputation=params.get("imputation", {}),
        pca_without=params.get("pca_without", ()),
        require_outcome=params.get("require_outcome", False),
        zone=params.get("zone"),
        outcome=params.get("outcome"),
        cut=params.get("cut", "thirds"),
        force_pca=params.get("force_pca", False),
        on_step=lambda step, percent: job.progress(step, percent * COMPUTING),
    )
    job.progress("export", 100 * COMPUTING)
    columns = _save_exports(job, result)
    job.progress("figures", WRITING)
    years = years_of(result, dataset)
    figures = _save_figures(job, result, years)
    summary = plain(result.summary())
    return summary | {
        "notes": summary["notes"] + [note.as_dict() for note in _open_gaps(result)],
        "parameters": plain(result.parameters),
        "ward_columns": columns,
        "figures": figures,
        "years": [one.facts for one in years],
        "model_flags": _model_flags(result),
        "top": plain(_top(result)),
        "pca": plain(result.pca.as_dict()),
        "comparison": plain(result.comparison.as_dict()),
    }


def _read_table(job: Job) -> TableFile:
    file_id = job.params["ward_table"]
    with job.local_copy(file_id) as path:
        return read_table(path, job.file_name(file_id), sheet=job.chosen_part(file_id))


def _read_boundaries(job: Job) -> BoundariesFile:
    file_id = job.params["boundaries"]
    with job.local_copy(file_id) as path:
        return read_boundaries(path, job.file_name(file_id), layer=job.chosen_part(file_id))


def _joined(
    rows: pd.DataFrame, boundaries: gpd.GeoDataFrame, report: MatchReport
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """The joined table. While every pair still waits for a person, the boundaries alone: there is something to review."""
    if (report.pairs["status"] == "accepted").any() or not (report.pairs["status"] == "review").any():
        return join_wards(rows, boundaries, report)
    nothing = pd.array([pd.NA] * len(boundaries), dtype="Int64")
    waiting = Note(
        "all_pairs_wait", "warning", "No pair of names is certain; confirm pairs to go on.", len(report.pairs)
    )
    return boundaries[[*CANONICAL, "geometry"]].assign(table_row=nothing), [waiting]


def _counts(report: MatchReport, boundaries: gpd.GeoDataFrame) -> dict[str, Any]:
    pairs = report.pairs
    counted = pairs["status"].value_counts()
    return {
        "rows": len(pairs),
        "wards": len(boundaries),
        "accepted": int(counted.get("accepted", 0)),
        "review": int(counted.get("review", 0)),
        "unmatched_table": int(counted.get("unmatched", 0)),
        "unmatched_boundaries": len(report.unmatched_boundaries),
        "methods": {
            str(k): int(v)
            for k, v in pairs.loc[pairs["status"] == "accepted", "method"].value_counts().items()
        },
        "review_rows": _listed(pairs[pairs["status"] == "review"]),
        "unmatched_rows": _listed(pairs[pairs["status"] == "unmatched"]),
        "unmatched_wards": _listed(report.unmatched_boundaries),
    }


def _listed(rows: pd.DataFrame) -> list[dict[str, Any]]:
    plain_columns = [name for name in rows.columns if name != "geometry"]
    return plain(rows[plain_columns].head(MOST_LISTED).to_dict("records"))


def _told(notes: Iterable[Note]) -> list[dict[str, Any]]:
    """Each note once: a file and its join may say the same."""
    return [note.as_dict() for note in dict.fromkeys(notes)]


def _save_exports(job: Job, result: RiskResult) -> list[str]:
    folder = job.folder / "exports"
    folder.mkdir()
    for path in write_result(result, folder, about=_about(job)):
        job.save_artifact(path.name, path)
    job.save_artifact(frames.SCALED, write_csv(result.normalised, folder / frames.SCALED))
    wards = result.wards.drop(columns="geometry")
    job.save_artifact(frames.TABLE, write_arrow(wards, folder / frames.TABLE))
    with job.artifact_path(job.params["dataset"], frames.MATCHES) as path:
        job.save_artifact(frames.MATCHES, path)
    return [str(name) for name in wards.columns]


def _about(job: Job) -> dict[str, str]:
    """What the exports say about where they come from: ids, the uploads with their checksums, the program."""
    return {
        "result": str(job.result.pk),
        "dataset": str(job.params["dataset"]),
        **_uploads(job),
        "program_version": job.result.code_version,
        "requested_at": job.result.created_at.isoformat(timespec="seconds"),
    }


def _uploads(job: Job) -> dict[str, str]:
    """Name and SHA-256 of each upload of the dataset; one that is deleted by now is told as such."""
    told = {}
    with scope(job.owner_id), transaction.atomic():
        dataset = AnalysisResult.objects.get(pk=job.params["dataset"])
        chosen = {kind: dataset.params.get(kind) for kind in ("ward_table", "boundaries")}
        wanted = [pk for pk in chosen.values() if pk]
        found = {str(file.pk): file for file in StoredFile.objects.filter(pk__in=wanted).defer("report")}
    for kind, pk in chosen.items():
        if pk:
            file = found.get(str(pk))
            told[kind] = file.name if file else "deleted"
            told[f"{kind}_sha256"] = file.sha256 if file else ""
    return told


def write_arrow(wards: pd.DataFrame, path: Path) -> Path:
    """The ward table as pages read it: an eighth of the time that GeoParquet takes, with its shapes left out."""
    table = arrow_table(wards)
    with pa.ipc.new_file(path, table.schema) as file:
        file.write_table(table)
    return path


def _save_figures(job: Job, result: RiskResult, years: list[Years]) -> list[dict[str, Any]]:
    """Draw each figure as SVG. Returns their names, titles and sizes, in the order of the pages.

    A PNG is made of the stored SVG when somebody asks for it: for all figures of a state that would be 14 of 15
    seconds and 50 of 54 MB, and few are ever fetched.
    """
    drawn = []
    specs = figure_specs(result, years=years)
    for number, (name, figure) in enumerate(specs.items()):
        job.progress("figures", WRITING + (100 - WRITING) * number / len(specs))
        svg = figure.svg()
        _save_bytes(job, f"{name}.svg", svg.encode())
        width, height = size_of(svg)
        drawn.append(
            {"name": name, "title": figure.title, "alt": figure.alt, "width": width, "height": height}
        )
    return drawn


def _model_flags(result: RiskResult) -> dict[str, Any] | None:
    """The models that put wards on top that are not urban; None where the table has no urban share."""
    flags = flags_of(result)
    if flags is None:
        return None
    return plain(flagged_models(result.models, result.wards, flags, urban_shares(result)))


def _save_bytes(job: Job, name: str, content: bytes) -> None:
    path = Path(job.folder) / name
    path.write_bytes(content)
    job.save_artifact(name, path)
    path.unlink()


def _open_gaps(result: RiskResult) -> list[Note]:
    """Gaps that somebody chose to leave open; the computation itself speaks of those that it leaves open unasked."""
    told = {name for note in result.notes if note.code in LEFT_OPEN for name in note.examples}
    ranked = result.wards[result.wards["composite_rank"].notna()]
    outcome = result.parameters["outcome"]
    notes = []
    for name, how in result.parameters["imputation"].items():
        missing = int(ranked[name].isna().sum()) if how == "none" and name not in told else 0
        if missing:
            code, kind = (
                ("outcome_not_filled", " in a measured outcome") if name == outcome else (GAPS_LEFT, "")
            )
            message = f"{name}: gaps{kind} are left open; these wards are ranked from the models that do not use it."
            notes.append(Note(code, "info", message, missing, (name,)))
    return notes


def _top(result: RiskResult, count: int = 10) -> list[dict[str, Any]]:
    columns = ["ward_code", "ward_name", "lga_name", "composite_score", "composite_rank", "composite_tier"]
    columns += ["rank_min", "rank_max", "models_used", "models_first", "flags"]
    scores = result.model_scores.drop(columns="ward_code").round(SCORE_DECIMALS)
    wards = result.wards.assign(models_first=scores.eq(scores.max()).sum(axis=1).to_numpy())
    ranked = wards[wards["composite_rank"].notna()]
    return ranked.sort_values(["composite_rank", "ward_code"])[columns].head(count).to_dict("records")


def plain(value: Any) -> Any:
    """The same as JSON can hold it; what is missing or infinite becomes null."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, pd.DataFrame):
        return plain(value.reset_index().to_dict("records") if value.index.name else value.to_dict("records"))
    if isinstance(value, pd.Series):
        return plain(value.to_dict())
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, Note):
        return value.as_dict()
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, str):
        return value
    return plain(vars(value))
