"""What the data are, what became of them, and where the pictures and files lie."""

from typing import Any

from django.db import transaction
from django.urls import reverse

from analysis import filled_cells, matches
from analysis.core.ranks import TIERS
from analysis.core.variables import find_column, lookup
from analysis.figure_list import figure
from analysis.figures.urban_svg import THRESHOLDS
from analysis.figures.vega import Figure, size_of
from analysis.labels import KMO_WORDS, variable_label
from analysis.own_charts import asked_for, chart_of, charts_of, query_of
from analysis.queries.query import Filter, Query, Sort, column_meant
from analysis.tools.desk import Desk, Found, label_of, started
from sessions_app import actions, selectors
from sessions_app.models import AnalysisResult

# What a map or chart is called by -> the figure's name, or how names of its kind begin.
CHARTS = {
    "scree": "scree",
    "loadings": "loadings",
    "stability": "stability_",
    "histogram": "histogram_",
    "pca": "scree",
}


def describe_data(desk: Desk) -> Found:
    table, shapes = desk.file("ward_table"), desk.file("boundaries")
    if table is None and shapes is None:
        return Found("no_data", links=[_page(desk, "session_data", "Upload your files")])
    facts: dict[str, Any] = {"table": None, "boundaries": None, "wards": None}
    with_reports = {file.kind: file for file in _files_with_reports(desk)}
    if table:
        report = with_reports["ward_table"].report
        facts["table"] = {
            "name": table.name,
            "rows": report.get("rows"),
            "columns": len(report.get("columns", ())),
        }
    if shapes:
        report = with_reports["boundaries"].report
        facts["boundaries"] = {"name": shapes.name, "wards": report.get("wards"), "lgas": report.get("lgas")}
    if desk.dataset is None:
        return Found("describe_data", facts, links=[_page(desk, "session_check", "Match the wards")])
    facts |= {
        "wards": desk.wards.num_rows,
        "variables": len(desk.variables),
        "accepted": desk.matched().summary["accepted"],
    }
    found = list_variables(desk)
    return Found("describe_data", facts, found.columns, found.rows)


def _files_with_reports(desk: Desk) -> list[Any]:
    with transaction.atomic():
        return list(reversed(selectors.files_of(desk.session)))


def list_variables(desk: Desk) -> Found:
    used = set(desk.risk.summary["parameters"]["variables"]) if desk.risk else set()
    rows = [
        {
            "variable": row["variable"], "place": variable_label(row["variable"]), "unit": desk.unit(row["variable"]),
            "missing": row["missing"], "used": "yes" if row["variable"] in used else "",
        }
        for row in desk.matched().summary["variables"]
    ]  # fmt: skip
    columns = [
        {"key": "variable", "title": "Column", "unit": "", "number": False},
        {"key": "place", "title": "What it is", "unit": "", "number": False},
        {"key": "unit", "title": "Unit", "unit": "", "number": False},
        {"key": "missing", "title": "Missing", "unit": "wards", "number": True},
        *([{"key": "used", "title": "In the ranking", "unit": "", "number": False}] if used else []),
    ]
    return Found("list_variables", {"n": len(rows), "used": len(used)}, columns, rows)


def missing_values(desk: Desk, *, variable: str = "") -> Found:
    """Which values are missing: of one variable in which wards, or of all that lack some how many."""
    if variable:
        return _wards_without(desk, column_meant(variable, desk.wards.column_names))
    found = list_variables(desk)
    rows = [row for row in found.rows if row["missing"]]
    columns = [column for column in found.columns if column["key"] in ("variable", "place", "missing")]
    facts = {
        "variables": len(rows),
        "cells": sum(row["missing"] for row in rows),
        "wards": desk.wards.num_rows,
    }
    return Found("missing_values", facts, columns, rows)


def _wards_without(desk: Desk, column: str) -> Found:
    names = ("ward_name", "lga_name")
    query = Query(names, (Filter(column, "missing"),), sort=(Sort("lga_name"), Sort("ward_name")))
    rows, n = desk.ask_with_total(query)
    facts = {"label": label_of(column), "n": n, "wards": desk.wards.num_rows}
    return Found("wards_without", facts, desk.columns_of(names), rows)


def match_report(desk: Desk) -> Found:
    report = matches.match_report(desk.matched())
    facts = {
        name: report.counts[name]
        for name in ("rows", "accepted", "review", "unmatched", "wards", "unmatched_boundaries")
    }
    columns = [
        {"key": "table_name", "title": "In your table", "unit": "", "number": False},
        {"key": "ward_name", "title": "Ward", "unit": "", "number": False},
        {"key": "how", "title": "How", "unit": "", "number": False},
    ]
    rows = [
        {key: row.get(key) for key in ("table_name", "ward_name", "how")} for row in report.open_rows[:50]
    ]
    return Found("match_report", facts, columns, rows, [_page(desk, "session_check", "Match report")])


def results_summary(desk: Desk) -> Found:
    result = desk.ranking()
    summary = result.summary
    facts = {name: summary[name] for name in ("ranked", "wards", "models", "imputed_cells", "spearman")}
    facts |= {"variables": len(summary["variables"]), "first": summary["top"][0], "stale": desk.is_stale}
    names = [
        "composite_rank",
        "ward_name",
        "lga_name",
        "composite_tier",
        "composite_score",
        "rank_min",
        "rank_max",
    ]
    links = [
        {"kind": "page", "title": "The whole result", "url": reverse("result_detail", args=_place(result))}
    ]
    return Found("results_summary", facts, desk.columns_of(names), summary["top"], links)


def stability(desk: Desk, *, ward: str = "", lga: str = "") -> Found:
    result = desk.ranking()
    rows = [row for row in desk.wards.to_pylist() if row["composite_rank"] is not None]
    always = [row for row in rows if row["share_top_third"] == 1]
    facts: dict[str, Any] = {
        "ranked": len(rows),
        "always": len(always),
        "models": result.summary["models"],
        "ward": None,
    }
    shown = sorted(always, key=lambda row: row["composite_rank"])
    if ward:
        shown = [row for row in rows if row["ward_name"] == ward and (not lga or row["lga_name"] == lga)]
        facts["ward"] = (
            shown[0]
            and {key: shown[0][key] for key in ("ward_name", "rank_min", "rank_max", "composite_rank")}
            if shown
            else None
        )
    names = ["composite_rank", "ward_name", "lga_name", "rank_min", "rank_max"]
    picked = [{name: row[name] for name in names} for row in shown[:50]]
    link = {
        "kind": "page",
        "title": "Stability of the ranks",
        "url": reverse("result_stability", args=_place(result)),
    }
    return Found("stability", facts, desk.columns_of(names), picked, [link])


def list_filled(desk: Desk) -> Found:
    cells = filled_cells.filled_cells(desk.ranking())
    facts = {"cells": len(cells.rows), "wards": len({row["ward_code"] for row in cells.rows})}
    columns = [
        {"key": "label", "title": "Variable", "unit": "", "number": False},
        {"key": "count", "title": "Filled", "unit": "cells", "number": True},
        {"key": "how", "title": "With", "unit": "", "number": False},
    ]
    link = {
        "kind": "page",
        "title": "Every filled cell",
        "url": reverse("result_filled", args=_place(desk.ranking())),
    }
    return Found("list_filled", facts, columns, cells.by_variable, [link])


def pca_report(desk: Desk) -> Found:
    result = desk.ranking()
    pca, summary = result.summary["pca"], result.summary
    facts = {
        "suitable": pca["suitable"], "reasons": pca["reasons"], "kmo": pca["kmo"], "bartlett_p": pca["bartlett_p"],
        "kmo_words": KMO_WORDS.get(pca["kmo_label"], ""), "spearman": summary["spearman"], "ranked": summary["pca_ranked"],
        "components": pca["components_used"], "forced": pca["forced"],
    }  # fmt: skip
    link = {
        "kind": "page",
        "title": "Principal components",
        "url": reverse("result_pca", args=_place(result)),
    }
    return Found("pca_report", facts, links=[link])


def show_map(desk: Desk, *, variable: str = "", subject: str = "", urban_from: float | None = None) -> Found:
    """The map of the ranking, of a variable, or of the tiers with wards apart that are urban from `urban_from` % of their area."""
    result = desk.ranking()
    if subject == "urban" or urban_from is not None:
        return _urban_map(desk, result, urban_from)
    name, column = "map_rank", ""
    if variable:
        column = column_meant(variable, desk.wards.column_names)
        name = f"map_variable_{_number_of(result, column)}"
    elif subject == "pca":
        name = "map_pca_rank"
    elif subject == "ranks":
        name = "map_tier"
    elif subject == "composite":
        name = "map_score"
    drawn = next((drawn["name"] for drawn in result.summary["figures"] if drawn["name"] == name), None)
    link = {
        "kind": "page",
        "title": "The map to look up a ward",
        "url": reverse("result_map", args=_place(result)),
    }
    if drawn is None:
        return Found("no_map", {"label": variable_label(column) if column else name}, links=[link])
    picture = figure(result, desk.files, drawn)
    return Found(
        "show_map",
        {"title": picture["title"] if picture else ""},
        links=[link],
        pictures=[picture] if picture else [],
    )


def _urban_map(desk: Desk, result: AnalysisResult, share_from: float | None) -> Found:
    """There is no share that everybody agrees on, so the one that is meant has to be said."""
    if "urban" not in dict(charts_of(result)):
        return Found("no_urban_map")
    if share_from is None:
        choices = [{"id": str(share), "label": f"{share} %", "also": [str(share)]} for share in THRESHOLDS]
        return Found("which_share", choices=choices, asking="urban_from")
    asked = asked_for(result, {"chart": "urban", "urban_from": str(share_from)})
    share, query = asked["urban_from"], query_of(asked)
    chart = chart_of(result, asked)
    facts = {
        "share": float(share),
        "urban": sum(chart.facts[f"{tier.lower()}_urban"] or 0 for tier in TIERS),
        "unknown": chart.facts["unknown"],
    }
    page = {
        "kind": "page",
        "title": "The wards behind it",
        "url": f"{reverse('result_charts', args=_place(result))}?{query}",
    }
    picture = figure(result, desk.files, f"map_urban_{share}") or _asked_picture(result, chart.figure, query)
    return Found("urban_map", facts, links=[page], pictures=[picture])


def _asked_picture(result: AnalysisResult, drawn: Figure, query: str) -> dict[str, Any]:
    """A picture that no file holds: its address draws it."""
    address = f"{reverse('result_chart', args=_place(result))}?{query}"
    width, height = size_of(drawn.svg())
    return {
        "name": "", "result": str(result.pk), "title": drawn.title, "alt": drawn.alt, "width": round(width), "height": round(height),
        "svg_url": address, "svg_file": f"{address}&save=1", "png_file": f"{address}&as=png",
    }  # fmt: skip


def show_chart(desk: Desk, *, variable: str = "", subject: str = "") -> Found:
    result = desk.ranking()
    begins = CHARTS.get(subject, "histogram_" if variable else "stability_")
    if begins == "histogram_" and variable:
        begins += _number_of(result, column_meant(variable, desk.wards.column_names))
    names = [drawn["name"] for drawn in result.summary["figures"] if drawn["name"].startswith(begins)]
    if not names:
        return Found("no_chart", {"label": variable_label(variable) if variable else ""})
    picture = figure(result, desk.files, names[0])
    return Found(
        "show_chart", {"title": picture["title"] if picture else ""}, pictures=[picture] if picture else []
    )


def _number_of(result: AnalysisResult, column: str) -> str:
    """How the figures of a variable are numbered: by its place among the ranking's."""
    used = result.summary["parameters"]["variables"]
    return f"{used.index(column) + 1:02d}" if column in used else "none"


def run_risk(desk: Desk) -> Found:
    """Ask for a ranking with the recommended variables; the same turn asks only once."""
    active = desk.newest.results.get("risk")
    if active is not None and not active.is_final:
        return _running(active, again=True)
    dataset = desk.newest.succeeded.get("dataset")
    if dataset is None:
        if desk.file("ward_table") is None or desk.file("boundaries") is None:
            return Found("no_data", links=[_page(desk, "session_data", "Upload your files")])
        return Found("not_matched", links=[_page(desk, "session_check", "Match the wards")])
    asked = actions.request_result(
        by=desk.by,
        session=desk.session,
        kind="risk",
        params={"dataset": str(dataset.pk)},
        idempotency_key=desk.turn_key,
    )
    return _running(asked, again=False)


def _running(result: AnalysisResult, *, again: bool) -> Found:
    facts = {"percent": round(result.percent), "again": again}
    return Found("run_risk", facts, links=[started(result, "Watch it, or cancel it")])


def define(desk: Desk, *, subject: str = "", by: str = "", variable: str = "") -> Found:
    """What a method does; the words stand in the help pages, so the answer names the topic and leads there."""
    known = lookup(variable or by) if (variable or by) else None
    # Under the name that it has in this session's table, if it is there.
    column = find_column(known.id, list(desk.units)) or known.id if known else ""
    facts = {
        "subject": known.id if known else subject or "method",
        "label": known.label if known else "",
        "unit": desk.unit(column) if column else "",
    }
    return Found(
        "define", facts, links=[{"kind": "page", "title": "Help and methods", "url": reverse("help")}]
    )


def _place(result: AnalysisResult) -> list[Any]:
    return [result.session_id, result.pk]


def _page(desk: Desk, name: str, title: str) -> dict[str, Any]:
    return {"kind": "page", "title": title, "url": reverse(name, args=[desk.session.pk])}
