"""What the tools of test positivity found, in sentences. As in `wording`, every number comes out of the facts."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext_noop

from assistant.condition_wording import condition
from assistant.core.explaining import explanation
from assistant.plurals import each, ours, plural

KINDS = {
    "ward": gettext_noop("wards"), "lga": gettext_noop("LGAs"), "facility": gettext_noop("facilities"),
    "month": gettext_noop("months"), "unusual": gettext_noop("unusual months"),
}  # fmt: skip
LEVELS = {
    "primary": "of the primary level", "secondary": "of the secondary level", "tertiary": "of the tertiary level",
}  # fmt: skip
SPOTS = {
    "hot": "which are high together with their neighbours",
    "cold": "which are low together with their neighbours",
}
MOVING = {"rises": "whose positivity clearly rises", "falls": "whose positivity clearly falls"}
Facts = Mapping[str, Any]


def _tested(place: str, facts: Facts) -> str:
    percent, low = facts["tpr_percent"], facts["tpr_low"]
    if percent is None:
        return (
            f"{place}: nobody was tested."
            if facts["tested"] is not None
            else f"Of {place} there are no data."
        )
    of = f"{facts['positive']:,.0f} of {facts['tested']:,.0f} tested"
    if low is None:
        return f"{place}: {percent:.1f} % positive, with no interval: {ours(of)}."
    high = facts["tpr_high"]
    return f"{place}: {percent:.1f} % positive (95 % interval {low:.1f} to {high:.1f} %): {ours(of)}."


def _tpr_place(facts: Facts) -> list[str]:
    ward, lga = facts["ward_name"], facts["lga_name"]
    place = f"{ward} ({lga})" if ward and lga else f"{ward} (LGA not stated)" if ward else lga
    lines = [_tested(place, facts), f"What was counted: {each([facts['label']])}."]
    if facts["reporting"] is not None:
        lines.append(f"Its facilities sent {facts['reporting']:.0f} % of the reports expected.")
    return [*lines, *_tpr_old(facts)]


def _tpr(facts: Facts) -> list[str]:
    percent, tested, label = facts["tpr_percent"], facts["tested"], facts["label"]
    if percent is None:
        return ["Nobody was tested in these reports.", *_tpr_old(facts)]
    first = f"{percent:.1f} % of {tested:,.0f} tests were positive: {each([label])}."
    if facts["first_period"]:
        first = f"{percent:.1f} % of {tested:,.0f} tests were positive, {facts['first_period']} to {facts['last_period']}: {each([label])}."
    return [
        first,
        f"{facts['wards_with_tpr']:,} of {facts['wards']:,} wards have a rate, from {plural(facts['reports'], 'report')} of {facts['facilities']:,} facilities.",
        *_tpr_old(facts),
    ]


def _tpr_quality(facts: Facts) -> list[str]:
    lines = [f"Only wards in the LGA {facts['lga']} were counted."] if facts["lga"] else []
    if facts["reporting_percent"] is None:
        lines.append("The export has no months, so it can't be told which reports are missing.")
    else:
        lines.append(
            f"{facts['reporting_percent']:.1f} % of {facts['expected']:,} expected reports were received; {plural(facts['low'], 'ward')} of {facts['wards']:,} stay below {facts['low_limit']} %."
        )
    if not facts["lga"]:
        lines.append(
            f"{facts['mapped_percent']:.1f} % of the positive tests lie on the map; {plural(facts['without_data'], 'ward')} without data."
        )
    lines += [
        f"Found in the reports: {plural(one['count'], 'count')}, {ours(one['words'])}."
        for one in facts["findings"]
    ]
    return [*lines, *_tpr_old(facts)]


def _report_table(facts: Facts) -> list[str]:
    kinds, where, n = KINDS[facts["of"]], _chosen(facts), facts["n"]
    if not n:
        lines = (
            [f"There are no such {ours(kinds)}: {each(where)}."]
            if where
            else [f"Nothing is known of {ours(kinds)} here."]
        )
    elif facts["by"]:
        lines = _ordered(facts, kinds, where)
    elif where:
        lines = [f"These fit, {n:,} of {facts['all']:,} {ours(kinds)}: {each(where)}."]
    else:
        lines = [f"In these reports: {n:,} {ours(kinds)}."]
    if facts["shown"] < n and not facts["by"]:
        lines.append(f"The first {facts['shown']:,} are shown; the download has all.")
    label = facts["choice"]
    return [*lines, f"What was counted: {each([label])}.", *_tpr_old(facts)]


def _ordered(facts: Facts, kinds: str, where: list[str]) -> list[str]:
    label, place, value = facts["label"], facts["first"], _measured(facts["first_value"], facts["unit"])
    if facts["end"] == "lowest":
        first = f"Of {facts['n']:,} {ours(kinds)}, the lowest {ours(label)}: {place}, {ours(value)}."
    else:
        first = f"Of {facts['n']:,} {ours(kinds)}, the highest {ours(label)}: {place}, {ours(value)}."
    return [first, f"Only these: {each(where)}."] if where else [first]


def _chosen(facts: Facts) -> list[str]:
    parts = [f"in the LGA {facts['lga']}"] if facts["lga"] else []
    if facts["ward"]:
        parts.append(f"in the ward {facts['ward']}")
    parts += [
        words[facts[name]]
        for name, words in (("level", LEVELS), ("moving", MOVING), ("spot", SPOTS))
        if facts[name]
    ]
    return [*parts, *map(condition, facts["conditions"])]


def _measured(value: float, unit: str) -> str:
    if unit == "%":
        return f"{value:.1f} %"
    if unit == "points a year":
        return f"{value:+.1f} points a year"
    return f"{value:,.0f}"


QUESTIONS = {
    "state": "Which state?",
    "level": "Which facilities?",
    "age_group": "Which persons?",
    "method": "Which tests?",
    "period": "Which time?",
}


def _question(facts: Facts) -> list[str]:
    lines = []
    if facts["asked"]:
        lines.append(f"The reports hold nothing for “{ours(facts['asked'])}”; this is what can be computed.")
    if facts["chosen"]:
        lines.append(f"Chosen so far: {each(facts['chosen'], ', ')}.")
    question = QUESTIONS[facts["step"]]
    return [*lines, f"{ours(question)} Answer with a number or a name; “back” and “exit” work, too."]


def _not_computed(facts: Facts) -> list[str]:
    lines = [f"Not computed ward by ward yet: {each(facts['words'], ', ')}."]
    whole = facts["whole"]
    if whole and whole["tpr_percent"] is not None:
        wards = plural(whole["wards"], "ward")
        lines.append(
            f"Over the whole area {whole['tpr_percent']:.1f} % of {whole['tested']:,.0f} tests were positive, in {wards}."
        )
    return [
        *lines,
        "Compute it? Rankings made from the test positivity of now will be marked as out of date.",
    ]


def _tpr_old(facts: Facts) -> list[str]:
    return (
        ["This is from older files: something before it has changed. Compute it again."]
        if facts["stale"]
        else []
    )


SAYINGS: Mapping[str, Callable[[Facts], list[str]]] = MappingProxyType(
    {
        "tpr_report": _tpr,
        "tpr_place": _tpr_place,
        "tpr_quality": _tpr_quality,
        "report_table": _report_table,
        "no_facilities": lambda facts: [
            "This test positivity was computed without a table of its facilities. Compute it again to have one."
        ],
        "no_unusual": lambda facts: [
            "No month of these reports stands out, or there are too few years to tell."
        ],
        "tpr_trend": lambda facts: [*explanation("en", facts), *_tpr_old(facts)],
        "burden_trend": lambda facts: [*explanation("en", facts), *_tpr_old(facts)],
        "no_burden_trend": lambda facts: [
            "These reports have no two complete years, so that there is no burden of years to compare."
            if facts["counted"]
            else "There is no burden yet: choose a population under Facilities and compute the test positivity again."
        ],
        "no_burden_of_place": lambda facts: ["There is no such place with a burden of two complete years."],
        "no_trend": lambda facts: ["There is no such place with enough months or years in these reports."],
        "tpr_question": _question,
        "tpr_not_computed": _not_computed,
        "tpr_started": lambda facts: [
            f"Test positivity is being computed: {each(facts['words'], ', ')}.",
            "You can go on asking; it will be here when it is done.",
        ],
        "tpr_running": lambda facts: [
            f"Test positivity is being computed already: {facts['percent']:,} % done."
        ],
        "tpr_same": lambda facts: [f"That is what the test positivity is of now: {each([facts['label']])}."],
        "tpr_kept": lambda facts: [
            f"Nothing was computed. The test positivity stays: {each([facts['label']])}."
        ],
        "tpr_combinations": lambda facts: [
            f"{plural(facts['n'], 'combination')} over the whole area; sums come before rates."
        ],
        "no_tpr": lambda facts: ["Test positivity is worked out from facility data on its own page."],
    }
)
