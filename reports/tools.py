"""What the assistant may ask of reporting: a report, and everything there is to take away."""

from collections.abc import Iterable
from typing import Any, Literal

from django.db import transaction
from django.urls import reverse
from rest_framework.exceptions import ValidationError

from analysis.tools.desk import Desk, Found, Tool, started
from itn.selectors import title_of
from reports.actions import request_report
from reports.core.language import LANGUAGES
from reports.params import FORMATS
from sessions_app import selectors
from sessions_app.models import AnalysisResult, StoredFile
from sessions_app.refusals import explained

# Kind of result -> what of it is offered, the page with the rest and its title. Of a report everything is.
TAKEN_AWAY: dict[str, tuple[tuple[tuple[str, str], ...], str, str]] = {
    "tpr": (
        (
            ("wards.csv", "Test positivity of the wards, CSV"), ("lgas.csv", "Test positivity of the LGAs, CSV"),
            ("wards.xlsx", "Test positivity, Excel"), ("wards.gpkg", "Wards with shapes, GeoPackage"),
        ),
        "tpr_result", "All of the test positivity",
    ),
    "risk": (
        (
            ("wards.csv", "Ranked wards, CSV"), ("wards.xlsx", "Ranked wards, Excel"),
            ("wards.gpkg", "Wards with shapes, GeoPackage"), ("map.geojson", "Simplified shapes, GeoJSON"),
            ("models.csv", "Models"), ("imputation.csv", "Filled cells"), ("matches.csv", "Which row became which ward"),
        ),
        "result_downloads", "All downloads and figures",
    ),
    "itn_plan": (
        (("plan.csv", "Net plan, CSV"), ("plan.xlsx", "Net plan with LGAs and costs, Excel"), ("plan.gpkg", "Net plan with shapes, GeoPackage")),
        "plan_downloads", "All of the net plan",
    ),
}  # fmt: skip
REPORT_FILES = {"report.pdf": "Report, PDF", "report.docx": "Report, Word", "report.html": "Report, HTML", "package.zip": "Data package"}  # fmt: skip


def make_report(
    desk: Desk, *, of: Literal["", "ranking", "plan"] = "", language: str = "",
    format: Literal["", "pdf", "docx", "html", "package"] = "",
) -> Found:  # fmt: skip
    """Have a report written: of the ranking or of the newest stored net plan, in English or French, as one format or all."""
    if language and language not in LANGUAGES:
        return Found("report_language", links=[_page(desk)])
    described = _described(desk, of)
    if isinstance(described, Found):
        return described
    formats = [format] if format else list(FORMATS)
    try:
        report = request_report(
            by=desk.by, session=desk.session, of=described.pk, language=language or LANGUAGES[0], formats=formats,
            idempotency_key=desk.turn_key,
        )  # fmt: skip
    except ValidationError as error:
        raise explained(error) from None
    plan = described.kind == "itn_plan"
    facts = {
        "of": described.kind, "title": title_of(described) if plan else "", "language": report.params["language"],
        "formats": report.params["formats"], "stale": _is_stale(desk, described),
    }  # fmt: skip
    return Found("make_report", facts, links=[started(report, "Watch it, and all reports")])


def _described(desk: Desk, of: str) -> AnalysisResult | Found:
    if of != "plan":
        return desk.ranking()
    plan = desk.newest.succeeded.get("itn_plan")
    if plan is None:
        return Found("no_stored_plan")
    with transaction.atomic():
        return selectors.results_of(desk.session).get(pk=plan.pk)


def _is_stale(desk: Desk, result: AnalysisResult) -> bool:
    with transaction.atomic():
        return selectors.stale(result, desk.newest)


def downloads(desk: Desk) -> Found:
    """Every finished result's files to take away: test positivity, ranking, net plan, report."""
    links, parts = [], []
    for name, result in desk.newest.succeeded.items():
        if name not in TAKEN_AWAY and name != "report":
            continue
        with transaction.atomic():
            files = {file.name: file for file in selectors.artifacts_of(result).defer("report")}
        wanted, page, title = TAKEN_AWAY.get(
            name, (tuple(REPORT_FILES.items()), "session_reports", "All reports")
        )
        links += _files(files, wanted)
        place = [desk.session.pk] if name == "report" else [desk.session.pk, result.pk]
        links.append({"kind": "page", "title": title, "url": reverse(page, args=place)})
        parts.append(name)
    if not parts:
        return Found("nothing_to_download")
    return Found(
        "downloads", {"n": sum(link["kind"] == "file" for link in links), "parts": parts}, links=links
    )


def _files(files: dict[str, StoredFile], wanted: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {
            "kind": "file", "title": title, "url": reverse("file_download", args=[files[name].pk]),
            "bytes": files[name].size_bytes,
        }
        for name, title in wanted
        if name in files
    ]  # fmt: skip


def _page(desk: Desk) -> dict[str, Any]:
    return {"kind": "page", "title": "Reports", "url": reverse("session_reports", args=[desk.session.pk])}


TOOLS = (
    Tool("make_report", "Have a report written", make_report, "risk"),
    Tool("downloads", "Downloads", downloads),
)
