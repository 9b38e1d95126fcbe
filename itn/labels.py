"""Codes of net planning in the words of the programme."""

from collections.abc import Mapping, Sequence
from typing import Any

STRATEGIES = (
    ("proportional", "In proportion to need.", "Every ward the same share of what it needs."),
    ("sequential", "Highest risk first.", "Full need by rank until the nets run out."),
    (
        "weighted",
        "Weighted by risk.",
        "In proportion, but a needed net counts more where the risk is higher.",
    ),
    ("capped", "Highest risk first, capped.", "By rank, no ward above a percentage of the stock."),
    (
        "largest_remainder",
        "In proportion, largest remainders.",
        "Rounds another way; with more nets a ward can get one less.",
    ),
    (
        "best_split",
        "Best split under limits.",
        "A solver keeps minimums and the budget, and says how good it is.",
    ),
)
URBAN_RULES = (
    ("off", "No difference between rural and urban"),
    ("rural_first", "Rural wards first, urban ones from what is left"),
    ("urban_first", "Urban wards first, rural ones from what is left"),
    ("exclude", "Urban wards get no nets"),
)
QUANTITIES = (("people_per_net", "people per net"), ("household", "household size (approximate)"))
POPULATION_RULES = (
    ("leave", "Leave them out, with the reason"),
    ("lga_median", "Give them the median of their LGA"),
    ("zero_unknown", "Leave them out, and take 0 people for unknown"),
    ("zero_lga_median", "Give them the median of their LGA, and take 0 people for unknown"),
)
COVERED = {
    "people_per_net": "nets × people per net, at most the people who live there",
    "household": "population × nets ÷ need, rounded down",
}
"""How people covered are counted, by the way in which nets are."""
REASONS = {
    "served_full": "all it needs",
    "served_partial": "part of its need",
    "exhausted": "not reached: nets ran out",
    "cap_too_small": "not reached: the cap is less than one net",
    "limits_reached": "not reached: a limit of the split",
    "excluded_urban": "left out: urban",
    "no_population": "population unknown",
    "zero_need": "nobody lives there",
    "no_rank": "no rank, no nets",
}
MEASURES = (
    ("coverage", "Coverage, % of people"),
    ("nets", "Nets"),
    ("nets_per_person", "Nets per person"),
)
WEIGHTED = ("weighted", "best_split")
"""Strategies in which the risk ratio counts."""
SETTINGS = {
    "nets": "Nets in stock",
    "strategy": "Strategy",
    "urban_rule": "Urban rule",
    "threshold": "Urban from, % of area",
    "people_per_net": "People per net",
    "buffer_percent": "Buffer, %",
    "quantity": "Nets counted by",
    "household_size": "Household size",
    "cap_percent": "Most of the stock for one ward, %",
    "risk_ratio": "Weight of the first rank ÷ the last",
    "candidate_threshold": "Candidates urban from, % of area",
    "lga_minimum": "Least for each LGA, % of the need of all its wards",
    "ward_floor": "Least for each ward that may be served, % of its need",
    "currency": "Currency",
    "per_net": "Price of a net",
    "per_lga": "Delivery to one LGA",
    "budget": "Budget",
    "ranking": "Ranking",
    "population": "Population",
    "population_year": "Year of the population",
    "population_rule": "Unknown populations",
    "urban_share": "Urban share",
}


BASIS = (
    "quantity",
    "people_per_net",
    "household_size",
    "buffer_percent",
    "population",
    "population_year",
    "population_rule",
)
"""What people and needs are counted by: plans that differ in it differ by more than how nets are shared."""


def basis_differences(plans: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    """In what the summaries of plans count people and needs differently: the label, and the value in each."""
    told = [dict(settings_rows(plan["settings"], plan["source"], {})) for plan in plans]
    rows = [(SETTINGS[name], [rows.get(SETTINGS[name], "–") for rows in told]) for name in BASIS]
    return [(label, values) for label, values in rows if len(set(values)) > 1]


def settings_rows(
    settings: Mapping[str, object], source: Mapping[str, str], params: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """What a plan was made with; settings that its strategy does not use are left out."""
    used = dict(settings)
    if settings["strategy"] not in WEIGHTED:
        used.pop("risk_ratio")
    if settings["quantity"] == "household":
        used.pop("people_per_net")
    asked = {"candidate_threshold": params.get("candidate_threshold"), **params.get("limits", {})}
    costs = {name: value for name, value in params.get("costs", {}).items() if value != "0"}
    rows = [*used.items(), *asked.items(), *costs.items(), *source.items()]
    words = {code: label for code, label, _ in STRATEGIES} | dict(URBAN_RULES) | dict(QUANTITIES)
    return [
        (SETTINGS[name], words.get(str(value), str(value)).rstrip("."))
        for name, value in rows
        if name in SETTINGS and value not in (None, "")
    ]
