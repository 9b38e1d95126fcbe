"""Codes of the analysis in the words of the programme."""

from typing import Any

from analysis.core.variables import lookup

# How a gap may be filled: code, words on the variables page.
IMPUTATIONS = (
    ("spatial", "mean of neighbours"),
    ("lga_mean", "mean of its LGA"),
    ("state_mean", "mean of its state"),
    ("mean", "mean of all"),
    ("median", "median of all"),
    ("none", "leave the gap"),
)
# What becomes of rows that repeat a ward and can't be told apart: code, choice, what was done.
DUPLICATES = (
    ("refuse", "Stop and list them", "refused"),
    ("average", "Use the average of their numbers", "the average of their numbers was used"),
    ("first", "Use the first, leave the others out", "the first was used"),
)
# How one cell was filled: the step that gave its value.
FILLED_HOW = {
    "spatial": "mean of the wards that touch it",
    "lga_mean": "mean of its LGA",
    "state_mean": "mean of its state",
    "area_mean": "mean of all wards",
    "median": "median of all wards",
    "mode": "commonest value",
}
METHODS = (
    ("recommended", "Recommended.", "Linear scaling; the malaria outcome is never filled unless you say so."),
    (
        "mrpt-legacy",
        "MRPT legacy.",
        "Repeats the earlier tool to compare with published rankings; it fills gaps in its own way.",
    ),
)
METHOD_NAMES = {
    "recommended": "recommended",
    "mrpt-legacy": "MRPT legacy",
    "mrpt-legacy-truncated": "MRPT legacy, first five",
}
# Kaiser's own words for his measure, and what they come to here.
KMO_WORDS = {
    "marvelous": "“marvelous” in Kaiser's words (0.9 and above)",
    "meritorious": "“meritorious” in Kaiser's words (0.8 to 0.9)",
    "middling": "“middling” in Kaiser's words (0.7 to 0.8)",
    "mediocre": "“mediocre” in Kaiser's words (0.6 to 0.7)",
    "miserable": "“miserable” in Kaiser's words (0.5 to 0.6), but usable",
    "unacceptable": "“unacceptable” in Kaiser's words (below 0.5): not usable",
    "not computable": "can't be calculated",
}
FLAGS = {
    "unmatched": "No row of your table belongs to this ward, so it has no rank.",
    "no_data": "Its row has none of the variables, so it has no rank.",
    "not_ranked": "A value it needs is missing and was not filled, so it has no rank.",
    "partial": "A value is missing; the score rests on the models that do not need it.",
    "imputed": "At least one of its values was filled.",
    "outcome_imputed": "Its malaria outcome was filled, not measured.",
}


def variable_label(name: str) -> str:
    known = lookup(name)
    return known.label if known else name


def variable_unit(name: str) -> str:
    known = lookup(name)
    return known.unit if known else ""


def unit_in(summary: dict[str, Any], name: str) -> str:
    """The unit of a ranking's variable, or that the file does not state it where its values do not fit the usual one."""
    return str(summary.get("units", {}).get(name, variable_unit(name)))


def flag_words(flags: str | None) -> list[str]:
    """Each flag of a ward as a sentence."""
    words = []
    for flag in (flags or "").split(";"):
        code, _, variable = flag.partition(":")
        if code == "missing":
            words.append(f"{variable_label(variable)}: no data.")
        elif flag:
            words.append(FLAGS.get(code, code.replace("_", " ")))
    return words
