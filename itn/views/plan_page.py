"""What the pages of one stored plan share: the plan, its tabs, its files."""

from collections.abc import Callable, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_noop

from itn.selectors import title_of
from sessions_app import selectors
from sessions_app.models import AnalysisResult
from sessions_app.result_page import View, result_page
from sessions_app.session_frame import session_frame

TABS = (
    ("overview", gettext_noop("Overview"), "plan_detail"),
    ("map", gettext_noop("Map"), "plan_map"),
    ("wards", gettext_noop("Wards"), "plan_wards"),
    ("delivery", gettext_noop("Delivery by LGA"), "plan_delivery"),
    ("curves", gettext_noop("Curves"), "plan_curves"),
    ("downloads", gettext_noop("Method and downloads"), "plan_downloads"),
)


def plan_page(tab: str, methods: Sequence[str] = ("GET",)) -> Callable[[View], View]:
    """Make a page of a stored plan out of `view(request, result, context, **rest)`."""
    return result_page("itn_plan", "session_nets", lambda _, result: _context(result, tab), methods)


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
        "name": drawn["name"],
        "svg_url": reverse("plan_picture", args=[result.session_id, result.pk, name]),
        "svg_file": download,
        "png_file": f"{download}?as=png",
        "title": drawn["title"],
        "alt": drawn["alt"],
        "width": round(drawn["width"]),
        "height": round(drawn["height"]),
    }
