"""Every combination of persons, facilities, tests and time side by side: of the map, its states and its LGAs."""

import uuid
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_GET

from analysis import frames, tpr_forms
from analysis.tpr_kinds import AREA_COMBINATIONS
from analysis.views.tpr_page import opened
from sessions_app.models import AnalysisResult

MOST_ROWS = 200
EVERY, LGAS = "every", "lgas"
ASPECTS = ("age_group", "level", "method", "period")
PLACE = ("scope", "state_name", "lga_name")
WORDS = {
    "age_group": tpr_forms.AGE_WORDS,
    "level": tpr_forms.LEVEL_WORDS,
    "method": tpr_forms.METHOD_WORDS,
    "period": {"all": gettext_noop("all periods")},
}
TITLES = {
    "age_group": gettext_noop("Persons"),
    "level": gettext_noop("Facilities"),
    "method": gettext_noop("Tests"),
    "period": gettext_noop("Time"),
}
Row = dict[str, Any]


@require_GET
@transaction.non_atomic_requests
@login_required
def tpr_compare(request: HttpRequest, session_id: uuid.UUID, result_id: uuid.UUID) -> HttpResponse:
    """The combinations of one result; what is not asked for is as in the result, but all persons and facilities."""
    with transaction.atomic():
        found = opened(request, session_id, result_id)
        if found is None:
            return redirect("session_tpr", session_id)
        context = found.frame()
    if AREA_COMBINATIONS in found.files:
        context |= _compared(found.result, request.GET)
        context["downloads"] = [found.files[name] for name in (AREA_COMBINATIONS, "combinations.csv")]
    return render(request, "tpr/tpr_compare.html", context)


def _compared(result: AnalysisResult, asked: Any) -> Row:
    table = frames.csv_table(result, AREA_COMBINATIONS, (*PLACE, *ASPECTS))
    places = _places(table)
    table = _of_place(table, places, asked.get("place", ""))
    known = {name: pc.unique(table[name]).to_pylist() for name in ASPECTS}
    picked = {}
    for name in ASPECTS:
        usual = result.params[name] if name in ("method", "period") else EVERY
        picked[name] = asked.get(name) or (usual if usual in known[name] else EVERY)
        if picked[name] not in (EVERY, *known[name]):
            raise Http404
        if picked[name] != EVERY:
            table = table.filter(pc.equal(table[name], picked[name]))
    return {
        "rows": [_named(row) for row in table.slice(0, MOST_ROWS).to_pylist()],
        "rows_count": table.num_rows,
        "places": places,
        "place": asked.get("place", ""),
        "filters": [_filter(name, known[name], picked[name]) for name in ASPECTS],
    }


def _places(table: pa.Table) -> list[Row]:
    """What can be asked for: the LGAs next to each other, a state, an LGA; each by its number among the places."""
    found = table.select(PLACE).group_by(list(PLACE), use_threads=False).aggregate([]).to_pylist()
    states = [row for row in found if row["scope"] == "state"]
    lgas = [row for row in found if row["scope"] == "lga"]
    lgas.sort(key=lambda row: (row["state_name"] or "", row["lga_name"]))
    return [
        row
        | {
            "value": str(number),
            "label": ", ".join(row[name] for name in ("lga_name", "state_name") if row[name]),
        }
        for number, row in enumerate([*(states if len(states) > 1 else ()), *lgas])
    ]


def _of_place(table: pa.Table, places: list[Row], place: str) -> pa.Table:
    """The combinations of one place, of all LGAs, or of the map and, where there are several, its states."""
    if place == LGAS:
        return table.filter(pc.equal(table["scope"], "lga"))
    if place:
        chosen = next((row for row in places if row["value"] == place), None)
        if chosen is None:
            raise Http404
        for name in PLACE:
            same = pc.equal(table[name], chosen[name]) if chosen[name] else pc.is_null(table[name])
            table = table.filter(same)
        return table
    several = any(row["scope"] == "state" for row in places)
    wanted = ["map", "state"] if several else ["map"]
    return table.filter(pc.is_in(table["scope"], pa.array(wanted)))


def _filter(name: str, known: list[str], picked: str) -> Row:
    options = [(value, _word(name, value)) for value in known]
    return {"name": name, "label": gettext(TITLES[name]), "options": options, "picked": picked}


def _named(row: Row) -> Row:
    place = row["lga_name"] or row["state_name"] or gettext("The whole map")
    return row | {name: _word(name, row[name]) for name in ASPECTS} | {"place": place}


def _word(name: str, value: str) -> str:
    return gettext(WORDS[name].get(value, value)) if value else ""
