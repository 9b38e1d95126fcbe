"""How test positivity moves: maps, lines, seasons and unusual months of the LGAs and wards of one result."""

import uuid
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_GET

from analysis import frames, trend_words
from analysis.figures.series_svg import line_chart, scale_top, season_bars
from analysis.tpr_kinds import LGA_SERIES, LGA_TRENDS, TREND_MAP, TRENDS, UNUSUAL, WARD_SERIES, YEAR_MAP
from analysis.views.tpr_burden_years import burden_years
from analysis.views.tpr_page import opened
from sessions_app.models import AnalysisResult

MOST_PICTURES, MOST_ROWS, MOST_UNUSUAL = 60, 200, 50
DOWNLOADS = {
    TRENDS: gettext_noop("Trends of the wards"),
    LGA_TRENDS: gettext_noop("Trends of the LGAs"),
    WARD_SERIES: gettext_noop("Months and years of the wards"),
    LGA_SERIES: gettext_noop("Months and years of the LGAs"),
    UNUSUAL: gettext_noop("Unusual months"),
    TREND_MAP: gettext_noop("Map of rise and fall"),
}
TALLY = (
    ("rises", gettext_noop("rise")),
    ("falls", gettext_noop("fall")),
    ("unclear", gettext_noop("show no clear direction")),
    ("unknown", gettext_noop("have too few months")),
)
TEXTS = ("ward_code", "ward_name", "lga_name", "state_name", "span", "period")
Row = dict[str, Any]


@require_GET
@transaction.non_atomic_requests
@login_required
def tpr_trends(request: HttpRequest, session_id: uuid.UUID, result_id: uuid.UUID) -> HttpResponse:
    """All LGAs side by side; with `lga` (its line in the file) or `ward` (its code), that place above them."""
    with transaction.atomic():
        found = opened(request, session_id, result_id)
        if found is None:
            return redirect("session_tpr", session_id)
        result, files = found.result, found.files
        context = found.frame() | {"available": LGA_SERIES in files}
    if context["available"]:
        listed = [(words, files[name]) for name, words in DOWNLOADS.items()]
        context |= _trends(result, request.GET) | {"downloads": listed, "map_file": files[TREND_MAP]}
        context |= burden_years(result, files, context["lga"])
        context |= _years(files, request.GET.get("year", ""))
    return render(request, "tpr/tpr_trends.html", context)


def _years(files: dict[str, Any], asked: str) -> Row:
    """The maps of single years; the newest one first."""
    begin, end = YEAR_MAP.split("{}")
    years = sorted(name[len(begin) : -len(end)] for name in files if name.startswith(begin))
    if not years:
        return {}
    year = asked if asked in years else years[-1]
    return {"years": years, "year": year, "year_file": files[YEAR_MAP.format(year)]}


def _trends(result: AnalysisResult, asked: Any) -> Row:
    lgas = [row | {"number": number} for number, row in enumerate(_table(result, LGA_TRENDS).to_pylist())]
    wards = _table(result, TRENDS).to_pylist()
    lga, ward = _chosen(lgas, wards, asked)
    months = _by_lga(lgas, _table(result, LGA_SERIES))
    top = scale_top([value for points in months.values() for _, value in points])
    near = [row for row in wards if lga is None or _key(row) == _key(lga)]
    steep = sorted(lgas, key=_steepest)
    unusual = _table(result, UNUSUAL).to_pylist()
    place = ward or lga
    return {
        "lgas": _told(steep[:MOST_ROWS]),
        "lga_choices": lgas,
        "lga": lga,
        "ward": ward,
        "ward_choices": sorted(near, key=lambda row: row["ward_name"] or "") if lga else [],
        "wards": _told(sorted(near, key=_steepest)[:MOST_ROWS]),
        "wards_count": len(near),
        "lgas_count": len(lgas),
        "tally": _tally(lgas),
        "slope_legend": trend_words.slope_legend(wards),
        "pictures": [_picture(row, months[row["number"]], top) for row in steep[:MOST_PICTURES]],
        "top": top,
        "place": _place(result, place, unusual, is_ward=ward is not None) if place else None,
        "unusual": sorted(unusual, key=lambda row: -abs(row["score"]))[:MOST_UNUSUAL],
        "unusual_count": len(unusual),
    }


def _table(result: AnalysisResult, name: str) -> pa.Table:
    return frames.csv_table(result, name, TEXTS)


def _chosen(lgas: list[Row], wards: list[Row], asked: Any) -> tuple[Row | None, Row | None]:
    ward = lga = None
    if number := asked.get("lga", ""):
        lga = next((row for row in lgas if str(row["number"]) == number), None)
        if lga is None:
            raise Http404
    if code := asked.get("ward", ""):
        ward = next((row for row in wards if row["ward_code"] == code), None)
        if ward is None:
            raise Http404
        if lga is None:
            lga = next((row for row in lgas if _key(row) == _key(ward)), None)
        elif _key(lga) != _key(ward):
            # Another LGA was chosen while a ward of the last one stood below it.
            ward = None
    return lga, ward


def _key(row: Row) -> tuple[str | None, str | None]:
    return row["state_name"], row["lga_name"]


def _steepest(row: Row) -> tuple[bool, float, str]:
    slope = trend_words.slope_of(row)
    return slope is None, -(slope or 0.0), row.get("ward_name") or row["lga_name"] or ""


def _told(rows: list[Row]) -> list[Row]:
    return [
        row
        | {
            "slope": trend_words.slope_of(row),
            "sentence": trend_words.sentence(row),
            "direction": trend_words.direction(row),
            "peak": trend_words.MONTH_NAMES[int(row["peak_month"]) - 1] if row["peak_month"] else "",
        }
        for row in rows
    ]


def _tally(lgas: list[Row]) -> list[tuple[int, str]]:
    found = [trend_words.direction(row) for row in lgas]
    return [(found.count(code), words) for code, words in TALLY if code in found]


def _by_lga(lgas: list[Row], series: pa.Table) -> dict[int, list[tuple[str, float | None]]]:
    """The points of each LGA: months, or years where the file has no months."""
    span = "month" if pc.any(pc.equal(series["span"], "month")).as_py() else "year"
    rows = series.filter(pc.equal(series["span"], span)).to_pylist()
    labels = _calendar([row["period"] for row in rows])
    number = {_key(row): row["number"] for row in lgas}
    known: dict[int, dict[str, float | None]] = {row["number"]: {} for row in lgas}
    for row in rows:
        known[number[_key(row)]][row["period"]] = row["tpr_percent"]
    return {at: [(label, values.get(label)) for label in labels] for at, values in known.items()}


def _calendar(periods: list[str]) -> list[str]:
    """Every month or year from the first to the last, so that a gap in the file is a gap in the picture."""
    if not periods:
        return []
    first, last = min(periods), max(periods)
    if len(first) == 4:
        return [str(year) for year in range(int(first), int(last) + 1)]
    begin, end = (12 * int(text[:4]) + int(text[5:]) - 1 for text in (first, last))
    return [f"{month // 12}-{month % 12 + 1:02d}" for month in range(begin, end + 1)]


def _picture(row: Row, points: list[tuple[str, float | None]], top: float) -> Row:
    drawn = line_chart(
        [label for label, _ in points], [value for _, value in points],
        title=gettext("Test positivity of %(lga_name)s") % {"lga_name": row['lga_name']}, top=top, width=240, height=130,
    )  # fmt: skip
    return _told([row])[0] | {"svg": _safe(drawn)}


def _safe(drawn: str) -> SafeString:
    """The drawing escapes every name it holds."""
    return mark_safe(drawn)  # nosec B308 B703


def _place(result: AnalysisResult, row: Row, unusual: list[Row], *, is_ward: bool) -> Row:
    series = _table(result, WARD_SERIES if is_ward else LGA_SERIES)
    if is_ward:
        series = series.filter(pc.equal(series["ward_code"], row["ward_code"]))
    else:
        series = series.filter(pc.equal(series["lga_name"], row["lga_name"]))
    rows = [point for point in series.to_pylist() if _key(point) == _key(row)]
    months = [point for point in rows if point["span"] == "month"]
    years = [point for point in rows if point["span"] == "year"]
    code = row["ward_code"] if is_ward else None
    odd = [point for point in unusual if point["ward_code"] == code and _key(point) == _key(row)]
    name = row["ward_name"] if is_ward else row["lga_name"]
    known = {point["period"]: point["tpr_percent"] for point in months or years}
    labels = _calendar(list(known))
    values = [known.get(label) for label in labels]
    marked = [point["period"] for point in odd]
    shares = trend_words.shares(row)
    return {
        "name": name,
        "row": row,
        "sentence": trend_words.sentence(row),
        "peak": trend_words.peak(row),
        "months": months,
        "years": years,
        "unusual": odd,
        "chart": _safe(
            line_chart(
                labels,
                values,
                title=gettext("Test positivity of %(name)s") % {"name": name},
                top=scale_top(values),
                marked=marked,
            )
        ),
        "season": _safe(season_bars(shares, title=gettext("Cases of %(name)s by month") % {"name": name}))
        if shares
        else "",
    }
