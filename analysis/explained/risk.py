"""The facts behind the figures and tables of a ranking."""

import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db import transaction
from django.utils.translation import gettext_noop
from rest_framework.exceptions import ValidationError

from analysis import frames, own_charts, ward_card, year_rankings
from analysis.core.by_lga import lga_key, lga_values
from analysis.explained.families import Asked, Facts, Family, place
from analysis.filled_cells import filled_cells
from analysis.labels import METHOD_NAMES, unit_in, variable_label
from sessions_app.models import AnalysisResult
from sessions_app.problems import Problem

Row = dict[str, Any]
TIERS = ("High", "Medium", "Low")
URBAN = "urban_percentage"
# Where the value of a row stands in the table of a chart: of boxes their median.
MEASURED_AT = {"bars": 1, "boxes": 4}


def _rows(result: AnalysisResult) -> list[Row]:
    return frames.rows_of(frames.load_wards(result))


def _ranked(result: AnalysisResult) -> list[Row]:
    rows = [row for row in _rows(result) if row["composite_rank"] is not None]
    return sorted(rows, key=lambda row: (row["composite_rank"], row["ward_code"]))


def ranking(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    rows = _ranked(result)
    if not rows:
        return None
    high = Counter(row["lga_name"] for row in rows if row["composite_tier"] == "High" and row["lga_name"])
    lga, count = max(high.items(), key=lambda item: (item[1], item[0])) if high else (None, None)
    unranked = result.summary["wards"] - len(rows)
    return {
        "ranked": len(rows), "wards": result.summary["wards"], "unranked": unranked or None,
        "models": result.summary["models"], "first": place(rows[0]), "first_score": rows[0]["composite_score"],
        "first_best": rows[0]["rank_min"], "first_worst": rows[0]["rank_max"], "last": place(rows[-1]), "lga": lga,
        "lga_high": count,
    }  # fmt: skip


def tiers(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    found = ranking(result, figure, asked)
    if found is None:
        return None
    counted = Counter(row["composite_tier"] for row in _ranked(result))
    thirds = result.summary["parameters"]["cut"] == "thirds"
    shares = {"equal": "yes" if thirds else None, "unequal": None if thirds else "yes"}
    return found | shares | {name.lower(): counted[name] for name in TIERS}


def scores(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    rows = _ranked(result)
    if not rows:
        return None
    values = [row["composite_score"] for row in rows]
    return {
        "ranked": len(rows), "models": result.summary["models"], "highest": max(values), "lowest": min(values),
        "median": statistics.median(values), "first": place(rows[0]), "last": place(rows[-1]),
    }  # fmt: skip


def _numbered(result: AnalysisResult, figure: str) -> str | None:
    """The variable of a figure that is numbered by its place in the ranking."""
    number = figure.rsplit("_", 1)[1]
    used = result.summary["parameters"]["variables"]
    return used[int(number) - 1] if number.isdecimal() and 1 <= int(number) <= len(used) else None


def _known(rows: Sequence[Row], name: str) -> list[Row]:
    return sorted(
        (row for row in rows if row[name] is not None), key=lambda row: (row[name], row["ward_code"])
    )


def variable(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    name = _numbered(result, figure)
    rows = _known(_rows(result), name) if name else []
    if not name or not rows:
        return None
    filled = sum(row["variable"] == name for row in filled_cells(result).rows)
    return _way(result, name) | {
        "n": len(rows), "missing": (result.summary["wards"] - len(rows)) or None, "filled": filled or None,
        "highest": float(rows[-1][name]), "highest_at": place(rows[-1]), "lowest": float(rows[0][name]),
        "lowest_at": place(rows[0]), "median": float(statistics.median(row[name] for row in rows)),
    }  # fmt: skip


def raw(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    name = _numbered(result, figure)
    rows = _known(_rows(result), name) if name else []
    filled = [row for row in filled_cells(result).rows if row["variable"] == name]
    if not name or not filled:
        return None
    return _way(result, name) | {
        "filled": len(filled),
        "n": len(rows) - len(filled),
        "wards": result.summary["wards"],
    }


def year(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    """One year of a variable that comes in years, beside the others."""
    number, year = (int(text) for text in figure.split("_")[2:4])
    series = result.summary["years"][number - 1]
    row = next((one for one in series["years"] if one["year"] == year), None)
    means = [one["mean"] for one in series["years"] if one["mean"] is not None]
    if row is None or not means:
        return None
    return {
        "variable": series["label"], "unit": series["unit"] if series["unit"] not in ("", "index") else None,
        "year": str(year), "n": row["known"], "wards": result.summary["wards"], "years": len(series["years"]),
        "mean": row["mean"], "lowest": row["lowest"], "highest": row["highest"], "least_mean": min(means),
        "most_mean": max(means), "higher": None if series["inverse"] else "yes",
        "lower": "yes" if series["inverse"] else None,
    }  # fmt: skip


def _way(result: AnalysisResult, name: str) -> Facts:
    """The variable in words, and which end of it means more risk: one of two facts, so that one sentence is said."""
    inverse = name in result.summary["parameters"]["inverse"]
    unit = unit_in(result.summary, name)
    return {
        "variable": variable_label(name), "unit": unit if unit not in ("", "index") else None,
        "higher": None if inverse else "yes", "lower": "yes" if inverse else None,
    }  # fmt: skip


def scaled(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    name = _numbered(result, figure)
    rows = _known(_rows(result), name) if name else []
    if not name or not rows:
        return None
    most, least = (
        (rows[0], rows[-1]) if name in result.summary["parameters"]["inverse"] else (rows[-1], rows[0])
    )
    return _way(result, name) | {"n": len(rows), "most": place(most), "least": place(least)}


def lga_variable(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    name = _numbered(result, figure)
    if not name:
        return None
    rows = _known(_rows(result), name)
    keys = [lga_key(row) for row in rows]
    lgas = {key: str(row["lga_name"]) for key, row in zip(keys, rows, strict=True) if key}
    way, found = lga_values(name, keys, [row[name] for row in rows], [row.get("population") for row in rows])
    if not found:
        return None
    means = sorted((value, lgas[key]) for key, value in found.items())
    return _way(result, name) | {way: "yes"} | {
        "lgas": len(means), "highest": means[-1][0], "highest_at": means[-1][1], "lowest": means[0][0],
        "lowest_at": means[0][1],
    }  # fmt: skip


def urban(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    text = figure.rsplit("_", 1)[1]
    return _urban_wards(result, float(text)) if text.isdecimal() else None


def urban_from(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    """The map of urban wards for the share that the address says, as the page of urban wards draws it."""
    sent = _sent(result, {"chart": "urban", "urban_from": asked.get("urban_from", "")})
    return _urban_wards(result, float(sent["urban_from"])) if sent else None


def _urban_wards(result: AnalysisResult, share_from: float) -> Facts | None:
    """Counted as the map colours them: a ward without a share or a tier is on neither side."""
    rows = _rows(result)
    if not rows or URBAN not in rows[0]:
        return None
    known = [row for row in _known(rows, URBAN) if row["composite_tier"] in TIERS]
    over = [row for row in known if row[URBAN] >= share_from]
    return {
        "threshold": share_from, "n": len(known), "urban": len(over), "rural": len(known) - len(over),
        "urban_high": sum(row["composite_tier"] == "High" for row in over),
    }  # fmt: skip


def _sent(result: AnalysisResult, sent: dict[str, str]) -> dict[str, str] | None:
    """What an address asks for, with what was left open filled in; None where there is no such chart."""
    try:
        return own_charts.asked_for(result, sent)
    except (Problem, ValidationError):
        return None


def chart(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    """A chart that somebody put together; its address says all of it."""
    sent = _sent(result, {name: asked[name] for name in own_charts.ASKED if asked.get(name)})
    if sent is None or sent["chart"] == "urban":
        return None
    drawn = own_charts.chart_of(result, sent)
    facts: Facts = {"say": f"chart_{sent['chart']}", "title": drawn.figure.title, **drawn.facts}
    if sent["chart"] == "scatter":
        facts["second"] = own_charts.label_of(sent["y"])
    if sent["chart"] in MEASURED_AT and drawn.rows:
        at, first, last = MEASURED_AT[sent["chart"]], drawn.rows[0], drawn.rows[-1]
        facts |= {
            "first": str(first[0]),
            "first_value": first[at],
            "last": str(last[0]),
            "last_value": last[at],
        }
        facts["shown"] = len(drawn.rows)
    return facts | {"variable": own_charts.label_of(sent["x"]), "missing": facts["missing"] or None}


def series(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    """A variable that comes in years: its mean over the wards in each."""
    number, known = asked.get("of") or "1", result.summary.get("years") or []
    if not number.isdecimal() or not 1 <= int(number) <= len(known):
        return None
    one = known[int(number) - 1]
    rows = [row for row in one["years"] if row["mean"] is not None]
    if not rows:
        return None
    most, least = max(rows, key=lambda row: row["mean"]), min(rows, key=lambda row: row["mean"])
    return {
        "variable": one["label"], "unit": one["unit"] if one["unit"] not in ("", "index") else None, "years": len(one["years"]),
        "most_mean": most["mean"], "most_in": str(most["year"]), "least_mean": least["mean"], "least_in": str(least["year"]),
    }  # fmt: skip


def years(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    """The newest ranking for each year of the session, beside each other."""
    with transaction.atomic():
        found = year_rankings.rankings_by_year(result.session)
    if len(found) < 2:
        return None
    rows = year_rankings.told(year_rankings.measured(found, "composite_tier"))
    last = rows[-1]
    return {
        "years": len(rows), "first_year": str(rows[0]["year"]), "last_year": str(last["year"]), "ranked": last["ranked"],
        "high": last["high"], "stayed": last["stayed"],
    }  # fmt: skip


def gaps(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    cells = filled_cells(result)
    opened = [
        row
        for row in _rows(result)
        if "missing:" in (row["flags"] or "") or "partial" in (row["flags"] or "")
    ]
    most = max(cells.by_variable, key=lambda row: row["count"], default=None)
    return {
        "cells": len(cells.rows), "filled_wards": len({row["ward_code"] for row in cells.rows}), "open": len(opened) or None,
        "most": most and most["label"], "most_cells": most and most["count"], "how": most and most["how"],
        "wards": result.summary["wards"],
    }  # fmt: skip


def models(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    rows = frames.csv_rows(result, "models.csv")
    sizes = [row["size"] for row in rows]
    in_all = [row for row in _ranked(result) if row.get("models_used") == len(rows)]
    return {
        "models": len(rows), "variables": len(result.summary["parameters"]["variables"]), "smallest": min(sizes),
        "largest": max(sizes), "in_all": len(in_all), "ranked": result.summary["ranked"],
    }  # fmt: skip


def stability(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    rows = _ranked(result)
    if not rows:
        return None
    spread = sorted(rows, key=lambda row: (row["rank_max"] - row["rank_min"], row["composite_rank"]))
    firm, loose = spread[0], spread[-1]
    return {
        "models": result.summary["models"], "ranked": len(rows),
        "always": sum(row["share_top_third"] == 1 for row in rows), "never": sum(row["share_top_third"] == 0 for row in rows),
        "first": place(rows[0]), "first_best": rows[0]["rank_min"], "first_worst": rows[0]["rank_max"],
        "firm": place(firm), "firm_best": firm["rank_min"], "firm_worst": firm["rank_max"],
        "loose": place(loose), "loose_best": loose["rank_min"], "loose_worst": loose["rank_max"],
    }  # fmt: skip


def scree(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    pca = result.summary["pca"]
    if pca["kmo"] is None or not pca["explained"]:
        return None
    used = pca["components_used"]
    return {
        "components": len(pca["explained"]), "used": used, "held": 100 * sum(pca["explained"][:used]),
        "first": 100 * pca["explained"][0], "kmo": pca["kmo"], "suitable": "yes" if pca["suitable"] else None,
        "unsuited": None if pca["suitable"] else "yes", "forced": "yes" if pca["forced"] else None,
    }  # fmt: skip


def loadings(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    pca = result.summary["pca"]
    if pca["kmo"] is None or not pca["loadings"]:
        return None
    first = next(iter(pca["loadings"].values()))
    ordered = sorted(first.items(), key=lambda item: (abs(item[1]), item[0]))
    own = {
        name: value for name, value in pca["kmo_per_variable"].items() if value is not None and value < 0.5
    }
    return {
        "used": pca["components_used"], "variables": len(first), "strongest": variable_label(ordered[-1][0]),
        "strongest_loading": ordered[-1][1], "weakest": variable_label(ordered[0][0]), "weakest_loading": ordered[0][1],
        "low": len(own) or None,
    }  # fmt: skip


def correlation(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    names, rows = result.summary["parameters"]["variables"], _ranked(result)
    found: list[tuple[float, str, str, float]] = []
    for place_, first in enumerate(names):
        for second in names[place_ + 1 :]:
            pairs = [
                (row[first], row[second])
                for row in rows
                if row[first] is not None and row[second] is not None
            ]
            if len(pairs) < 3:
                continue
            a, b = np.asarray(pairs, dtype=float).T
            if a.std() > 0 and b.std() > 0:
                r = float(np.corrcoef(a, b)[0, 1])
                found.append((abs(r), first, second, r))
    if not found:
        return None
    (_, a1, b1, r1), (_, a2, b2, r2) = max(found), min(found)
    return {
        "pairs": len(found), "first": variable_label(a1), "second": variable_label(b1), "r": r1, "ranked": len(rows),
        "weak_first": variable_label(a2), "weak_second": variable_label(b2), "weak_r": r2,
    }  # fmt: skip


def comparison(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    both = [row for row in _ranked(result) if row.get("pca_rank") is not None]
    if result.summary["comparison"]["spearman"] is None or not both:
        return None
    far = max(both, key=lambda row: (abs(row["rank_difference"]), -row["composite_rank"]))
    top = min(both, key=lambda row: row["pca_rank"])
    return {
        "both": len(both), "spearman": result.summary["comparison"]["spearman"],
        "same": sum(row["composite_tier"] == row["pca_tier"] for row in both),
        "forced": "yes" if result.summary["pca"]["forced"] else None,
        "shared": sum(row["composite_rank"] <= 10 and row["pca_rank"] <= 10 for row in both),
        "pca_first": place(top), "pca_first_rank": top["composite_rank"],
        "far": place(far), "far_composite": far["composite_rank"], "far_pca": far["pca_rank"],
    }  # fmt: skip


def workflow(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    summary, parameters = result.summary, result.summary["parameters"]
    return {
        "variables": len(parameters["variables"]), "models": summary["models"], "cells": summary["imputed_cells"],
        "ranked": summary["ranked"], "wards": summary["wards"], "method": METHOD_NAMES[parameters["method"]],
        "turned": len(parameters["inverse"]),
    }  # fmt: skip


def ward(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    card = ward_card.card(result, asked.get("ward", ""))
    if card is None or card["ward"]["composite_rank"] is None:
        return None
    row, parts = card["ward"], [part for part in card["parts"] if part["scaled"] is not None]
    if not parts:
        return None
    parts.sort(key=lambda part: part["scaled"])
    return {
        "ward": place(row), "rank": row["composite_rank"], "ranked": result.summary["ranked"],
        "score": row["composite_score"], "tier": row["composite_tier"], "best": row["rank_min"], "worst": row["rank_max"],
        "strongest": parts[-1]["label"], "strongest_part": parts[-1]["scaled"], "weakest": parts[0]["label"],
        "weakest_part": parts[0]["scaled"], "filled": sum(bool(part["filled"]) for part in card["parts"]) or None,
    }  # fmt: skip


FAMILIES = (
    Family("map_rank", "ranking_map", gettext_noop("Wards by rank"), ranking),
    Family("table_wards", "ranking_table", gettext_noop("Ranked wards"), ranking),
    Family("map_tier", "tiers", gettext_noop("Wards by tier"), tiers),
    Family("map_score", "scores", gettext_noop("Wards by score"), scores),
    Family("map_variable_", "variable_map", gettext_noop("A variable"), variable),
    Family("histogram_", "histogram", gettext_noop("How many wards have which value"), variable),
    Family("map_scaled_", "scaled", gettext_noop("A scaled variable"), scaled),
    Family("lga_variable_", "lga_variable", gettext_noop("A variable by LGA"), lga_variable),
    Family("map_urban_", "urban", gettext_noop("Urban wards"), urban),
    Family("urban", "urban", gettext_noop("Urban wards"), urban_from),
    Family("chart", "chart_histogram", gettext_noop("A chart"), chart),
    Family("table_years", "year_series", gettext_noop("A variable by year"), series),
    Family("rankings_by_year", "rankings_by_year", gettext_noop("Rankings by year"), years),
    Family("map_raw_", "raw_map", gettext_noop("A variable before filling"), raw),
    Family("map_year_", "year_map", gettext_noop("A variable in one year"), year),
    Family("map_gaps", "gaps", gettext_noop("Missing values"), gaps),
    Family("table_filled", "filled", gettext_noop("Filled cells"), gaps),
    Family("models_", "models_maps", gettext_noop("Models"), models),
    Family("table_models", "models", gettext_noop("Models"), models),
    Family("stability_", "stability", gettext_noop("Scores over the models"), stability),
    Family("rank_boxes_", "rank_boxes", gettext_noop("Ranks over the models"), stability),
    Family("scree", "scree", gettext_noop("Eigenvalues of the components"), scree),
    Family("loadings", "loadings", gettext_noop("Loadings"), loadings),
    Family("table_loadings", "loadings", gettext_noop("Loadings"), loadings),
    Family("correlation", "correlation", gettext_noop("How the variables go together"), correlation),
    Family("comparison_ranks", "comparison", gettext_noop("Both rankings"), comparison),
    Family(
        "table_moves", "moves", gettext_noop("Wards that the rankings place most differently"), comparison
    ),
    Family("map_pca_rank", "pca_map", gettext_noop("Wards by PCA rank"), comparison),
    Family("map_pca_tier", "pca_map", gettext_noop("Wards by PCA tier"), comparison),
    Family("tier_table", "agreement", gettext_noop("Tiers of both rankings"), comparison),
    Family("table_tiers", "agreement", gettext_noop("Tiers of both rankings"), comparison),
    Family("workflow", "workflow", gettext_noop("How the ranking is made"), workflow),
    Family("table_variables", "workflow", gettext_noop("What the ranking rests on"), workflow),
    Family("table_ward", "ward", gettext_noop("Why this ward has its rank"), ward),
)
