"""What to bring to each LGA and what it costs: packages, prices and budget are tried on the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pandas as pd
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from analysis.csv_answers import csv_answer
from itn.core.costs import Costs, cost_lines, costs_of, lga_keys, nets_within, total_cost
from itn.core.totals import delivery_list, whole_bales
from itn.forms import form_fields
from itn.rows import records
from itn.traces import population_traces, traced
from itn.views.plan_page import plan_page
from sessions_app import actions
from sessions_app.localised import plain_number
from sessions_app.models import AnalysisResult
from sessions_app.problems import Problem
from sessions_app.refusals import Refusal
from sessions_app.throttles import limited

AMOUNTS = {
    "per_net": gettext_noop("Price of a net"),
    "per_lga": gettext_noop("Delivery to one LGA"),
    "budget": gettext_noop("Budget"),
}
PACKAGES = ("bale", "pallet")
COSTS = ("cost_nets", "cost_delivery", "cost_total")


@dataclass(frozen=True)
class Asked:
    """What the page sends: texts as they were typed, and the costs that they stand for."""

    texts: dict[str, str]
    of_lga: dict[str, str]
    costs: dict[str, Any]


@plan_page("delivery", ("GET", "POST"))
@limited("compute", when=lambda request: request.POST.get("do") == "store")
def plan_delivery(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    """GET shows the stored costs; POST tries others, stores them as a new plan, or hands out the list."""
    sent = request.POST if request.method == "POST" else request.GET
    lgas = pd.DataFrame(result.summary["lgas"])
    asked, rows = _as_typed(result, sent, lgas), delivery_list(lgas)
    costs = Costs()
    with Refusal() as refusal:
        costs = costs_of(_checked(asked))
        rows = _lines(lgas, asked, costs)
        if sent.get("do") == "csv":
            return _csv(result, asked, rows)
        if request.method == "POST" and sent.get("do") == "store":
            params = result.params | {"costs": asked.costs}
            actions.request_result(by=request.user, session=result.session, kind="itn_plan", params=params)
            return redirect("session_nets", result.session_id)
    context |= _shown(result, asked, rows, costs) | {"problem": refusal.problem}
    return render(request, "itn/plan_delivery.html", context, status=422 if refusal.problem else 200)


@plan_page("delivery")
def plan_delivery_csv(request: HttpRequest, result: AnalysisResult, context: dict[str, Any]) -> HttpResponse:
    """The list with the stored costs."""
    lgas = pd.DataFrame(result.summary["lgas"])
    with Refusal() as refusal:
        asked = _as_typed(result, request.GET, lgas)
        return _csv(result, asked, _lines(lgas, asked, costs_of(_checked(asked))))
    return render(request, "itn/plan_problem.html", context | {"problem": refusal.problem}, status=422)


def _as_typed(result: AnalysisResult, sent: Mapping[str, str], lgas: pd.DataFrame) -> Asked:
    """What was sent, else what the plan was stored with. LGAs are sent by their place in the list."""
    stored = result.params.get("costs", {})
    names = (*PACKAGES, *AMOUNTS, "currency")
    texts = {name: sent.get(name, str(stored.get(name) or "")).strip() for name in names}
    of_lga = {
        key: sent.get(f"lga{place}", str(stored.get("of_lga", {}).get(key, ""))).strip()
        for place, key in enumerate(lga_keys(lgas).tolist())
        if isinstance(key, str)
    }
    return Asked(texts, of_lga, {})


def _checked(asked: Asked) -> dict[str, Any]:
    costs: dict[str, Any] = {"currency": asked.texts["currency"][:12]}
    costs |= {name: _amount(label, asked.texts[name]) for name, label in AMOUNTS.items() if asked.texts[name]}
    own = {name: _amount(name, text) for name, text in asked.of_lga.items() if text}
    asked.costs.update(costs | ({"of_lga": own} if own else {}))
    return asked.costs


def _amount(label: str, text: str) -> str:
    plain = plain_number(text)
    try:
        finite = Decimal(plain).is_finite() and len(plain) <= 24
    except ArithmeticError:
        finite = False
    if not finite:
        raise Problem(
            "invalid_request",
            gettext("%(label)s: “%(text)s” is not an amount.") % {"label": label, "text": text[:40]},
            where=label,
        )
    return plain


def _lines(lgas: pd.DataFrame, asked: Asked, costs: Costs) -> pd.DataFrame:
    bale, pallet = (_size(asked.texts[name]) for name in PACKAGES)
    return delivery_list(cost_lines(lgas, costs), nets_per_bale=bale, bales_per_pallet=pallet)


def _size(text: str) -> int | None:
    return (int(text) if text.isdecimal() and len(text) < 9 else 0) if text else None


def _csv(result: AnalysisResult, asked: Asked, rows: pd.DataFrame) -> HttpResponse:
    """The list, each row with the plan it belongs to, its currency and the sizes of packages."""
    bale, pallet = (_size(asked.texts[name]) for name in PACKAGES)
    origin = {
        "plan_id": str(result.pk),
        **population_traces(result.summary["source"]),
        "currency": asked.texts["currency"],
        "nets_per_bale": bale or "",
        "bales_per_pallet": (pallet if bale else None) or "",
    }
    return csv_answer(traced(rows, origin), "delivery.csv")


def _shown(result: AnalysisResult, asked: Asked, rows: pd.DataFrame, costs: Costs) -> dict[str, Any]:
    # Where nobody is known to live no LGA has a coverage, and the column holds no numbers.
    totals = rows.drop(columns="coverage_percent").select_dtypes("number").sum().to_dict()
    listed = records(rows)
    for place, (row, key) in enumerate(zip(listed, lga_keys(rows).tolist(), strict=True)):
        if isinstance(key, str):
            row |= {"field": f"lga{place}", "own": asked.of_lga[key], "title": key}
        else:
            row |= {"title": None}
    total, budget = total_cost(rows, costs), costs.budget
    enough = nets_within(rows, costs) if "cost_delivery" in rows else None
    again = form_fields(result.params | {"costs": asked.costs, "nets": enough}) if enough else None
    return {
        "rows": listed,
        "totals": totals,
        "coverage": 100 * totals["people_covered"] / totals["population"] if totals["population"] else None,
        "asked": asked.texts,
        "bales": "bales" in rows,
        "stock": result.summary["nets"],
        **(whole_bales(rows, result.summary["nets"]) if "bales" in rows else {}),
        "pallets": "pallets_rounded_up" in rows,
        "costs": bool(totals.get("cost_total")),
        "currency": asked.texts["currency"],
        "budget": budget,
        "left": None if budget is None else budget - total,
        "over": None if budget is None or budget >= total else total - budget,
        "enough": enough,
        "again": f"{reverse('session_nets', args=[result.session_id])}?{urlencode(again)}" if again else "",
    }
