"""What a worker does for a report: reads the stored rows and drawings, writes the asked formats, packs the data."""

from typing import Any

import pandas as pd
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from analysis import frames
from itn.figures.difference import difference_map
from itn.sources import population_told
from reports.core.comparison import comparison_report
from reports.core.document import Report
from reports.core.facts import Origin, Setting, Upload
from reports.core.nets import Planned, nets_report, plan_title
from reports.core.ranking import Ranking, ranking_report
from reports.packing import pack
from reports.renderers.pdf import write_pdf
from reports.renderers.web import write_html
from reports.renderers.word import write_docx
from reports.selectors import Material, material
from sessions_app.isolation.scope import scope
from sessions_app.jobs import Job
from sessions_app.models import AnalysisResult, StoredFile

FILLED = ["ward_code", "ward_name", "variable", "value", "method", "donors"]
SHOWN = frozenset({
    "map_rank", "map_tier", "stability_01", "comparison_ranks", "tier_table", "loadings", "scree", "workflow",
    "map_coverage", "map_nets", "curve_stock", "curve_coverage", "curve_lorenz",
})  # fmt: skip
NAMES = {"pdf": "report.pdf", "docx": "report.docx", "html": "report.html", "package": "package.zip"}


def run_report(job: Job) -> dict[str, Any]:
    """Write a report; store each format."""
    job.progress("read", 0)
    with scope(job.owner_id), transaction.atomic():
        found = material(job.result)
    formats = job.params["formats"]
    job.progress("write", 15)
    report = _written(job, found)
    job.progress("pdf", 25)
    paths = {}
    if "pdf" in formats:
        (job.folder / "setting").mkdir()
        paths["pdf"] = write_pdf(report, job.folder / NAMES["pdf"], job.folder / "setting")
    if "html" in formats:
        paths["html"] = write_html(report, job.folder / NAMES["html"])
    job.progress("word", 45)
    if "docx" in formats:
        paths["docx"] = write_docx(report, job.folder / NAMES["docx"], job.result.created_at)
    for name, path in paths.items():
        job.save_artifact(NAMES[name], path)
    job.progress("package", 75)
    if "package" in formats:
        packed = pack(job, found, report, list(paths.values()), job.folder / NAMES["package"])
        job.save_artifact(packed.name, packed)
    return {
        "title": report.title,
        "about": ", ".join(_title(result, report.language) for result in found.described),
        "of_kind": "comparison" if len(found.described) > 1 else found.described[0].kind,
        "language": report.language,
        "formats": formats,
    }


def _title(result: AnalysisResult, language: str) -> str:
    return plan_title(language, result.params) if result.kind == "itn_plan" else ""


def _written(job: Job, found: Material) -> Report:
    setting, language = _setting(found), job.params["language"]
    if found.described[0].kind == "risk":
        return ranking_report(language, setting, _ranking(found.described[0], found, language))
    plans = [
        Planned(_origin(plan, found, language), frames.load_wards(plan).to_pandas())
        for plan in found.described
    ]
    if len(plans) == 1:
        return nets_report(language, setting, plans[0])
    return comparison_report(language, setting, plans, _difference(found, plans))


def _file_words(file: StoredFile) -> str:
    """Its name, and which sheet or layer of it was named."""
    part = getattr(file, "chosen_part", None)
    return f"{file.name} ({part})" if part else file.name


def _setting(found: Material) -> Setting:
    dataset = found.dataset
    plans = [one for one in found.described if one.kind == "itn_plan"]
    named = [(kind, dataset.params.get(kind, "")) for kind in ("ward_table", "boundaries")]
    named += [("registration", plan.params["population"].get("file", "")) for plan in plans]
    uploads = [(kind, found.uploads[pk]) for kind, pk in dict.fromkeys(named) if pk in found.uploads]
    return Setting(
        session=found.session.name,
        written=timezone.now(),
        program=settings.CODE_VERSION,
        dataset=dataset.summary,
        confirmed=len(dataset.params["confirmed"]),
        uploads=tuple(Upload(kind, _file_words(file), file.sha256) for kind, file in uploads),
        is_demo=found.session.is_demo,
        stale=found.stale,
    )


def _origin(result: AnalysisResult, found: Material, language: str) -> Origin:
    here = found.files[str(result.pk)]
    wanted = [row["name"] for row in result.summary["figures"] if _shown(row["name"])]
    figures = {
        name: frames.artifact_bytes(result, f"{name}.svg").decode()
        for name in wanted
        if f"{name}.svg" in here
    }
    return Origin(
        id=str(result.pk), kind=result.kind, title=_title(result, language), params=result.params, summary=result.summary,
        version=result.code_version, finished=result.finished_at or result.created_at, figures=figures,
    )  # fmt: skip


def _shown(name: str) -> bool:
    """Of the many figures of a result some stand in its report; all are in the package."""
    return name in SHOWN or name.startswith("map_variable_")


def _ranking(result: AnalysisResult, found: Material, language: str) -> Ranking:
    filled = pd.DataFrame(frames.csv_rows(result, "imputation.csv"), columns=FILLED)
    models = len(frames.csv_rows(result, "models.csv"))
    return Ranking(_origin(result, found, language), frames.load_wards(result).to_pandas(), models, filled)


def _difference(found: Material, plans: list[Planned]) -> str:
    first, second = (plan.wards.set_index("ward_code") for plan in plans[:2])
    second = second.reindex(first.index)
    change = (second["coverage_percent"] - first["coverage_percent"]).to_dict()
    reasons = dict(zip(first.index, zip(first["reason"], second["reason"], strict=True), strict=True))
    title = f"From “{plans[0].origin.title}” to “{plans[1].origin.title}”"
    sources = [population_told(plan.origin.summary["source"]) for plan in plans[:2]]
    return difference_map(plans[0].origin.figures["map_coverage"], change, title, sources, reasons)
