"""What a tool found, in sentences. Every number comes out of the facts; nothing is calculated here."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext_noop

from assistant import net_wording, positivity_wording, report_wording
from assistant.condition_wording import condition, number
from assistant.core.claims import texts_told, unsupported_claims
from assistant.core.explaining import FIXED_PARTS, explanation
from assistant.core.explanations import EXPLANATIONS
from assistant.core.letters import plain
from assistant.core.verifier import unsupported_numbers
from assistant.definitions import DEFINITIONS
from assistant.plurals import each, ours, plural

Facts = Mapping[str, Any]
# Phrases of our own sentences that hold a number and are no finding.
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
    "Top 10 wards",
    "the first causes the second",
    "second plan",
    "second opinion",
    "second avis",
    "le tiers le plus à risque",
    "premier tiers",
    *FIXED_PARTS,
)
CAUSES = "It does not show that the first causes the second."
# How a unit begins that the data do not state.
UNSTATED = "unit not stated"
TIERS = {"High": "in the high tier", "Medium": "in the medium tier", "Low": "in the low tier"}
FUNCTIONS = {
    "mean": gettext_noop("mean"), "sum": gettext_noop("total"), "median": gettext_noop("median"),
    "min": gettext_noop("lowest value"), "max": gettext_noop("highest value"),
    "stddev": gettext_noop("standard deviation"),
}  # fmt: skip
# How the number of an LGA is made of those of its wards.
OVER_WARDS = {
    "mean": "the mean over its wards, each counted alike", "weighted": "the mean over its wards, weighted by population",
    "sum": "the total over its wards", "median": "the median over its wards", "min": "the lowest value over its wards",
    "max": "the highest value over its wards", "stddev": "the standard deviation over its wards",
}  # fmt: skip
STRENGTHS = {
    "a weak": gettext_noop("a weak relationship"), "a moderate": gettext_noop("a moderate relationship"),
    "a fairly strong": "a fairly strong relationship", "a strong": gettext_noop("a strong relationship"),
}  # fmt: skip

# Made plain once, as every answer is looked at with them. A model's words are not: these hold numbers.
PHRASES = tuple(map(plain, (*FIXED, *DEFINITIONS.values())))
# What a model may repeat, too, each sentence whole.
REPEATED = (CAUSES, *DEFINITIONS.values())


def sentences(found: Mapping[str, Any]) -> list[str]:
    """The words for one result, by what its tool calls `say`."""
    return [line for line in SAYINGS[found["say"]](found["facts"]) if line]


def untraced(line: str, results: Sequence[Mapping[str, Any]], asked: Sequence[str] = ()) -> list[str]:
    """The numbers of a line that no result of this turn holds.

    A line that answers what a person asked in their own words is a model's, and held to more: what its numbers are
    said to be, and of whom. `asked` is that question; our own sentences come without.
    """
    if any(asked):
        texts = [(*texts_told(found), *_titles(found)) for found in results]
        repeated = (*REPEATED, *_explained(results), *asked)
        return unsupported_claims(line, results, texts, repeated, decimal_comma=_is_french(results))
    return unfound(line, results)


def unfound(line: str, results: Sequence[Mapping[str, Any]], known: Sequence[str] = ()) -> list[str]:
    """The numbers of our own sentences that no result of this turn holds; `known` words of the user may be repeated."""
    found = [(one["facts"], one["columns"], one["rows"], *_titles(one)) for one in results]
    return unsupported_numbers(line, found, (*PHRASES, *known), decimal_comma=_is_french(results))


def _explained(results: Sequence[Mapping[str, Any]]) -> list[str]:
    """What explains a figure, in our own sentences, whose numbers a template places; they are said above the model's."""
    told = [one["facts"] for one in results if one["facts"].get("say") in EXPLANATIONS]
    return [line for facts in told for line in explanation(facts.get("language", "en"), facts)]


def _is_french(results: Sequence[Mapping[str, Any]]) -> bool:
    """Whether an explanation in French is told, which writes decimals with a comma."""
    return any(found["say"] == "explain_figure" and found["facts"]["language"] == "fr" for found in results)


def _titles(found: Mapping[str, Any]) -> list[str]:
    """The size of a picture and the bytes of a file behind a link are no findings; what they are called may be said."""
    titles = [one["title"] for one in (*found["pictures"], *found["links"])]
    return [*(one["label"] for one in found["choices"]), *titles]


def with_unit(value: Any, unit: str) -> str:
    if value is None or unit in ("", "index"):
        return number(value)
    # Not a unit but the words that none is stated.
    return f"{number(value)} ({unit})" if unit.startswith(UNSTATED) else f"{number(value)} {unit}"


def _where(facts: Facts) -> list[str]:
    """The conditions of a question, each a phrase of its own."""
    parts = [f"in the LGA {facts['lga']}"] if facts.get("lga") else []
    if facts.get("tier"):
        parts.append(TIERS[facts["tier"]])
    return [*parts, *map(condition, facts.get("conditions", ()))]


def _place(facts: Facts) -> str:
    """A ward with its LGA, which tells it from others of its name."""
    ward, lga = facts["ward_name"], facts["lga_name"]
    return f"{ward} ({lga})" if lga else f"{ward} (LGA not stated)"


def _end(end: str, label: str) -> str:
    return f"the highest {ours(label)}" if end == "highest" else f"the lowest {ours(label)}"


def _risk_end(end: str) -> str:
    return "the highest risk" if end == "highest" else "the lowest risk"


def _rank_wards(facts: Facts) -> list[str]:
    where, n, of = _where(facts), facts["n"], facts["of"]
    if not n:
        return [f"No ward has a value ({each(where)})." if where else "No ward has a value."]
    place = _place(facts["first"])
    what = _risk_end(facts["end"]) if facts["risk"] else _end(facts["end"], facts["by"])
    if n == 1:
        told = f"{facts['by']} {number(facts['first_value'])}"
        lines = [f"{place} is the ward with {ours(what)}: {ours(told)}."]
        return [*lines, f"Of {of:,} wards: {each(where)}."] if where else lines
    if where:
        return [f"The {n:,} wards with {ours(what)}, of {of:,} ({each(where)}). First is {place}."]
    return [f"The {n:,} wards with {ours(what)}, of {of:,}. First is {place}."]


def _first_of_lgas(facts: Facts) -> list[str]:
    if not facts["n"]:
        return ["No ward that names its LGA has a value."]
    what = _risk_end(facts["end"]) if facts["risk"] else _end(facts["end"], facts["by"])
    place, counted = _place(facts["first"]), plural(facts["n"], "LGA")
    if facts["limit"] == 1:
        lines = [f"The ward with {ours(what)} of each LGA; {counted}. First is {place}."]
    else:
        lines = [f"The {facts['limit']:,} wards with {ours(what)} of each LGA; {counted}. First is {place}."]
    if facts["without"]:
        lines.append(f"Without any ward that has a value: {plural(facts['without'], 'LGA')}.")
    if facts["nowhere"]:
        lines.append(f"Left aside, because no LGA is named: {plural(facts['nowhere'], 'ward')}.")
    return lines


def _list_wards(facts: Facts) -> list[str]:
    lines = _count_wards(facts)
    if facts["shown"] < facts["n"]:
        lines.append(f"The first {facts['shown']:,} are shown; the download has all.")
    return lines


def _list_lgas(facts: Facts) -> list[str]:
    where = _where(facts)
    if not where:
        return [f"In this session: {plural(facts['n'], 'LGA')}."]
    return [f"{facts['n']:,} of {facts['all']:,} LGAs: {each(where)}."]


def _count_wards(facts: Facts) -> list[str]:
    where, n, everything = _where(facts), facts["n"], facts["all"]
    if not where:
        return [f"In this session: {plural(n, 'ward')}."]
    if not n:
        return [f"There is no such ward: {each(where)}."]
    lines = [f"{n:,} of {everything:,} wards: {each(where)}."]
    if "percent" in facts:
        lines.append(f"That is {facts['percent']:.1f} % of the wards.")
    return lines


# What no weight could change: a sum, and the value of a single ward.
OF_ONE_WARD = frozenset({"sum", "min", "max", "count"})


def _aggregate(facts: Facts) -> list[str]:
    where, label, unit = _where(facts), facts["label"], facts["unit"]
    told = [f"{FUNCTIONS[name]} {with_unit(value, unit)}" for name, value in facts["values"].items()]
    counted = plural(facts["n"], "ward")
    alike = not OF_ONE_WARD.issuperset(facts["values"])
    if where and alike:
        first = (
            f"{ours(label)}, over {counted} with a value ({each(where)}), each counted alike: {each(told)}."
        )
    elif where:
        first = f"{ours(label)}, over {counted} with a value ({each(where)}): {each(told)}."
    elif alike:
        first = f"{ours(label)}, over {counted} with a value, each counted alike: {each(told)}."
    else:
        first = f"{ours(label)}, over {counted} with a value: {each(told)}."
    lines = [first]
    if facts["n"] < facts["wards"]:
        lines.append(f"Of {facts['wards']:,} wards the others have no data.")
    if facts.get("percent") is not None:
        lines.append(
            f"That is {facts['percent']:.1f} % of the total over all wards, {number(facts['total'])}."
        )
    return lines


def _rank_lgas(facts: Facts) -> list[str]:
    if not facts["n"]:
        return ["No LGA is named in this table."]
    what = _end(facts["end"], facts["label"])
    value = with_unit(facts["first_value"], facts["unit"])
    how = OVER_WARDS["weighted" if facts["weight"] else facts["function"]]
    return [f"{facts['first']} is the LGA with {ours(what)}: {ours(value)}; {ours(how)}."]


def _tier_counts(facts: Facts) -> list[str]:
    where = TIERS[facts["tier"]]
    if facts["first"] is None:
        return [f"No LGA has wards {ours(where)}."]
    return [f"{facts['first']} has the most wards {ours(where)}: {facts['first_value']:,}."]


def _correlate(facts: Facts) -> list[str]:
    x, y, counted = facts["x"], facts["y"], plural(facts["n"], "ward")
    only = [f"Only wards in the LGA {facts['lga']} were counted."] if facts["lga"] else []
    if facts["pearson"] is None:
        why = f"{ours(x)} and {ours(y)} can't be correlated: {counted} with both values, or no variation."
        return [why, *only]
    lines = [
        f"{ours(x)} and {ours(y)}: Pearson's r = {facts['pearson']:.3f}, Spearman's ρ = {number(facts['spearman'])}, over {counted} with both values.",
        *only,
    ]
    if facts["strength"] not in STRENGTHS:
        return [*lines, "That is practically no linear relationship.", CAUSES]
    strength = STRENGTHS[facts["strength"]]
    if facts["direction"] == "rises":
        lines.append(f"That is {ours(strength)}: where {ours(x)} is higher, {ours(y)} rises.")
    else:
        lines.append(f"That is {ours(strength)}: where {ours(x)} is higher, {ours(y)} falls.")
    return [*lines, CAUSES]


def _correlate_all(facts: Facts) -> list[str]:
    x = facts["x"]
    only = [f"Only wards in the LGA {facts['lga']} were counted."] if facts["lga"] else []
    if facts["first"] is None:
        return [f"No other variable can be correlated with {ours(x)}.", *only]
    first = f"Of {plural(facts['n'], 'variable')}, {ours(facts['first'])} goes most closely with {ours(x)}: Spearman's ρ = {number(facts['spearman'])}."
    return [first, *only, "A correlation does not show that one causes the other."]


def _neighbours(facts: Facts) -> list[str]:
    place = _place(facts)
    if not facts["n"]:
        return [f"No ward of this session touches {place}."]
    return [f"{place} touches {plural(facts['n'], 'ward')}; {facts['high']:,} of them in the high tier."]


def _ward_value(facts: Facts) -> list[str]:
    place, told = _place(facts), f"{facts['label']}: {with_unit(facts['value'], facts['unit'])}"
    return [f"In the ward {place}, {ours(told)}."]


def _explain_ward(facts: Facts) -> list[str]:
    place = _place(facts)
    if facts["composite_rank"] is None:
        return [f"{place} has no rank.", *facts["flags"]]
    tier = TIERS[facts["composite_tier"]]
    lines = [
        f"{place} has rank {facts['composite_rank']:,} of {facts['ranked']:,}, {ours(tier)}, with the score {facts['composite_score']:.3f}.",
        f"Over the models its rank lies between {number(facts['rank_min'])} and {number(facts['rank_max'])}.",
    ]
    if "models_used" in facts:
        lines.append(
            f"{facts['models_top']:,} of the {facts['models_used']:,} models that score it put it in the third with the highest risk."
        )
    strong = [f"{row['variable']} ({row['scaled']:.2f})" for row in facts["strongest"]]
    lines.append(f"What raises its score most, each scaled to 0–1: {each(strong)}.")
    if facts["weakest"]:
        (weak,) = [f"{row['variable']} ({row['scaled']:.2f})" for row in facts["weakest"]]
        lines.append(f"What raises it least: {ours(weak)}.")
    return lines + list(facts["flags"])


def _compare_places(facts: Facts) -> list[str]:
    if "values" in facts:
        here, there = (with_unit(value, facts["unit"]) for value in facts["values"])
        told = f"{facts['label']} {here}"
        return [f"Side by side: in {facts['first']}, {ours(told)}; in {facts['second']}, {ours(there)}."]
    if "scores" not in facts or None in facts["scores"]:
        return [f"{facts['first']} and {facts['second']} side by side."]
    a, b = facts["scores"]
    higher, lower = (facts["first"], facts["second"]) if a >= b else (facts["second"], facts["first"])
    high, low = max(a, b), min(a, b)
    if facts["lgas"]:
        return [f"{higher} has the higher mean score: {high:.3f} against {low:.3f} in {lower}."]
    return [f"{higher} has the higher score: {high:.3f} against {low:.3f} in {lower}."]


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
    lines = [
        f"{facts['ranked']:,} of {facts['wards']:,} wards are ranked by {facts['variables']:,} variables in {facts['models']:,} models; {facts['imputed_cells']:,} cells were filled.",
        f"{_place(facts['first'])} ranks first.",
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
    lines = [f"The KMO measure is {facts['kmo']:.3f}: {ours(facts['kmo_words'])}."]
    if facts["suitable"] and facts["spearman"] is not None:
        lines.append(
            f"The data are suited to PCA; its ranking of {facts['ranked']:,} wards and the composite ranking agree with Spearman's ρ = {facts['spearman']:.3f}."
        )
    lines += facts["reasons"]
    if facts["forced"]:
        lines.append(
            f"The PCA ranking was forced all the same, as asked; it orders {facts['ranked']:,} wards."
        )
    return lines


def _define(facts: Facts) -> list[str]:
    if facts["subject"] in DEFINITIONS:
        return [DEFINITIONS[facts["subject"]]]
    label, unit = facts["label"], facts["unit"]
    if not label:
        return [DEFINITIONS["method"]]
    if not unit:
        return [f"{ours(label)}: a variable of the ward table."]
    # Not a unit but the words that none is stated.
    if unit.startswith(UNSTATED):
        return [f"{ours(label)} ({ours(unit)}): a variable of the ward table."]
    return [f"{ours(label)}, in {ours(unit)}: a variable of the ward table."]


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


def _variables(facts: Facts) -> list[str]:
    counted = plural(facts["n"], "variable")
    if facts["used"]:
        return [f"{counted}, {facts['used']:,} of them in the ranking."]
    return [f"In this session: {counted}."]


def _wards_without(facts: Facts) -> list[str]:
    label_words, everything = ours(facts["label"]), facts["wards"]
    if not facts["n"]:
        return [f"None of {everything:,} wards lacks a value of {label_words}."]
    return [f"Without a value of {label_words}: {facts['n']:,} of {everything:,} wards."]


def _missing(facts: Facts) -> list[str]:
    if not facts["cells"]:
        return ["Nothing is missing."]
    cells, variables = plural(facts["cells"], "value"), plural(facts["variables"], "variable")
    return [f"{cells} missing in {variables}, over {facts['wards']:,} wards."]


def _filled(facts: Facts) -> list[str]:
    if not facts["cells"]:
        return ["No cell was filled."]
    cells, wards = plural(facts["cells"], "cell"), plural(facts["wards"], "ward")
    return [f"{cells} in {wards} filled for the ranking."]


def _urban_map(facts: Facts) -> list[str]:
    lines = [
        f"The tiers, with wards apart that are urban from {facts['share']:g} % of their area: {facts['urban']:,} of the ranked wards."
    ]
    if facts["unknown"]:
        lines.append(
            f"Neither one nor the other, because a share or a tier is unknown: {plural(facts['unknown'], 'ward')}."
        )
    return lines


def _no_chart(facts: Facts) -> list[str]:
    if not facts["label"]:
        return ["No chart of this kind was drawn."]
    return [f"No chart of {ours(facts['label'])} was drawn: only variables in the ranking have one."]


SAYINGS: Mapping[str, Callable[[Facts], list[str]]] = MappingProxyType(
    {
        "rank_wards": _rank_wards, "first_of_lgas": _first_of_lgas, "list_wards": _list_wards, "count_wards": _count_wards, "aggregate": _aggregate,
        "rank_lgas": _rank_lgas, "tier_counts": _tier_counts, "correlate": _correlate, "ward_value": _ward_value,
        "explain_ward": _explain_ward, "compare_places": _compare_places, "describe_data": _describe,
        "results_summary": _results, "stability": _stability, "pca_report": _pca, "define": _define, "match_report": _match,
        "run_risk": _run, "correlate_all": _correlate_all, "neighbours": _neighbours,
        "which_of_rank": lambda facts: [f"{facts['n']:,} wards share the rank {facts['rank']:,}. Which one?"],
        "list_lgas": _list_lgas,
        "which_ward": lambda facts: [f"{facts['n']:,} wards are called {facts['name']}. Which one?"],
        "list_variables": _variables, "missing_values": _missing, "wards_without": _wards_without, "list_filled": _filled,
        "urban_map": _urban_map,
        "no_urban_map": lambda facts: ["The ward table has no column urban_percentage, so urban wards can't be told apart."],
        "show_map": lambda facts: [f"This is the map: {ours(facts['title'])}."],
        "show_chart": lambda facts: [f"This is the chart: {ours(facts['title'])}."],
        "no_map": lambda facts: [f"No map of {ours(facts['label'])} was drawn: only variables in the ranking have one."],
        "no_chart": _no_chart,
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
