"""The variables page: what counts as risk, in which direction, and how gaps are filled; its button starts the run."""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from analysis.core.zones import ZONES, zone_variables
from analysis.forms import read_run, usual_in
from analysis.histograms import bars_of
from analysis.labels import CUTS, IMPUTATIONS, METHODS, OWN_CUT, variable_label
from analysis.params import MOST_VARIABLES, WITHOUT_LIMIT
from analysis.templatetags.look import quantity
from sessions_app import actions, selectors
from sessions_app.localised import decimal, whole
from sessions_app.models import AnalysisResult, AnalysisSession
from sessions_app.refusals import Refusal
from sessions_app.session_frame import run_of, session_frame
from sessions_app.stored_words import translated
from sessions_app.throttles import limited
from sessions_app.views import own_session

BARS_HEIGHT = 40
FEWEST = 2
TOO_FEW = {
    "code": "too_few_variables",
    "title": _("Choose at least two variables"),
    "detail": _("A ranking combines several variables; one alone is already an order of the wards."),
    "fix": _("Tick at least two variables and rank again."),
    "where": "",
    "examples": [],
}


@require_http_methods(["GET", "POST"])
@login_required
@limited("compute")
def session_variables(request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
    session = own_session(request, session_id)
    newest = selectors.newest_of(session)
    dataset = _dataset(newest)
    if request.method == "GET" or dataset is None:
        return render(request, "variables/session_variables.html", _context(session, newest, dataset))
    params = read_run(request.POST, dataset.summary["variables"])
    if "preselect" in request.POST:
        context = _context(session, newest, dataset, _preselected(request, dataset.summary, params))
        return render(request, "variables/session_variables.html", context)
    if len(params["variables"]) < FEWEST:
        problem = TOO_FEW
    else:
        with Refusal() as refusal:
            actions.request_result(by=request.user, session=session, kind="risk", params=params)
            return redirect("session_variables", session.pk)
        problem = refusal.problem
    context = _context(session, newest, dataset, params) | {"problem": problem}
    return render(request, "variables/session_variables.html", context, status=422)


def _preselected(request: HttpRequest, summary: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    """What was sent, with the variables that are usual in the chosen zone instead of the ticked ones."""
    zones = [params["zone"]] if "zone" in params else summary["zones"]
    usual = usual_in(zones, summary["variables"], params.get("outcome", ""))
    return read_run(request.POST, summary["variables"], usual) if len(usual) >= FEWEST else params


def _dataset(newest: selectors.Newest) -> AnalysisResult | None:
    found = newest.succeeded.get("dataset")
    return AnalysisResult.objects.get(pk=found.pk) if found else None


def _context(
    session: AnalysisSession,
    newest: selectors.Newest,
    dataset: AnalysisResult | None,
    sent: dict[str, Any] | None = None,
) -> dict[str, Any]:
    last = newest.results.get("risk")
    running = last if last and last.status in selectors.ACTIVE else None
    ended = last if last and last.status in ("failed", "cancelled") else None
    context = session_frame(session, "risk", newest) | {
        "running": running,
        "ended": ended,
        "run": run_of(running or ended) if running or ended else None,
        "dataset": dataset,
    }
    if dataset is None:
        return context | _nothing_yet(session, newest)
    if running:
        return context
    # What was chosen last time is offered again.
    earlier = last.params if last and last.params.get("dataset") == str(dataset.pk) else None
    return context | {"stale": selectors.stale(dataset, newest)} | _choices(dataset, sent or earlier)


def _nothing_yet(session: AnalysisSession, newest: selectors.Newest) -> dict[str, str]:
    if {"ward_table", "boundaries"} <= set(newest.files):
        return {
            "missing": gettext("Match the rows of your table with the ward boundaries first."),
            "missing_url": reverse("session_check", args=[session.pk]),
            "missing_label": gettext("Go to the check"),
        }
    return {
        "missing": gettext("Upload a ward table and the ward boundaries first."),
        "missing_url": reverse("session_data", args=[session.pk]),
        "missing_label": gettext("Go to the data"),
    }


def _choices(dataset: AnalysisResult, chosen: dict[str, Any] | None) -> dict[str, Any]:
    summary = dataset.summary
    profiles = summary["variables"]
    zone = (chosen or {}).get("zone", "")
    zones = [zone] if zone else summary["zones"]
    usual = set(zone_variables(zones))
    there = _usual_there(profiles, chosen or {}, usual)
    rows = [
        _row(number, profile, chosen, there)
        for number, profile in enumerate(profiles)
        if not profile["reason"]
    ]
    present = {translated(variable_label(profile["variable"])) for profile in profiles}
    included = [row for row in rows if row["included"]]
    return {
        "rows": rows,
        "more": _more(summary, chosen or {}, rows),
        "unusable": [
            {"name": profile["variable"], "reason": translated(profile["reason"])}
            for profile in profiles
            if profile["reason"]
        ],
        "zone": ", ".join(zones),
        "zone_missing": sorted({translated(variable_label(name)) for name in usual} - present),
        "no_outcome": bool(included) and not any(row["outcome"] for row in included),
        "intro": _intro(summary, bool(usual), zone),
        "imputations": IMPUTATIONS,
        "methods": METHODS,
        "method": (chosen or {}).get("method", "recommended"),
        "wards": summary["accepted"],
        "most": MOST_VARIABLES,
        "without_limit": WITHOUT_LIMIT,
        "uses": _uses(included, (chosen or {}).get("method", "")),
    }


def _usual_there(profiles: list[dict[str, Any]], chosen: dict[str, Any], usual: set[str]) -> set[str]:
    """The columns that are marked as usual for the zone."""
    if chosen.get("zone"):
        return set(usual_in([chosen["zone"]], profiles, chosen.get("outcome", "")))
    return {profile["variable"] for profile in profiles if usual and profile["included"]}


def _more(summary: dict[str, Any], chosen: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What stands under "More options": closed while all is as usual."""
    cut = chosen.get("cut", "thirds")
    high, low = (_percent(share) for share in (cut if isinstance(cut, list) else ("", "")))
    changed = bool({"zone", "outcome", "cut", "force_pca", "pca_without", "period"} & set(chosen))
    return {
        "zones": ZONES,
        "zone": chosen.get("zone", ""),
        "detected": ", ".join(summary["zones"]),
        "outcome": chosen.get("outcome", ""),
        "recognised": next((row["label"] for row in rows if row["recognised"]), ""),
        "cuts": CUTS,
        "own_cut": OWN_CUT,
        "cut": "own" if isinstance(cut, list) else cut,
        "cut_high": high,
        "cut_low": low,
        "force_pca": bool(chosen.get("force_pca")),
        "period": chosen.get("period", ""),
        "open": changed,
    }


def _percent(share: float | str) -> str:
    """As a person types it; what was no number is shown as it was typed."""
    return share if isinstance(share, str) else number_format(f"{100 * share:g}")


def _intro(summary: dict[str, Any], preselected: bool, zone: str) -> str:
    if zone and preselected:
        return gettext(
            "You chose the zone %(zone)s. The variables usual there are marked; change what you know better."
        ) % {"zone": zone}
    states = ", ".join(summary["states"])
    if preselected and states:
        zones = ", ".join(summary["zones"])
        return gettext(
            "%(states)s lies in %(zones)s. The variables usual there are already chosen; change what you know better."
        ) % {"states": states, "zones": zones}
    known = sum(profile["included"] for profile in summary["variables"])
    if known >= 2:
        return gettext(
            "%(known)s variables that we know are already chosen; change what you know better. Two to eight can be used."
        ) % {"known": known}
    return gettext("Choose between two and eight variables that raise or lower the risk of malaria.")


def _row(
    number: int, profile: dict[str, Any], chosen: dict[str, Any] | None, there: set[str]
) -> dict[str, Any]:
    name = profile["variable"]
    included, inverse, imputation = (
        profile["included"],
        profile["direction"] == "inverse",
        profile["imputation"],
    )
    said = (chosen or {}).get("outcome", "")
    if name == said != "" and not profile["outcome"]:
        imputation = "none"  # an outcome is not filled unless somebody says so
    if chosen and chosen.get("variables"):
        included = name in chosen["variables"]
    if chosen and included:
        inverse = name in chosen["inverse"] if "inverse" in chosen else inverse
        imputation = chosen.get("imputation", {}).get(name, imputation)
    few = profile["coverage_percent"] < 60
    return {
        "number": number,
        "name": name,
        "label": translated(profile["label"]),
        "unit": translated(profile["unit"]),
        "outcome": name == said if said else profile["outcome"],
        "recognised": profile["outcome"],
        "zone_default": name in there,
        "included": included,
        "pca_without": bool(chosen) and name in chosen.get("pca_without", ()),
        "inverse": inverse,
        "imputation": imputation,
        "missing": profile["missing"],
        "coverage": decimal(profile["coverage_percent"], 1),
        "variance": quantity(profile["variance"]),
        "low": quantity(profile["min"]),
        "high": quantity(profile["max"]),
        "bars": bars_of(profile["histogram_counts"], BARS_HEIGHT),
        "notes": profile.get("notes", []),
        "warning": gettext("Only %(coverage_percent)s %% of the wards have a value.")
        % {"coverage_percent": decimal(profile["coverage_percent"], 0)}
        if few
        else "",
    }


def _uses(included: list[dict[str, Any]], method: str) -> str:
    """What the button will use, in the words that the page's script keeps up to date."""
    count = len(included)
    if count < FEWEST:
        return gettext("Choose at least two variables.")
    if count > MOST_VARIABLES and method != WITHOUT_LIMIT:
        return gettext("Choose eight variables at most.")
    gaps = sum(row["missing"] for row in included if row["imputation"] != "none")
    open_gaps = sum(row["missing"] for row in included if row["imputation"] == "none")
    parts = [ngettext("%(count)s variable", "%(count)s variables", count) % {"count": whole(count)}]
    if count <= MOST_VARIABLES:
        models = 2**count - count - 1
        parts.append(ngettext("%(models)s model", "%(models)s models", models) % {"models": whole(models)})
    filling = ngettext("%(gaps)s missing value to fill", "%(gaps)s missing values to fill", gaps)
    parts.append(filling % {"gaps": whole(gaps)} if gaps else gettext("no gaps to fill"))
    if open_gaps:
        left = ngettext("%(gaps)s gap left open", "%(gaps)s gaps left open", open_gaps)
        parts.append(left % {"gaps": whole(open_gaps)})
    return gettext("Uses %(parts)s.") % {"parts": ", ".join(parts)}
