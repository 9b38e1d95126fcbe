"""What the tools of test positivity found, in sentences. As in `wording`, every number comes out of the facts."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from assistant.plurals import plural

Facts = Mapping[str, Any]


def _tested(facts: Facts) -> str:
    if facts["tpr_percent"] is None:
        return "nobody was tested" if facts["tested"] is not None else "no data"
    between = ""
    if facts["tpr_low"] is not None:
        between = f" (95 % interval {facts['tpr_low']:.1f} to {facts['tpr_high']:.1f} %)"
    return f"{facts['tpr_percent']:.1f} % positive{between}: {facts['positive']:,.0f} of {facts['tested']:,.0f} tested"


def _tpr_place(facts: Facts) -> list[str]:
    place = (
        f"{facts['ward_name']} ({facts['lga_name'] or 'no LGA'})" if facts["ward_name"] else facts["lga_name"]
    )
    lines = [f"{place}: {_tested(facts)}.", f"{facts['label']}."]
    if facts["reporting"] is not None:
        lines.append(f"Its facilities sent {facts['reporting']:.0f} % of the reports expected.")
    return [*lines, *_tpr_old(facts)]


def _tpr(facts: Facts) -> list[str]:
    if facts["tpr_percent"] is None:
        return ["Nobody was tested in these reports.", *_tpr_old(facts)]
    when = f", {facts['first_period']} to {facts['last_period']}" if facts["first_period"] else ""
    return [
        f"{facts['tpr_percent']:.1f} % of {facts['tested']:,.0f} tests were positive{when}: {facts['label']}.",
        f"{facts['wards_with_tpr']:,} of {facts['wards']:,} wards have a rate, from {plural(facts['reports'], 'report')} of {facts['facilities']:,} facilities.",
        *_tpr_old(facts),
    ]


def _tpr_quality(facts: Facts) -> list[str]:
    where = f" in {facts['lga']}" if facts["lga"] else ""
    lines = []
    if facts["reporting_percent"] is None:
        lines.append("The export has no months, so it can't be told which reports are missing.")
    else:
        lines.append(
            f"{facts['reporting_percent']:.1f} % of {facts['expected']:,} expected reports were received{where}; {plural(facts['low'], 'ward')} of {facts['wards']:,} stay below {facts['low_limit']} %."
        )
    if not facts["lga"]:
        lines.append(
            f"{facts['mapped_percent']:.1f} % of the positive tests lie on the map; {plural(facts['without_data'], 'ward')} without data."
        )
    lines += [f"{plural(one['count'], 'count')} {one['words']}." for one in facts["findings"]]
    return [*lines, *_tpr_old(facts)]


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
        "no_tpr": lambda facts: ["Test positivity is worked out from facility data on its own page."],
    }
)
