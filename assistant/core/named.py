"""What the commands on reports and test positivity name by word: a language, a format, facilities, persons."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from assistant.core.reading import Reading

LANGUAGES: Mapping[str, str] = MappingProxyType(
    {"english": "en", "anglais": "en", "french": "fr", "francais": "fr", "hausa": "ha"}
)
# Words that name a file -> the format of a report; other files are none.
FORMATS: Mapping[str, str] = MappingProxyType({"pdf": "pdf", "word": "docx", "docx": "docx", "html": "html"})
# How the words for facilities and persons begin or what they hold -> code.
LEVELS = (("primar", "primary"), ("primaire", "primary"), ("second", "secondary"), ("terti", "tertiary"), ("all", "all"))  # fmt: skip
AGES = (
    ("all", "all_ages"), ("every", "all_ages"), ("tous", "all_ages"), ("preg", "pw"), ("enceinte", "pw"), ("over", "o5"),
    ("above", "o5"), ("and over", "o5"), ("plus", "o5"), ("o5", "o5"), ("under", "u5"), ("u5", "u5"), ("moins", "u5"),
)  # fmt: skip


def report_slots(reading: Reading) -> dict[str, Any]:
    """Return `language`, `format` and `of` of a report, as far as they were named.

    Parameters
    ----------
    reading : Reading
        The message taken apart.

    Returns
    -------
    dict
        `language` may be one that there are no reports in; the tool says so.
    """
    words = words_of(reading)
    slots: dict[str, Any] = {}
    language = next((LANGUAGES[word] for word in words.get("LANGUAGE", ()) if word in LANGUAGES), "")
    if language:
        slots["language"] = language
    named = [
        word for group in ("FILES", "DOWNLOAD") for phrase in words.get(group, ()) for word in phrase.split()
    ]
    form = next((FORMATS[word] for word in named if word in FORMATS), "")
    if form or "PACKAGE" in reading.tags:
        slots["format"] = form or "package"
    if {"PLAN", "NET"} & reading.tags:
        slots["of"] = "plan"
    elif {"RANKING", "RISK"} & reading.tags:
        slots["of"] = "ranking"
    return slots


def tpr_slots(reading: Reading) -> dict[str, Any]:
    """Return `level` and `age_group` where they were named, and whether to `start`, `switch` or list `combinations`."""
    words = words_of(reading)
    slots: dict[str, Any] = {}
    for concept, slot, begins in (("LEVELS", "level", LEVELS), ("AGES", "age_group", AGES)):
        code = next(
            (code for phrase in words.get(concept, ()) for part, code in begins if part in phrase), ""
        )
        if code:
            slots[slot] = code
    for concept, slot in (("COMBOS", "combinations"), ("SWITCH", "switch"), ("RUN", "start")):
        if concept in reading.tags:
            slots[slot] = True
            break
    return slots


# What a figure is about, most particular first; pictures of plans and of facility reports are known by their words.
FIGURES = (
    ("DELIVERY", "delivery"), ("CURVE", "curve"), ("COMBOS", "combinations"), ("QUALITY", "quality"), ("TREND", "trend"), ("KMO", "pca"),
    ("SCREE", "scree"), ("LOADINGS", "loadings"), ("PCA", "pca"), ("CORR", "correlation"), ("COMPARE", "comparison"),
    ("AGREE", "agreement"), ("MODELS", "models"), ("BOX", "stability"), ("STABLE", "stability"), ("URBAN", "urban"),
    ("FILLED", "gaps"), ("TOPIC_IMPUTE", "gaps"), ("MISSING", "gaps"), ("TIER", "ranks"), ("TOPIC_SCORE", "composite"),
    ("COMPOSITE", "composite"), ("SCORE", "composite"), ("METHOD", ""), ("FILES", "wards"),
)  # fmt: skip
FRENCH = ("explique", "expliquer", "expliquez", "carte", "lire", "interpreter")


def figure_slots(reading: Reading, variables: list[str]) -> dict[str, Any]:
    """Return which figure is to be explained: `picture`, `subject`, `variable`, `of`, and the `language` of the question."""
    words, tags = words_of(reading), reading.tags
    slots: dict[str, Any] = {}
    if "MAP" in tags:
        slots["picture"] = "map"
    elif tags & {"CHART", "HIST", "BOX", "SCREE", "LOADINGS", "CURVE"}:
        slots["picture"] = "chart"
    if {"PLAN", "NET", "DELIVERY", "CURVE"} & tags:
        slots["of"] = "plan"
    elif {"WORKFLOW", "COMBOS", "QUALITY", "TREND"} & tags:
        slots["of"] = "positivity"
    elif variables:
        slots["variable"] = variables[0]
    subject = next((subject for concept, subject in FIGURES if concept in tags), "")
    if subject:
        slots["subject"] = subject
    if any(phrase.startswith(FRENCH) for phrases in words.values() for phrase in phrases):
        slots["language"] = "fr"
    return slots


def words_of(reading: Reading) -> dict[str, list[str]]:
    """The phrases of each concept, in the order of the message."""
    found: dict[str, list[str]] = {}
    for item in reading.items:
        if item.kind == "concept":
            found.setdefault(item.value, []).append(item.words)
    return found
