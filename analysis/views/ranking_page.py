"""What the pages of one ranking share: the result itself, its tabs, and the summary every page reads."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from sessions_app import selectors
from sessions_app.models import AnalysisResult
from sessions_app.session_frame import session_frame
from sessions_app.views import own_result

# code, title, url name, whether a chosen ward is carried along
TABS = (
    ("overview", "Overview", "result_detail", True),
    ("wards", "Wards", "result_wards", True),
    ("map", "Map", "result_map", True),
    ("variables", "Variables", "result_variables", False),
    ("models", "Models", "result_models", False),
    ("stability", "Stability", "result_stability", False),
    ("pca", "PCA", "result_pca", False),
    ("comparison", "Comparison", "result_comparison", False),
    ("filled", "Filled cells", "result_filled", False),
    ("methods", "Methods", "result_methods", False),
    ("downloads", "Downloads", "result_downloads", False),
)
View = Callable[..., HttpResponse]


def ranking_page(tab: str, *, files: bool = True) -> Callable[[View], View]:
    """Make a page of a finished ranking out of `view(request, result, context, **rest)`.

    A page that shows and links none of the result's files does without listing them.

    The rows are read in one short transaction, so that the view may read the storage with none open. A ranking
    that is not finished has no pages; its running or failed box stands where it was started.
    """

    def decorate(view: View) -> View:
        @require_GET
        @transaction.non_atomic_requests
        @login_required
        @wraps(view)
        def page(
            request: HttpRequest, session_id: uuid.UUID, result_id: uuid.UUID, **rest: Any
        ) -> HttpResponse:
            with transaction.atomic():
                result = own_result(request, session_id, result_id)
                if result.kind != "risk":
                    raise Http404
                if result.status != AnalysisResult.Status.SUCCEEDED:
                    return redirect("session_variables", session_id)
                context = _context(request, result, tab, files)
            return view(request, result, context, **rest)

        return page

    return decorate


def _context(request: HttpRequest, result: AnalysisResult, tab: str, files: bool) -> dict[str, Any]:
    listed = selectors.artifacts_of(result).defer("report") if files else ()
    newest = selectors.newest_of(result.session)
    chosen = request.GET.get("ward", "")
    return session_frame(result.session, "risk_result", newest) | {
        "result": result,
        "summary": result.summary,
        "stale": selectors.stale(result, newest),
        "files": {file.name: file for file in listed},
        "tab_code": tab,
        "tabs": [_tab(result, chosen, *row) for row in TABS],
        "chosen": chosen,
        "ranked": result.summary["ranked"],
    }


def _tab(
    result: AnalysisResult, chosen: str, code: str, title: str, name: str, keeps_ward: bool
) -> dict[str, Any]:
    query = f"?{urlencode({'ward': chosen})}" if chosen and keeps_ward else ""
    url = reverse(name, args=[result.session_id, result.pk]) + query
    return {"code": code, "title": title, "url": url, "keeps_ward": keeps_ward}
