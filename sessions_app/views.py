"""Pages that every kind of analysis shares: landing, sessions, their data, running work."""

import uuid
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sessions_app import actions, kinds, resumable, selectors
from sessions_app.downloads import send
from sessions_app.forms import SessionForm, UploadForm
from sessions_app.isolation.lookup import get_own
from sessions_app.localised import whole
from sessions_app.models import AnalysisResult, AnalysisSession, ResumableUpload, StoredFile
from sessions_app.problems import Problem
from sessions_app.refusals import Refusal
from sessions_app.session_frame import run_of, session_frame
from sessions_app.throttles import limited
from sessions_app.versions import version_of_form

SESSIONS_PER_PAGE = 25


def own_session(request: HttpRequest, session_id: uuid.UUID) -> AnalysisSession:
    """The session of the address if it is the reader's; 404 otherwise."""
    return get_own(selectors.sessions_of(request.user), session_id)


def own_result(request: HttpRequest, session_id: uuid.UUID, result_id: uuid.UUID) -> AnalysisResult:
    """The result of the address if it is the reader's and of this session; 404 otherwise."""
    results = AnalysisResult.objects.filter(owner_id=request.user.pk, session_id=session_id)
    return get_own(results.select_related("session"), result_id)


@require_GET
def landing(request: HttpRequest) -> HttpResponse:
    return render(request, "landing/landing.html")


@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "landing/help.html", {"nav": "help"})


@require_GET
@login_required
def session_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(selectors.sessions_of(request.user), SESSIONS_PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request, "sessions/session_list.html", {"sessions": page.object_list, "page": page, "nav": "sessions"}
    )


@require_http_methods(["GET", "POST"])
@login_required
def session_create(request: HttpRequest) -> HttpResponse:
    form = SessionForm(request.POST or None)
    if form.is_valid():
        session = actions.create_session(by=request.user, **form.cleaned_data)
        return redirect("session_data", session.pk)
    return _form_page(request, "sessions/session_create.html", form)


@require_GET
@login_required
def session_detail(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """Leads to the step that is next, so that a bookmarked session opens where the work stands."""
    session = own_session(request, session_id)
    return HttpResponseRedirect(session_frame(session, "")["next_url"])


@require_http_methods(["GET", "POST"])
@login_required
def session_settings(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    session = own_session(request, session_id)
    form = SessionForm(request.POST or None, instance=session)
    if not form.is_valid():
        session.refresh_from_db()  # a refused form has already written its values into the object
        return _form_page(request, "sessions/session_settings.html", form, session=session)
    with Refusal() as refusal:
        seen = version_of_form(request)
        actions.rename_session(by=request.user, session=session, seen=seen, **form.cleaned_data)
        messages.success(request, gettext("The name is saved."))
        return redirect("session_settings", session.pk)
    session.refresh_from_db()
    context = {"form": form, "nav": "sessions", "session": session, "problem": refusal.problem}
    return render(request, "sessions/session_settings.html", context, status=refusal.status)


@require_POST
@login_required
def session_delete(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    session = own_session(request, session_id)
    if "sure" not in request.POST:
        messages.warning(request, gettext("Tick the box to delete the session."))
        return redirect("session_settings", session.pk)
    actions.delete_session(by=request.user, session=session)
    messages.success(request, gettext("The session and everything in it is deleted."))
    return redirect("session_list")


def _form_page(request: HttpRequest, template: str, form: SessionForm, **context: Any) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, template, {"form": form, "nav": "sessions", **context}, status=status)


@require_GET
@login_required
def session_data(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    return render(request, "sessions/session_data.html", _data_context(own_session(request, session_id)))


@require_POST
@transaction.non_atomic_requests
@login_required
@limited("upload")
def session_upload(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    """Takes one file. No transaction is open while it is read, inspected and stored."""
    with transaction.atomic():
        session = own_session(request, session_id)
    return _stored(request, session, request.POST.get("kind", ""), lambda: _store(request, session))


@require_POST
@transaction.non_atomic_requests
@login_required
@limited("upload")
def upload_finish(request: HttpRequest, session_id: uuid.UUID, upload_id: uuid.UUID) -> HttpResponse:
    """The last step of a file that came in parts; answers as `session_upload` does."""
    with transaction.atomic():
        session = own_session(request, session_id)
        upload = get_own(_uploads(request, session), upload_id)
    sums = request.POST.get("parts_sha256", "")
    finish = partial(
        resumable.finish, by=request.user, upload_id=upload_id, parts_sha256=sums, named=request.POST
    )
    return _stored(request, session, upload.kind, finish)


def _stored(
    request: HttpRequest, session: AnalysisSession, kind: str, store: Callable[[], StoredFile]
) -> HttpResponse:
    """Where storing leads: back to the data, or the same page with what was wrong with the file."""
    with Refusal() as refusal:
        file = store()
        messages.success(request, gettext("%(name)s is stored.") % {"name": file.name})
        return redirect("session_data", session.pk)
    with transaction.atomic():
        context = _data_context(session) | {"problem": refusal.problem}
        for slot in context["slots"]:
            slot["which"] = _which(refusal.problem) if slot["kind"].name == kind and slot["kind"].part else ()
        return render(request, "sessions/session_data.html", context, status=refusal.status)


def _which(problem: dict[str, Any] | None) -> Sequence[str]:
    """The sheets or layers that the refused file may be read by."""
    return problem["examples"] if problem and problem["code"] in kinds.WHICH_PART else ()


@require_POST
@login_required
def upload_discard(request: HttpRequest, session_id: uuid.UUID, upload_id: uuid.UUID) -> HttpResponse:
    session = own_session(request, session_id)
    upload = get_own(_uploads(request, session), upload_id)
    resumable.discard(by=request.user, upload=upload)
    messages.success(request, gettext("What had arrived of %(name)s is discarded.") % {"name": upload.name})
    return redirect("session_data", session.pk)


def _uploads(request: HttpRequest, session: AnalysisSession) -> QuerySet[ResumableUpload]:
    return resumable.uploads_of(request.user).filter(session_id=session.pk)


def _store(request: HttpRequest, session: AnalysisSession) -> StoredFile:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        raise Problem(
            "invalid_request",
            gettext("No file was chosen."),
            fix=gettext("Choose a file and upload it again."),
        )
    kind = kinds.file_kind(form.cleaned_data["kind"])
    part = kinds.named_part(kind, form.cleaned_data)
    if again := form.cleaned_data["again"]:
        with transaction.atomic():
            file = get_own(selectors.files_of(session).filter(kind=kind.name), again)
        return actions.store_again(by=request.user, session=session, file=file, part=part)
    upload = form.cleaned_data["file"]
    return actions.store_file(by=request.user, session=session, kind=kind.name, upload=upload, part=part)


def _data_context(session: AnalysisSession) -> dict[str, Any]:
    unfinished = list(resumable.unfinished_of(session))
    slots = [_slot(session, kind, unfinished) for kind in kinds.file_kinds()]
    frame = session_frame(session, "data")
    coming = selectors.handing_over(frame["newest"])
    lacking = [slot for slot in slots if slot["file"] is None and not slot["kind"].optional]
    missing = [slot["noun"] for slot in lacking if slot["kind"].name not in coming]
    table, boundaries = (slot["report"] for slot in slots[:2])
    matched = frame["newest"].succeeded.get("dataset")
    decisions = len(matched.params.get("confirmed", ())) if matched else 0
    return frame | {
        "decisions": decisions,
        "decisions_kept": bool(decisions) and not selectors.stale(matched, frame["newest"], sets=False),
        "slots": slots,
        "optional": [slot for slot in slots if slot["kind"].optional],
        "limit": filesizeformat(settings.UPLOAD["max_bytes"]),
        "limit_bytes": settings.UPLOAD["max_bytes"],
        "head_bytes": resumable.HEAD_BYTES,
        "ready": not lacking,
        "onward": next((coming[slot["kind"].name] for slot in lacking if slot["kind"].name in coming), None),
        "missing": gettext("Still missing: %(files)s.") % {"files": gettext(" and ").join(missing)}
        if missing
        else "",
        "rows": table.get("rows", 0),
        "wards": boundaries.get("wards", 0),
        "checked": selectors.newest_result(session, "dataset") is not None,
    }


def _slot(
    session: AnalysisSession, kind: kinds.FileKind, unfinished: list[ResumableUpload]
) -> dict[str, Any]:
    file = selectors.newest_file(session, kind.name)
    report = file.report if file else {}
    return {
        "kind": kind,
        "noun": kind.noun,
        "endings": ", ".join(ending.lstrip(".").upper() for ending in kind.extensions),
        "file": file,
        "unfinished": [upload for upload in unfinished if upload.kind == kind.name],
        "report": report,
        "facts": _facts(report),
        "preview": {"columns": report.get("columns", ()), "rows": report.get("first_rows", ())},
    }


def _facts(report: dict[str, Any]) -> str:
    """The report of an upload in one line."""
    if "cells" in report:
        rows, columns = report["cells"]
        count = len(report["bands"])
        bands = ngettext("%(count)s band", "%(count)s bands", count) % {"count": count}
        cells = gettext("%(columns)s × %(rows)s cells") % {"columns": whole(columns), "rows": whole(rows)}
        return f"{cells} · {bands} · {report['crs']}"
    wards, rows, lgas = report.get("wards", 0), report.get("rows", 0), report.get("lgas") or 0
    columns = 0 if "crs" in report else len(report.get("columns", ()))
    parts = [
        ngettext("%(count)s ward", "%(count)s wards", wards) % {"count": whole(wards)}
        if "crs" in report
        else ngettext("%(count)s row", "%(count)s rows", rows) % {"count": whole(rows)},
        ngettext("%(count)s LGA", "%(count)s LGAs", lgas) % {"count": whole(lgas)} if lgas else "",
        ngettext("%(count)s column", "%(count)s columns", columns) % {"count": columns} if columns else "",
        gettext("sheet %(name)s") % {"name": report["sheet"]} if report.get("sheet") else "",
        gettext("layer %(name)s") % {"name": report["layer"]} if report.get("layer") else "",
    ]
    return " · ".join(filter(None, parts))


@require_GET
@login_required
def result_progress(request: HttpRequest, session_id: uuid.UUID, result_id: uuid.UUID) -> HttpResponse:
    """The running box alone, polled. Once the work has ended the page around it is loaded again."""
    result = own_result(request, session_id, result_id)
    if result.is_final:
        answer = HttpResponse(status=204)
        answer.headers["HX-Redirect"] = run_of(result)["done_url"]
        return answer
    return render(request, "components/_run.html", {"result": result, "run": run_of(result), "polled": True})


@require_POST
@login_required
def result_cancel(request: HttpRequest, session_id: uuid.UUID, result_id: uuid.UUID) -> HttpResponse:
    result = own_result(request, session_id, result_id)
    if not result.is_final:
        actions.cancel_result(by=request.user, result=result)
    return redirect(run_of(result)["page_url"])


@require_GET
@transaction.non_atomic_requests
@login_required
def file_download(request: HttpRequest, file_id: uuid.UUID) -> HttpResponseBase:
    with transaction.atomic():
        file = get_own(StoredFile.objects.filter(owner_id=request.user.pk), file_id)
    as_png = request.GET.get("as") == "png"
    answer = send(file, as_png=as_png)
    actions.note_download(file=file, form="png" if as_png else "")
    return answer
