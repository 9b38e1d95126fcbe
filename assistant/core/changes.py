"""Words that make of a number a change or a ratio: "rose by 3 points", "12 % higher", "3 times as high"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from operator import itemgetter


class Way(Enum):
    """Which way a change is said to go."""

    UP = "up"
    DOWN = "down"
    EITHER = "either"


_GOES = r"(?:go(?:es|ing|ne)?|went|is|was|are|were)"
_UP = (
    rf"rose|ris(?:e|es|en|ing)|increas\w*|gr(?:ew|ow|ows|own|owing|owth)|climb\w*|{_GOES}\s+up|gain\w*|jump\w*|surg\w*|soar\w*|augment\w*"
    r"|hausses?|mont(?:e|es|ee|ees|ent|er|ait)|progress\w*|grimp\w*|accroi\w*|accru\w*|croiss\w*|rais(?:e|es|ed|ing)"
)
_DOWN = (
    rf"fell|fall(?:s|en|ing)?|drop\w*|declin\w*|decreas\w*|diminish\w*|{_GOES}\s+down|shr[aiu]nk\w*|reduc\w*|reduit\w*|lost|los(?:e|es|ing|s)"
    r"|plung\w*|plummet\w*|sank|sink\w*|baiss\w*|diminu\w*|recul\w*|chut\w*|descend\w*|perd\w*|pertes?|cuts?(?!\s*-?\s*offs?\b)|cutting"
)
_EITHER = (
    r"chang\w*|differ\w*|mov(?:e|es|ed|ing)|var(?:y|ies|ied|ying|ie|ient|iait|iation)|gaps?|ecarts?|evolu\w*|shift\w*|margins?|improv\w*|worsen\w*"
    r"|amelior\w*|aggrav\w*"
)
_PLUS = r"superieure?s?|plus\s+(?:haute?s?|elevee?s?|grande?s?|fort\w*)"
_MOINS = r"inferieure?s?|plus\s+(?:bas(?:se)?s?|faibles?|petite?s?)"
# With "by" or "de" behind them; "a higher rate of 12 %" is a level.
_MORE = (
    r"higher|more|greater|larger|bigger|above|exceed\w*|surpass\w*|ahead|outnumber\w*|lead(?:s|ing)?|depass\w*"
    rf"|{_PLUS}"
)
_LESS = rf"lower|less|fewer|smaller|below|behind|{_MOINS}"
_A_RISE = r"increases?|rises?|growth|gains?|jumps?|climbs?|surges?|hausses?|augmentations?|progressions?|croissance|accroissements?"
_A_FALL = r"decreases?|falls?|drops?|declines?|reductions?|loss(?:es)?|cuts?(?!\s*-?\s*offs?\b)|baisses?|diminutions?|reculs?|chutes?|pertes?"
_A_CHANGE = r"changes?|differences?|gaps?|shifts?|swings?|leads?|margins?|improvements?|ecarts?|variations?|evolutions?|ameliorations?"
_SOME = r"(?:an?\s+|the\s+)?(?:estimated|average|mean|median|total|further)"
ABOUT = (
    rf"(?:\s*\b(?:about|around|nearly|almost|roughly|some|only|just|over|approximately|approx|at least|at most|(?:more|less) than|up to|{_SOME}(?:\s+of)?"
    r"|on average|an?|the|further|another|environ|pres de|quelque|presque|(?:plus|moins) de|au moins|en moyenne)\b\.?|\s*~)*\s*[-+]?$"
)
_STOP = (
    r"to|from|at|level|than|where|which|while|whose|that|but|with|because|due|has|have|is|are|an?|avec|selon|cause|raison|qui|que|dont|est|sont|ont"
    r"|une?|celles?|celui|ceux"
)
# What stands between "rose" and "by"; behind "to" comes a level again, and "wards covered by 100 nets" are no change.
_WITHIN = r"(?:(?!\b(?:to|from|at|level|than|where|which|while|whose|that|but|with|because|has|have|is|are|(?:\w+ed|driven|given)\s+by)\b)[^.,;:()\d]){0,60}?"
_BY = rf"{_WITHIN}\bby"
# "A rise in Kodo of", "une baisse de la positivité de"; an amount that something else has is a level: "an increased rate of".
_OF = rf"(?:\s+(?:in|at|for|of|since|among|a|au|aux|dans|en|chez|du|de|des)\b(?:\s+(?!(?:{_STOP})\b)[A-Za-z@'%-]+){{1,5}}?)?\s+(?:of|de|d')"
# "A augmenté à Kodo de", "augmente en moyenne de", "a réduit la charge de"; in "augmente avec une pluie de" nothing is.
DE = (
    rf"(?:\s+(?:(?:a|au|aux|dans|en|chez|chaque|par|pour|la|le|les|sa|son|ses|leurs?)\b(?:\s+(?!(?:{_STOP}|plus|moins|de)\b)[A-Za-z@'-]+){{1,3}}?"
    r"|l'[A-Za-z-]+|\w+ment|encore|ainsi|aussi|donc))*\s+d(?:e\b|')"
)
_RATE = (
    rf"{_WITHIN}\b(?:at\s+(?:(?:an?|the|annual|yearly|steady|constant|average|mean|median|estimated)\s+)*(?:rate|pace|speed|average|mean|median)(?:\s+of)?"
    r"|(?:au|a\s+un)\s+(?:rythme|taux)(?:\s+(?:moyen|annuel))*\s+d(?:e\b|')|a\s+raison\s+d(?:e\b|'))"
)
# What takes the change without a word between: "rose 3 %"; in "makes up 3 %" it is a share.
_BARE_UP = r"rose|risen|increased|grew|grown|climbed|(?<!make )(?<!makes )(?<!made )(?<!making )(?<!add )(?<!adds )up|gain(?:s|ed|ing)?|jumped|surged|soared"
_BARE_DOWN = r"fell|fallen|decreased|dropped|declined|down|lost|los(?:es?|ing)|shrank|plunged|sank"
UP_WORDS, DOWN_WORDS, EITHER_WORDS = rf"{_UP}|{_A_RISE}", rf"{_DOWN}|{_A_FALL}", rf"{_EITHER}|{_A_CHANGE}"
_KINDS = (
    (Way.UP, _UP, _A_RISE, _MORE, _BARE_UP),
    (Way.DOWN, _DOWN, _A_FALL, _LESS, _BARE_DOWN),
    (Way.EITHER, _EITHER, _A_CHANGE, "", ""),
)


def _before(verbs: str, nouns: str, more: str, bare: str) -> re.Pattern[str]:
    said = [rf"\b(?:{verbs})\b(?:{_BY}|{DE}|{_RATE}|\s+at\b)", rf"\b(?:{nouns})\b{_OF}"]
    if more:
        said += [rf"\b(?:{more})\b(?:{_BY}|{DE})", rf"\b(?:{bare})\b(?:\s+by\b)?"]
    return re.compile(rf"(?i)(?:{'|'.join(said)}){ABOUT}")


BEFORE = {way: _before(*words) for way, *words in _KINDS}
# "The difference between Kodo and Kawo is 3".
NAMED = {
    way: re.compile(
        rf"(?i)\b(?:{nouns})\b(?!\s*-)[^.,;:()\d]{{0,80}}\b(?:is|was|were|are|averag\w+|equals|amounts\s+to|comes\s+to|came\s+to|reach\w*|(?:est|etait)(?:\s+d(?:e\b|'))?|atteint){ABOUT}"
    )
    for way, _, nouns, _, _ in _KINDS
}
# "The decline, 8.4 a year, is clear"; rain is measured for each year.
_OR_SO = (
    (Way.UP, rf"{UP_WORDS}|up"), (Way.DOWN, rf"{DOWN_WORDS}|down"), (Way.EITHER, EITHER_WORDS),
)  # fmt: skip
BESIDE = {
    way: re.compile(rf"(?i)\b(?:{words})\b{_WITHIN}[,(:]\s*(?:(?:of|by|at|de|d')(?:\b|(?=\d)))?{ABOUT}")
    for way, words in _OR_SO
}
_POINTS = r"(?:(?:percentage|%)\s+points?|points?(?:\s+de\s+(?:pourcentage|%))?|pp)\b"
# A difference of two shares is said in points, and a level never is.
POINTS = re.compile(rf"(?i)\s*-?\s*{_POINTS}")
_UNIT = rf"(?:\s*(?:%|{_POINTS})|\s+(?:mm|nets?|people|persons?|cases?|children|tests?|wards?|moustiquaires?|personnes?|cas|enfants?))"
_HIGHER, _LOWER = r"higher|greater|larger|bigger", r"lower|smaller"
# "12 % higher", "12 more"; "12 higher-risk wards" are so many wards.
BEHIND = {
    Way.UP: re.compile(
        rf"(?i){_UNIT}?\s+(?:more|(?:d[e']\s*\w+\s+)?en\s+plus|de\s+plus)\b(?!-)|{_UNIT}\s+(?:{_HIGHER}|{_PLUS})\b(?!-)|\s+(?:{_HIGHER})\s+than\b"
        r"|\s*%\s+above\b"
    ),
    Way.DOWN: re.compile(
        rf"(?i){_UNIT}?\s+(?:less|fewer|(?:d[e']\s*\w+\s+)?en\s+moins|de\s+moins)\b(?!-)|{_UNIT}\s+(?:{_LOWER}|{_MOINS})\b(?!-)|\s+(?:{_LOWER})\s+than\b"
        r"|\s*%\s+below\b"
    ),
}  # fmt: skip
# "A positivity of 12 % increases the risk", "100 nets increases coverage"
_AS_A_VERB = (
    r"\s+(?:the|its|their|this|these|risks?)\b"
    r"|(?<=s)\s+(?!(?:in|of|on|for|since|and|or|was|were|is|are|over|per|each|every|last|between|across|to|an?|at|with|by|from|among|as|than|du|de|des|en|par|sur|a|ont|sont|et)\b)[a-z]"
)
# "A 12 % rise"
_OF_KIND = r"\s*-?\s*(?:(?!(?:of|in|and|a|to)\b)[a-z]+\s+)?"
BEHIND_NAMED = {
    way: re.compile(rf"(?i){_UNIT}{_OF_KIND}(?:{words})\b(?!-|{_AS_A_VERB})")
    for way, _, words, _, _ in _KINDS
}
PER_YEAR = re.compile(
    rf"(?i)(?:(?!\s+mm){_UNIT})?\s+(?:(?:an?|per|each|every)\s+year|annually|yearly|(?:par|chaque)\s+an(?:nee)?)\b"
)
# "rose from 33 to 61 %" and "a augmenté de 33 % à 61 %" name levels; the years of the data are blank by then.
LEVELS = re.compile(
    rf"(?i)(?:{_UNIT})?(?:\s+(?:a|in|en)(?:\s+(?:@|(?:[a-z]+\s+)?(?:19|20)\d\d\b))?)?\s*\b(?:to|a|jusqu'a)\s+[-+]?\d"
)
TIMES = re.compile(r"(?i)\s*(?:times\b|fois\b|[×✕]|-?\s*fold\b)")
FACTOR = re.compile(
    r"(?i)\b(?:factor\s+of|facteur(?:\s+de)?|ratios?\s+(?:of|is|was)|rapport\s+(?:de|est\s+de)|(?:multipli|divid|divis)\w*\s+(?:by|par))"
    rf"{ABOUT}"
)
# "Tested three times" counts how often.
HOW_OFTEN = re.compile(
    r"(?i)\b(?:test|count|visit|ask|comput|calculat|treat|spray|report|sampl|measur|compt|interrog|trait|mesur|calcul)\w*\s+$"
)


def change_said(before: str, behind: str) -> Way | None:
    """Return which way a number is said to be a change, by the plain words around it; None where it is none."""
    for way, pattern in (*BEHIND.items(), *BEHIND_NAMED.items()):
        if pattern.match(behind):
            return way
    patterns = (BEFORE, BESIDE) if PER_YEAR.match(behind) else (BEFORE,)
    if (said := _nearest(patterns, before)) and not (
        LEVELS.match(behind) and before.rstrip().lower().endswith((" de", " d'"))
    ):
        return said
    return _nearest((NAMED,), before) or (Way.EITHER if POINTS.match(behind) else None)


def _nearest(patterns: Iterable[Mapping[Way, re.Pattern[str]]], before: str) -> Way | None:
    """Which way the words say that begin nearest to the number."""
    said = [
        (found.start(), way)
        for each in patterns
        for way, one in each.items()
        if (found := last_of(one, before))
    ]
    return max(said, key=itemgetter(0))[1] if said else None


def last_of(pattern: re.Pattern[str], before: str) -> re.Match[str] | None:
    """The match that begins nearest to the number: in "rose, then fell by 3" that of "fell"."""
    found = pattern.search(before)
    while found and (later := pattern.search(before, found.start() + 1)):
        found = later
    return found


def is_ratio(before: str, behind: str) -> bool:
    """Whether a number is said as a ratio: "3 times as high", "by a factor of 3"."""
    return FACTOR.search(before) is not None or (
        TIMES.match(behind) is not None and HOW_OFTEN.search(before) is None
    )
