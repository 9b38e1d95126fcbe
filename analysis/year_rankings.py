"""One ranking for each year, side by side: the page, its maps and its table ask here."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
from django.utils.translation import gettext_noop

from analysis import frames
from analysis.core.year_series import year_of
from analysis.figures.classes import Classes, classify, classify_alike
from analysis.figures.map_svg import draw_map
from analysis.figures.redrawn import redrawn
from sessions_app.models import AnalysisResult, AnalysisSession
from sessions_app.problems import Problem
from sessions_app.selectors import results_of

# What the maps can show, its label, and how it becomes classes.
MEASURES = (
    ("composite_rank", gettext_noop("Composite rank"), "rank"),
    ("composite_tier", gettext_noop("Composite tier"), "tier"),
    ("composite_score", gettext_noop("Composite score"), "score"),
    ("pca_rank", gettext_noop("PCA rank"), "rank"),
)
MOST_YEARS = 24
_PLACES = ("ward_code", "ward_name", "lga_name", "lga_code", "state_code", "state_name", "flags")


def period_of(result: AnalysisResult) -> str:
    """The year that a ranking is for: as it was stated, else the one year in the names of its variables."""
    if result.params.get("period"):
        return str(result.params["period"])
    years = {year for name in result.summary["parameters"]["variables"] if (year := year_of(name))}
    return str(years.pop()) if len(years) == 1 else ""


def rankings_by_year(session: AnalysisSession) -> dict[str, AnalysisResult]:
    """The newest finished ranking for each year, the earliest year first."""
    rankings = results_of(session).filter(kind="risk", status=AnalysisResult.Status.SUCCEEDED)
    found: dict[str, AnalysisResult] = {}
    for result in rankings:
        period = period_of(result)
        if period and period not in found:
            found[period] = result
    return dict(sorted(found.items())[-MOST_YEARS:])


@dataclass(frozen=True)
class Years:
    """Rankings of one measure in classes that all of them share. `tables` and `classes` are by year."""

    measure: str
    label: str
    tables: dict[str, pd.DataFrame]
    classes: dict[str, Classes]


def measured(rankings: dict[str, AnalysisResult], measure: str) -> Years:
    """Read the wards of each ranking and sort them into the same classes."""
    known = {code: (label, kind) for code, label, kind in MEASURES}
    if measure not in known:
        told = f"“{measure}” can't be shown by year."
        raise Problem("invalid_request", told, where="of", examples=sorted(known))
    label, kind = known[measure]
    tables = {
        year: frames.load_wards(result, (*_PLACES, measure, "composite_tier")).to_pandas()
        for year, result in rankings.items()
    }
    columns = [table[measure] for table in tables.values()]
    if kind == "tier":
        classes = [classify(column, "tier") for column in columns]
    else:
        unit = "Rank (1 = highest risk)" if kind == "rank" else "Score"
        classes = classify_alike(columns, unit, inverse=kind == "rank")
    return Years(measure, label, tables, dict(zip(tables, classes, strict=True)))


def drawn(years: Years, year: str, ranking: AnalysisResult) -> str:
    """Draw the map of one year."""
    lgas = frames.artifact_bytes(ranking, frames.LGAS)
    wards, drawing = redrawn(years.tables[year], frames.artifact_bytes(ranking, frames.MAP), lgas)
    kind = next(kind for code, _, kind in MEASURES if code == years.measure)
    label_words = years.label
    title = f"{label_words} in the year {year}"
    return draw_map(
        wards, years.measure, kind=kind, title=title, label=years.label, drawing=drawing,  # type: ignore[arg-type]
        classes=years.classes[year],
    )  # fmt: skip


def told(years: Years) -> list[dict[str, Any]]:
    """What each year counts, and how many of its high wards were high in the year before."""
    rows: list[dict[str, Any]] = []
    before: set[str] | None = None
    for year, table in years.tables.items():
        high = set(table.loc[table["composite_tier"] == "High", "ward_code"])
        ranked = int(table["composite_tier"].notna().sum())
        stayed = None if before is None else len(high & before)
        rows.append({"year": year, "ranked": ranked, "high": len(high), "stayed": stayed})
        before = high
    return rows


def side_by_side(rankings: dict[str, AnalysisResult]) -> pd.DataFrame:
    """Every ward with its rank, score and tier in each year; a ward that a year lacks has none there."""
    names = ("composite_rank", "composite_score", "composite_tier")
    tables = {
        year: frames.load_wards(result, (*_PLACES[:3], *names)).to_pandas().set_index("ward_code")
        for year, result in rankings.items()
    }
    places = pd.concat([table[["ward_name", "lga_name"]] for table in tables.values()])
    whole = places[~places.index.duplicated()].sort_index()
    for year, table in tables.items():
        for name in names:
            whole[f"{name}_{year}"] = table[name].reindex(whole.index)
        whole[f"ranking_{year}"] = str(rankings[year].pk)
    return whole.reset_index()
