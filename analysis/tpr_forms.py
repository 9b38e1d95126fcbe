"""What the facilities page shows and sends: columns, merges and the choice of persons, facilities, tests and time."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext, gettext_noop

from analysis.core.raster_kinds import MOST_PEOPLE
from analysis.core.tpr.fields import GROUP_LABELS, METHOD_LABELS, parse_field
from analysis.tpr_params import ADJUSTED, FIELDS, URBAN
from analysis.tpr_people import RASTER_OF
from sessions_app.stored_words import translated

AGE_WORDS = {
    "u5": gettext_noop("Under five"),
    "o5": gettext_noop("Five and over"),
    "pw": gettext_noop("Pregnant women"),
    "all_ages": gettext_noop("All ages"),
}
LEVEL_WORDS = {
    "primary": gettext_noop("Primary"),
    "secondary": gettext_noop("Secondary"),
    "tertiary": gettext_noop("Tertiary"),
    "all": gettext_noop("All facilities"),
}
METHOD_WORDS = {
    "pooled": gettext_noop("RDT and microscopy together"),
    "rdt": gettext_noop("RDT only"),
    "microscopy": gettext_noop("Microscopy only"),
    "legacy_max": gettext_noop("The test with the higher positivity (the earlier tool's way)"),
}
ABOVE_WORDS = {
    "exclude": gettext_noop("leave the report out"),
    "cap": gettext_noop("count as many positive as tested"),
    "keep": gettext_noop("keep as it is"),
}
OUTLIER_WORDS = {
    "keep": gettext_noop("count it as it is"),
    "median": gettext_noop("count the median of the facility's reports instead"),
}
TOTAL_WORDS = {
    "keep": gettext_noop("count them as they are"),
    "drop": gettext_noop("leave them out"),
}
DATE_WORDS = {
    "auto": gettext_noop("as said above"),
    "day_first": gettext_noop("day/month/year"),
    "month_first": gettext_noop("month/day/year"),
}
# Notes of an upload with dates that a person may want read in another order.
DATES_READ = frozenset({"dates_either_way", "dates_month_first"})
FIELD_WORDS = {
    "state": gettext_noop("State"), "lga": gettext_noop("LGA"), "ward": gettext_noop("Ward"), "ward_code": gettext_noop("Ward code"), "facility": gettext_noop("Facility"),
    "period": gettext_noop("Period"), "year": gettext_noop("Year"), "month": gettext_noop("Month"), "facility_level": gettext_noop("Facility level"),
    "outpatients": gettext_noop("Outpatients, all"), "outpatients_u5": gettext_noop("Outpatients, under five"),
    "outpatients_o5": gettext_noop("Outpatients, five and over"), "outpatients_pw": gettext_noop("Outpatients, pregnant women"),
}  # fmt: skip
COUNTS = tuple(
    "_".join(part for part in (group, method, status) if part != "any")
    for group in ("u5", "o5", "pw", "all")
    for method in ("rdt", "microscopy", "any")
    for status in ("tested", "positive")
) + tuple(f"{group}_presumed" for group in ("u5", "o5", "pw", "all"))

# Words of the core that stand alone in its tables.
ALONE = (
    gettext_noop("RDT only"),
    gettext_noop("all facilities"),
    gettext_noop("all periods"),
    gettext_noop("microscopy only"),
    gettext_noop("pregnant women"),
    gettext_noop("primary facilities"),
    gettext_noop("secondary facilities"),
    gettext_noop("tertiary facilities"),
    gettext_noop("all ages"),
    gettext_noop("microscopy"),
    gettext_noop("RDT"),
    gettext_noop("under five"),
)
# Before the id of an uploaded population, in the one list of reference sets and one's own table.
OWN = "own:"
# Before the id of an uploaded raster in that list, and behind it the band of several.
OWN_RASTER = "raster:"
ALWAYS_SHOWN = ("ward", "lga", "facility", "period", "facility_level")


def mapping_rows(report: Mapping[str, Any], chosen: Mapping[str, str]) -> list[dict[str, Any]]:
    """Every field with the column it is read from: as detected, or as a person corrected it."""
    found = report["fields"]
    return [
        {
            "field": name,
            "label": gettext(FIELD_WORDS[name]) if name in FIELD_WORDS else _count_words(name),
            "column": chosen.get(name, found.get(name, "")),
            "main": name in found or name in ALWAYS_SHOWN,
        }
        for name in (*FIELDS, *COUNTS)
    ]


def _count_words(name: str) -> str:
    indicator = parse_field(name)
    group, method = GROUP_LABELS[indicator.group], METHOD_LABELS[indicator.method]
    if indicator.status == "presumed":
        return gettext("Malaria without a test: %(group)s") % {"group": translated(group)}
    status = gettext("Tested") if indicator.status == "tested" else gettext("Positive")
    return f"{status}: {translated(group)}, {translated(method)}"


def sheet_choices(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The sheets of a workbook that have counts, with their rows; none where there is nothing to choose."""
    rows = report.get("sheet_rows")
    names = report.get("sheets", ())
    found = [
        {"name": name, "rows": (rows or {}).get(name)} for name in names if rows is None or rows.get(name)
    ]
    return found if len(found) > 1 else []


def read_tpr(sent: Any, report: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a run: only those columns are named that differ from what was detected."""
    found = report["fields"]
    mapping = {}
    for name in (*FIELDS, *COUNTS):
        column = sent.get(f"map:{name}")
        if column is not None and column != found.get(name, ""):
            mapping[name] = column
    return {
        **files,
        **({"register": sent["register"]} if sent.get("register") else {}),
        "age_group": sent.get("age_group", "u5"),
        "level": sent.get("level", "all"),
        "method": sent.get("method", "pooled"),
        "period": sent.get("span") or sent.get("period") or "all",
        "state": sent.get("state", ""),
        "mapping": mapping,
        "undo": sent.getlist("undo"),
        "positive_above_tested": sent.get("positive_above_tested", "exclude"),
        **read_population(sent),
        "unknown_wards": "share" if "share_unknown" in sent else "leave",
        "outliers": sent.get("outliers", "keep"),
        "totals": sent.get("totals", "keep"),
        "dates": sent.get("dates", "auto"),
        "outpatient": "outpatient" in sent,
        **({"urban": _urban(sent["urban"])} if sent.get("urban") else {}),
    }


def read_population(sent: Any) -> dict[str, Any]:
    """Whom the cases are counted among: a reference set, or an upload by `OWN` or `OWN_RASTER` and its id; else nothing."""
    chosen = sent.get("population", "")
    if not chosen:
        return {}
    own = chosen.startswith((OWN, OWN_RASTER))
    said = {
        name: sent[name].strip()
        for name in (*ADJUSTED, *(("population_year",) if own else ()))
        if sent.get(name)
    }
    wanted: dict[str, Any] = {"population_file": chosen.removeprefix(OWN)} if own else {"population": chosen}
    if chosen.startswith(OWN_RASTER):
        pk, _, band = chosen.removeprefix(OWN_RASTER).partition(":")
        wanted = {"population_raster": {"file": pk} | ({"band": band} if band else {})}
    return wanted | {name: value for name, value in said.items() if value}


def _urban(value: str) -> dict[str, str]:
    """A raster of how urban wards are, as the API takes it."""
    kind, _, pk = value.partition(":")
    return {"reference": pk} if kind == "reference" else {"file": pk, "variable": URBAN}


def own_raster(asked: Mapping[str, Any]) -> str:
    """The value of an uploaded raster in the list of populations; the opposite of what `read_population` does."""
    return f"{OWN_RASTER}{asked['file']}" + (f":{asked['band']}" if asked.get("band") else "")


def people_rasters(rasters: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of `raster_choices` those that count people: reference sets of them, and uploads that could."""
    rows = []
    for row in rasters:
        if "file" not in row:
            if row["variable"] in RASTER_OF.values() and row["statistic"] == "sum":
                rows.append(
                    {"value": row["value"].removeprefix("reference:"), **row["cited"], "among": row["label"]}
                )
            continue
        bands = [band for band in row["file"].report["bands"] if band["cells_with_data"]]
        for band in bands:
            if band["min"] >= 0 and band["max"] <= MOST_PEOPLE:
                number = band["band"] if len(bands) > 1 else None
                value = own_raster({"file": row["file"].pk, "band": number})
                rows.append({"value": value, "file": row["label"], "band": number})
    return rows


def urban_choices(rasters: Sequence[Mapping[str, Any]], chosen: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rasters that say how urban wards are: reference sets of it, and the session's own."""
    said = {"reference": chosen.get("reference"), "file": chosen.get("file")}
    rows = []
    for row in rasters:
        kind, _, pk = row["value"].partition(":")
        if kind == "file" or row["variable"] == URBAN:
            cited = row.get("cited")
            label = f"{cited['name']}, {cited['year']} ({cited['source']})" if cited else row["label"]
            rows.append({"value": row["value"], "label": label, "chosen": said[kind] == pk})
    return rows


def choices(report: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Each choice with what stands behind it and whether it is recommended."""
    counts = report["counts"]
    tested = counts.get("tested", {})
    by_group = {
        group: sum(v for name, v in tested.items() if name.startswith(f"{group}:")) for group in GROUP_LABELS
    }
    by_method = {
        method: sum(v for name, v in tested.items() if name.endswith(f":{method}"))
        for method in METHOD_LABELS
    }
    levels = counts.get("levels", {})
    by_period = counts.get("by_period", {})
    return {
        "ages": [
            {
                "value": value,
                "label": AGE_WORDS[value],
                "tested": by_group.get(value, 0),
                "recommended": value == "u5",
            }
            for value in ("u5", "o5", "pw")
            if by_group.get(value)
        ]
        + [{"value": "all_ages", "label": AGE_WORDS["all_ages"], "tested": sum(tested.values())}],
        "levels": [
            {"value": value, "label": LEVEL_WORDS[value], "recommended": value == "primary", **levels[value]}
            for value in ("primary", "secondary", "tertiary")
            if value in levels
        ]
        + [
            {
                "value": "all",
                "label": LEVEL_WORDS["all"],
                "facilities": counts.get("facilities", 0),
                "tested": sum(tested.values()),
                "recommended": "primary" not in levels,
            }
        ],
        "methods": [
            {
                "value": value,
                "label": label,
                "tested": sum(tested.values())
                if value in ("pooled", "legacy_max")
                else by_method.get(value, 0),
                "recommended": value == "pooled",
            }
            for value, label in METHOD_WORDS.items()
            if value in ("pooled", "legacy_max") or by_method.get(value)
        ],
        "above": [{"value": value, "label": label} for value, label in ABOVE_WORDS.items()],
        "outliers": [{"value": value, "label": label} for value, label in OUTLIER_WORDS.items()],
        "totals": [{"value": value, "label": label} for value, label in TOTAL_WORDS.items()],
        "dates": [{"value": value, "label": label} for value, label in DATE_WORDS.items()]
        if any(note["code"] in DATES_READ for note in report["notes"])
        else [],
        "years": [
            {"value": year, "label": year, "tested": _in(by_period, year)} for year in counts.get("years", ())
        ],
        "spans": _spans(by_period),
        "states": _states(counts),
    }


def _in(by_period: Mapping[str, float], year: str) -> float | None:
    """The tests of a year; unknown of files that were looked through before they were counted."""
    return sum(tested for label, tested in by_period.items() if label[:4] == year) if by_period else None


def _spans(by_period: Mapping[str, float]) -> list[dict[str, Any]]:
    """Quarters of a year and single months, the newest first; none of a file that names only years."""
    months = sorted((label for label in by_period if len(label) > len("2024")), reverse=True)
    quarters: dict[str, float] = {}
    for label in months:
        year, first = label[:4], 3 * ((int(label[5:]) - 1) // 3) + 1
        span = f"{year}-{first:02d}..{year}-{first + 2:02d}"
        quarters[span] = quarters.get(span, 0) + by_period[label]
    named = [
        (
            span,
            gettext("%(year)s, quarter %(number)s") % {"year": span[:4], "number": (int(span[5:7]) + 2) // 3},
            tested,
        )
        for span, tested in quarters.items()
    ]
    named += [(label, label, by_period[label]) for label in months]
    return [{"value": value, "label": label, "tested": tested} for value, label, tested in named]


def _states(counts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each state with what it holds; the one with the most tests is recommended, for a run is of one state."""
    rows = counts.get("by_state") or [{"name": name} for name in counts.get("states", ())]
    most = max((row.get("tested", 0) for row in rows), default=0)
    return [
        row
        | {
            "value": row["name"],
            "label": row["name"],
            "recommended": bool(most) and row.get("tested") == most,
        }
        for row in rows
    ]
