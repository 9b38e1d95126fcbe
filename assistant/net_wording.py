"""What the tools of net planning found, in sentences. As in `wording`, every number comes out of the facts."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from assistant.plurals import plural

Facts = Mapping[str, Any]


def _percent(value: float | None) -> str:
    return "" if value is None else f", {value:.1f} %"


def _covers(part: Facts) -> str:
    return f"{part['people_covered']:,} people{_percent(part['coverage_percent'])}"


def _plan(facts: Facts) -> list[str]:
    kept = f"The stored plan “{facts['title']}”" if facts["stored"] else "This plan"
    lines = [
        f"{kept} shares {facts['nets_allocated']:,} of {facts['nets']:,} nets: they cover {facts['people_covered']:,} of "
        f"{facts['population']:,} people{_percent(facts['coverage_percent'])}. Needed are {facts['nets_needed']:,}.",
        _rules(facts),
        "; ".join(f"{one['words']}: {plural(one['wards'], 'ward')}" for one in facts["outcomes"]).capitalize()
        + ".",
    ]
    if not facts["stored"]:
        lines.append("Nothing is stored yet.")
    return lines


def _rules(facts: Facts) -> str:
    rule = ""
    if facts["urban_rule"]:
        rule = f" {facts['urban_rule']}; urban from {facts['threshold']:g} % of the area."
    counted = (
        "household size" if facts["by_household"] else f"{facts['people_per_net']:g} people for each net"
    )
    return (
        f"{facts['strategy']}{rule} People: {facts['population_source']}, year {facts['population_year']}; need counted "
        f"by {counted}."
    )


def _stored(facts: Facts) -> list[str]:
    return [
        f"The plan of {facts['nets']:,} nets is being stored, with its maps and tables. You can go on asking."
    ]


def _compared(facts: Facts) -> list[str]:
    first, second, gain = facts["first"], facts["second"], facts["difference"]
    return [
        f"With {first['nets']:,} nets {_covers(first)}; with {second['nets']:,} nets {_covers(second)}.",
        f"That is {gain['people_covered']:+,} people, {gain['high_risk_covered']:+,} of them in high-risk wards. "
        f"{plural(facts['more'], 'ward')} would get more nets, {facts['fewer']:,} fewer.",
    ]


def _more(facts: Facts) -> list[str]:
    lines = [
        f"{facts['more']:,} more nets, shared the same way, would cover {facts['people']:,} more people, "
        f"{facts['high_risk_people']:,} of them in high-risk wards.",
        f"From {_covers(facts['first'])}, to {_covers(facts['second'])}.",
    ]
    if facts["used"] < facts["more"]:
        lines.append(f"Only {facts['used']:,} of them find a ward that still needs nets under these rules.")
    return lines


def _allocation(facts: Facts) -> list[str]:
    place = f"{facts['ward_name']} ({facts['lga_name'] or 'no LGA'})"
    if facts["need"] is None:
        return [f"{place} gets no nets: its population is unknown, so no need can be counted."]
    share = _percent(facts["coverage_percent"])
    lines = [
        f"{place} gets {facts['nets_allocated']:,} of the {facts['need']:,} nets that it needs: {facts['outcome']}. That "
        f"covers {facts['people_covered']:,} of its {facts['population']:,} people{share}.",
    ]
    counted = (
        f"households of {facts['household_size']:g}"
        if facts["by_household"]
        else f"{facts['people_per_net']:g} people for each net"
    )
    buffer = f", with a buffer of {facts['buffer_percent']:g} %" if facts["buffer_percent"] else ""
    rank = (
        "It has no rank" if facts["rank"] is None else f"Its rank is {facts['rank']:,.0f} (1 = highest risk)"
    )
    lines.append(f"Its need is counted by {counted}{buffer}. {rank}.")
    lines.append(
        f"{facts['strategy']} {facts['how']} The stock is {facts['stock']:,}, all wards need {facts['needed_in_all']:,}."
    )
    if facts["urban_rule"]:
        urban = (
            "its urban share is unknown"
            if facts["urban_percentage"] is None
            else f"{facts['urban_percentage']:.1f} % of its area is urban"
        )
        lines.append(f"{facts['urban_rule']}, urban from {facts['threshold']:g} %: {urban}.")
    return lines


def _delivery(facts: Facts) -> list[str]:
    packed = f", in bales of {facts['bale']:,}" if facts["bale"] else ""
    if facts["lga"]:
        row = facts["row"]
        return [f"{facts['lga']}: {row['nets_allocated']:,} of {row['need']:,} nets needed{packed}."]
    return [f"{facts['nets']:,} nets for {plural(facts['lgas'], 'LGA')}{packed}: {facts['title']}."]


SAYINGS: Mapping[str, Callable[[Facts], list[str]]] = MappingProxyType(
    {
        "plan_nets": _plan,
        "store_plan": _stored,
        "already_stored": lambda facts: [f"The plan “{facts['title']}” is stored already."],
        "compare_plans": _compared,
        "more_nets": _more,
        "explain_allocation": _allocation,
        "delivery_list": _delivery,
        "ask_nets": lambda facts: [
            "How many nets are there? Say, for instance, “plan 100,000 nets”, or use the form."
        ],
        "which_population": lambda facts: [
            "What counts the people of each ward?"
            if facts["n"]
            else "No column of the ward table counts people; upload one with a population, or a registration list."
        ],
        "which_threshold": lambda facts: [
            f"{facts['rule']}: from which share of its area is a ward urban? There is no silent default."
        ],
    }
)
