"""What the pages of one ranking share: the result itself, its tabs, and the summary every page reads."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_noop

from sessions_app import selectors
from sessions_app.models import AnalysisResult
from sessions_app.result_page import View, result_page
from sessions_app.session_frame import session_frame

# code, title, url name, whether a chosen ward is carried along
TABS = (
    ("overview", gettext_noop("Overview"), "result_detail", True),
    ("wards", gettext_noop("Wards"), "result_wards", True),
    ("map", gettext_noop("Map"), "result_map", True),
    ("variables", gettext_noop("Variables"), "result_variables", False),
    ("charts", gettext_noop("Charts"), "result_charts", False),
    ("models", gettext_noop("Models"), "result_models", False),
    ("stability", gettext_noop("Stability"), "result_stability", False),
    ("pca", gettext_noop("PCA"), "result_pca", False),
    ("comparison", gettext_noop("Comparison"), "result_comparison", False),
    ("filled", gettext_noop("Filled cells"), "result_filled", False),
    ("methods", gettext_noop("Methods"), "result_methods", False),
    ("downloads", gettext_noop("Downloads"), "result_downloads", False),
)


def ranking_page(tab: str, *, files: bool = True) -> Callable[[View], View]:
    """Make a page of a finished ranking out of `view(request, result, context, **rest)`.

    A page that shows and links none of the result's files does without listing them.
    """
    return result_page(
        "risk", "session_variables", lambda request, result: _context(request, result, tab, files)
    )


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
