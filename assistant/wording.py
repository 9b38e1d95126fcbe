"""What a tool found, in sentences. Every number comes out of the facts; nothing is calculated here."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from analysis.templatetags.look import quantity
from assistant import net_wording, positivity_wording, report_wording
from assistant.core.explaining import FIXED_PARTS, explanation
from assistant.core.verifier import unsupported_numbers
from assistant.plurals import plural

Facts = Mapping[str, Any]
# Fixed phrases that hold a number and are no finding.
FIXED = (
    "0–1",
    "the third with the highest risk",
    "top third",
    "two variables",
    "two places",
    "two of a kind",
    "two files",
    "plan 100,000 nets",
    "1 = highest risk",
    "95 % interval",
    *FIXED_PARTS,
)
# How a unit begins that the data do not state.
UNSTATED = "unit not stated"
OPERATORS = {
    "<": "below",
    "<=": "at most",
    ">": "above",
    ">=": "at least",
    "=": "equal to",
    "!=": "other than",
}
FUNCTIONS = {
    "mean": "mean", "sum": "total", "median": "median", "min": "lowest value", "max": "highest value",
    "stddev": "standard deviation",
}  # fmt: skip
DEFINITIONS = {
    "u5_tpr_rdt": "Test positivity rate (TPR) is the share of malaria tests that are positive: positive tests divided by tests. It is not the share of people who are ill.",
    "pfpr": "The parasite rate (PfPR) is the share of people who carry the malaria parasite, as surveys estimate it.",
    "burden": "Malaria burden is the number of confirmed cases for a fixed number of people in a period.",
    "composite": "The composite score is tried in the plainest way: each combination of variables is a model, a ward's score in it is the mean of its scaled variables, and the composite score is the median over all models.",
    "ranks": "Rank 1 is the ward with the highest score; equal scores share a rank. Tiers cut the ranking in three parts of equal size: high, medium, low.",
    "pca": "Principal component analysis (PCA) is a second opinion: it looks for the directions in which the variables vary together and ranks by them, where its tests allow.",
    "imputation": "A missing value is filled from the wards that touch it, or as you choose for each variable; each filled cell is listed, and a measured malaria outcome is left open.",
    "normalisation": "Each variable is scaled to 0–1 over the wards and turned round where a higher value means less risk.",
    "matching": "Rows and wards are matched by code, else by name; doubtful pairs wait for your decision and nothing is dropped in silence.",
    "stability": "Stability tells how a ward's rank moves from model to model: a short range means that the models agree.",
    "nets": "ITN means insecticide-treated net.",
    "lga": "LGA means local government area.",
    "method": "Variables are matched to wards, gaps are filled, each variable is scaled to 0–1, all combinations are scored, and the median score ranks the wards.",
}  # fmt: skip


def sentences(found: Mapping[str, Any]) -> list[str]:
    """The words for one result, by what its tool calls `say`."""
    return [line for line in SAYINGS[found["say"]](found["facts"]) if line]


def untraced(line: str, results: Sequence[Mapping[str, Any]], known: Sequence[str] = ()) -> list[str]:
    """The numbers of a line that no result of this turn holds. An explanation in French writes decimals with a comma."""
    french = any(found["say"] == "explain_figure" and found["facts"]["language"] == "fr" for found in results)
    allowed = (*FIXED, *DEFINITIONS.values(), *known)
    return unsupported_numbers(line, results, allowed, decimal_comma=french)


def number(value: Any) -> str:
    """As the tables show it."""
    return "no data" if value is None else str(quantity(value))


def with_unit(value: Any, unit: str) -> str:
    if value is None or unit in ("", "index"):
        return number(value)
    # Not a unit but the words that none is stated.
    return f"{number(value)} ({unit})" if unit.startswith(UNSTATED) else f"{number(value)} {unit}"


def _where(facts: Facts) -> str:
    parts = [f" in {facts['lga']}"] if facts.get("lga") else []
    if facts.get("tier"):
        parts.append(f" in the {facts['tier'].lower()} tier")
    for one in facts.get("conditions", ()):
        if one["operator"] == "between":
            parts.append(
                f" with {one['label']} between {number(one['values'][0])} and {number(one['values'][1])}"
            )
        else:
            parts.append(f" with {one['label']} {OPERATORS[one['operator']]} {number(one['values'][0])}")
    return "".join(parts)


def _rank_wards(facts: Facts) -> list[str]:
    if not facts["n"]:
        return [f"No ward{_where(facts)} has a value."]
    first = facts["first"]
    place = f"{first['ward_name']} ({first['lga_name']})" if first["lga_name"] else first["ward_name"]
    what = "risk" if facts["risk"] else facts["by"]
    if facts["n"] == 1:
        return [
            f"{place} has the {facts['end']} {what}{_where(facts)}: {facts['by']} {number(facts['first_value'])}."
        ]
    return [
        f"The {facts['n']:,} wards{_where(facts)} with the {facts['end']} {what}, of {facts['of']:,}. First is {place}."
    ]


def _list_wards(facts: Facts) -> list[str]:
    if not facts["n"]:
        return [f"No ward{_where(facts)}."]
    lines = [f"{plural(facts['n'], 'ward')}{_where(facts)}, of {facts['all']:,}."]
    if facts["shown"] < facts["n"]:
        lines.append(f"The first {facts['shown']:,} are shown; the download has all.")
    return lines


def _count_wards(facts: Facts) -> list[str]:
    where = _where(facts)
    of_all = f", of {facts['all']:,}" if where else ""
    return [f"{plural(facts['n'], 'ward')}{where}{of_all}."]


def _aggregate(facts: Facts) -> list[str]:
    told = ", ".join(
        f"{FUNCTIONS[name]} {with_unit(value, facts['unit'])}" for name, value in facts["values"].items()
    )
    lines = [f"{facts['label']}{_where(facts)}: {told}."]
    lines.append(f"Over {plural(facts['n'], 'ward')} with a value, each counted alike.")
    if facts["n"] < facts["wards"]:
        lines.append(f"Of {facts['wards']:,} wards the others have no data.")
    return lines


def _rank_lgas(facts: Facts) -> list[str]:
    if not facts["n"]:
        return ["No LGA is named in this table."]
    how = "weighted by population" if facts["weight"] else "each ward counted alike"
    how = f"; {FUNCTIONS[facts['function']]} over its wards" + (
        f", {how}" if facts["function"] == "mean" else ""
    )
    return [
        f"{facts['first']} has the {facts['end']} {facts['label']}: {with_unit(facts['first_value'], facts['unit'])}{how}."
    ]


def _tier_counts(facts: Facts) -> list[str]:
    return [
        f"{facts['first']} has the most wards in the {facts['tier'].lower()} tier: {facts['first_value']:,}."
    ]


def _correlate(facts: Facts) -> list[str]:
    place = f" in {facts['lga']}" if facts["lga"] else ""
    if facts["pearson"] is None:
        return [
            f"{facts['x']} and {facts['y']}{place} can't be correlated: {plural(facts['n'], 'ward')} with both values, or no variation."
        ]
    lines = [
        f"{facts['x']} and {facts['y']}{place}: Pearson's r = {facts['pearson']:.3f}, Spearman's ρ = {number(facts['spearman'])}, over {plural(facts['n'], 'ward')} with both values."
    ]
    if facts["strength"].startswith("practically"):
        lines.append(f"That is {facts['strength']} linear relationship.")
    else:
        lines.append(
            f"That is {facts['strength']} relationship: where {facts['x']} is higher, {facts['y']} {facts['direction']}."
        )
    return [*lines, "It does not show that the first causes the second."]


def _ward_value(facts: Facts) -> list[str]:
    return [
        f"{facts['label']} of {facts['ward_name']} ({facts['lga_name'] or 'no LGA'}): {with_unit(facts['value'], facts['unit'])}."
    ]


def _explain_ward(facts: Facts) -> list[str]:
    place = f"{facts['ward_name']} ({facts['lga_name'] or 'no LGA'})"
    if facts["composite_rank"] is None:
        return [f"{place} has no rank.", *facts["flags"]]
    lines = [
        f"{place} has rank {facts['composite_rank']:,} of {facts['ranked']:,}: {facts['composite_tier'].lower()} tier, score {facts['composite_score']:.3f}.",
        f"Over the models its rank lies between {number(facts['rank_min'])} and {number(facts['rank_max'])}.",
    ]
    if "models_used" in facts:
        lines.append(
            f"{facts['models_top']:,} of the {facts['models_used']:,} models that score it put it in the third with the highest risk."
        )
    strong = ", ".join(f"{row['variable']} ({row['scaled']:.2f})" for row in facts["strongest"])
    lines.append(f"What raises its score most, each scaled to 0–1: {strong}.")
    if facts["weakest"]:
        lines.append(f"Least: {facts['weakest'][0]['variable']} ({facts['weakest'][0]['scaled']:.2f}).")
    return lines + list(facts["flags"])


def _compare_places(facts: Facts) -> list[str]:
    if "scores" not in facts or None in facts["scores"]:
        return [f"{facts['first']} and {facts['second']} side by side."]
    a, b = facts["scores"]
    order = (facts["first"], facts["second"]) if a >= b else (facts["second"], facts["first"])
    what = "mean score" if facts["lgas"] else "score"
    high, low = max(a, b), min(a, b)
    return [f"{order[0]} has the higher {what}: {high:.3f} against {low:.3f} in {order[1]}."]


def _describe(facts: Facts) -> list[str]:
    lines = []
    if facts["table"]:
        lines.append(
            f"Ward table: {number(facts['table']['rows'])} rows, {facts['table']['columns']:,} columns."
        )
    if facts["boundaries"]:
        lines.append(f"Boundaries: {number(facts['boundaries']['wards'])} wards.")
    if facts["wards"]:
        lines.append(
            f"Matched: {facts['accepted']:,} rows to {facts['wards']:,} wards; {facts['variables']:,} variables."
        )
    return lines


def _results(facts: Facts) -> list[str]:
    first = facts["first"]
    lines = [
        f"{facts['ranked']:,} of {facts['wards']:,} wards are ranked by {facts['variables']:,} variables in {facts['models']:,} models; {facts['imputed_cells']:,} cells were filled.",
        f"{first['ward_name']} ({first['lga_name'] or 'no LGA'}) ranks first.",
    ]
    if facts["stale"]:
        lines.append("This ranking is from older data: something before it has changed. Run it again.")
    return lines


def _stability(facts: Facts) -> list[str]:
    if facts["ward"]:
        ward = facts["ward"]
        return [
            f"{ward['ward_name']} has rank {ward['composite_rank']:,}; over {facts['models']:,} models it lies between {number(ward['rank_min'])} and {number(ward['rank_max'])}."
        ]
    return [
        f"{facts['always']:,} of {facts['ranked']:,} ranked wards are in the top third in all {facts['models']:,} models."
    ]


def _pca(facts: Facts) -> list[str]:
    if facts["kmo"] is None:
        return ["There is no PCA ranking.", *facts["reasons"]]
    lines = [f"KMO = {facts['kmo']:.3f} ({facts['kmo_words']})."]
    if facts["suitable"] and facts["spearman"] is not None:
        lines.append(
            f"The data are suited to PCA; its ranking of {facts['ranked']:,} wards and the composite ranking agree with Spearman's ρ = {facts['spearman']:.3f}."
        )
    return lines + list(facts["reasons"])


def _define(facts: Facts) -> list[str]:
    if facts["subject"] in DEFINITIONS:
        return [DEFINITIONS[facts["subject"]]]
    unit = facts["unit"]
    if unit:
        unit = f" ({unit})" if unit.startswith(UNSTATED) else f", in {unit}"
    return (
        [f"{facts['label']}{unit}: a variable of the ward table."]
        if facts["label"]
        else [DEFINITIONS["method"]]
    )


def _match(facts: Facts) -> list[str]:
    lines = [f"{facts['accepted']:,} of {facts['rows']:,} rows are matched to a ward."]
    lines.append(
        f"{facts['review']:,} wait for your decision, {facts['unmatched']:,} found no ward, {facts['unmatched_boundaries']:,} wards have no row."
    )
    return lines


def _run(facts: Facts) -> list[str]:
    if facts["again"]:
        return [f"A ranking is being calculated already: {facts['percent']:,} % done."]
    return ["The ranking has started. You can go on asking; it will be here when it is done."]


SAYINGS: Mapping[str, Callable[[Facts], list[str]]] = MappingProxyType(
    {
        "rank_wards": _rank_wards, "list_wards": _list_wards, "count_wards": _count_wards, "aggregate": _aggregate,
        "rank_lgas": _rank_lgas, "tier_counts": _tier_counts, "correlate": _correlate, "ward_value": _ward_value,
        "explain_ward": _explain_ward, "compare_places": _compare_places, "describe_data": _describe,
        "results_summary": _results, "stability": _stability, "pca_report": _pca, "define": _define, "match_report": _match,
        "run_risk": _run,
        "list_lgas": lambda facts: [f"{plural(facts['n'], 'LGA')}."],
        "which_ward": lambda facts: [f"{facts['n']:,} wards are called {facts['name']}. Which one?"],
        "list_variables": lambda facts: [f"{plural(facts['n'], 'variable')}" + (f", {facts['used']:,} of them in the ranking." if facts["used"] else ".")],
        "missing_values": lambda facts: [
            f"{plural(facts['cells'], 'value')} missing in {plural(facts['variables'], 'variable')}, over {facts['wards']:,} wards."
            if facts["cells"] else "Nothing is missing."
        ],
        "list_filled": lambda facts: [
            f"{plural(facts['cells'], 'cell')} in {plural(facts['wards'], 'ward')} filled for the ranking."
            if facts["cells"] else "No cell was filled."
        ],
        "show_map": lambda facts: [f"{facts['title']}."],
        "show_chart": lambda facts: [f"{facts['title']}."],
        "no_map": lambda facts: [f"No map of {facts['label']} was drawn: only variables in the ranking have one."],
        "no_chart": lambda facts: [f"No chart of {facts['label']} was drawn: only variables in the ranking have one."],
        **net_wording.SAYINGS,
        **positivity_wording.SAYINGS,
        **report_wording.SAYINGS,
        "explain_figure": lambda facts: explanation(facts["language"], facts),
        "no_explanation": lambda facts: ["There is no such figure or table here.", f"There are: {', '.join(facts['known'])}."],
        "nothing_to_explain": lambda facts: ["There is nothing finished yet that has figures."],
        "no_data": lambda facts: ["There are no data yet. Upload a ward table and the ward boundaries."],
        "not_matched": lambda facts: ["The wards are not matched to the boundaries yet. Do that first; it takes a moment."],
    }
)  # fmt: skip
