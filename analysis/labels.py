"""Codes of the analysis in the words of the programme."""

from typing import Any

from django.utils.translation import gettext, gettext_noop, pgettext

from analysis.core.variables import lookup
from sessions_app.localised import decimal
from sessions_app.stored_words import translated

# How a gap may be filled: code, words on the variables page.
IMPUTATIONS = (
    ("spatial", gettext_noop("mean of neighbours")),
    ("lga_mean", gettext_noop("mean of its LGA")),
    ("state_mean", gettext_noop("mean of its state")),
    ("mean", gettext_noop("mean of all")),
    ("median", gettext_noop("median of all")),
    ("none", gettext_noop("leave the gap")),
)
# What becomes of rows that repeat a ward and can't be told apart: code, choice, what was done.
DUPLICATES = (
    ("refuse", gettext_noop("Stop and list them"), "refused"),
    (
        "average",
        gettext_noop("Use the average of their numbers"),
        gettext_noop("the average of their numbers was used"),
    ),
    ("first", gettext_noop("Use the first, leave the others out"), gettext_noop("the first was used")),
)
# How one cell was filled: the step that gave its value.
FILLED_HOW = {
    "spatial": gettext_noop("mean of the wards that touch it"),
    "lga_mean": gettext_noop("mean of its LGA"),
    "state_mean": gettext_noop("mean of its state"),
    "area_mean": gettext_noop("mean of all wards"),
    "median": gettext_noop("median of all wards"),
    "mode": gettext_noop("commonest value"),
}
METHODS = (
    (
        "recommended",
        gettext_noop("Recommended."),
        gettext_noop("Linear scaling; the malaria outcome is never filled unless you say so."),
    ),
    (
        "mrpt-legacy",
        gettext_noop("MRPT legacy."),
        gettext_noop(
            "Repeats the earlier tool to compare with published rankings; it fills gaps in its own way."
        ),
    ),
)
# Where the ranks are cut into high, medium and low: code, words.
CUTS = (
    ("thirds", gettext_noop("a third high, a third low")),
    ("quartiles", gettext_noop("a quarter high, a quarter low")),
    ("quintiles", gettext_noop("a fifth high, a fifth low")),
)
OWN_CUT = gettext_noop("my own percentages:")
METHOD_NAMES = {
    "recommended": "recommended",
    "mrpt-legacy": gettext_noop("MRPT legacy"),
    "mrpt-legacy-truncated": gettext_noop("MRPT legacy, first five"),
}
# Kaiser's own words for his measure, and what they come to here.
KMO_WORDS = {
    "marvelous": gettext_noop("“marvelous” in Kaiser's words (0.9 and above)"),
    "meritorious": gettext_noop("“meritorious” in Kaiser's words (0.8 to 0.9)"),
    "middling": gettext_noop("“middling” in Kaiser's words (0.7 to 0.8)"),
    "mediocre": gettext_noop("“mediocre” in Kaiser's words (0.6 to 0.7)"),
    "miserable": gettext_noop("“miserable” in Kaiser's words (0.5 to 0.6), but usable"),
    "unacceptable": gettext_noop("“unacceptable” in Kaiser's words (below 0.5): not usable"),
    "not computable": gettext_noop("can't be calculated"),
}
FORCED = gettext_noop("The PCA ranking is forced: its tests say that these variables are not suited to it.")
FLAGS = {
    "unmatched": gettext_noop("No row of your table belongs to this ward, so it has no rank."),
    "no_data": gettext_noop("Its row has none of the variables, so it has no rank."),
    "no_outcome_data": gettext_noop(
        "Its malaria outcome was not measured and not filled, so it has no rank."
    ),
    "not_ranked": gettext_noop("A value it needs is missing and was not filled, so it has no rank."),
    "partial": gettext_noop("A value is missing; the score rests on the models that do not need it."),
    "imputed": gettext_noop("At least one of its values was filled."),
    "outcome_imputed": gettext_noop("Its malaria outcome was filled, not measured."),
    "pca_forced": gettext_noop(
        "Its PCA rank was asked for although the tests do not allow a PCA of these variables."
    ),
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
            label = translated(variable_label(variable))
            words.append(pgettext("core", "%(variable_words)s: no data.") % {"variable_words": label})
        elif flag:
            words.append(gettext(FLAGS.get(code, code.replace("_", " "))))
    return words


def cut_words(cut: str | list[float]) -> str:
    """Where the tiers were cut."""
    if isinstance(cut, str):
        return gettext(dict(CUTS)[cut])
    high, low = (decimal(100 * share, 1) for share in cut)
    return gettext("the first %(high)s %% high, the last %(low)s %% low") % {"high": high, "low": low}
