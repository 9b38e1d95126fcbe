"""The facts behind the tables of the matched wards."""

from django.utils.translation import gettext_noop

from analysis.explained.families import Asked, Facts, Family
from analysis.labels import variable_label
from sessions_app.models import AnalysisResult


def matches(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    """How the rows of the ward table found their wards."""
    summary = result.summary
    alike = summary["methods"].get("fuzzy", 0) + summary["methods"].get("dhis2_repair", 0)
    return {
        "rows": summary["rows"], "wards": summary["wards"], "accepted": summary["accepted"], "alike": alike or None,
        "review": summary["review"] or None, "without_ward": summary["unmatched_table"] or None,
        "without_row": summary["unmatched_boundaries"] or None,
    }  # fmt: skip


def variables(result: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    """How whole the columns are from which a ranking can be made."""
    rows = result.summary["variables"]
    if not rows:
        return None
    least = min(rows, key=lambda row: (row["coverage_percent"], row["variable"]))
    gaps = [row for row in rows if row["missing"]]
    return {
        "n": len(rows), "whole": len(rows) - len(gaps), "wards": result.summary["wards"],
        "least": variable_label(least["variable"]) if gaps else None, "least_percent": least["coverage_percent"],
    }  # fmt: skip


FAMILIES = (
    Family("table_matches", "matches", gettext_noop("Rows and their wards"), matches),
    Family("table_variables", "profile", gettext_noop("Variables of the table"), variables),
)
