"""The numbers in a model's own words, held to what each is said to be: a rank, a share, somebody's value."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from assistant.core.changes import Way, change_said, is_ratio
from assistant.core.directions import (
    WHO_CHANGES,
    changed,
    is_turned_round,
    side_said,
    statistic_said,
    turned_round,
)
from assistant.core.evidence import MISSING, Evidence, Kind, evidence_of
from assistant.core.letters import WORD, plain
from assistant.core.telling import ROWS_TOLD, rows_told
from assistant.core.terms import as_said, without_quoted, without_terms
from assistant.core.verifier import Written, numbers_of, strings_in, without_names

SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[A-ZÀ-Þ«“\"(])|\n+")
PERCENT = re.compile(r"\s*(?:-\s*)?(?:%|percentage points?|points? de pourcentage|pp\b)")
PER_MILLE = re.compile(r"\s*[‰‱]")
# "%" behind no digit, as in "fiffty percent"; "in per cent" names a unit.
BARE_PERCENT = re.compile(r"(?i)(?<!\d)(?<!\d[ \u00a0\u202f-])(?<!\bin )(?<!\ben )(?<![(])%")
# "30 to 40 %", "between 30 and 40 %": both are shares.
RANGE = re.compile(r"\s*(?:-|–|to|and|or|a|et|ou)\s*[-+]?[\d.,]*\d(?=\s*%)", re.IGNORECASE)
# What may stand between "rank" and its number: small words, names ("@"), and other numbers with what joins them.
_FILLED = (
    r"(?>\s*(?:of|is|was|are|were|the|its?|as|at|in|lies?|lay|var(?:y|ies|ied|ie|iait)|ranged?s?|moved?s?|runs?|ran|goes|went|between|from|number|no\.|est|sont|va|vont|de|du|le|la"
    r"|au|a|en|entre|numero|:|=|@|\()(?=\W|\d))*+"
)
_LISTED = r"(?>[\s(@]*\d[\d.]*(?:st|nd|rd|th|e|er|eme|ieme)?\)?\s*(?:,(?:\s*(?:and|et)\b)?|-|–|and\b|or\b|to\b|et\b|ou\b|a\b)[\s@(]*)*+"
RANKED = re.compile(rf"(?i)\b(?:rank(?:s|ed|ing)?|rangs?|classee?s?)\b{_FILLED}{_LISTED}\s*#?$")
# "is number 5", "Kawo, number 5"; in "deaths number 5" and "infections: number 5" it is a count.
NUMBERED = re.compile(
    r"(?i)(?:#|(?:^|\b(?:is|was|ranked|ranks|at|in|as|est|au|a|en)\b|@'s|@\s*\(|(?:^|[,;]\s*|\b(?:and|et)\s+)@(?:\s*\(@\))?(?:\s*[,:–-])?|\b(?:its|sa|son|la|the)\b)"
    rf"\s*(?:number|no\.|numero|positions?|places?|n[°o]\.?)(?!\w)\s*(?:(?:is|est)\b)?\s*[#@(]?){_LISTED}\s*$"
)
# "the number is 5" counts something.
A_NUMBER = re.compile(rf"(?i)\b(?:the|its|le|son)\s+(?:number|numero)\s+(?:is|est)\s+{_LISTED}$")
# "rank 5 of 274", "rang 5 sur 274".
OUT_OF = re.compile(r"(?i)(?:\bof|\bsur|/)\s*(?:(?:the|all|les)\s+)*$")
RANK_OF = re.compile(
    r"(?i)(\b(?:rank(?:s|ed)?|rangs?|classee?s?)\s*(?:(?:is|at|as|est|au)\b|:)?\s*#?\s*\d+)\s*/\s*(?=\d+(?![\w/]|[.,]\d))"
)
NEARBY = 120
# How the items of a list begin; the number states nothing.
MARKER = re.compile(r"(?:^|(?<=\s))(\d{1,2})[.)]\s+(?=[A-ZÀ-Þ«“\"])|(?m:^)(\d{1,2})[.)]\s+(?=[a-zß-ÿ])")
COMPARED = re.compile(
    r"(?i)(?:\b(?:above|over|beyond|below|under|than|least|most|up to|exceed(?:s|ed|ing)?|between|equal(?:s| to)?|threshold|limit"
    r"|within|reach(?:es|ed|ing)?|plus|moins|dessus|dessous|superieure?s?|inferieure?s?|entre|depass\w+|sous|seuil|jusqu'a|egale?s?)"
    r"|[<>=≤≥])(?:\s*(?:of|or|to|is|est|equal|the|de|du|a|ou|egale?s?|d')\b)*\s*(?:[\d.,]*\d\s*%?\s*(?:and|et|-|–|to)\s*)?$"
)
# "10 wards", "10 of 274 wards", "10 leading wards", but not "10 children per ward".
_BETWEEN = r"(?:\s+(?!(?:per|in|of|par|dans|de|des|and|et|each|with|avec|children|people|enfants|cases|cas|nets)\b)[\w-]+){0,2}?"
# What is counted, by what the rows of a list are.
NOUNS = {
    "ward": r"wards?|quartiers?|places?|lieux|districts?", "lga": r"lgas?|places?|lieux|districts?", "facility": r"facilit(?:y|ies)|centres?",
    "month": r"months?|mois", "variable": r"(?:variable|factor|facteur)s?",
    "place": r"places?|wards?|lgas?|lieux|districts?|quartiers?", "plan": r"plans?",
}  # fmt: skip
ROWS = r"rows?|lignes?"
_NUMBER_OF = r"(?i)(?:\s+(?:of|out of|sur)\s+(?:the\s+|les\s+)?\d[\d.,]*)?"
COUNTED = {
    things: re.compile(rf"{_NUMBER_OF}{_BETWEEN}\s+(?:{nouns}|{ROWS})\b") for things, nouns in NOUNS.items()
} | {"": re.compile(rf"{_NUMBER_OF}{_BETWEEN}\s+(?:{'|'.join(NOUNS.values())}|{ROWS})\b")}  # fmt: skip
# Behind "the top three": the end, a verb, or what each row has.
_GOES_ON = (
    r"(?:\s*(?:$|[.,;:!?()@]|[–-]\s)|\s+(?:are|is|were|have|has|had|lie|come|show|get|receive|all|in|by|on|and|with|sont|ont|se|du|dans"
    r"|et|avec|par)\b|\s+of\s+(?:the|this|these)\s+(?:list|table|ranking)\b)"
)
TOP = re.compile(r"(?i)\b(?:top|first|last|worst|best|bottom|premiers?|premieres?|derniers?|dernieres?)\s+$")
ENDS = re.compile(
    r"(?i)\s+(?:first|last|highest|lowest|worst|best|leading|top|premi\w+|derni\w+|les (?:plus|moins) \w+)"
    rf"(?:\s+(?:values|rates|scores|ones))?(?={_GOES_ON})"
)
GOES_ON = re.compile(rf"(?i){_GOES_ON}")
# "All ten have"
ALL = re.compile(r"(?i)\b(?:all|these|of the|tous les|toutes les|ces|parmi les)\s+$")
HAVE = re.compile(r"(?i)\s+(?:have|had|lie|get|receive|ont)\b|\s+of\s+them\b|,")
# Whom and what a condition doesn't bound, unless its words name it.
_PERSONS = (
    r"(?:child(?:ren)?|kids?|infants?|bab(?:y|ies)|people|persons?|women|men|patients?|households?|famil(?:y|ies)|cases?|deaths?|nets?"
    r"|infections?|inhabitants?|residents?|pupils|population|lives|enfants?|personnes?|femmes?|hommes?|gens|menages?|familles?|cas|deces"
    r"|morts|moustiquaires?|habitants?|malades?)"
)
_SMALL = r"in|among|for|per|with|and|where|chez|dans|par|avec|pour|et|ou|or"
WHOM = re.compile(
    rf"(?i)\s*%?(?:\s+(?:of|de|des|the|all|les|its|their)\b)*(?:\s+(?!(?:{_SMALL})\b)[\w'-]+){{0,2}}?\s+(?:d')?({_PERSONS})\b"
)
WHO_DOES = re.compile(
    rf"(?i)\b(?:{_PERSONS}|kill(?:s|ed)?|die[sd]?|infect(?:s|ed)?|tue(?:nt)?|meurent)\b[^.,;]*$"
)
ABOVE = re.compile(
    r"(?i)\b(?:above|over|beyond|least|exceed\w*|depass\w+|dessus|superieure?s?|au moins|(?:more|greater|higher|larger|bigger) than|plus (?:de|que))\b|[>≥]"
)
BELOW = re.compile(
    r"(?i)\b(?:below|under|most|up to|within|dessous|inferieure?s?|sous|jusqu'a|au plus|(?:less|fewer|lower|smaller) than|(?<!au )moins (?:de|que))\b|[<≤]"
)
NOT = re.compile(r"(?i)\b(?:not?|none|never|nor|ne|pas|aucune?|without|n't)\b|n't\b")
# "4 of the 274 wards have no value", "4 are missing"; not "4 wards have no nets".
_VALUE = (
    r"(?:values?|data|rates?|figures?|measurements?|information|valeurs?|donnees|chiffres?|taux|mesures?)"
)
NO_VALUE = re.compile(
    rf"(?i)\b(?:no|not|without|lack\w*|missing|sans|pas|aucune?|manqu\w*)\b(?:\s+(?:an?|any|of|de|the|test|positivity)\b)*\s+{_VALUE}\b"
    r"|\b(?:missing|absent\w*|manqu\w+)(?=\s*(?:$|[.,;:)])|\s+from\b)|\bnot\s+(?:known|available|measured|reported)\b"
)
SIDES = {">": ABOVE, ">=": ABOVE, "<": BELOW, "<=": BELOW}
# Ages and scales that are no finding; what is behind must not make another number of them.
_NO_MORE = r"(?![.,]?\d|\s*[%‰]|\w)"
_WHO = r"(?:children|child|kids|infants|boys|girls|persons?|people|enfants?|personnes?)"
FREE = re.compile(
    rf"(?i)\b{_WHO}\s+(?:aged\s+)?(?:under|below|over|above)\s+(?:the\s+age\s+of\s+)?5(?:\s+years)?(?:\s+(?:old|of\s+age))?{_NO_MORE}"
    rf"|\b(?:aged\s+)?(?:under|below|over|above)\s+5\s+years\s+(?:old|of\s+age){_NO_MORE}|\bunder-5{_NO_MORE}"
    rf"|\b(?:{_WHO}|aged|ages?)\s+(?:aged\s+|of\s+)?5(?:\s+years)?(?:\s+of\s+age)?\s+and\s+(?:over|older|above)\b"
    rf"|\b(?:women|men|people|persons|those|aged|ages?)\s+(?:aged\s+|of\s+)?15\s*(?:-|–|to)\s*49{_NO_MORE}"
    r"|(?<!depuis )(?<!en )(?<!il y a )\bmoins\s+de\s+5\s+ans\b|(?<!depuis )(?<!pendant )\b5\s+ans\s+et\s+plus\b|\b15\s*(?:-|–|a)\s*49\s+ans\b"
    r"|\bscor(?:es?|ed)\b[^.;\d@]{0,40}\b(?:from|between|entre|de)\s+0\s+(?:to|and|a|et)\s+1(?=\s*(?:[;:!?)]|,\s|\.(?!\d)|$))"
)
UNDER_5 = re.compile(r"(?i)(?<![\w.,])(?:u5s?|under[- ]5s)\b(?!\s*%)")
PERIOD = re.compile(r"((?:19|20)\d\d)(?:-\w{2})?(?:\s*(?:/|–|-|to)\s*((?:19|20)\d\d)(?:-\w{2})?)?")
IN_YEAR = re.compile(
    r"(?i)\b(?:since|in|from|until|during|year|depuis|en|annee|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre)\s+$"
)
# A fifth of them is a share, the fifth of a list is none.
SHARE_OF = re.compile(
    r"(?i)\s+(?:of|des|de)\s+(?!(?:(?:the|all|these|those|les|ces)\s+)*(?:\d+|wards?|lgas?|list|table|ranking|places|districts|quartiers)\b)"
)
MOST_NUMBERS = 150
FIRST_RANK = re.compile(
    r"(?i)\brank(?:s|ed|ing)?\s*(?:(?:as|at|is|was|of)\s+|:\s*)?(?:the\s+)?(?:very\s+)?(?:(?:number|no\.)\s*)?(?:first|one)\b"
    r"|\bfirst\s+(?:rank|place|position)\b|\b(?:number|no\.|numero|place|position)\s*(?:one|une?)\b|#\s*one\b"
    r"|\b(?:is|comes?|came|stands?|was)\s+(?:in\s+|the\s+)?(?:very\s+)?first\s*(?:$|[.,;:!?)]|(?:in|on|of|among|by|with|and)\b)"
    r"|\bfirst\s+(?:in|on|of|among|by)\s+(?:the\s+)?(?:list|table|ranking|risk)\b"
    r"|\bclassee?s?\s+(?:au\s+|en\s+)?premi\w+|\bpremi\w+\s+(?:rang|place|position)\b|\brangs?\s+(?:est\s+)?(?:numero\s+)?une?\b"
    r"|\b(?:est|arrive|vient)\s+(?:en\s+|la\s+|le\s+)?premi\w+\s*(?:$|[.,;:!?)]|(?:du|dans|sur|de|des|et)\b)"
)
# "45,2" is French; three digits behind a comma are thousands, unless a zero stands before it.
DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d{1,2}|\d{4,}|(?<=\b0,)\d+)(?![\d,]|\.\d)")
SHORTEST_LIST = 2
# One that began with "%" would take the sign from a number before it.
TITLE = re.compile(r"[A-Za-z]{3}[^%]*%")
WHOLE = frozenset({Kind.RANK, Kind.PLACE})
LENGTHS = frozenset({Kind.LENGTH, Kind.PART})
BOUNDS = frozenset({Kind.BOUND, Kind.BOUND_SHARE})
PLAIN = frozenset({Kind.SHARE, Kind.OPEN, Kind.OTHER, Kind.COUNT})


def unsupported_claims(
    text: str, results: Sequence[Mapping[str, Any]], texts: Iterable[Any], repeated: Iterable[str] = (), *,
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
    repeated : iterable of str
        What may be repeated as it is: a sentence of it as a whole sentence, or between quotation marks.
    decimal_comma : bool
        As for :func:`verifier.unsupported_numbers`.

    Returns
    -------
    list of str
        Empty when every number is supported. To what `unsupported_numbers` asks, this adds: only rows that the model was
        told count; a rank supports a rank only ("rank 5", "5th", "#5"); a number in per cent needs a share, or a column
        whose unit is not stated; a change ("rose by", "more", "points") and a ratio ("times") need one that was found; a bound or the length of a list supports that alone; and a sentence that names wards or
        LGAs of the rows has its numbers from theirs, or from what belongs to nobody.
    """
    evidence = [one for found in results for one in evidence_of(found)]
    names = [name for value in texts for name in strings_in(value)]
    known = frozenset(
        said for one in repeated for part in (one, *SENTENCE.split(one)) if (said := as_said(part))
    )
    wards = {one.ward for one in evidence}
    places = {place for one in evidence for place in (one.ward, one.lga) if place}
    # A title with "%" in it may be said, too.
    phrases = [name for name in names if TITLE.match(plain(name))]
    years = {
        float(year)
        for name in names
        if (period := PERIOD.fullmatch(name))
        for year in period.groups()
        if year
    }
    wrong = []
    for sentence in SENTENCE.split(_unnumbered(text, places)):
        if sentence.strip() and as_said(sentence) not in known:
            named, _ = _named(plain(sentence), places)
            unquoted = without_quoted(sentence, known)
            _, bare = _named(without_terms(without_names(unquoted, names, phrases), results), places)
            counted = Evidence(len(named & wards), Kind.LENGTH, of="ward")
            wrong += _of_sentence(bare, [counted, *_of_named(named, evidence)], years, decimal_comma)
    return wrong


def _unnumbered(text: str, places: Iterable[str]) -> str:
    """A text without the numbers of its list: a line's own, or 1, 2, 3 and so on where lines were joined."""
    begin = tuple(place.casefold() for place in places)
    # In small letters, only a place that is known makes an item of a line.
    markers = [
        one
        for one in MARKER.finditer(text)
        if one[1] or text[one.end() :][:NEARBY].casefold().startswith(begin)
    ]
    listed: list[re.Match[str]] = []
    for one in markers:
        if int(one[1] or one[2]) == len(listed) + 1:
            listed.append(one)
    if len(listed) < SHORTEST_LIST:
        listed = [one for one in markers[:1] if one.start() == 0 and int(one[1] or one[2]) <= ROWS_TOLD]
    for one in reversed(listed):
        text = text[: one.start()] + "\n" + text[one.end() :]
    return text


def texts_told(found: Mapping[str, Any]) -> tuple[Any, ...]:
    """The strings of a result that a model was told and did not say itself."""
    facts = {name: value for name, value in found["facts"].items() if name != "conditions"}
    labels = [one["label"] for one in found["facts"].get("conditions", ())]
    # A unit without a letter, such as "0–1", is no name.
    heads = [
        (one["title"], one["unit"] if any(map(str.isalpha, one["unit"])) else "") for one in found["columns"]
    ]
    return facts, labels, heads, rows_told(found)


def _of_sentence(
    bare: str, near: Sequence[Evidence], years: Collection[float], decimal_comma: bool
) -> list[str]:
    bare = RANK_OF.sub(r"\1 of ", DECIMAL_COMMA.sub(r"\1.\2", UNDER_5.sub(" ", bare)))
    read, digits, wrong = numbers_of(bare, decimal_comma=decimal_comma)
    if len(read) > MOST_NUMBERS:
        return [one.text for one in read]
    free = [found.span() for found in FREE.finditer(digits)]
    for one in read:
        if any(start <= one.start and one.end <= end for start, end in free) or _is_year(one, digits, years):
            continue
        if not one.is_one_of(_supporting(one, digits, near)):
            wrong.append(one.text)
    levels = [one for one in read if not _is_year(one, digits, years)]
    wrong += turned_round(levels, digits, near, NEARBY)
    wrong += BARE_PERCENT.findall(digits)
    first = FIRST_RANK.search(digits)
    ranks = [one for one in near if one.kind in WHOLE]
    if first and ranks and not any(one.value == 1 for one in ranks):
        wrong.append(first.group())
    return wrong


def _is_year(one: Written, digits: str, years: Collection[float]) -> bool:
    """Whether a number is a year of the data: "since 2024", but not "in 2024 children"."""
    before, behind = digits[max(0, one.start - NEARBY) : one.start], digits[one.end : one.end + NEARBY]
    # 2024, and neither 2,024 nor 2024.0.
    if one.value not in years or one.text != f"{one.value:.0f}" or PERCENT.match(behind):
        return False
    return IN_YEAR.search(before) is not None and WHOM.match(behind) is None


def _supporting(one: Written, digits: str, near: Iterable[Evidence]) -> Iterator[float]:
    """The numbers that may support one, by the words around it; of a change without the sign that these words are."""
    before, behind = digits[max(0, one.start - NEARBY) : one.start], digits[one.end : one.end + NEARBY]
    compared = COMPARED.search(before)
    kinds = _kinds(one, before, behind, compared is not None)
    way, ratio, statistic = change_said(before, behind), is_ratio(before, behind), statistic_said(before)
    side = side_said(before, behind)
    if way is None and one.text.startswith("+") and not before.rstrip().endswith("="):
        way = Way.UP
    wards = COUNTED["ward"].match(behind) is not None
    same = [each for each in near if wards and each.value == one.value and each.change in WHO_CHANGES]
    if same and all(is_turned_round(each, before, behind, side) for each in same):
        # A list of as many wards makes no better of it.
        return
    for each in near:
        if each.kind not in kinds or (ratio and not each.ratio):
            continue
        if statistic and each.statistic not in ("", statistic):
            continue
        if each.of == MISSING and not _without_value(before, behind):
            continue
        if each.kind in LENGTHS and not _counts(each.of, before, behind):
            continue
        if each.kind in BOUNDS and compared and not _bounds(each, before, behind, compared):
            continue
        if way is not None:
            yield from changed(each, way, side)
        elif not is_turned_round(each, before, behind, side):
            yield each.value


def _without_value(before: str, behind: str) -> bool:
    """Whether it is said of wards that they have none."""
    return WHOM.match(behind) is None and NO_VALUE.search(f"{before[-40:]}@{behind[:60]}") is not None


def _kinds(one: Written, before: str, behind: str, compared: bool) -> frozenset[Kind]:
    """As what a number is said."""
    if PER_MILLE.match(behind):
        return frozenset()
    if PERCENT.match(behind) or RANGE.match(behind):
        return frozenset({Kind.SHARE, Kind.OPEN, *([Kind.BOUND_SHARE] if compared else [])})
    ranked = RANKED.search(before) is not None
    if one.ordinal:
        if SHARE_OF.match(behind):
            return frozenset()
        return WHOLE if ranked else WHOLE | {Kind.LINE}
    bounds = BOUNDS if compared else frozenset()
    if ranked:
        return frozenset({Kind.RANK, *([Kind.COUNT] if OUT_OF.search(before) else []), *bounds})
    if NUMBERED.search(before) and not A_NUMBER.search(before):
        return frozenset({Kind.RANK})
    lengths = LENGTHS if TOP.search(before) or ENDS.match(behind) else frozenset({Kind.LENGTH})
    return PLAIN | lengths | bounds


def _counts(things: str, before: str, behind: str) -> bool:
    """Whether a number counts the rows of a list: "10 wards", "the top three", "all ten have"."""
    if COUNTED.get(things, COUNTED[""]).match(behind):
        return True
    at_an_end = TOP.search(before) is not None and GOES_ON.match(behind) is not None
    return at_an_end or bool(ENDS.match(behind) or (ALL.search(before) and HAVE.match(behind)))


def _bounds(one: Evidence, before: str, behind: str, compared: re.Match[str]) -> bool:
    """Whether a number is said as the bound that a condition has: to the same side, and of no others."""
    clause, side = before[max(0, compared.start() - 20) :], SIDES.get(one.operator)
    said = [(found.end(), each) for each in (ABOVE, BELOW) for found in each.finditer(clause)]
    if side and said and not NOT.search(clause) and max(said, key=itemgetter(0))[1] is not side:
        return False
    words = plain(one.words).casefold()
    whom = WHOM.match(behind)
    if whom:
        return whom[1].casefold()[:4] in words
    if any(word[:5] in before.casefold() for word in WORD.findall(words) if len(word) > 3):
        return True
    return WHO_DOES.search(before[max(0, compared.start() - 30) : compared.start()]) is None


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
