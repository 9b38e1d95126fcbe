"""What the commands on reports and test positivity name by word: a language, a format, facilities, persons."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from assistant.core.reading import Reading

LANGUAGES: Mapping[str, str] = MappingProxyType(
    {"english": "en", "anglais": "en", "french": "fr", "francais": "fr", "hausa": "ha"}
)
# Before a language that nobody reads, so many words on.
DENYING = frozenset({"no", "not", "dont", "don", "doesnt", "never", "pas", "cannot", "cant", "without"})
DENIED_WITHIN = 4
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
    languages = languages_of(reading)
    if languages:
        slots["language"] = LANGUAGES[languages[0]]
    named = [
        word for group in ("FILES", "DOWNLOAD") for phrase in words.get(group, ()) for word in phrase.split()
    ]
    forms = dict.fromkeys(FORMATS[word] for word in named if word in FORMATS)
    form = next(iter(forms), "") if len(forms) < 2 else ""  # of several, all are written
    if form or "PACKAGE" in reading.tags:
        slots["format"] = form or "package"
    if {"PLAN", "NET"} & reading.tags:
        slots["of"] = "plan"
    elif {"RANKING", "RISK"} & reading.tags:
        slots["of"] = "ranking"
    return slots


def languages_of(reading: Reading) -> list[str]:
    """The languages that are named and not denied: "they read no English, so in French"."""
    return [
        one.word
        for place, one in enumerate(reading.heard)
        if one.tag == "LANGUAGE"
        and one.word in LANGUAGES
        and not DENYING & {before.word for before in reading.heard[max(0, place - DENIED_WITHIN) : place]}
    ]


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


# What a question to the facility reports is of, and by what it orders.
OF_REPORTS = (
    ("FACILITY", "facility"),
    ("WORKFLOW", "facility"),
    ("WARD", "ward"),
    ("LGA", "lga"),
    ("MONTH", "month"),
)
MEASURES = (("QUALITY", "reporting_percent"), ("TESTED", "tested"), ("POSITIVES", "positive"))
RATES = frozenset({"u5_tpr_rdt", "test_positivity_rate"})
SIGNS: Mapping[str, str] = MappingProxyType(
    {"ABOVE": ">", "ATLEAST": ">=", "BELOW": "<", "ATMOST": "<=", "BETWEEN": "between"}
)
FALLING = ("fall", "decreas", "down", "better", "improv", "baisse", "diminue")
RISING = ("ris", "increas", "worse", "hausse", "augmente")
COLD = ("cold", "low")


def table_slots(reading: Reading) -> dict[str, Any]:
    """Return what a question to the tables of the facility reports says.

    Parameters
    ----------
    reading : Reading
        The message taken apart.

    Returns
    -------
    dict
        `of` (ward, lga, facility, month, unusual), `by`, `ascending`, `limit`, `level`, `moving`, `spot` and `where`, as far
        as they were said, and `measured`, the variable that was read as positivity; places are read elsewhere.
    """
    words, tags = words_of(reading), reading.tags
    slots: dict[str, Any] = {}
    subjects = dict(OF_REPORTS)
    named = next((item for item in reading.items if item.kind == "concept" and item.value in subjects), None)
    slots["of"] = "unusual" if "UNUSUAL" in tags else subjects[named.value] if named else _unnamed(tags)
    by = next((column for concept, column in MEASURES if concept in tags), "")
    rates = [name for name in reading.values("variable") if name in RATES]
    if rates:
        slots["measured"], by = rates[0], by or "tpr_percent"
    if not by and "FACILITY" in tags and slots["of"] != "facility":
        by = "facilities"
    moved = " ".join(words.get("TREND", ()))
    if any(part in moved for part in (*FALLING, *RISING)):
        slots["moving"], by = ("falls" if any(part in moved for part in FALLING) else "rises"), "slope"
        slots["ascending"] = slots["moving"] == "falls"
    if "SPOTS" in tags:
        said = " ".join(words["SPOTS"])
        slots |= {"of": "ward", "spot": "cold" if any(part in said for part in COLD) else "hot"}
        by = by or "tpr_percent"
    level = next((code for phrase in words.get("LEVELS", ()) for part, code in LEVELS if part in phrase), "")
    if level and level != "all":
        slots |= {"level": level, "of": "facility"}
    if "REPORT" in tags and slots["of"] == "facility":
        slots["where"] = [["reported", ">", 0]]
    if slots["of"] == "month" and not {"TOP", "LOW"} & tags:
        by = ""  # in the order of time
    return slots | _ends(reading, by, named)


def served_as(reading: Reading) -> str:
    """Return whether wards are meant that get ``full``, ``part`` or ``none`` of the nets that they need."""
    said = " ".join(words_of(reading).get("SERVED", ()))
    if any(part in said for part in ("part", "not fully")):
        return "part"
    return "full" if any(part in said for part in ("full", "complete", "entier", "all they need")) else "none"


def _unnamed(tags: frozenset[str]) -> str:
    return "facility" if "LEVELS" in tags else "ward"


def _ends(reading: Reading, by: str, named: Any) -> dict[str, Any]:
    """Which end is asked for, how many, and the one condition, which is on what is ordered by."""
    tags = reading.tags
    slots: dict[str, Any] = {}
    numbers = [item.amount for item in reading.numbers()]
    sign = next(
        (SIGNS[item.value] for item in reading.items if item.kind == "concept" and item.value in SIGNS), ""
    )
    if sign and numbers and by:
        slots["where"] = [[by, sign, *numbers[: 2 if sign == "between" else 1]]]
        return slots
    if by and ({"TOP", "LOW", "BY", "LIST", "SHOW", "WHAT", "TREND"} & tags or "HOWMANY" not in tags):
        slots["by"] = by
    if numbers and numbers[0] == int(numbers[0]) >= 1:
        slots["limit"] = int(numbers[0])
    elif named is not None and named.amount and {"TOP", "LOW"} & tags:
        slots["limit"] = 1
    if "LOW" in tags and "TOP" not in tags:
        slots["ascending"] = True
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
