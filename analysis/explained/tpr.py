"""The facts behind the figures and tables of test positivity."""

from typing import Any

from django.utils.translation import gettext_noop

from analysis import frames, tpr_forms, trend_words
from analysis.explained.families import Asked, Facts, Family, place
from analysis.tpr_kinds import (
    BURDEN_LGA_TRENDS,
    BURDEN_TRENDS,
    LGA_SERIES,
    LGA_TRENDS,
    TRENDS,
    UNUSUAL,
    WARD_SERIES,
)
from sessions_app.models import AnalysisResult
from sessions_app.problems import Problem

Row = dict[str, Any]
LOW_REPORTING = 80


def csv_or_nothing(result: AnalysisResult, name: str) -> list[Row]:
    """The rows of a table that an export without dates does not leave."""
    try:
        return frames.csv_rows(result, name)
    except Problem:
        return []


def positivity(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    summary = result.summary
    known = [row for row in csv_or_nothing(result, frames.WARDS_CSV) if row["tpr_percent"] is not None]
    if not known or summary["tpr_percent"] is None:
        return None
    known.sort(key=lambda row: (row["tpr_percent"], row["ward_code"]))
    return {
        "label": summary["choice"]["label"], "tpr": summary["tpr_percent"], "tested": summary["tested"],
        "positive": summary["positive"], "wards": summary["wards"], "known": len(known),
        "without": (summary["wards"] - len(known)) or None, "highest": known[-1]["tpr_percent"],
        "highest_at": place(known[-1]), "highest_tested": known[-1]["tested"], "lowest": known[0]["tpr_percent"],
        "lowest_at": place(known[0]), "mapped": summary["mapped_percent"],
    }  # fmt: skip


def burden(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    found = result.summary.get("burden")
    lgas = [row for row in (found or {}).get("lgas", ()) if row["burden_per_1000_per_year"] is not None]
    if not found:
        return None
    most = max(lgas, key=lambda row: row["burden_per_1000_per_year"], default=None)
    area = found.get("area") or {}
    return {
        "projected_to": f"{found['projected_to']:.1f}" if found.get("projected_to") else None, "growth": found.get("growth_percent"),
        "growth_source": found.get("growth_source") or None, "factor": found.get("pregnancy_factor"),
        "factor_source": found.get("pregnancy_factor_source") or None, "area": area.get("burden_per_1000_per_year"),
        "n1": area.get("incidence_n1"), "n2": area.get("incidence_n2"),
        "among": found["among"], "years": found["years"], "known": found["wards_with_burden"],
        "wards": result.summary["wards"], "population": found["population"], "population_year": str(found["population_year"]),
        "lga": most and most["lga_name"], "lga_burden": most and most["burden_per_1000_per_year"],
    }  # fmt: skip


def combinations(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    rows = [row for row in result.summary["combinations"] if row["tpr_percent"] is not None]
    if not rows:
        return None
    rows.sort(key=lambda row: row["tpr_percent"])

    def words(row: Row) -> str:
        parts = (
            tpr_forms.LEVEL_WORDS.get(row["level"], row["level"]),
            tpr_forms.AGE_WORDS[row["age_group"]],
            tpr_forms.METHOD_WORDS.get(row["method"], row["method"]),
            str(row["period"]),
        )
        return ", ".join(parts)

    return {
        "n": len(rows), "highest": rows[-1]["tpr_percent"], "highest_of": words(rows[-1]), "lowest": rows[0]["tpr_percent"],
        "lowest_of": words(rows[0]),
    }  # fmt: skip


def reporting(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    heat = result.summary["heat"]
    # Results of earlier versions tell the rates of the LGAs shown alone.
    found = heat["rates"] if "rates" in heat else [row.get("rate") for row in heat["rows"]]
    names = heat["lgas"] if "rates" in heat else [row["lga"] for row in heat["rows"]]
    rates = [(rate, name) for rate, name in zip(found, names, strict=True) if rate is not None]
    if not rates:
        return None
    rates.sort()
    return {
        "lgas": len(rates), "periods": len(heat["periods"]), "lowest": rates[0][0], "lowest_at": rates[0][1],
        "highest": rates[-1][0], "highest_at": rates[-1][1], "low": sum(rate < LOW_REPORTING for rate, _ in rates),
        "limit": LOW_REPORTING,
    }  # fmt: skip


def trends(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    of_wards = figure in ("trend_map", "table_ward_trends")
    rows = csv_or_nothing(result, TRENDS if of_wards else LGA_TRENDS)
    if not rows:
        return None
    way = [trend_words.direction(row) for row in rows]
    known = [row for row in rows if trend_words.slope_of(row) is not None]
    known.sort(key=lambda row: trend_words.slope_of(row) or 0.0)
    facts: Facts = {
        "n": len(rows), "rises": way.count("rises"), "falls": way.count("falls"), "unclear": way.count("unclear"),
        "unknown": way.count("unknown") or None, "clear": trend_words.CLEAR,
    }  # fmt: skip
    if known:
        steep = known[-1]
        facts |= {
            "steepest": place(steep) if of_wards else str(steep["lga_name"]),
            "slope": trend_words.slope_of(steep),
        }
    return facts


def burden_trends(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    of_wards = figure == "burden_trend_map"
    rows = csv_or_nothing(result, BURDEN_TRENDS if of_wards else BURDEN_LGA_TRENDS)
    known = [row for row in rows if row["sen_slope"] is not None]
    if not known:
        return None
    label = [row["label"] for row in rows]
    years = sorted(name.removeprefix("burden_") for name in rows[0] if name.startswith("burden_"))
    steep = max(known, key=lambda row: row["sen_slope"])
    spots = [row["hotspot"] for row in rows] if of_wards else []
    return {
        "n": len(rows), "among": result.summary["burden"]["among"], "first": years[0], "last": years[-1],
        "rises": label.count("worsening"), "falls": label.count("improving"), "unclear": label.count("unclear"),
        "unknown": len(rows) - len(known) or None, "change": label.count("change") or None, "clear": trend_words.CLEAR,
        "slope": steep["sen_slope"], "steepest": place(steep) if of_wards else str(steep["lga_name"]),
        "emerging": spots.count("emerging") or None, "resolving": spots.count("resolving") or None,
        "lasting": spots.count("lasting") or None,
    }  # fmt: skip


def year(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    column = f"tpr_{figure.rsplit('_', 1)[1]}"
    known = [row for row in csv_or_nothing(result, TRENDS) if row.get(column) is not None]
    if not known:
        return None
    known.sort(key=lambda row: (row[column], row["ward_code"]))
    return {
        "year": figure.rsplit("_", 1)[1], "known": len(known), "wards": result.summary["wards"],
        "highest": known[-1][column], "highest_at": place(known[-1]), "lowest": known[0][column], "lowest_at": place(known[0]),
    }  # fmt: skip


def one_place(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    """The line, season and table of one ward (by code) or LGA (by its line in the file), as the page asks for it."""
    code, number = asked.get("ward", ""), asked.get("lga", "")
    if code:
        row = next((row for row in csv_or_nothing(result, TRENDS) if row["ward_code"] == code), None)
        series, same = csv_or_nothing(result, WARD_SERIES), "ward_code"
    else:
        lgas = csv_or_nothing(result, LGA_TRENDS)
        row = lgas[int(number)] if number.isdecimal() and int(number) < len(lgas) else None
        series, same = csv_or_nothing(result, LGA_SERIES), "lga_name"
    if row is None:
        return None
    state = row.get("state_name")
    points = [
        one
        for one in series
        if one[same] == row[same] and one.get("state_name") == state and one["tpr_percent"] is not None
    ]
    months = [one for one in points if one["span"] == "month"] or points
    if not months:
        return None
    odd = [
        one
        for one in csv_or_nothing(result, UNUSUAL)
        if one.get(same) == row[same]
        and one.get("state_name") == state
        and bool(one.get("ward_code")) == bool(code)
    ]
    top = max(months, key=lambda one: one["tpr_percent"])
    peak, slope, chance = row.get("peak_month"), trend_words.slope_of(row), trend_words.chance_of(row)
    return {
        "place": place(row) if code else str(row["lga_name"]), "points": len(months), "highest": top["tpr_percent"],
        "highest_in": str(top["period"]), "slope": slope, "chance": chance,
        "change": slope if chance is None and trend_words.years_of(row) < trend_words.YEARS_FOR_A_TEST else None, "peak": trend_words.MONTH_NAMES[int(peak) - 1] if peak else None, "unusual": len(odd) or None,
    }  # fmt: skip


def outliers(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    """Counts far from what their facility usually reports, the furthest of them first."""
    found = result.summary.get("outliers") or {}
    if not found.get("count"):
        return None
    first = found["rows"][0]
    return {
        "n": found["count"], "kept": "yes" if found["rule"] != "median" else None,
        "replaced": "yes" if found["rule"] == "median" else None, "facility": first["facility"], "value": first["value"],
        "period": str(first["period"]), "usual_from": first["expected_low"], "usual_to": first["expected_high"],
    }  # fmt: skip


def outpatients(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    found = result.summary.get("outpatients")
    if not found:
        return None
    most = max(found["rows"], key=lambda row: row["outpatient_percent"], default=None)
    return {
        "n": found["wards"], "wards": result.summary["wards"], "highest": most and most["outpatient_percent"],
        "highest_at": place(most) if most else None, "tpr_there": most and most["tpr_percent"],
    }  # fmt: skip


FAMILIES = (
    Family("map", "tpr_map", gettext_noop("Wards by test positivity"), positivity),
    Family("table_wards", "tpr_table", gettext_noop("Wards by test positivity"), positivity),
    Family("burden", "burden", gettext_noop("Malaria burden"), burden),
    Family("table_burden", "burden", gettext_noop("Burden by LGA"), burden),
    Family("table_combinations", "combinations", gettext_noop("All combinations"), combinations),
    Family("table_reporting", "reporting", gettext_noop("Who reported when"), reporting),
    Family("burden_trend_map", "burden_trends", gettext_noop("Rise and fall of the burden"), burden_trends),
    Family("table_burden_trends", "burden_trends", gettext_noop("Burden of the LGAs"), burden_trends),
    Family("trend_map", "trends", gettext_noop("Rise and fall of test positivity"), trends),
    Family("table_ward_trends", "trends", gettext_noop("Trends of the wards"), trends),
    Family("table_lga_trends", "trends", gettext_noop("Trends of the LGAs"), trends),
    Family("year_map_", "year", gettext_noop("Test positivity in one year"), year),
    Family("place", "place", gettext_noop("One place over time"), one_place),
    Family("table_outliers", "outliers", gettext_noop("Counts far from the usual"), outliers),
    Family("table_outpatients", "outpatients", gettext_noop("Positive among outpatients"), outpatients),
)
