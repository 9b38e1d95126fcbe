"""One ward, or two places side by side."""

from dataclasses import replace
from typing import Any

from django.urls import reverse

from analysis import ward_card
from analysis.queries.query import Aggregate, Filter, Query, Sort, column_meant
from analysis.tools.desk import Desk, Found, label_of
from analysis.tools.questions import RANK, FunctionSaid, refuse_missing
from sessions_app.models import AnalysisResult
from sessions_app.problems import Problem


def explain_ward(desk: Desk, *, ward: str = "", lga: str = "", code: str = "", rank: int = 1) -> Found:
    """Why a ward stands where it does: its variables as they entered the score, the strongest first.

    Without a name it is the ward that has the rank.
    """
    result = desk.ranking()
    if lga and not (ward or code):
        raise Problem(
            "invalid_request", f"Ranks are explained ward by ward. Name a ward in {lga}.", where="ward"
        )
    found = _wards(desk, ward, lga, code) if ward or code else _ranked(desk, rank)
    if len(found) > 1:
        return _which(found, ward) if ward else _which_of_rank(found, rank)
    card = ward_card.card(result, found[0]["ward_code"])
    assert card is not None  # the code comes from the same table
    parts = sorted(card["parts"], key=lambda part: (part["scaled"] is None, -(part["scaled"] or 0)))
    rows = [
        {
            "variable": part["label"], "value": part["value"], "unit": part["unit"], "scaled": part["scaled"],
            "way": "lower" if part["inverse"] else "higher", "place": part["place"], "filled": part["filled"],
        }
        for part in parts
    ]  # fmt: skip
    ward_row = card["ward"]
    facts = {
        name: ward_row[name]
        for name in ("ward_name", "lga_name", "ward_code", "composite_rank", "composite_tier", "composite_score", "rank_min", "rank_max", "share_top_third")
    } | {"ranked": result.summary["ranked"], "models": result.summary["models"], "flags": card["flags"]}  # fmt: skip
    scored = [row for row in rows if row["scaled"] is not None]
    facts |= {"strongest": scored[:3], "weakest": scored[-1:] if len(scored) > 3 else []}
    used = ward_row.get("models_used")
    if facts["share_top_third"] is not None and used is not None:
        facts |= {"models_used": used, "models_top": round(facts["share_top_third"] * used)}
    columns = [
        {"key": "variable", "title": "Variable", "unit": "", "number": False},
        {"key": "value", "title": "Value", "unit": "", "number": True},
        {"key": "scaled", "title": "Part of the score", "unit": "0–1", "number": True},
        {"key": "way", "title": "More risk when", "unit": "", "number": False},
        {"key": "place", "title": "Among all wards", "unit": "", "number": False},
    ]
    return Found("explain_ward", facts, columns, rows, [_ward_link(result, ward_row)])


def ward_value(
    desk: Desk,
    *,
    ward: str = "",
    lga: str = "",
    code: str = "",
    measure: str = RANK,
    function: FunctionSaid = "",
) -> Found:
    """One value of one ward, as it was uploaded or ranked."""
    refuse_missing(ward=ward or code)
    found = _wards(desk, ward, lga, code)
    if len(found) > 1:
        return _which(found, ward)
    column = column_meant(measure or RANK, desk.wards.column_names)
    (row,) = desk.ask(
        Query(("ward_name", "lga_name", column), (Filter("ward_code", "=", (found[0]["ward_code"],)),))
    )
    facts = {
        "ward_name": row["ward_name"],
        "lga_name": row["lga_name"],
        "label": label_of(column),
        "value": row[column],
    }
    unit = desk.columns_of([column])[0]["unit"]
    links = [_ward_link(desk.risk, found[0])] if desk.risk else []
    return Found("ward_value", facts | {"unit": unit, "column": column}, links=links)


def neighbours(desk: Desk, *, ward: str = "", lga: str = "", code: str = "") -> Found:
    """The wards that touch a ward, with their ranks."""
    result = desk.ranking()
    refuse_missing(ward=ward or code)
    found = _wards(desk, ward, lga, code)
    if len(found) > 1:
        return _which(found, ward)
    names = [RANK, "ward_name", "lga_name", "composite_tier", "composite_score"]
    rows = [
        {name: row[name] for name in names} for row in ward_card.neighbours(result, found[0]["ward_code"])
    ]
    facts = {
        "ward_name": found[0]["ward_name"], "lga_name": found[0]["lga_name"], "n": len(rows),
        "high": sum(row["composite_tier"] == "High" for row in rows),
    }  # fmt: skip
    return Found("neighbours", facts, desk.columns_of(names), rows, [_ward_link(result, found[0])])


def compare_places(
    desk: Desk, *, places: list[str], variable: str = "", first_code: str = "", second_code: str = ""
) -> Found:
    """Two wards, or two LGAs by the means of their wards, over the variables of the ranking; a named variable comes first.

    Of wards that share a name the codes say which one is meant.
    """
    if len(places) != 2:
        raise Problem("invalid_request", "Name the two places to compare.", where="places")
    result = desk.risk
    variables = result.summary["parameters"]["variables"] if result else desk.variables
    kinds = [_kind(desk, place) for place in places]
    if kinds[0] != kinds[1]:
        raise Problem(
            "invalid_request", "A ward and an LGA can't be compared; name two of a kind.", where="places"
        )
    of_lga = kinds[0] == "lga_name"
    asked = column_meant(variable, desk.wards.column_names) if variable else ""
    names = list(
        dict.fromkeys(
            (
                *((asked,) if asked else ()),
                *(("composite_rank",) if result and not of_lga else ()),
                *(("composite_score",) if result else ()),
                *variables,
            )
        )
    )
    sides, called = [], []
    parts = tuple(Aggregate("mean", name) for name in names)
    for place, code, asking in zip(
        places, (first_code, second_code), ("first_code", "second_code"), strict=True
    ):
        one, title = Filter(kinds[0], "=", (place,)), place
        if not of_lga and len(rows := _wards(desk, place, "", "")) > 1:
            meant = next((row for row in rows if row["ward_code"] == code), None)
            if meant is None:
                return replace(_which(rows, place), asking=asking)
            one, title = Filter("ward_code", "=", (code,)), _choices([meant])[0]["label"]
        (means,) = desk.ask(Query(filters=(one,), aggregates=(*parts, Aggregate("count"))))
        sides.append(means)
        called.append(title)
    rows = [
        {"variable": label_of(name), "first": sides[0][f"mean({name})"], "second": sides[1][f"mean({name})"]}
        for name in names
    ]
    columns = [
        {
            "key": "variable",
            "title": "Mean of the wards" if of_lga else "Variable",
            "unit": "",
            "number": False,
        },
        {"key": "first", "title": called[0], "unit": "", "number": True},
        {"key": "second", "title": called[1], "unit": "", "number": True},
    ]
    facts = {
        "first": called[0],
        "second": called[1],
        "lgas": of_lga,
        "counts": [side["count"] for side in sides],
    }
    if asked:
        facts |= {
            "label": label_of(asked), "unit": desk.unit(asked), "values": [side[f"mean({asked})"] for side in sides]
        }  # fmt: skip
    if result:
        facts["scores"] = [side["mean(composite_score)"] for side in sides]
    return Found("compare_places", facts, columns, rows)


def _ranked(desk: Desk, rank: int) -> list[dict[str, Any]]:
    """The wards of a rank: several where scores are equal."""
    names = ("ward_code", "ward_name", "lga_name")
    found = desk.ask(Query(names, (Filter(RANK, "=", (rank,)),), sort=(Sort("lga_name"),)))
    if not found:
        raise Problem("not_found", f"No ward has the rank {rank:,} in this session.", where="rank")
    return found


def _wards(desk: Desk, ward: str, lga: str, code: str) -> list[dict[str, Any]]:
    filters = [Filter("ward_code", "=", (code,))] if code else [Filter("ward_name", "=", (ward,))]
    if lga and not code:
        filters.append(Filter("lga_name", "=", (lga,)))
    rows = desk.ask(Query(("ward_code", "ward_name", "lga_name"), tuple(filters), sort=(Sort("lga_name"),)))
    if not rows:
        detail = f"There is no ward “{ward or code}” in this session."
        if lga:
            detail = f"There is no ward “{ward or code}” in {lga} in this session."
        raise Problem("not_found", detail, where=ward or code)
    return rows


def _which(rows: list[dict[str, Any]], name: str) -> Found:
    return Found("which_ward", {"name": name, "n": len(rows)}, choices=_choices(rows))


def _which_of_rank(rows: list[dict[str, Any]], rank: int) -> Found:
    return Found("which_of_rank", {"rank": rank, "n": len(rows)}, choices=_choices(rows))


def _choices(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "id": row["ward_code"],
            "label": f"{row['ward_name']}, {row['lga_name'] or row['ward_code']}",
            "also": [row["lga_name"] or ""],
        }
        for row in rows
    ]


def _kind(desk: Desk, place: str) -> str:
    for column in ("lga_name", "ward_name"):
        if desk.ask(Query((column,), (Filter(column, "=", (place,)),), limit=1)):
            return column
    raise Problem("not_found", f"There is no place “{place}” in this session.", where=place)


def _ward_link(result: AnalysisResult, row: dict[str, Any]) -> dict[str, Any]:
    url = reverse("result_ward", args=[result.session_id, result.pk, row["ward_code"]])
    return {"kind": "page", "title": f"{row['ward_name']} with its neighbours", "url": url}
