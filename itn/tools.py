"""What the assistant may ask of net planning: the same plans as on the pages, bound to one session by the desk.

A plan is tried from what was said, or the newest stored one is spoken of; only `store_plan` writes.
"""

from typing import Any, Literal
from urllib.parse import urlencode

import pandas as pd
from django.db import transaction
from django.urls import reverse
from rest_framework.exceptions import ValidationError

from analysis.tools.desk import Desk, Found, Tool, started
from itn import selectors as stored
from itn.compared import compared
from itn.core.candidates import LOWEST, candidates
from itn.core.comparison import compare
from itn.core.settings import MOST_NETS, PlanSettings
from itn.core.totals import delivery_list as packed
from itn.core.totals import whole_bales
from itn.forms import form_fields
from itn.labels import REASONS, STRATEGIES, URBAN_RULES
from itn.params import candidate_threshold_of
from itn.rows import records
from itn.wished import THRESHOLDS, Made, Other, Wish, base_of, made_of, nets_page, params_of, with_other
from sessions_app import actions
from sessions_app.problems import Problem
from sessions_app.refusals import explained

Strategy = Literal["", "proportional", "sequential", "weighted", "capped", "largest_remainder"]
UrbanRule = Literal["", "off", "rural_first", "urban_first", "exclude"]
Served = Literal["none", "part", "full"]
MORE_NETS = 50_000
MOST_LISTED = 200
FIRST_WARDS = 10
MOST_CHANGES = 20
LEAST_COMPARED = 2
WARD_COLUMNS = (
    ("rank", "Rank", "", True), ("ward_name", "Ward", "", False), ("lga_name", "LGA", "", False),
    ("need", "Nets needed", "nets", True), ("nets_allocated", "Nets", "nets", True),
    ("coverage_percent", "Covered", "% of people", True), ("outcome", "Outcome", "", False),
)  # fmt: skip
CANDIDATE_COLUMNS = (
    ("rank", "Rank", "", True), ("ward_name", "Ward", "", False), ("lga_name", "LGA", "", False),
    ("urban_percentage", "Urban share", "% of area", True), ("nets_allocated", "Nets", "nets", True),
)  # fmt: skip


def plan_nets(
    desk: Desk, *, nets: int = 0, strategy: Strategy = "", urban_rule: UrbanRule = "", threshold: float | None = None,
    household_size: float = 0, cap_percent: float | None = None, population: str = "", chosen: str = "", code: str = "",
) -> Found:  # fmt: skip
    """Try a plan of a stock of nets; nothing is stored. Without a stock the newest stored plan is told."""
    wish = Wish(
        nets, strategy, urban_rule, threshold, household_size, cap_percent, population, code or chosen
    )
    made = made_of(desk, wish)
    if isinstance(made, Found):
        return made
    wards = made.plan.wards.sort_values(["rank", "ward_code"], na_position="last").head(FIRST_WARDS)
    return Found("plan_nets", made.facts(), _columns(WARD_COLUMNS), _ward_rows(wards), _links(desk, made))


def store_plan(
    desk: Desk, *, nets: int = 0, strategy: Strategy = "", urban_rule: UrbanRule = "", threshold: float | None = None,
    household_size: float = 0, cap_percent: float | None = None, population: str = "", chosen: str = "", code: str = "",
) -> Found:  # fmt: skip
    """Store the plan that was tried, with its maps and tables; the same turn stores it only once."""
    wish = Wish(
        nets, strategy, urban_rule, threshold, household_size, cap_percent, population, code or chosen
    )
    if not wish.nets:
        made = made_of(desk, wish)
        return (
            made
            if isinstance(made, Found)
            else Found("already_stored", {"title": made.title}, links=_links(desk, made))
        )
    params = params_of(desk, base_of(desk), wish)
    if isinstance(params, Found):
        return params
    try:
        plan = actions.request_result(
            by=desk.by, session=desk.session, kind="itn_plan", params=params, idempotency_key=desk.turn_key
        )
    except ValidationError as error:
        raise explained(error) from None
    return Found("store_plan", {"nets": wish.nets}, links=[started(plan, "Watch it, and all plans")])


def compare_plans(
    desk: Desk, *, nets: int = 0, other_nets: int = 0, strategy: Strategy = "", other_strategy: Strategy = "",
    urban_rule: UrbanRule = "", other_urban_rule: UrbanRule = "", threshold: float | None = None,
    other_threshold: float | None = None, cap_percent: float | None = None, other_cap_percent: float | None = None,
    household_size: float = 0, population: str = "", chosen: str = "", code: str = "",
) -> Found:  # fmt: skip
    """The same plan with another stock, or shared in another way; without any other the stored plans side by side."""
    wish = Wish(
        nets, strategy, urban_rule, threshold, household_size, cap_percent, population, code or chosen
    )
    other = Other(other_nets, other_strategy, other_urban_rule, other_threshold, other_cap_percent)
    if not other.said:
        return _stored_plans(desk)
    first = made_of(desk, wish)
    if isinstance(first, Found):
        return first
    plans = {"first": first.plan, "second": with_other(first, other)}
    comparison = compare(plans)
    before, after = (plan.summary() for plan in plans.values())
    facts = {
        "title": first.title,
        "first": _few(before) | _shared(first.plan.settings, first.params["strategy"]),
        "second": _few(after) | _shared(plans["second"].settings, plans["second"].settings.strategy),
        "difference": {name: after[name] - before[name] for name in ("people_covered", "high_risk_covered")},
        "more": comparison.more,
        "fewer": comparison.fewer,
    }
    columns = (
        ("ward_name", "Ward", "", False), ("lga_name", "LGA", "", False), ("rank", "Rank", "", True),
        ("nets_first", "Nets before", "nets", True), ("nets_second", "Nets after", "nets", True),
        ("nets_change", "Change", "nets", True),
    )  # fmt: skip
    rows = records(comparison.changes.head(MOST_CHANGES)[[key for key, *_ in columns]])
    return Found("compare_plans", facts, _columns(columns), rows, _links(desk, first))


def _shared(settings: PlanSettings, strategy: str) -> dict[str, Any]:
    """How a plan shares its nets, in words."""
    rule = settings.urban_rule
    return {
        "strategy": next(label for code, label, _ in STRATEGIES if code == strategy),
        "urban_rule": dict(URBAN_RULES)[rule] if rule != "off" else "",
        "threshold": None if settings.threshold is None else float(settings.threshold),
        "cap_percent": None if settings.cap_percent is None else float(settings.cap_percent),
    }


def _stored_plans(desk: Desk) -> Found:
    """The newest stored plans side by side; changes are told to the newest from the one before it."""
    with transaction.atomic():
        found = list(stored.plans_of(desk.session)[: stored.MOST_COMPARED])
    if len(found) < LEAST_COMPARED:
        return Found("ask_other", {"stored": len(found)}, links=[nets_page(desk)])
    before = [found[1], found[0], *found[2:]]
    comparison = compared(before)
    names = comparison.names
    columns = (
        ("plan", "Plan", "", False), ("nets", "Nets", "nets", True), ("people_covered", "People covered", "people", True),
        ("coverage_percent", "Covered", "% of people", True), ("high_risk_covered", "High-risk people covered", "people", True),
        ("wards_served", "Wards served", "", True),
    )  # fmt: skip
    rows = records(comparison.table[[key for key, *_ in columns]])
    most = max(rows, key=lambda row: row["people_covered"])
    facts = {
        "plans": len(rows),
        "first": names[0],
        "second": names[1],
        "most": most,
        "more": comparison.more,
        "fewer": comparison.fewer,
        "counted_differently": [what for what, _ in comparison.counted],
    }
    query = urlencode([("plan", str(plan.pk)) for plan in before])
    url = f"{reverse('plan_comparison', args=[desk.session.pk])}?{query}"
    links = [{"kind": "page", "title": "Plans side by side", "url": url}]
    return Found("compare_stored", facts, _columns(columns), rows, links)


def more_nets(
    desk: Desk, *, more: int = MORE_NETS, nets: int = 0, strategy: Strategy = "", urban_rule: UrbanRule = "",
    threshold: float | None = None, household_size: float = 0, cap_percent: float | None = None, population: str = "",
    chosen: str = "", code: str = "",
) -> Found:  # fmt: skip
    """What so many more nets would do, shared by the same rule."""
    wish = Wish(
        nets, strategy, urban_rule, threshold, household_size, cap_percent, population, code or chosen
    )
    if not 1 <= more <= MOST_NETS:
        raise Problem("invalid_request", f"“{more}” is no number of nets to add.", where="more")
    made = made_of(desk, wish)
    if isinstance(made, Found):
        return made
    stock = made.plan.settings.nets
    before, after = made.plan.summary(), with_other(made, Other(min(stock + more, MOST_NETS))).summary()
    facts = {
        "title": made.title,
        "more": min(stock + more, MOST_NETS) - stock,
        "nets": stock,
        "used": after["nets_allocated"] - before["nets_allocated"],
        "people": after["people_covered"] - before["people_covered"],
        "high_risk_people": after["high_risk_covered"] - before["high_risk_covered"],
        "first": _few(before),
        "second": _few(after),
    }
    return Found("more_nets", facts, links=_links(desk, made))


def explain_allocation(
    desk: Desk, *, ward: str = "", lga: str = "", code: str = "", nets: int = 0, strategy: Strategy = "",
    urban_rule: UrbanRule = "", threshold: float | None = None, household_size: float = 0,
    cap_percent: float | None = None, population: str = "", chosen: str = "",
) -> Found:  # fmt: skip
    """Why a ward gets so many nets."""
    made = made_of(
        desk, Wish(nets, strategy, urban_rule, threshold, household_size, cap_percent, population, chosen)
    )
    if isinstance(made, Found):
        return made
    wards = made.plan.wards
    found = (
        wards[wards["ward_code"] == code]
        if code
        else wards[wards["ward_name"].str.casefold() == ward.casefold()]
    )
    if lga and not code:
        found = found[found["lga_name"].str.casefold() == lga.casefold()]
    if found.empty:
        raise Problem("not_found", f"There is no ward “{ward or code}” in this plan.", where=ward or code)
    rows = _ward_rows(found)
    if len(rows) > 1:
        choices = [
            {"id": row["ward_code"], "label": f"{row['ward_name']}, {row['lga_name'] or row['ward_code']}", "also": [row["lga_name"] or ""]}
            for row in rows
        ]  # fmt: skip
        return Found("which_ward", {"name": ward, "n": len(rows)}, choices=choices)
    settings, summary = made.plan.settings, made.plan.summary()
    (row,) = rows
    facts = made.facts() | row | {
        "how": next(help_text for own, _, help_text in STRATEGIES if own == made.params["strategy"]),
        "household_size": None if settings.household_size is None else float(settings.household_size),
        "buffer_percent": float(settings.buffer_percent),
        "stock": settings.nets,
        "needed_in_all": summary["nets_needed"],
    }  # fmt: skip
    return Found("explain_allocation", facts, links=_links(desk, made))


def delivery_list(
    desk: Desk, *, lga: str = "", bale: int = 0, pallet: int = 0, nets: int = 0, strategy: Strategy = "",
    urban_rule: UrbanRule = "", threshold: float | None = None, household_size: float = 0,
    cap_percent: float | None = None, population: str = "", chosen: str = "", code: str = "",
) -> Found:  # fmt: skip
    """What to bring to each LGA, in bales of so many nets where a size is named."""
    wish = Wish(
        nets, strategy, urban_rule, threshold, household_size, cap_percent, population, code or chosen
    )
    made = made_of(desk, wish)
    if isinstance(made, Found):
        return made
    lgas = made.plan.lgas()
    if lga:
        lgas = lgas[lgas["lga_name"].astype("str").str.casefold() == lga.casefold()]
        if lgas.empty:
            raise Problem("not_found", f"There is no LGA “{lga}” in this plan.", where=lga)
    listed = packed(lgas, nets_per_bale=bale or None, bales_per_pallet=(pallet or None) if bale else None)
    columns = [
        ("lga_name", "LGA", "", False), ("wards_served", "Wards served", "", True), ("need", "Nets needed", "nets", True),
        ("nets_allocated", "Nets", "nets", True), ("coverage_percent", "Covered", "% of people", True),
    ]  # fmt: skip
    if bale:
        columns += [("bales", "Whole bales", "", True), ("loose_nets", "Loose nets", "nets", True)]
        columns.append(("nets_rounded_up", "Nets in bales, rounded up", "nets", True))
    if bale and pallet:
        columns.append(("pallets_rounded_up", "Pallets, rounded up", "", True))
    rows = records(listed[[key for key, *_ in columns]])
    facts = {
        "title": made.title,
        "lga": lga,
        "lgas": len(listed),
        "nets": int(listed["nets_allocated"].sum()),
        "bale": bale,
    }
    if bale and not lga:
        facts |= whole_bales(listed, made.plan.settings.nets)
    if lga:
        facts |= {"row": rows[0]}
    if made.stored:
        url = reverse("plan_delivery", args=[desk.session.pk, made.stored.pk])
        links = [{"kind": "page", "title": "Delivery list with costs", "url": url}]
    else:
        links = _links(desk, made)
    return Found("delivery_list", facts, _columns(columns), rows, links)


def net_candidates(
    desk: Desk, *, urban_share: float | None = None, nets: int = 0, strategy: Strategy = "", urban_rule: UrbanRule = "",
    threshold: float | None = None, household_size: float = 0, cap_percent: float | None = None, population: str = "",
    chosen: str = "", code: str = "",
) -> Found:  # fmt: skip
    """Wards from which nets could be taken when they are short: of the low tier, and urban from `urban_share` % of the area."""
    wish = Wish(
        nets, strategy, urban_rule, threshold, household_size, cap_percent, population, code or chosen
    )
    made = made_of(desk, wish)
    if isinstance(made, Found):
        return made
    said = wish.answers().get("share")
    asked = (
        urban_share
        if urban_share is not None
        else float(said)
        if said
        else candidate_threshold_of(made.params)
    )
    if asked is None:
        known = [wish.chosen] if wish.chosen else []
        choices = [
            {"id": ";".join([*known, f"share={share}"]), "label": f"{share} %", "also": [str(share)]}
            for share in THRESHOLDS
        ]
        return Found("which_share", choices=choices)
    found = candidates(made.plan.wards, asked)
    facts = {
        "title": made.title, "share": found.threshold, "n": len(found.wards), "nets": found.nets,
        "rural": len(found.rural), "looked_at": LOWEST,
    }  # fmt: skip
    rows = records(found.wards.head(MOST_LISTED)[[key for key, *_ in CANDIDATE_COLUMNS]])
    return Found("net_candidates", facts, _columns(CANDIDATE_COLUMNS), rows, _links(desk, made))


def wards_served(
    desk: Desk, *, served: Served = "none", lga: str = "", nets: int = 0, strategy: Strategy = "", urban_rule: UrbanRule = "",
    threshold: float | None = None, household_size: float = 0, cap_percent: float | None = None, population: str = "",
    chosen: str = "", code: str = "",
) -> Found:  # fmt: skip
    """Which wards a plan gives no nets, a part of what they need, or all of it."""
    wish = Wish(
        nets, strategy, urban_rule, threshold, household_size, cap_percent, population, code or chosen
    )
    made = made_of(desk, wish)
    if isinstance(made, Found):
        return made
    wards = made.plan.wards.sort_values(["rank", "ward_code"], na_position="last")
    if lga:
        wards = wards[wards["lga_name"].astype("str").str.casefold() == lga.casefold()]
    full, part = (wards["reason"] == name for name in ("served_full", "served_partial"))
    picked = wards[{"full": full, "part": part, "none": ~(full | part)}[served]]
    facts = {
        "title": made.title, "served": served, "lga": lga, "n": len(picked), "all": len(wards),
        "outcomes": [
            {"words": REASONS[str(reason)], "wards": int(count)} for reason, count in picked["reason"].value_counts().items()
        ],
    }  # fmt: skip
    return Found(
        "wards_served",
        facts,
        _columns(WARD_COLUMNS),
        _ward_rows(picked.head(MOST_LISTED)),
        _links(desk, made),
    )


def _few(summary: dict[str, Any]) -> dict[str, Any]:
    names = ("nets", "nets_allocated", "people_covered", "coverage_percent", "high_risk_covered")
    return {name: summary[name] for name in names}


def _columns(columns: Any) -> list[dict[str, Any]]:
    return [
        {"key": key, "title": title, "unit": unit, "number": number} for key, title, unit, number in columns
    ]


def _ward_rows(wards: pd.DataFrame) -> list[dict[str, Any]]:
    names = ["ward_code", "population", "shortfall", "people_covered", "urban_percentage", "reason"]
    names += [key for key, *_ in WARD_COLUMNS if key != "outcome"]
    return [row | {"outcome": REASONS[row["reason"]]} for row in records(wards[names])]


def _links(desk: Desk, made: Made) -> list[dict[str, Any]]:
    place = [desk.session.pk]
    if made.stored is None:
        url = f"{reverse('session_nets', args=place)}?{urlencode(form_fields(made.params))}"
        return [{"kind": "page", "title": "Open this plan in the form", "url": url}]
    place.append(made.stored.pk)
    pages = (
        ("plan_map", "Map of the plan"),
        ("plan_delivery", "Delivery list"),
        ("plan_detail", "The whole plan"),
    )
    return [{"kind": "page", "title": title, "url": reverse(name, args=place)} for name, title in pages]


TOOLS = (
    Tool("plan_nets", "Share a stock of nets among the wards", plan_nets, "risk"),
    Tool("store_plan", "Store the plan of nets", store_plan, "risk"),
    Tool(
        "compare_plans",
        "The same plan with another stock or shared in another way, or the stored plans side by side",
        compare_plans,
        "risk",
    ),
    Tool("more_nets", "What more nets would do", more_nets, "risk"),
    Tool("explain_allocation", "Why a ward gets so many nets", explain_allocation, "risk"),
    Tool("net_candidates", "Wards from which nets could be taken", net_candidates, "risk"),
    Tool("wards_served", "Wards by what they get", wards_served, "risk"),
    Tool("delivery_list", "What to bring to each LGA", delivery_list, "risk"),
)
