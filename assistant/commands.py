"""Which tool a command calls, and with what. What a command says beyond a tool's arguments is left aside here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from analysis.core.variables import lookup
from assistant.toolbox import Toolbox

# Intent -> tool. The rest of the table of commands: greeting, navigation and pages, stands in `turns`.
TOOLS: Mapping[str, str] = MappingProxyType(
    {
        "describe": "describe_data", "variables": "list_variables", "missing": "missing_values", "matches": "match_report",
        "run_risk": "run_risk", "results": "results_summary", "rank": "rank_wards", "rank_lgas": "rank_lgas",
        "list": "list_wards", "count": "count_wards", "aggregate": "aggregate", "value": "ward_value",
        "correlate": "correlate", "explain": "explain_ward", "compare": "compare_places", "map": "show_map",
        "chart": "show_chart", "download": "downloads", "methods": "define", "stability": "stability",
        "filled": "list_filled", "pca": "pca_report",
        "nets": "plan_nets", "net_store": "store_plan", "net_more": "more_nets", "net_ward": "explain_allocation",
        "net_delivery": "delivery_list", "net_candidates": "net_candidates", "net_served": "wards_served", "tpr": "tpr_report", "tpr_quality": "tpr_quality", "tpr_trend": "tpr_trend", "report": "make_report",
        "explain_figure": "explain_figure", "neighbours": "neighbours", "reports": "report_table",
        "tests": "tpr_report", "about_lga": "list_wards",
    }
)  # fmt: skip


# The outcome in a session that has facility reports and no ward table yet.
POSITIVITY = frozenset({"u5_tpr_rdt", "test_positivity_rate"})


# "Explain the PCA" is answered from the ranking's own figures as soon as there is one.
FIGURES = frozenset({"pca", "scree", "loadings", "stability", "comparison"})


def _is_outcome(column: str) -> bool:
    known = lookup(column)
    return known is not None and known.role == "outcome"


def _only_reports(toolbox: Toolbox) -> bool:
    return toolbox.desk.dataset is None and toolbox.desk.tpr is not None


def tool_call(intent: str, slots: Mapping[str, Any], toolbox: Toolbox) -> tuple[str, dict[str, Any]]:
    """The tool and its arguments for one decided command."""
    name = TOOLS[intent]
    said = dict(slots)
    if intent == "value" and "ward" not in said and said.get("lga"):
        # The place of an LGA stands in the order of all of them.
        name = "rank_lgas" if said.get("measure") == "composite_rank" else "aggregate"
    if intent == "rank" and said.get("of_each"):
        name = "first_of_lgas"
    if intent == "compare" and len(said.get("places", ())) < 2 and said.get("subject"):
        name = "pca_report"
    if intent == "aggregate" and said.get("per_lga"):
        name, said["by"] = "rank_lgas", said.pop("measure")
    if intent == "correlate" and said.get("outcome"):
        measured = next((name for name in toolbox.desk.variables if _is_outcome(name)), "")
        said |= {"y": measured} if measured else {}
    if intent == "chart" and said.get("other"):
        # How they go together, with the chart of both a click away.
        name, said["x"], said["y"] = "correlate", said["variable"], said["other"]
    if intent == "nets" and said.get("compare"):
        name = "compare_plans"
    if intent == "value" and said.get("measure") in POSITIVITY and _only_reports(toolbox):
        name = "tpr_report"
    if intent == "tpr_trend" and said.get("measure") == "burden":
        name = "burden_trend"
    if intent == "methods" and said.get("explains") in FIGURES and toolbox.desk.risk is not None:
        name, said["subject"] = "explain_figure", said["explains"]
    if intent == "tpr":
        name = _tpr_tool(said, toolbox)
    if intent in ("list", "count") and said.get("of_lgas"):
        name = "list_lgas"
    if intent == "methods" and "by" not in said and said.get("measure"):
        said["by"] = said["measure"]
    known = toolbox.arguments(name)
    return name, {key: value for key, value in said.items() if key in known}


def _tpr_tool(said: Mapping[str, Any], toolbox: Toolbox) -> str:
    """What has been computed is told; facilities or persons that are named are chosen, and "run" starts the choice."""
    if said.get("combinations"):
        return "tpr_combinations"
    if toolbox.desk.tpr is None or said.get("start"):
        return "compute_tpr"
    return "switch_tpr" if {"level", "age_group"} & set(said) else "tpr_report"
