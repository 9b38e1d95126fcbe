"""From facts to sentences: a table of sentences, filled with facts and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from assistant.core.explanations import EXPLANATIONS
from assistant.core.verifier import holds_number
from reports.core.drawings import variable_name
from reports.core.language import LANGUAGES, THIN, Language

PLACE = re.compile(r"\{(\w+)(?::(\w))?\}")
# "from {lowest:1} to {highest:1} %"
SHARES = re.compile(r"(?:\{\w+(?::\w)?\} (?:to|and|à|et) )?\{\w+(?::\w)?\} (?:%|points)")
ANY_PLACE = re.compile(r"\{\w+(?::\w)?\}")
# The tiers of a “tranche”.
TIERS = {"High": "élevée", "Medium": "moyenne", "Low": "faible"}
# Before which marks a French space never breaks.
HIGH_MARKS = re.compile(r" (?=[:;?!%»])")


def explanation(language: str, facts: Mapping[str, Any]) -> list[str]:
    """Return what is said of one figure or table.

    Parameters
    ----------
    language : str
        One of `reports.core.language.LANGUAGES`.
    facts : mapping
        With `say`, the name of the sentences.

    Returns
    -------
    list of str
        Sentences; those with a fact that is missing are left out.

    Notes
    -----
    Forms of a fact: ``w`` a whole number, a digit so many decimals, ``g`` four significant digits, ``t`` a tier, ``v`` the
    name of a variable, ``n`` nothing is written, but it has to be there; without one a text stands as it is.
    """
    speaker = Language(language)
    lines = [pair[LANGUAGES.index(language)] for pair in EXPLANATIONS[facts["say"]]]
    return [_filled(speaker, line, facts) for line in lines if _complete(line, facts)]


def _complete(line: str, facts: Mapping[str, Any]) -> bool:
    return all(facts.get(name) is not None for name, _ in PLACE.findall(line))


def _filled(speaker: Language, line: str, facts: Mapping[str, Any]) -> str:
    if speaker.code == "fr":
        line = HIGH_MARKS.sub(THIN, line).replace("« ", f"«{THIN}")
    return PLACE.sub(lambda found: _written(speaker, facts[found[1]], found[2] or ""), line).strip()


def _written(speaker: Language, value: Any, form: str) -> str:
    if form == "n":
        return ""
    if form == "w":
        return speaker.whole(value)
    if form.isdecimal():
        return speaker.decimal(value, int(form))
    if form == "g":
        return speaker.significant(value)
    if form == "t":
        return TIERS[value] if speaker.code == "fr" else str(value).lower()
    return variable_name(str(value), speaker.code) if form == "v" else str(value)


def _fixed_parts() -> tuple[str, ...]:
    sentences = (text for said in EXPLANATIONS.values() for pair in said for text in pair)
    parts = {part.strip(" .,:;()%") for sentence in sentences for part in ANY_PLACE.split(sentence)}
    return tuple(sorted(filter(holds_number, parts)))


FIXED_PARTS = _fixed_parts()
"""What stands between the facts and holds a number, such as “scaled to 0–1”: it is no finding."""


@cache
def shares_of(say: str) -> frozenset[str]:
    """Return the facts of an explanation that its sentences write in per cent or in points."""
    lines = (text for pair in EXPLANATIONS.get(say, ()) for text in pair)
    return frozenset(
        name for line in lines for match in SHARES.finditer(line) for name, _ in PLACE.findall(match[0])
    )
