"""What the tools of net planning found, in sentences. As in `wording`, every number comes out of the facts."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext_noop

from assistant.plurals import each, ours, plural

Facts = Mapping[str, Any]


def _percent(value: float | None) -> str:
    return "" if value is None else f", {value:.1f} %"


def _plan(facts: Facts) -> list[str]:
    nets, people = facts["nets"], facts["people_covered"]
    covered = f"{people:,} of {facts['population']:,} people{_percent(facts['coverage_percent'])}"
    told = [f"{one['words']} ({plural(one['wards'], 'ward')})" for one in facts["outcomes"]]
    if facts["stored"]:
        first = f"The stored plan “{facts['title']}” shares {facts['nets_allocated']:,} of {nets:,} nets: they cover {ours(covered)}. Needed are {facts['nets_needed']:,}."
    else:
        first = f"This plan shares {facts['nets_allocated']:,} of {nets:,} nets: they cover {ours(covered)}. Needed are {facts['nets_needed']:,}."
    lines = [first, _rules(facts), f"What the wards get: {each(told)}."]
    return lines if facts["stored"] else [*lines, "Nothing is stored yet."]


def _rules(facts: Facts) -> str:
    rule = facts["strategy"]
    if facts["urban_rule"]:
        urban = f"{ours(facts['urban_rule'])}; urban from {facts['threshold']:g} % of the area."
        rule = f"{rule} {urban}"
    source, year = facts["population_source"], facts["population_year"]
    counted = (
        gettext_noop("household size")
        if facts["by_household"]
        else f"{facts['people_per_net']:g} people for each net"
    )
    return f"{ours(rule)} People: {ours(source)}, year {ours(year)}; need counted by {ours(counted)}."


def _stored(facts: Facts) -> list[str]:
    return [
        f"The plan of {facts['nets']:,} nets is being stored, with its maps and tables. You can go on asking."
    ]


def _compared(facts: Facts) -> list[str]:
    first, second, gain = facts["first"], facts["second"], facts["difference"]
    before, after = _percent(first["coverage_percent"]), _percent(second["coverage_percent"])
    lines = [
        f"With {first['nets']:,} nets {first['people_covered']:,} people{before}; with {second['nets']:,} nets {second['people_covered']:,} people{after}."
    ]
    if _how(first) != _how(second):
        lines = [
            f"The first plan: {first['nets']:,} nets, {first['people_covered']:,} people{before}.",
            *_how(first),
            f"The second plan: {second['nets']:,} nets, {second['people_covered']:,} people{after}.",
            *_how(second),
        ]
    return [
        *lines,
        f"That is {gain['people_covered']:+,} people, {gain['high_risk_covered']:+,} of them in high-risk wards.",
        f"{plural(facts['more'], 'ward')} would get more nets, {facts['fewer']:,} fewer.",
    ]


def _how(plan: Facts) -> list[str]:
    """How one of two plans shares its nets."""
    lines = [f"It shares the nets so: {ours(plan['strategy'])}"]
    if plan["cap_percent"] is not None:
        lines.append(f"No ward gets more than {plan['cap_percent']:g} % of the stock.")
    if plan["urban_rule"]:
        lines.append(f"{ours(plan['urban_rule'])}; urban from {plan['threshold']:g} % of the area.")
    return lines


def _beside(facts: Facts) -> list[str]:
    most = facts["most"]
    covered = _percent(most["coverage_percent"])
    lines = [
        f"{facts['plans']:,} stored plans stand side by side, the newest in front.",
        f"“{most['plan']}” covers the most people: {most['people_covered']:,}{covered}.",
        f"From “{facts['first']}” to “{facts['second']}”: {plural(facts['more'], 'ward')} would get more nets, {facts['fewer']:,} fewer.",
    ]
    if facts["counted_differently"]:
        lines.append(f"They count people or needs differently: {each(facts['counted_differently'])}.")
    return lines


def _more(facts: Facts) -> list[str]:
    first, second = facts["first"], facts["second"]
    before, after = _percent(first["coverage_percent"]), _percent(second["coverage_percent"])
    lines = [
        f"{facts['more']:,} more nets, shared the same way, would cover {facts['people']:,} more people, {facts['high_risk_people']:,} of them in high-risk wards.",
        f"From {first['people_covered']:,} people{before}, to {second['people_covered']:,} people{after}.",
    ]
    if facts["used"] < facts["more"]:
        lines.append(f"Only {facts['used']:,} of them find a ward that still needs nets under these rules.")
    return lines


def _allocation(facts: Facts) -> list[str]:
    ward, lga = facts["ward_name"], facts["lga_name"]
    place = f"{ward} ({lga})" if lga else f"{ward} (LGA not stated)"
    if facts["need"] is None:
        return [f"{place} gets no nets: its population is unknown, so no need can be counted."]
    share = _percent(facts["coverage_percent"])
    lines = [
        f"{place} gets {facts['nets_allocated']:,} of the {facts['need']:,} nets that it needs: {ours(facts['outcome'])}. That covers {facts['people_covered']:,} of its {facts['population']:,} people{share}.",
        _need(facts),
    ]
    if facts["rank"] is None:
        lines.append("It has no rank.")
    else:
        lines.append(f"Its rank is {facts['rank']:,.0f} (1 = highest risk).")
    how = f"{facts['strategy']} {facts['how']}"
    lines.append(f"{ours(how)} The stock is {facts['stock']:,}, all wards need {facts['needed_in_all']:,}.")
    return [*lines, _urban(facts)] if facts["urban_rule"] else lines


def _need(facts: Facts) -> str:
    if facts["by_household"]:
        counted = f"households of {facts['household_size']:g}"
    else:
        counted = f"{facts['people_per_net']:g} people for each net"
    if facts["buffer_percent"]:
        return f"Its need is counted by {ours(counted)}, with a buffer of {facts['buffer_percent']:g} %."
    return f"Its need is counted by {ours(counted)}."


def _urban(facts: Facts) -> str:
    rule, threshold, share = facts["urban_rule"], facts["threshold"], facts["urban_percentage"]
    if share is None:
        return f"{ours(rule)}, urban from {threshold:g} %: its urban share is unknown."
    return f"{ours(rule)}, urban from {threshold:g} %: {share:.1f} % of its area is urban."


def _delivery(facts: Facts) -> list[str]:
    packed = [f"The nets come in bales of {facts['bale']:,}."] if facts["bale"] else []
    if facts["lga"]:
        row = facts["row"]
        return [f"{facts['lga']}: {row['nets_allocated']:,} of {row['need']:,} nets needed.", *packed]
    lgas = plural(facts["lgas"], "LGA")
    return [f"{facts['nets']:,} nets for {lgas}, by the plan “{facts['title']}”.", *packed]


SERVED = {
    "part": "a part of what they need", "full": "all that they need",
}  # fmt: skip


def _served(facts: Facts) -> list[str]:
    told = [f"{one['words']} ({plural(one['wards'], 'ward')})" for one in facts["outcomes"]]
    if facts["served"] == "none":
        lines = [f"{facts['n']:,} of {facts['all']:,} wards get no nets, by the plan “{facts['title']}”."]
    else:
        served = SERVED[facts["served"]]
        lines = [
            f"{facts['n']:,} of {facts['all']:,} wards get {ours(served)}, by the plan “{facts['title']}”."
        ]
    if facts["lga"]:
        lines.append(f"Only wards in the LGA {facts['lga']} were counted.")
    return (
        [*lines, f"What the wards get: {each(told)}."] if facts["served"] == "none" and facts["n"] else lines
    )


def _candidates(facts: Facts) -> list[str]:
    lines = [
        f"{plural(facts['n'], 'ward')} of the low tier are urban from {facts['share']:g} % of their area; the plan “{facts['title']}” gives them {facts['nets']:,} nets."
    ]
    if facts["rural"]:
        lines.append(
            f"Of the {facts['looked_at']:,} wards with the lowest risk, {facts['rural']:,} are not known to be urban: by rank alone they would lose nets."
        )
    return [
        *lines,
        "It is a list to look at, not a decision: whoever is taken off a plan needs another protection.",
    ]


SAYINGS: Mapping[str, Callable[[Facts], list[str]]] = MappingProxyType(
    {
        "plan_nets": _plan,
        "store_plan": _stored,
        "already_stored": lambda facts: [f"The plan “{facts['title']}” is stored already."],
        "compare_plans": _compared,
        "compare_stored": _beside,
        "ask_other": lambda facts: [
            "Compare it with what? Name another stock, way of sharing, rule for urban wards or share; or store another plan first."
        ],
        "more_nets": _more,
        "explain_allocation": _allocation,
        "delivery_list": _delivery,
        "wards_served": _served,
        "net_candidates": _candidates,
        "which_share": lambda facts: [
            "From which share of its area does a ward count as urban here? There is no silent default."
        ],
        "ask_nets": lambda facts: [
            "How many nets are there? Say, for instance, “plan 100,000 nets”, or use the form."
        ],
        "which_population": lambda facts: [
            "What counts the people of each ward?"
            if facts["n"]
            else "No column of the ward table counts people; upload one with a population, or a registration list."
        ],
        "which_threshold": lambda facts: [
            f"{ours(facts['rule'])}: from which share of its area is a ward urban? There is no silent default."
        ],
    }
)
