"""The numbers in a model's own words, held to what each is said to be: a rank, a share, somebody's value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from assistant.core.evidence import Evidence, Kind, evidence_of
from assistant.core.letters import plain
from assistant.core.telling import ROWS_TOLD, rows_told
from assistant.core.verifier import Written, numbers_of, strings_in, without_names

SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[A-ZÀ-Þ«“\"(])|\n+")
PERCENT = re.compile(r"\s*(?:-\s*)?(?:%|percentage points?|points? de pourcentage|‰|pp\b)")
# "30 to 40 %", "between 30 and 40 %": both are shares.
RANGE = re.compile(r"\s*(?:-|–|to|and|or|a|et|ou)\s*[-+]?[\d.,]*\d(?=\s*%)", re.IGNORECASE)
# What may stand between "rank" and its number: small words, names ("@"), and other numbers with what joins them.
_FILLED = (
    r"(?>\s*(?:of|is|was|are|were|the|its?|as|at|in|lies?|var(?:y|ies)|ranges?|between|from|number|no\.|est|sont|va|vont|de|du|le|la"
    r"|au|a|en|entre|numero|:|=|@|\()(?=\W|\d))*+"
)
_LISTED = r"(?>[\s(@]*\d[\d.]*(?:st|nd|rd|th|e|er|eme|ieme)?\)?\s*(?:,(?:\s*(?:and|et)\b)?|-|–|and\b|or\b|to\b|et\b|ou\b|a\b)[\s@(]*)*+"
RANKED = re.compile(rf"(?i)\b(?:rank(?:s|ed|ing)?|rangs?|classee?s?)\b{_FILLED}{_LISTED}\s*#?$")
NUMBERED = re.compile(
    rf"(?i)(?:#|\b(?:number|no\.|numero|positions?|places?)(?!\w)|\bn[°o]\.?){_FILLED}{_LISTED}\s*$"
)
NEARBY = 120
# How the items of a list begin; the number states nothing.
MARKER = re.compile(r"(?:^|(?<=\s))(\d{1,2})[.)]\s+(?=[A-ZÀ-Þ«“\"])")
COMPARED = re.compile(
    r"(?i)(?:\b(?:above|over|beyond|below|under|than|least|most|up to|exceed(?:s|ed|ing)?|between|equal(?:s| to)?|threshold|limit"
    r"|within|reach(?:es|ed|ing)?|plus|moins|dessus|dessous|superieure?s?|inferieure?s?|entre|depass\w+|sous|seuil|jusqu'a|egale?s?)"
    r"|[<>=≤≥])(?:\s*(?:of|or|to|equal|the|de|du|a|ou|egale?s?|d')\b)*\s*(?:[\d.,]*\d\s*%?\s*(?:and|et|-|–|to)\s*)?$"
)
# "10 wards", "10 of 274 wards", "10 leading wards", but not "10 children per ward".
_BETWEEN = r"(?:\s+(?!(?:per|in|of|par|dans|de|des|and|et|each|with|avec|children|people|enfants|cases|cas|nets)\b)[\w-]+){0,2}?"
_NOUNS = "wards?|lgas?|quartiers?|places?|lieux|rows?|lignes?|districts?|facilit(?:y|ies)|variables?|months?|mois|centres?"
COUNTED = re.compile(
    rf"(?i)(?:\s+(?:of|out of|sur)\s+(?:the\s+|les\s+)?\d[\d.,]*)?{_BETWEEN}\s+(?:{_NOUNS})\b"
)
# "the top three", "the three highest-risk wards", "les trois premiers"
TOP = re.compile(r"(?i)\b(?:top|first|last|worst|best|bottom|premiers?|premieres?|derniers?|dernieres?)\s+$")
ENDS = re.compile(
    r"(?i)\s+(?:first|last|highest|lowest|worst|best|leading|top|premi\w+|derni\w+|(?:wards? |lieux )?les (?:plus|moins))\b"
)
FIRST_RANK = re.compile(
    r"(?i)\brank(?:s|ed|ing)?\s+(?:as\s+|at\s+)?(?:the\s+)?(?:very\s+)?first\b|\bfirst\s+(?:rank|place|position)\b"
    r"|\bclassee?s?\s+(?:au\s+|en\s+)?premi\w+|\bpremi\w+\s+(?:rang|place|position)\b"
)
# "45,2" is French; three digits behind a comma are thousands, unless a zero stands before it.
DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d{1,2}|\d{4,}|(?<=\b0,)\d+)(?![\d,]|\.\d)")
SHORTEST_LIST = 2
WHOLE = frozenset({Kind.RANK, Kind.PLACE})
PLAIN = frozenset({Kind.SHARE, Kind.OPEN, Kind.OTHER, Kind.COUNT})


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
    wards = {one.ward for one in evidence}
    places = {place for one in evidence for place in (one.ward, one.lga) if place}
    wrong = []
    for sentence in SENTENCE.split(_unnumbered(text)):
        if sentence.strip():
            named, _ = _named(plain(sentence), places)
            _, bare = _named(without_names(sentence, names, phrases), places)
            counted = Evidence(len(named & wards), Kind.LENGTH)
            wrong += _of_sentence(bare, [counted, *_of_named(named, evidence)], decimal_comma)
    return wrong


def _unnumbered(text: str) -> str:
    """A text without the numbers of its list: a line's own, or 1, 2, 3 and so on where lines were joined."""
    markers = list(MARKER.finditer(text))
    listed: list[re.Match[str]] = []
    for one in markers:
        if int(one[1]) == len(listed) + 1:
            listed.append(one)
    if len(listed) < SHORTEST_LIST:
        listed = [one for one in markers[:1] if one.start() == 0 and int(one[1]) <= ROWS_TOLD]
    for one in reversed(listed):
        text = text[: one.start()] + "\n" + text[one.end() :]
    return text


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
    before, behind = digits[max(0, one.start - NEARBY) : one.start], digits[one.end : one.end + NEARBY]
    compared = COMPARED.search(before) is not None
    if PERCENT.match(behind) or RANGE.match(behind):
        return frozenset({Kind.SHARE, Kind.OPEN, *([Kind.BOUND_SHARE] if compared else [])})
    ranked = RANKED.search(before) is not None
    if one.ordinal:
        return WHOLE if ranked else WHOLE | {Kind.LINE}
    bounds = {Kind.BOUND, Kind.BOUND_SHARE} if compared else set()
    if ranked:
        return frozenset({Kind.RANK, Kind.COUNT, *bounds})
    lengths = {Kind.LENGTH} if COUNTED.match(behind) else set()
    if TOP.search(before) or ENDS.match(behind):
        lengths = {Kind.LENGTH, Kind.PART}
    if NUMBERED.search(before):
        return frozenset({Kind.RANK, *PLAIN, *lengths, *bounds})
    return frozenset({*PLAIN, *lengths, *bounds})


def _of_named(named: set[str], evidence: Sequence[Evidence]) -> Iterator[Evidence]:
    """What belongs to the places that a sentence names, and to none; all where it names none."""
    wards = {one.ward for one in evidence} & named
    # Of wards that share a name, those in an LGA that is named, too.
    exact = {one.ward for one in evidence if one.ward in wards and one.lga in named}
    for one in evidence:
        if not named or not (one.ward or one.lga):
            yield one
        elif one.ward in wards:
            if one.ward not in exact or one.lga in named:
                yield one
        elif one.lga in named and not (one.ward and wards):
            yield one


def _named(sentence: str, names: Iterable[str]) -> tuple[set[str], str]:
    """The names in a sentence, and "@" in their places; one inside a longer one is no name of its own."""
    found = set()
    for name in sorted(names, key=len, reverse=True):
        pattern = rf"(?<!\w){re.escape(plain(name))}(?!\w)"
        # "IKU" is Iku; "man" is not the ward Man.
        for form in (pattern, rf"(?=[A-Z])(?i:{pattern})"):
            if re.search(form, sentence):
                found.add(name)
                sentence = re.sub(form, "@", sentence)
    return found, sentence
