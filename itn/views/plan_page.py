"""What the pages of one stored plan share: the plan, its tabs, its files."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from itn.selectors import title_of
from sessions_app import selectors
from sessions_app.models import AnalysisResult
from sessions_app.session_frame import session_frame
from sessions_app.views import own_result

TABS = (
    ("overview", "Overview", "plan_detail"),
    ("wards", "Wards", "plan_wards"),
    ("delivery", "Delivery by LGA", "plan_delivery"),
    ("curves", "Curves", "plan_curves"),
    ("downloads", "Method and downloads", "plan_downloads"),
)
View = Callable[..., HttpResponse]


def plan_page(tab: str) -> Callable[[View], View]:
    """Make a page of a stored plan out of `view(request, result, context, **rest)`.

    The rows are read in one short transaction, so that the view may read the storage with none open.
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
                if result.kind != "itn_plan":
                    raise Http404
                if result.status != AnalysisResult.Status.SUCCEEDED:
                    return redirect("session_nets", session_id)
                context = _context(result, tab)
            return view(request, result, context, **rest)

        return page

    return decorate


def _context(result: AnalysisResult, tab: str) -> dict[str, Any]:
    newest = selectors.newest_of(result.session)
    place = [result.session_id, result.pk]
    files = {file.name: file for file in selectors.artifacts_of(result).defer("report")}
    return session_frame(result.session, "itn_plan", newest) | {
        "result": result,
        "summary": result.summary,
        "title": title_of(result),
        "stale": selectors.stale(result, newest),
        "files": files,
        "tab_code": tab,
        "tabs": [
            {"code": code, "title": title, "url": reverse(name, args=place)} for code, title, name in TABS
        ],
        "figures": {row["name"]: _figure(result, files, row) for row in result.summary["figures"]},
    }


def _figure(result: AnalysisResult, files: dict[str, Any], drawn: dict[str, Any]) -> dict[str, Any]:
    name = f"{drawn['name']}.svg"
    download = reverse("file_download", args=[files[name].pk])
    return {
        "svg_url": reverse("plan_picture", args=[result.session_id, result.pk, name]),
        "svg_file": download,
        "png_file": f"{download}?as=png",
        "title": drawn["title"],
        "alt": drawn["alt"],
        "width": round(drawn["width"]),
        "height": round(drawn["height"]),
    }
