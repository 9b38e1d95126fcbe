"""The interactive map of one plan; without scripts the drawn one."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext

from analysis import frames
from itn.figures.interactive import plan_values
from itn.labels import MEASURES
from itn.views.plan_page import plan_page
from sessions_app.inline import inline, not_modified
from sessions_app.models import AnalysisResult
from sessions_app.stored_words import own_words

MOST_NAMES = 2000
VERSION = "3"
"""Of the values' form; a browser that has another asks again."""


@plan_page("map")
def plan_map(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    measure = request.GET.get("measure", "coverage")
    measure = measure if measure in dict(MEASURES) else "coverage"
    wards = frames.load_wards(result, ["ward_code", "ward_name", "lga_name"])
    context |= map_places(result) | {
        "layers": [
            {"key": f"class:{code}", "kind": "class", "label": label, "chosen": code == measure}
            for code, label in MEASURES
        ],
        "names": frames.rows_of(wards.sort_by("ward_name").slice(0, MOST_NAMES)),
        "values_url": reverse("plan_map_values", args=[result.session_id, result.pk]),
        "source": gettext("Population: %(population)s (%(year)s)")
        % {
            "population": own_words(result.summary["source"]["population"]),
            "year": own_words(result.summary["source"]["population_year"]),
        },
        "map_hint": gettext(
            "Point at a ward or tap it to see its name, LGA (local government area), nets and coverage."
        ),
        "measures": MEASURES,
        "measure": measure,
        "map_figure": context["figures"][f"map_{measure}"],
    }
    return render(request, "itn/plan_map.html", context)


@plan_page("map")
def plan_map_values(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    tag = values_tag(str(result.pk))
    return not_modified(request, tag) or json_inline(
        request, in_words(plan_values(frames.load_wards(result).to_pandas())), tag
    )


def values_tag(of: str) -> str:
    """The version of a map's values: they are in the language of the page."""
    return f"{of}-{VERSION}-{get_language()}"


def in_words(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a map in the language of the page: labels, hints, and the facts of each ward."""
    told: dict[str, str] = {}

    def said(text: str) -> str:
        if text not in told:
            told[text] = own_words(text)
        return told[text]

    layers = {
        key: {
            "classes": [(said(label), colour) for label, colour in layer["classes"]],
            "missing": said(layer["missing"]),
            "hint": said(layer["hint"]),
        }
        for key, layer in values["layers"].items()
    }
    wards = {
        code: {"classes": ward["classes"], "facts": list(map(said, ward["facts"]))}
        for code, ward in values["wards"].items()
    }
    return {"layers": layers, "facts": list(map(said, values["facts"])), "wards": wards}


def map_places(result: AnalysisResult) -> dict[str, Any]:
    """Where the shapes are, which belong to the ranking, and where a ward's card leads."""
    ranking = [result.session_id, result.params["risk"]]
    return {
        "wards_url": reverse("result_picture", args=[*ranking, frames.MAP]),
        "lgas_url": reverse("result_picture", args=[*ranking, "lgas.geojson"]),
        "ward_url": f"{reverse('plan_wards', args=[result.session_id, result.pk])}?search=__code__",
        "ward_words": gettext("In the table"),
    }


def json_inline(request: HttpRequest, values: dict[str, Any], tag: str) -> HttpResponse:
    content = json.dumps(values, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return inline(request, content.encode(), "application/json", tag)
