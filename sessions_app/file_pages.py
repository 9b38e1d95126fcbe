"""The uploads of a session, older ones too: what they are, what stands on them, and deleting one."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from sessions_app import actions, kinds, selectors
from sessions_app.isolation.lookup import get_own
from sessions_app.refusals import Refusal
from sessions_app.session_frame import session_frame
from sessions_app.views import own_session

FILES_PER_PAGE = 50


@require_GET
@login_required
def session_files(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    session = own_session(request, session_id)
    files = selectors.files_of(session).only("name", "kind", "size_bytes", "created_at")
    page = Paginator(files, FILES_PER_PAGE).get_page(request.GET.get("page"))
    labels = {kind.name: kind.label for kind in kinds.file_kinds()}
    rows = [{"file": file, "label": labels.get(file.kind, file.kind)} for file in page.object_list]
    context = session_frame(session, "files") | {"rows": rows, "page": page}
    return render(request, "sessions/session_files.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def file_delete(request: HttpRequest, session_id: uuid.UUID, file_id: uuid.UUID) -> HttpResponse:
    """Asks once, names what was calculated from the file, and deletes it."""
    session = own_session(request, session_id)
    file = get_own(selectors.files_of(session), file_id)
    context = session_frame(session, "files") | {"file": file, "standing": selectors.built_on(file)}
    if request.method == "GET":
        return render(request, "sessions/file_delete.html", context)
    with Refusal() as refusal:
        actions.delete_file(by=request.user, file=file, confirmed="sure" in request.POST)
        messages.success(request, _("%(name)s is deleted.") % {"name": file.name})
        return redirect("session_files", session.pk)
    return render(
        request, "sessions/file_delete.html", context | {"problem": refusal.problem}, status=refusal.status
    )
