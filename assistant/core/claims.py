"""The numbers in a model's own words, held to what each is said to be: a rank, a share, somebody's value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from assistant.core.evidence import Evidence, Kind, evidence_of
from assistant.core.letters import plain
from assistant.core.telling import rows_told
from assistant.core.verifier import Written, numbers_of, strings_in, without_names

SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[A-ZÀ-Þ«“\"(])|\n+")
PERCENT = re.compile(r"\s*(?:-\s*)?(?:%|percentage points?|points? de pourcentage|‰|pp\b)")
# "30 to 40 %", "between 30 and 40 %": both are shares.
RANGE = re.compile(r"\s*(?:-|–|to|and|or|a|et|ou|,)\s*[-+]?[\d.,]*\d(?=\s*%)", re.IGNORECASE)
_FILLED = r"(?:\s*(?:of|is|was|are|were|the|its?|as|at|in|lies?|var(?:y|ies)|ranges?|between|from|number|no\.|est|sont|va|vont|de|du|le|la|au|a|en|entre|numero|:|=)(?=\W))*"
_LISTED = r"(?:\s*[\d.,]*\d(?:st|nd|rd|th|e|er|eme|ieme)?\s*(?:,|-|–|and|or|to|et|ou|a|,\s*and)\s*)*"
RANKED = re.compile(rf"(?i)(?:\b(?:rank(?:s|ed|ing)?|rangs?|classee?s?)\b){_FILLED}{_LISTED}\s*#?$")
NUMBERED = re.compile(
    rf"(?i)(?:#|\b(?:number|no\.|numero|position|place|positions|places)\b|\bn[°o]\.?){_FILLED}{_LISTED}\s*$"
)
MARKER = re.compile(r"(?:^|[.!?;]\s)\s*$")
COMPARED = re.compile(
    r"(?i)(?:\b(?:above|over|beyond|below|under|than|least|most|up to|exceed(?:s|ed|ing)?|between|equal(?:s| to)?|threshold|limit"
    r"|within|reach(?:es|ed|ing)?|plus|moins|dessus|dessous|superieure?s?|inferieure?s?|entre|depass\w+|sous|seuil|jusqu'a|egale?s?)"
    r"|[<>=≤≥])(?:\s*(?:of|or|to|equal|the|de|du|a|ou|egale?s?|d')\b)*\s*(?:[\d.,]*\d\s*%?\s*(?:and|et|-|–|to)\s*)?$"
)
COUNTED = re.compile(
    r"(?i)(?:\s+(?:(?:of|out of|sur|in)\s+(?:the\s+|les\s+)?[\d.,\s]*\d))?(?:\s+[\w-]+){0,3}?\s+(?:wards?|lgas?|quartiers?|places?|lieux|rows?|lignes?|districts?"
    r"|facilit(?:y|ies)|variables?|months?|mois|centres?|ones|entries|names|noms)\b"
)
TOP = re.compile(
    r"(?i)\b(?:top|first|last|worst|best|bottom|leading|listed|shown|premiers?|premieres?|derniers?|dernieres?|les|these|those|the|ces)\s+$"
)
FIRST_RANK = re.compile(
    r"(?i)\brank(?:s|ed|ing)?\s+(?:as\s+|at\s+)?(?:the\s+)?(?:very\s+)?first\b|\bfirst\s+(?:rank|place|position)\b"
    r"|\bclassee?s?\s+(?:au\s+|en\s+)?premi\w+|\bpremi\w+\s+(?:rang|place|position)\b"
)
# "45,2" is French; three digits behind a comma are thousands, unless a zero stands before it.
DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d{1,2}|\d{4,}|(?<=\b0,)\d+)(?![\d,]|\.\d)")
WHOLE = frozenset({Kind.RANK, Kind.PLACE})
PLAIN = frozenset({Kind.SHARE, Kind.OPEN, Kind.OTHER})


def unsupported_claims(
    text: str, results: Sequence[Mapping[str, Any]], texts: Iterable[Any], allowed: Iterable[str] = (), *,
    decimal_comma: bool = False,
) -> list[str]:  # fmt: skip
    """Return the numbers in a model's words that no result supports as what they are said to be.

    Parameters
    ----------
    text : str
        Sentences of a language model.
    results : sequence of mapping
        What the tools of this turn returned.
    texts : iterable
        Whose strings may be repeated with the numbers in them: names, labels.
    allowed : iterable of str
        Fixed phrases with numbers in them.
    decimal_comma : bool
        As for :func:`verifier.unsupported_numbers`.

    Returns
    -------
    list of str
        Empty when every number is supported. To what `unsupported_numbers` asks, this adds: only rows that the model was
        told count; a rank supports a rank only ("rank 5", "5th", "#5"); a number in per cent needs a share, or a column
        whose unit is not stated; a bound or the length of a list supports that alone; and a sentence that names wards or
        LGAs of the rows has its numbers from theirs, or from what belongs to nobody.
    """
    evidence = [one for found in results for one in evidence_of(found)]
    names = [name for value in texts for name in strings_in(value)]
    phrases = list(allowed)
    wrong = []
    for sentence in SENTENCE.split(text):
        if sentence.strip():
            near = list(_of_named(plain(sentence), evidence))
            wrong += _of_sentence(without_names(sentence, names, phrases), near, decimal_comma)
    return wrong


def texts_told(found: Mapping[str, Any]) -> tuple[Any, ...]:
    """The strings of a result that a model was told and did not say itself."""
    facts = {name: value for name, value in found["facts"].items() if name != "conditions"}
    labels = [one["label"] for one in found["facts"].get("conditions", ())]
    return facts, labels, found["columns"], rows_told(found)


def _of_sentence(bare: str, near: Sequence[Evidence], decimal_comma: bool) -> list[str]:
    bare = DECIMAL_COMMA.sub(r"\1.\2", bare)
    read, digits, wrong = numbers_of(bare, decimal_comma=decimal_comma)
    for one in read:
        kinds = _kinds(one, digits)
        if not one.is_one_of(each.value for each in near if each.kind in kinds):
            wrong.append(one.text)
    first = FIRST_RANK.search(digits)
    ranks = [one for one in near if one.kind in WHOLE]
    if first and ranks and not any(one.value == 1 for one in ranks):
        wrong.append(first.group())
    return wrong


def _kinds(one: Written, digits: str) -> frozenset[Kind]:
    """As what a number is said, by the words around it."""
    before, behind = digits[: one.start].lower(), digits[one.end :]
    compared = COMPARED.search(before) is not None
    if PERCENT.match(behind) or RANGE.match(behind):
        return frozenset({Kind.SHARE, Kind.OPEN, *([Kind.BOUND_SHARE] if compared else [])})
    if one.ordinal:
        return WHOLE
    if MARKER.search(before) and re.match(r"[.)]\s+\S", behind):
        return WHOLE
    bounds = {Kind.BOUND, Kind.BOUND_SHARE} if compared else set()
    if RANKED.search(before):
        return frozenset({Kind.RANK, Kind.OTHER, *bounds})
    lengths = {Kind.LENGTH} if COUNTED.match(behind) or TOP.search(before) else set()
    if NUMBERED.search(before):
        return frozenset({Kind.RANK, *PLAIN, *lengths, *bounds})
    return frozenset({*PLAIN, *lengths, *bounds})


def _of_named(sentence: str, evidence: Sequence[Evidence]) -> Iterator[Evidence]:
    """What belongs to the places that a sentence names, and to none; all where it names none."""
    wards = {one.ward for one in evidence if one.ward}
    lgas = {one.lga for one in evidence if one.lga}
    named = _named(sentence, wards | lgas)
    named_wards, named_lgas = named & wards, named & lgas
    # Of wards that share a name, those in an LGA that is named, too.
    exact = {one.ward for one in evidence if one.ward in named_wards and one.lga in named_lgas}
    for one in evidence:
        if not (one.ward or one.lga) or not named:
            yield one
        elif one.ward in named_wards:
            if one.ward not in exact or one.lga in named_lgas:
                yield one
        elif one.lga in named_lgas and (not one.ward or not named_wards):
            yield one


def _named(sentence: str, names: Iterable[str]) -> set[str]:
    """The names in a sentence; one inside a longer one is no name of its own."""
    found = set()
    for name in sorted(names, key=len, reverse=True):
        pattern = re.compile(rf"(?i)(?<!\w){re.escape(plain(name))}(?!\w)")
        if pattern.search(sentence):
            found.add(name)
            sentence = pattern.sub(" ", sentence)
    return found
