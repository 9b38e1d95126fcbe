"""Charts of a ranking that somebody puts together: what may be asked, and what is drawn from the stored wards.

The page, the picture in it, the API and the assistant ask here. Nothing is stored: a chart is its address.
"""

import io
from collections.abc import Mapping
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext, gettext_noop
from rest_framework import serializers

from analysis import frames
from analysis.core.by_lga import lga_key, lga_values
from analysis.figures import asked_charts
from analysis.figures.asked_charts import Asked, Values
from analysis.figures.redrawn import redrawn
from analysis.figures.urban_svg import URBAN, urban_map
from analysis.figures.vega import to_png
from analysis.labels import unit_in, variable_label
from analysis.writers.text import neutral
from sessions_app.localised import plain_number
from sessions_app.models import AnalysisResult
from sessions_app.params import StrictSerializer
from sessions_app.problems import Problem

CHARTS = (
    ("histogram", gettext_noop("Histogram: how many wards have which value")),
    ("scatter", gettext_noop("Scatter plot: two variables against each other")),
    ("bars", gettext_noop("Bar chart: the highest or lowest in order")),
    ("boxes", gettext_noop("Box plots: the spread within groups of wards")),
    ("urban", gettext_noop("Map: the tiers, urban wards apart")),
)
GROUPS = (
    ("lga", gettext_noop("LGA")),
    ("ward", gettext_noop("Ward (bar chart)")),
    ("tier", gettext_noop("Tier (box plots)")),
)
ORDERS = (("highest", gettext_noop("Highest first")), ("lowest", gettext_noop("Lowest first")))
FORMS = {"svg": "image/svg+xml", "png": "image/png", "csv": "text/csv; charset=utf-8"}
# Columns beside the variables that can be drawn, and what they are called.
OTHERS = {
    "composite_score": gettext_noop("Composite score"),
    "composite_rank": gettext_noop("Composite rank"),
    "pca_score": gettext_noop("PCA score"),
    "pca_rank": gettext_noop("PCA rank"),
    "share_top_third": gettext_noop("Share of models in the top third"),
}
TEXT_COLUMNS = (
    "ward_name",
    "lga_name",
    "lga_code",
    "state_code",
    "state_name",
    "composite_tier",
    "population",
)
WAYS = {
    "summed": "sum of its wards",
    "by_people": "mean of its wards, weighted by their people",
    "alike": "mean of its wards, each counted alike",
}


class ChartQuery(StrictSerializer):
    """One chart. Left out: a histogram of the first variable."""

    chart = serializers.ChoiceField(choices=[code for code, _ in CHARTS], default="histogram")
    x = serializers.CharField(default="", allow_blank=True, help_text="A variable or score of the ranking.")
    y = serializers.CharField(default="", allow_blank=True, help_text="The second one of a scatter plot.")
    by = serializers.ChoiceField(
        choices=[code for code, _ in GROUPS], default="lga",
        help_text="What bars and boxes stand for: `lga`, `tier` (boxes only) or `ward` (bars only).",
    )  # fmt: skip
    order = serializers.ChoiceField(choices=[code for code, _ in ORDERS], default="highest")
    urban_from = serializers.CharField(
        default="", allow_blank=True, max_length=20,
        help_text="Of `urban`: the share of its area from which a ward is urban, 0 to 100 %; there is no default.",
    )  # fmt: skip


ASKED = tuple(ChartQuery().fields)


def label_of(name: str) -> str:
    """A column that can be drawn, in words."""
    return OTHERS.get(name) or variable_label(name)


def charts_of(result: AnalysisResult) -> list[tuple[str, str]]:
    """The charts that a ranking has the data for."""
    return [chart for chart in CHARTS if chart[0] != "urban" or URBAN in result.summary["ward_columns"]]


def columns_of(result: AnalysisResult) -> list[tuple[str, str]]:
    """What can be drawn of a ranking, with its label: its variables, then scores and ranks."""
    held = set(result.summary["ward_columns"])
    used = [name for name in result.summary["parameters"]["variables"] if name in held]
    others = [(name, label) for name, label in OTHERS.items() if name in held]
    if not result.summary["pca_ranked"]:
        others = [(name, label) for name, label in others if not name.startswith("pca_")]
    return [*((name, variable_label(name)) for name in used), *others]


def asked_for(result: AnalysisResult, sent: Mapping[str, str]) -> dict[str, str]:
    """The chart that these parameters ask for, each checked and none left open.

    Raises
    ------
    ValidationError
        A parameter is unknown, or no choice there is.
    Problem
        A column that this ranking has not, or a grouping that the chart does not know.
    """
    query = ChartQuery(data=dict(sent))
    query.is_valid(raise_exception=True)
    asked: dict[str, str] = dict(query.validated_data)
    known = [name for name, _ in columns_of(result)]
    asked["x"] = asked["x"] or known[0]
    if asked["chart"] == "scatter":
        asked["y"] = asked["y"] or next(name for name in known if name != asked["x"])
    for place in ("x", "y"):
        if asked[place] and asked[place] not in known:
            told = f"“{asked[place]}” is not a variable of this ranking."
            raise Problem("invalid_request", told, where=place, examples=known)
    if asked["chart"] == "urban":
        asked["urban_from"] = f"{_share(result, asked['urban_from']):g}"
    groups = {"bars": ("ward", "lga"), "boxes": ("lga", "tier")}.get(asked["chart"])
    if groups and asked["by"] not in groups:
        told = f"This chart can be had by {' or '.join(groups)}."
        raise Problem("invalid_request", told, where="by", examples=list(groups))
    return asked


def _share(result: AnalysisResult, text: str) -> float:
    if URBAN not in result.summary["ward_columns"]:
        told = gettext("This ranking has no column urban_percentage.")
        raise Problem("invalid_request", told, where="urban_from")
    try:
        share = float(plain_number(text))
    except ValueError:
        share = -1.0
    if not 0 <= share <= 100:
        told = gettext("“%(text)s” is not a share from 0 to 100 %%.") % {"text": text}
        raise Problem("invalid_request", told, where="urban_from")
    return share


def query_of(asked: Mapping[str, str]) -> str:
    """The asked chart as the end of an address, without what it does not use."""
    uses = {
        "histogram": ("x",), "scatter": ("x", "y"), "bars": ("x", "by", "order"), "boxes": ("x", "by"), "urban": ("urban_from",),
    }[asked["chart"]]  # fmt: skip
    return urlencode({name: asked[name] for name in ("chart", *uses)})


def chart_of(result: AnalysisResult, asked: Mapping[str, str]) -> Asked:
    """Read the stored wards and put the chart together; drawing it is left to its figure."""
    if asked["chart"] == "urban":
        return _urban(result, float(asked["urban_from"]))
    wanted = [asked["x"], *([asked["y"]] if asked["chart"] == "scatter" else ()), *TEXT_COLUMNS]
    wards = frames.load_wards(result, wanted)
    x = _values(result, wards, asked["x"])
    if asked["chart"] == "histogram":
        return asked_charts.histogram(x)
    if asked["chart"] == "scatter":
        return asked_charts.scatter(x, _values(result, wards, asked["y"]), _texts(wards, "composite_tier"))
    lowest = asked["order"] == "lowest"
    if asked["chart"] == "bars" and asked["by"] == "ward":
        return asked_charts.bars(x, _ward_names(wards), noun="wards", lowest=lowest)
    if asked["chart"] == "bars":
        return _lga_bars(x, asked["x"], wards, lowest)
    if asked["by"] == "tier":
        return asked_charts.boxes(x, _texts(wards, "composite_tier"), noun="Tier")
    keys, names = _lgas(wards)
    return asked_charts.boxes(x, [names.get(key or "") for key in keys], noun="LGA")


def csv_of(chart: Asked) -> bytes:
    """The numbers that the chart is drawn from."""
    columns = [list(column) for column in zip(*chart.rows, strict=True)] or [[] for _ in chart.header]
    sink = io.BytesIO()
    pa_csv.write_csv(neutral(pa.table(columns, names=list(chart.header))), sink)
    return sink.getvalue()


def drawn(result: AnalysisResult, sent: Mapping[str, str], form: str, *, attachment: bool) -> HttpResponse:
    """Draw what was asked for as SVG or PNG, or write its numbers as CSV."""
    if form not in FORMS:
        raise Problem("invalid_request", "A chart can be had as svg, png or csv.", where="as")
    asked = asked_for(result, sent)
    chart = chart_of(result, asked)
    content = csv_of(chart) if form == "csv" else chart.figure.svg().encode()
    if form == "png":
        content = to_png(content.decode())
    answer = HttpResponse(content, content_type=FORMS[form])
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    name = f"{asked['chart']}.{form}"
    answer.headers["Content-Disposition"] = content_disposition_header(attachment, name) or "inline"
    return answer


def _urban(result: AnalysisResult, share_from: float) -> Asked:
    """The map that is drawn with every ranking for three shares, for this one; `facts` count the wards of each kind."""
    columns = (*TEXT_COLUMNS, "ward_code", "composite_rank", "flags", URBAN)
    table = frames.load_wards(result, columns).to_pandas()
    wards, drawing = redrawn(
        table, frames.artifact_bytes(result, frames.MAP), frames.artifact_bytes(result, frames.LGAS)
    )
    found = urban_map(wards, share_from, drawing, "")
    facts: dict[str, float | int | None] = {"unknown": found.unknown}
    for tier, others, urban in found.rows:
        facts |= {f"{tier.lower()}_urban": urban, f"{tier.lower()}_not_urban": others}
    shown = table.sort_values([frames.FIRST, "ward_code"], na_position="last")
    kinds = (
        pd.Series(found.urban, index=table.index).map({True: "yes", False: "no"}).where(table[URBAN].notna())
    )
    header = ("Ward code", "Ward", "LGA", "Rank", "Tier", "Urban area, %", "Urban")
    names = ("ward_code", "ward_name", "lga_name", frames.FIRST, "composite_tier", URBAN)
    rows = shown[list(names)].assign(urban=kinds).astype(object)
    listed = rows.where(rows.notna(), None).itertuples(index=False, name=None)
    return Asked(found.figure, header, list(listed), facts)


def _values(result: AnalysisResult, wards: pa.Table, name: str) -> Values:
    numbers = np.array(wards[name].cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=float)
    label = label_of(name)
    unit = "" if name in OTHERS else unit_in(result.summary, name)
    return Values(label, "" if unit == "index" else unit, numbers)


def _texts(wards: pa.Table, name: str) -> list[str | None]:
    return wards[name].to_pylist() if name in wards.column_names else [None] * wards.num_rows


def _ward_names(wards: pa.Table) -> list[str]:
    """Ward and LGA, for many wards share their names."""
    pairs = zip(_texts(wards, "ward_name"), _texts(wards, "lga_name"), strict=True)
    return [f"{ward or '?'}, {lga}" if lga else str(ward or "?") for ward, lga in pairs]


def _lgas(wards: pa.Table) -> tuple[list[str | None], dict[str, str]]:
    """The LGA of each ward, and what each is called: with its state where another has its name."""
    rows = frames.rows_of(wards.select([name for name in TEXT_COLUMNS if name in wards.column_names]))
    keys = [lga_key(row) for row in rows]
    lgas = {key: row for key, row in zip(keys, rows, strict=True) if key}
    names = [row["lga_name"] for row in lgas.values()]
    called = {}
    for key, row in lgas.items():
        state = row.get("state_name") or row.get("state_code") or row.get("lga_code")
        alone = names.count(row["lga_name"]) == 1 or not state
        called[key] = row["lga_name"] if alone else f"{row['lga_name']} ({state})"
    return keys, called


def _lga_bars(x: Values, name: str, wards: pa.Table, lowest: bool) -> Asked:
    keys, names = _lgas(wards)
    people = wards["population"].to_pylist() if "population" in wards.column_names else [None] * len(keys)
    way, found = lga_values(name, keys, x.numbers.tolist(), people)
    values = Values(x.label, x.unit, np.array([found.get(key, np.nan) for key in names], dtype=float))
    return asked_charts.bars(values, list(names.values()), noun="LGAs", way=WAYS[way], lowest=lowest)
