"""The facts behind the figures and tables of a net plan, stored or tried."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from analysis import frames
from analysis.explained import families
from analysis.explained.families import Asked, Facts, Family, place
from itn.labels import REASONS, STRATEGIES
from itn.preview import FIRST, Preview
from itn.rows import records
from itn.selectors import title_from
from sessions_app.models import AnalysisResult

Row = dict[str, Any]
COLUMNS = ("ward_code", "ward_name", "lga_name", "rank", "population", "need", "nets_allocated", "people_covered", "coverage_percent", "reason")  # fmt: skip
MEASURES = {"map_coverage": "coverage_percent", "map_nets": "nets_allocated"}


@dataclass(frozen=True)
class TriedPlan:
    """A plan that is not stored, as the facts of a plan are read from it."""

    summary: Mapping[str, Any]
    params: Mapping[str, Any]
    rows: list[Row]


Plan = AnalysisResult | TriedPlan


def _whole(plan: Plan) -> Facts:
    """What every explanation of a plan begins with."""
    summary = plan.summary
    names = (
        "nets",
        "nets_allocated",
        "people_covered",
        "population",
        "coverage_percent",
        "nets_needed",
        "wards",
    )
    strategy = next(
        (label for code, label, _ in STRATEGIES if code == plan.params["strategy"]), plan.params["strategy"]
    )
    by_household = plan.params.get("quantity") == "household"
    return {name: summary[name] for name in names} | {
        "strategy": strategy,
        "title_of_plan": title_from(plan.params),
        "by_household": by_household or None,
        "by_net": not by_household or None,
    }


def _rows(plan: Plan) -> list[Row]:
    if isinstance(plan, TriedPlan):
        return plan.rows
    return frames.rows_of(frames.load_wards(plan, COLUMNS))


def wards(plan: Plan, figure: str, asked: Asked) -> Facts | None:
    rows, measure = _rows(plan), MEASURES.get(figure, "coverage_percent")
    known = [row for row in rows if row[measure] is not None]
    if not known:
        return None
    most = max(known, key=lambda row: (row[measure], row["ward_code"]))
    unknown = sum(row["population"] is None for row in rows)
    per_person = [
        (row["nets_allocated"] / row["population"], place(row))
        for row in rows
        if row["population"] and row["nets_allocated"]
    ]
    return _whole(plan) | {
        "served": sum(bool(row["nets_allocated"]) for row in rows), "most_at": place(most), "most": float(most[measure]),
        "full": sum(row["reason"] == "served_full" for row in rows), "unknown": unknown or None,
        "nets_per_person": max(per_person)[0] if per_person else None, "per_person_at": max(per_person)[1] if per_person else None,
    }  # fmt: skip


def outcomes(plan: Plan, figure: str, asked: Asked) -> Facts | None:
    known = plan.summary["reasons"]
    counted = {words: known[code] for code, words in REASONS.items() if known.get(code)}
    most = max(counted, key=lambda words: counted[words])
    return _whole(plan) | {"outcomes": counted, "commonest": most, "commonest_wards": counted[most]}


def stock(plan: Plan, figure: str, asked: Asked) -> Facts | None:
    curve = {row["nets"]: row for row in plan.summary["curve"]}
    if not curve:
        return None
    here, more = curve[plan.summary["nets"]], curve[plan.summary["more_nets"]]
    most = curve[max(curve)]
    return _whole(plan) | {
        "more": more["nets"] - here["nets"], "more_people": more["people_covered"] - here["people_covered"],
        "more_high": more["high_risk_covered"] - here["high_risk_covered"], "largest": most["nets"],
        "largest_people": most["people_covered"],
    }  # fmt: skip


def by_rank(plan: Plan, figure: str, asked: Asked) -> Facts | None:
    ranked = sorted((row for row in _rows(plan) if row["rank"] is not None), key=lambda row: row["rank"])
    third = ranked[: -(-len(ranked) // 3)]
    people = sum(row["population"] or 0 for row in third)
    if not people:
        return None
    covered = sum(row["people_covered"] or 0 for row in third)
    return _whole(plan) | {
        "ranked": len(ranked), "third": len(third), "third_people": people, "third_covered": covered,
        "third_percent": 100 * covered / people,
    }  # fmt: skip


def evenness(plan: Plan, figure: str, asked: Asked) -> Facts | None:
    gini = plan.summary["gini"]
    return None if gini is None else _whole(plan) | {"gini": gini}


def delivery(plan: Plan, figure: str, asked: Asked) -> Facts | None:
    lgas = [row for row in plan.summary["lgas"] if row["lga_name"]]
    if not lgas:
        return None
    most = max(lgas, key=lambda row: (row["nets_allocated"], row["lga_name"]))
    without = sum(row["nets_allocated"] == 0 for row in lgas)
    return _whole(plan) | {
        "lgas": len(lgas) - without, "lga": most["lga_name"], "lga_nets": most["nets_allocated"], "lga_need": most["need"],
        "without": without or None, "cost": plan.summary["cost_total"] or None,
        "currency": plan.params.get("costs", {}).get("currency", ""),
    }  # fmt: skip


def candidates(plan: Plan, figure: str, asked: Asked) -> Facts | None:
    found = plan.summary["candidates"]
    if not found:
        return None
    # Plans of earlier versions name the share in their settings alone.
    threshold = found["threshold"] if "threshold" in found else plan.summary["settings"]["threshold"]
    return _whole(plan) | {
        "urban_wards": len(found["wards"]), "rural_wards": len(found["rural"]) or None, "urban_nets": found["nets"],
        "threshold": float(threshold),
    }  # fmt: skip


def first_wards(plan: Plan, figure: str, asked: Asked) -> Facts | None:
    """Those that a preview shows."""
    rows = _rows(plan)
    first = rows[:FIRST]
    sums = {
        f"first_{name}": sum(row[column] or 0 for row in first)
        for name, column in (
            ("nets", "nets_allocated"),
            ("need", "need"),
            ("people", "population"),
            ("covered", "people_covered"),
        )
    }
    unknown = sum(row["population"] is None for row in rows)
    full = sum(row["reason"] == "served_full" for row in first)
    return _whole(plan) | sums | {"first": len(first), "full": full, "unknown": unknown or None}


def compared(plan: AnalysisResult, figure: str, asked: Asked) -> Facts | None:
    """This plan and another of the session, whose id the address says under `to`."""
    second = _own_plan(plan, asked.get("to", ""))
    if second is None:
        return None
    before = {row["ward_code"]: row for row in _rows(plan)}
    after = {row["ward_code"]: row for row in _rows(second)}
    if before.keys() != after.keys():
        return None
    change = {code: after[code]["nets_allocated"] - before[code]["nets_allocated"] for code in before}
    most = max(change, key=lambda code: (abs(change[code]), code))
    return {
        "first": title_from(plan.params), "second": title_from(second.params), "first_people": plan.summary["people_covered"],
        "second_people": second.summary["people_covered"],
        "difference": second.summary["people_covered"] - plan.summary["people_covered"],
        "more": sum(value > 0 for value in change.values()), "fewer": sum(value < 0 for value in change.values()),
        "most": place(before[most]) if change[most] else None, "most_change": change[most] or None,
    }  # fmt: skip


def _own_plan(plan: AnalysisResult, text: str) -> AnalysisResult | None:
    """Another stored plan of the same session."""
    own = AnalysisResult.objects.filter(
        owner_id=plan.owner_id,
        session_id=plan.session_id,
        kind="itn_plan",
        status=AnalysisResult.Status.SUCCEEDED,
    )
    with transaction.atomic():
        return next((one for one in own if str(one.pk) == text), None) if text else None


FAMILIES = (
    Family("map_coverage", "plan_coverage", gettext_noop("Coverage by ward"), wards),
    Family("map_nets", "plan_nets_map", gettext_noop("Nets by ward"), wards),
    Family("map_nets_per_person", "plan_per_person", gettext_noop("Nets per person by ward"), wards),
    Family("table_wards", "plan_table", gettext_noop("The plan ward by ward"), wards),
    Family("table_outcomes", "plan_outcomes", gettext_noop("What happens to the wards"), outcomes),
    Family("curve_stock", "curve_stock", gettext_noop("What more or fewer nets would do"), stock),
    Family("table_stock", "curve_stock", gettext_noop("What more or fewer nets would do"), stock),
    Family("curve_coverage", "curve_coverage", gettext_noop("Coverage from the highest risk down"), by_rank),
    Family("curve_lorenz", "curve_lorenz", gettext_noop("How evenly the nets are spread"), evenness),
    Family("table_delivery", "plan_delivery", gettext_noop("Delivery by LGA"), delivery),
    Family("table_candidates", "plan_candidates", gettext_noop("Where nets could be taken from"), candidates),
    Family("comparison", "plan_compared", gettext_noop("Two plans compared"), compared),
)

_ALIKE = ("table_outcomes", "table_candidates", "table_delivery")
_TRIED = (
    *(family for family in FAMILIES if family.name in _ALIKE),
    Family("table_first", "plan_first", gettext_noop("The first wards by risk"), first_wards),
)
TRIED = tuple(family.name for family in _TRIED)
"""The tables of a preview."""


def tried_facts(tried: Preview, table: str) -> Facts | None:
    """The facts of one table of a preview; None when it has no such table."""
    facts = families.explained(_TRIED, as_plan(tried), table, {})
    # The solver may find another split when it is stopped by the clock again.
    return facts and facts | {"searched_again": None if tried.proven else True}


def as_plan(tried: Preview) -> TriedPlan:
    """What a preview shows, under the names that a stored plan has for it."""
    found = tried.candidates
    summary = tried.summary | {
        "lgas": [row | {"lga_name": row["title"]} for row in tried.lgas],
        "cost_total": float(tried.cost_total),
        "candidates": found
        and {
            "threshold": found.threshold,
            "wards": records(found.wards),
            "rural": records(found.rural),
            "nets": found.nets,
        },
    }
    return TriedPlan(summary, tried.params, records(tried.wards[list(COLUMNS)]))
