"""The tool that explains a figure or table: in the chat, and for a language model that is to reword it."""

from typing import Any, Literal

from django.db import transaction
from django.urls import reverse

from analysis import figure_list
from analysis.core.variables import find_column
from analysis.tools.desk import Desk, Found, Tool
from assistant import actions
from assistant.explained import explained_figures, facts_of, spoken
from sessions_app import selectors
from sessions_app.models import AnalysisResult

Of = Literal["", "ranking", "positivity", "plan"]
KINDS = {"ranking": "risk", "positivity": "tpr", "plan": "itn_plan"}
# What a map, a chart or a table is called by -> the figure's name, or how names of its kind begin.
MAPS = {
    "": "map_rank",
    "pca": "map_pca_rank",
    "ranks": "map_tier",
    "composite": "map_score",
    "urban": "map_urban_",
    "gaps": "map_gaps",
}
CHARTS = {
    "": "stability_",
    "pca": "scree",
    "scree": "scree",
    "loadings": "loadings",
    "stability": "stability_",
    "gaps": "table_filled",
    "imputation": "table_filled",
    "models": "models_",
    "correlation": "correlation",
    "comparison": "comparison_ranks",
    "wards": "table_wards",
    "method": "workflow",
    "agreement": "tier_table",
}
FIRST_OF = {"tpr": "map", "itn_plan": "map_coverage", "risk": "map_rank"}
OF_PLANS = {"curve": "curve_stock", "delivery": "table_delivery", "wards": "table_wards", "nets": "map_nets"}
OF_REPORTS = {
    "trend": "trend_map",
    "combinations": "table_combinations",
    "quality": "table_reporting",
    "wards": "table_wards",
}


def explain_figure(
    desk: Desk, *, figure: str = "", picture: Literal["", "map", "chart"] = "", subject: str = "", variable: str = "",
    of: Of = "", language: Literal["", "en", "fr"] = "",
) -> Found:  # fmt: skip
    """Explain a figure or table in plain words. `figure` is its name, such as map_rank, scree, stability_01, map_coverage or table_wards."""
    result = _result(desk, of)
    if result is None:
        return Found("nothing_to_explain", {"of": of})
    name = figure or _named(desk, result, picture, subject, variable)
    facts = facts_of(result, name, {})
    if facts is None:
        return Found("no_explanation", {"known": explained_figures(result)[:8]}, links=[])
    actions.note_explanation(by=desk.by, result=result, figure=name, where="chat")
    url = reverse("explain_figure", args=[result.session_id, result.pk, name])
    link = {"kind": "page", "title": "The facts behind it", "url": url}
    drawn = figure_list.figure(result, desk.files, name) if result == desk.risk else None
    return Found(
        "explain_figure",
        facts | {"language": spoken(language)},
        links=[link],
        pictures=[drawn] if drawn else [],
    )


def _result(desk: Desk, of: str) -> AnalysisResult | None:
    """The newest finished result of a kind; without one named the ranking, else what there is."""
    kinds = [KINDS[of]] if of else ["risk", "tpr"]
    newest = next((desk.newest.succeeded[kind] for kind in kinds if kind in desk.newest.succeeded), None)
    if newest is None:
        return None
    with transaction.atomic():
        return selectors.results_of(desk.session).get(pk=newest.pk)


def _named(desk: Desk, result: AnalysisResult, picture: str, subject: str, variable: str) -> str:
    if result.kind != "risk":
        special: dict[str, str] = OF_PLANS if result.kind == "itn_plan" else OF_REPORTS
        return special.get(subject, FIRST_OF[result.kind])
    if variable:
        used: list[str] = result.summary["parameters"]["variables"]
        column = find_column(variable, used) or variable
        number = f"{used.index(column) + 1:02d}" if column in used else "none"
        return f"{'histogram' if picture == 'chart' else 'map_variable'}_{number}"
    begins = (MAPS if picture == "map" else CHARTS).get(subject) or (CHARTS | MAPS).get(
        subject, FIRST_OF["risk"]
    )
    names: list[Any] = [row["name"] for row in result.summary["figures"] if row["name"].startswith(begins)]
    return names[0] if begins.endswith("_") and names else begins


TOOLS = (Tool("explain_figure", "Explain a figure or table", explain_figure),)
