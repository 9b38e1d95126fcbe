"""What a plan was asked for, as a report lists it: settings, limits, prices, and where the people come from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from analysis.raster_notes import SUMMED
from itn.core.settings import QUANTITY_MODES
from itn.labels import WEIGHTED
from reports.core.facts import Origin
from reports.core.language import Language

SETTINGS = (
    "nets", "strategy", "urban_rule", "threshold", "people_per_net", "buffer_percent", "quantity", "household_size",
    "cap_percent", "risk_ratio",
)  # fmt: skip
LIMITS = ("lga_minimum", "ward_floor")
COUNTED = ("quantity", "people_per_net", "household_size", "buffer_percent")
PRICES = ("per_net", "per_lga", "budget")
_REGISTERED = re.compile(r"column (.+) of .+, added up by ward")


def setting_rows(say: Language, origin: Origin) -> list[tuple[str, str]]:
    """Return what a plan was asked for; settings that its strategy does not use are left out."""
    found = dict(origin.summary["settings"])
    if found.get("strategy") not in WEIGHTED:
        found.pop("risk_ratio", None)
    if found.get("quantity") == "household":
        found.pop("people_per_net", None)
    rows = []
    for key in SETTINGS:
        value = found.get(key)
        if value not in (None, ""):
            words = say.say(value) if isinstance(value, str) and say.knows(value) else None
            rows.append(
                (
                    say.say(f"s_{key}"),
                    words or (say.whole(value) if isinstance(value, int) else say.exact(value)),
                )
            )
    rows += _limit_rows(say, origin.params)
    rows += _cost_rows(say, origin.params.get("costs", {}))
    ranking = str(origin.params.get("ranking", "composite"))
    return [*rows, (say.say("s_ranking"), say.say(ranking)), (say.say("s_risk"), str(origin.params["risk"]))]


def _limit_rows(say: Language, params: Mapping[str, Any]) -> list[tuple[str, str]]:
    asked = {"candidate_threshold": params.get("candidate_threshold")}
    if params.get("strategy") == "best_split":
        asked |= {name: params.get("limits", {}).get(name, "0") for name in LIMITS}
    return [
        (say.say(f"s_{name}"), say.exact(value)) for name, value in asked.items() if value not in (None, "")
    ]


def _cost_rows(say: Language, costs: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Prices that were stated; one that is 0 was not."""

    def amount(value: Any) -> str:
        return f"{say.decimal(Decimal(str(value)), 2)} {costs.get('currency') or ''}".strip()

    stated = {name: costs.get(name) for name in PRICES}
    rows = [
        (say.say(f"s_{name}"), amount(value))
        for name, value in stated.items()
        if value not in (None, "") and (name == "budget" or Decimal(str(value)))
    ]
    own = [
        say.say("colon", name=name, value=amount(value)) for name, value in costs.get("of_lga", {}).items()
    ]
    return [*rows, (say.say("s_of_lga"), "; ".join(own))] if own else rows


def population_line(say: Language, origin: Origin) -> str:
    """Return where the people come from."""
    asked, source = origin.params["population"], origin.summary["source"]
    if asked["source"] == "column":
        summed = str(source["population"]).endswith(SUMMED)
        words = str(source["population"]) if summed else say.say("source_column", name=str(asked["column"]))
    elif asked["source"] == "registration":
        # The column that was found, not only the one that was asked for.
        read = _REGISTERED.fullmatch(str(source["population"]))
        column = read[1] if read else str(asked.get("column") or say.say("not_stated"))
        words = say.say("source_registration", column=column)
    else:
        words = str(source["population"])
    rule = asked.get("rule", "leave")
    if origin.summary["settings"].get("parity"):
        rule = {"leave": "mean", "zero_unknown": "zero_mean"}.get(rule, rule)
    known = str(source["population_year"])
    year = say.say("not_stated") if known == "not stated" else known
    return say.say("p_population", source=words, year=year, rule=say.say(f"rule_{rule}"))


def counted_differently(say: Language, origins: Sequence[Origin]) -> list[str]:
    """Return the names of the settings in which plans count people or needs differently."""
    found = [origin.summary["settings"] for origin in origins]
    names = [
        say.say(f"s_{name}") for name in COUNTED if len({str(settings.get(name)) for settings in found}) > 1
    ]
    if len({population_line(say, origin) for origin in origins}) > 1:
        names.append(say.say("s_population"))
    return names


def plan_methods(say: Language, origins: Sequence[Origin]) -> tuple[str, ...]:
    """Return how nets were counted and shared in these plans."""
    counted = {origin.summary["settings"].get("quantity", QUANTITY_MODES[0]) for origin in origins}
    modes = [mode for mode in QUANTITY_MODES if mode in counted]
    needs = [f"mp_need_{mode}" for mode in modes]
    covered = [f"mp_covered_{mode}" for mode in modes]
    return tuple(say.say(key) for key in (*needs, "mp_share", *covered, "mp_every"))
