"""The cells of a ranking that were filled, as people read them."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, ngettext

from analysis import frames
from analysis.labels import FILLED_HOW, variable_label
from sessions_app.localised import whole
from sessions_app.models import AnalysisResult
from sessions_app.stored_words import translated

IMPUTATION = "imputation.csv"


@dataclass(frozen=True)
class FilledCells:
    sentence: str
    by_variable: list[dict[str, Any]]
    rows: list[dict[str, Any]]


def filled_cells(result: AnalysisResult) -> FilledCells:
    rows = frames.csv_rows(result, IMPUTATION)
    for row in rows:
        row["label"] = translated(variable_label(row["variable"]))
        row["how"] = gettext(FILLED_HOW.get(row["method"], row["method"]))
        row["donors"] = _donors(int(row["donors"]))
    return FilledCells(_sentence(rows), _by_variable(rows), rows)


def _sentence(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return gettext("No cell was filled: every ward that is ranked had all its values.")
    wards = len({row["ward_code"] for row in rows})
    said = ngettext(
        "%(cells)s missing value in %(wards)s was filled. All other values are as you uploaded them.",
        "%(cells)s missing values in %(wards)s were filled. All other values are as you uploaded them.",
        len(rows),
    )
    return said % {"cells": whole(len(rows)), "wards": _donors(wards)}


def _donors(wards: int) -> str:
    return ngettext("%(wards)s ward", "%(wards)s wards", wards) % {"wards": whole(wards)}


def _by_variable(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    grouped: dict[str, Counter[str]] = {}
    for row in rows:
        grouped.setdefault(row["label"], Counter())[row["how"]] += 1
    return [
        {
            "label": label,
            "count": hows.total(),
            "how": ", ".join(f"{how} ({whole(count)})" for how, count in hows.items()),
        }
        for label, hows in sorted(grouped.items())
    ]
