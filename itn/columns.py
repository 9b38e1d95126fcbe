"""What the columns of a plan mean, and the colours that QGIS shows it in."""

from __future__ import annotations

from analysis.figures import palette
from analysis.writers.styles import Rule
from itn.core.plan import UNREACHED
from itn.figures.allocation import FULL, LEFT_OUT, NO_RANK, NOBODY, NOT_REACHED, PARTIAL
from itn.labels import COVERED

_MEANINGS: dict[str, tuple[str, str]] = {
    "rank": ("1 = highest risk", "rank"),
    "tier": ("High, Medium or Low part of the ranking", ""),
    "urban_percentage": ("Urban share of the ward", "%"),
    "population": ("People the plan counts", "persons"),
    "population_counted": (
        "People with the fractions of an estimate; the need is counted from them",
        "persons",
    ),
    "population_source": ("Where the population comes from", ""),
    "need": ("Nets the ward needs", "nets"),
    "nets_allocated": ("Nets the plan gives", "nets"),
    "shortfall": ("Need minus nets given", "nets"),
    "coverage_percent": ("People covered ÷ population", "%"),
    "reason": ("What happens to the ward and why", ""),
    "turn": ("1 or 2: which group was served first under an urban rule", ""),
    "candidate": (
        "Whether the ward is a candidate for re-prioritisation, or among the lowest risk and not urban",
        "",
    ),
}


def meanings(quantity: str) -> dict[str, tuple[str, str]]:
    """Return meaning and unit of each column of a plan whose nets are counted in this way."""
    covered = COVERED[quantity]
    return _MEANINGS | {"people_covered": (covered[0].upper() + covered[1:], "persons")}


def plan_rules() -> tuple[Rule, ...]:
    """The classes of the coverage map, as rules of QGIS."""
    shades = palette.scale(palette.COVERAGE, len(PARTIAL) + 2)[::-1]
    rules, above = [Rule(FULL, shades[0], "\"reason\" = 'served_full'")], 101
    for low, colour in zip(PARTIAL, shades[1:], strict=False):
        span = f'"coverage_percent" >= {low} AND "coverage_percent" < {above}'
        label = f"{low} – {min(above, 100)} %" if low else f"less than {above} %"
        rules.append(Rule(label, colour, f"\"reason\" = 'served_partial' AND {span}"))
        above = low
    others = (
        (UNREACHED, "Not reached", NOT_REACHED), (("excluded_urban",), "Left out: urban", LEFT_OUT),
        (("no_rank",), "No rank, no nets", NO_RANK), (("zero_need",), "Nobody lives there", NOBODY),
    )  # fmt: skip
    for reasons, label, colour in others:
        rules.append(Rule(label, colour, " OR ".join(f"\"reason\" = '{reason}'" for reason in reasons)))
    return (*rules, Rule("Population unknown", palette.NO_DATA_LINE))
