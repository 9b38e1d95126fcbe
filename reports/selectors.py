"""Reading: what a report is written from, and the reports of a session."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.db.models.fields.json import KT

from itn.selectors import title_of
from sessions_app.models import AnalysisResult, AnalysisSession, StoredFile
from sessions_app.selectors import Newest, artifacts_of, newest_of, outdated, results_of

MOST_LISTED = 30


@dataclass(frozen=True)
class Material:
    """The rows that a report is written from.

    `described` holds the ranking, or the plans; `risks` the ranking of each plan, by id; `datasets` the matched wards
    of each ranking, by id; `files` the artefacts of all of these by result and name; `uploads` what was uploaded, by id,
    with the sheet or layer that was named as `chosen_part`.
    """

    session: AnalysisSession
    described: Sequence[AnalysisResult]
    risks: dict[str, AnalysisResult]
    datasets: dict[str, AnalysisResult]
    files: dict[str, dict[str, StoredFile]]
    uploads: dict[str, StoredFile]
    stale: bool

    @property
    def risk(self) -> AnalysisResult:
        """The ranking of the first thing described."""
        first = self.described[0]
        return first if first.kind == "risk" else self.risks[first.params["risk"]]

    @property
    def dataset(self) -> AnalysisResult:
        return self.datasets[self.risk.params["dataset"]]


def material(report: AnalysisResult) -> Material:
    """Everything that a report names, read in one transaction of the caller's scope."""
    session = AnalysisSession.objects.get(pk=report.session_id)
    own = AnalysisResult.objects.filter(session_id=session.pk)
    asked = [report.params["of"], *report.params.get("against", ())]
    found = {str(result.pk): result for result in own.filter(pk__in=asked)}
    described = [found[pk] for pk in asked]
    wanted = {plan.params["risk"] for plan in described if plan.kind == "itn_plan"}
    risks = {str(result.pk): result for result in own.filter(pk__in=wanted)}
    risks |= {pk: result for pk, result in found.items() if result.kind == "risk"}
    datasets = {
        str(result.pk): result for result in own.filter(pk__in={r.params["dataset"] for r in risks.values()})
    }
    everything = [*described, *risks.values(), *datasets.values()]
    files = {
        str(one.pk): {file.name: file for file in artifacts_of(one).defer("report")} for one in everything
    }
    uploads = StoredFile.objects.filter(session_id=session.pk, pk__in=_upload_ids(described, datasets))
    uploads = uploads.defer("report").annotate(chosen_part=KT("report__chosen"))
    newest = newest_of(session)
    return Material(
        session, described, risks, datasets, files, {str(file.pk): file for file in uploads},
        any(outdated(result, newest) for result in described),
    )  # fmt: skip


def _upload_ids(described: Sequence[AnalysisResult], datasets: dict[str, AnalysisResult]) -> set[str]:
    tables = {
        dataset.params.get(kind) for dataset in datasets.values() for kind in ("ward_table", "boundaries")
    }
    lists = {plan.params["population"].get("file") for plan in described if plan.kind == "itn_plan"}
    return {pk for pk in tables | lists if pk}


def reports_of(session: AnalysisSession) -> QuerySet[AnalysisResult]:
    """The reports of a session, newest first."""
    return results_of(session).filter(kind="report")[:MOST_LISTED]


def files_of_reports(reports: Sequence[AnalysisResult]) -> dict[str, list[StoredFile]]:
    """The files of these reports, by the report's id, in the order in which they are offered."""
    found: dict[str, list[StoredFile]] = {str(report.pk): [] for report in reports}
    rows = StoredFile.objects.filter(result_id__in=[report.pk for report in reports]).defer("report")
    for file in sorted(rows, key=lambda file: ORDER.index(_suffix(file.name))):
        found[str(file.result_id)].append(file)
    return found


ORDER = (".pdf", ".docx", ".html", ".zip", ".json")


def _suffix(name: str) -> str:
    return name[name.rindex(".") :]


def describable(session: AnalysisSession, newest: Newest) -> list[dict[str, object]]:
    """What a report can be asked of: the newest ranking, and the finished plans."""
    risk = newest.succeeded.get("risk")
    plans = results_of(session).filter(kind="itn_plan", status=AnalysisResult.Status.SUCCEEDED)[:MOST_LISTED]
    rows: list[dict[str, object]] = [{"pk": risk.pk, "title": "The ranking of the wards"}] if risk else []
    return rows + [{"pk": plan.pk, "title": f"Net plan: {title_of(plan)}"} for plan in plans]
