"""All conversations of a user, or of one session: by day, with a search, the archive apart."""

import uuid

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from assistant import selectors
from sessions_app.models import AnalysisSession
from sessions_app.views import own_session

PER_PAGE = 25


@require_GET
@login_required
def conversation_history(request: HttpRequest) -> HttpResponse:
    return _page(request, None)


@require_GET
@login_required
def session_history(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    return _page(request, own_session(request, session_id))


def _page(request: HttpRequest, session: AnalysisSession | None) -> HttpResponse:
    search = request.GET.get("search", "").replace("\x00", "")[:200]
    archived = request.GET.get("archived") == "1"
    found = selectors.history_of(request.user, session, search=search, archived=archived)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    kept = {"search": search} if search else {}
    context = {
        "session": session,
        "search": search,
        "archived": archived,
        "page": page,
        "days": selectors.by_day(page.object_list),
        "count": page.paginator.count,
        "query": urlencode(kept | ({"archived": "1"} if archived else {})),
        "searched": urlencode(kept),
        "nav": "conversations",
    }
    return render(request, "assistant/history.html", context)
