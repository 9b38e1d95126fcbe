"""Test positivity from facility reports: of the whole area, an LGA or a ward, and how good the reports are."""

from typing import Any

from django.urls import reverse

from analysis import frames
from analysis.explained.tpr import csv_or_nothing, one_place, trends
from analysis.tools.desk import Desk, Found
from analysis.tpr_kinds import LGA_TRENDS
from sessions_app.models import AnalysisResult
from sessions_app.problems import Problem

LGAS = "lgas.csv"
QUALITY = "quality.csv"
RATES = ("tested", "positive", "tpr_percent", "tpr_low", "tpr_high")
LOWEST = 10
# Findings of the quality check that are counted, in the words of the page.
FINDINGS = {
    "positive_above_tested": "more positive than tested",
    "outlier": "far from what the facility usually reports",
    "not_on_the_map": "of a ward that the boundaries lack",
}
COLUMNS = (
    ("lga_name", "LGA", "", False), ("tested", "Tested", "persons", True), ("positive", "Positive", "persons", True),
    ("tpr_percent", "Positivity", "%", True), ("tpr_low", "Interval (95 %), from", "%", True), ("tpr_high", "to", "%", True),
)  # fmt: skip


def tpr_report(desk: Desk, *, ward: str = "", lga: str = "", code: str = "") -> Found:
    """Test positivity as the facility reports give it: of a ward, of an LGA, or of the whole area with all its LGAs."""
    result = desk.tpr
    if result is None:
        return no_tpr(desk)
    common = {"label": result.summary["choice"]["label"], "stale": desk.is_tpr_stale}
    if ward or code:
        rows = [
            row
            for row in frames.csv_rows(result, frames.WARDS_CSV)
            if (row["ward_code"] == code if code else same_name(row["ward_name"], ward))
            and (not lga or code or same_name(row["lga_name"], lga))
        ]
        if not rows:
            raise Problem(
                "not_found", f"There is no ward “{ward or code}” in this result.", where=ward or code
            )
        if len(rows) > 1:
            return which_ward(rows, ward)
        (row,) = rows
        place = {
            "ward_name": row["ward_name"],
            "lga_name": row["lga_name"],
            "reporting": _reporting(result, row["ward_code"]),
        }
        return Found("tpr_place", common | place | _rates(row), links=links_of(result))
    lgas = frames.csv_rows(result, LGAS)
    if lga:
        same = only_lga([row for row in lgas if same_name(row["lga_name"], lga)], lga)
        if not same:
            raise Problem("not_found", f"There is no LGA “{lga}” in this result.", where=lga)
        row = same[0]
        return Found("tpr_place", common | {"ward_name": "", "lga_name": row["lga_name"], "reporting": None} | _rates(row), links=links_of(result))  # fmt: skip
    summary = result.summary
    facts = common | {
        name: summary[name]
        for name in ("wards", "wards_with_data", "wards_with_tpr", "tested", "positive", "tpr_percent", "facilities", "reports")
    }  # fmt: skip
    facts |= {"first_period": "", "last_period": ""}
    if summary["periods"]:
        facts |= {"first_period": summary["periods"][0], "last_period": summary["periods"][-1]}
    ordered = sorted(lgas, key=lambda row: (row["tpr_percent"] is None, -(row["tpr_percent"] or 0)))
    rows = [{name: row[name] for name, *_ in COLUMNS} for row in ordered]
    return Found("tpr_report", facts, columns_of(COLUMNS), rows, links_of(result))


def tpr_quality(desk: Desk, *, lga: str = "") -> Found:
    """How good the facility reports are: reporting rates, contradictions, what was repaired and what is lost."""
    result = desk.tpr
    if result is None:
        return no_tpr(desk)
    found = frames.csv_rows(result, QUALITY)
    wards = {row["ward_code"]: row for row in frames.csv_rows(result, frames.WARDS_CSV)}
    rates = [
        {
            "ward_name": row["place"],
            "lga_name": wards[row["ward_code"]]["lga_name"] if row["ward_code"] in wards else None,
            "reporting_percent": row["value"],
            "expected": row["count"],
        }
        for row in found
        if row["check"] == "reporting_rate" and row["scope"] == "ward"
    ]
    if lga:
        rates = [row for row in rates if same_name(row["lga_name"], lga)]
        if not rates:
            raise Problem("not_found", f"There are no reporting rates of an LGA “{lga}”.", where=lga)
    rates.sort(key=lambda row: (row["reporting_percent"], row["ward_name"] or ""))
    expected = sum(row["expected"] for row in rates)
    received = sum(row["expected"] * row["reporting_percent"] / 100 for row in rates)
    summary = result.summary
    facts = {
        "lga": lga,
        "stale": desk.is_tpr_stale,
        "facilities": summary["facilities"],
        "reports": summary["reports"],
        "expected": int(expected),
        "reporting_percent": 100 * received / expected if expected else None,
        "low": sum(row["reporting_percent"] < 80 for row in rates),
        "low_limit": 80,
        "wards": len(rates),
        "mapped_percent": summary["mapped_percent"],
        "without_data": summary["wards"] - summary["wards_with_data"],
        "findings": [] if lga else [
            {"words": words, "count": count}
            for code, words in FINDINGS.items()
            if (count := sum(row["check"] == code for row in found))
        ],
    }  # fmt: skip
    columns = (
        ("ward_name", "Ward", "", False), ("lga_name", "LGA", "", False),
        ("reporting_percent", "Reports received", "%", True), ("expected", "Reports expected", "", True),
    )  # fmt: skip
    return Found("tpr_quality", facts, columns_of(columns), rates[:LOWEST], links_of(result))


def tpr_trend(desk: Desk, *, ward: str = "", lga: str = "", code: str = "") -> Found:
    """Whether test positivity rises or falls: of a ward or an LGA, with the chance of it, else of all LGAs."""
    result = desk.tpr
    if result is None:
        return no_tpr(desk)
    if ward or code:
        rows = [
            row
            for row in frames.csv_rows(result, frames.WARDS_CSV)
            if (row["ward_code"] == code if code else same_name(row["ward_name"], ward))
        ]
        rows = [row for row in rows if not lga or code or same_name(row["lga_name"], lga)]
        if len(rows) > 1:
            return which_ward(rows, ward)
        facts = one_place(result, "place", {"ward": rows[0]["ward_code"]}) if rows else None
    elif lga:
        named = list(enumerate(csv_or_nothing(result, LGA_TRENDS)))
        same = only_lga([row | {"at": at} for at, row in named if same_name(str(row["lga_name"]), lga)], lga)
        at = same[0]["at"] if same else None
        facts = one_place(result, "place", {"lga": str(at)}) if at is not None else None
    else:
        facts = trends(result, "table_lga_trends", {})
    if facts is None:
        return Found("no_trend", {"place": ward or lga}, links=links_of(result))
    return Found(
        "tpr_trend",
        {"stale": desk.is_tpr_stale, "say": "place" if ward or code or lga else "trends"} | facts,
        links=links_of(result),
    )


def _reporting(result: AnalysisResult, code: str) -> float | None:
    """How many of the reports that a ward's facilities owe came in. [%]"""
    of_ward = (
        row["value"]
        for row in frames.csv_rows(result, QUALITY)
        if row["check"] == "reporting_rate" and row["scope"] == "ward" and row["ward_code"] == code
    )
    return next(of_ward, None)


def _rates(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in RATES}


def same_name(name: str | None, said: str) -> bool:
    return name is not None and name.casefold() == said.casefold()


def only_lga(lgas: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """The one LGA of a name, or none; two states may have one each, and their figures are not one."""
    if len(lgas) > 1:
        states = ", ".join(str(row["state_name"]) for row in lgas)
        raise Problem(
            "invalid_request",
            f"Several states have an LGA “{name}”: {states}. Ask for a ward of it, or see the tables of the LGAs.",
            where=name,
        )
    return lgas


def which_ward(rows: list[dict[str, Any]], name: str) -> Found:
    choices = [
        {"id": row["ward_code"], "label": f"{row['ward_name']}, {row['lga_name'] or row['ward_code']}", "also": [row["lga_name"] or ""]}
        for row in rows
    ]  # fmt: skip
    return Found("which_ward", {"name": name, "n": len(rows)}, choices=choices)


def no_tpr(desk: Desk) -> Found:
    url = reverse("session_tpr", args=[desk.session.pk])
    return Found("no_tpr", links=[{"kind": "page", "title": "Facilities", "url": url}])


def columns_of(columns: Any) -> list[dict[str, Any]]:
    return [
        {"key": key, "title": title, "unit": unit, "number": number} for key, title, unit, number in columns
    ]


def links_of(result: AnalysisResult) -> list[dict[str, Any]]:
    place = [result.session_id, result.pk]
    pages = (("tpr_result", "Test positivity, all wards"), ("tpr_trends", "Trends"))
    return [{"kind": "page", "title": title, "url": reverse(name, args=place)} for name, title in pages]
