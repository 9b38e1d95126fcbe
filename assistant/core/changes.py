"""Words that make of a number a change or a ratio: "rose by 3 points", "12 % higher", "3 times as high"."""

from __future__ import annotations

import re
from enum import Enum


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
    r"|plung\w*|plummet\w*|sank|sink\w*|baiss\w*|diminu\w*|recul\w*|chut\w*|descend\w*|perd\w*|pertes?|cuts?|cutting"
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
_ABOUT = (
    r"(?:\s*\b(?:about|around|nearly|almost|roughly|some|only|just|over|approximately|approx|at least|at most|(?:more|less) than|up to|an?|the|further"
    r"|another|total of|environ|pres de|quelque|presque|(?:plus|moins) de|au moins)\b\.?|\s*~)*\s*[-+]?$"
)
# What stands between "rose" and "by"; behind "to" comes a level again.
_WITHIN = r"(?:(?!\b(?:to|from|at|level|than|where|which|while|whose|that|but|with|has|have|is|are)\b)[^.,;:()\d]){0,60}?"
_BY = r"\b(?:by|of|de|d')"
# Verbs that take the change without a word between: "rose 3 %".
_BARE_UP = rf"rose|risen|increased|grew|grown|climbed|{_GOES}\s+up|gained|jumped|surged|soared"
_BARE_DOWN = rf"fell|fallen|decreased|dropped|declined|{_GOES}\s+down|lost|shrank|plunged|sank"


def _before(words: str, more: str, bare: str) -> re.Pattern[str]:
    by = rf"\b(?:{words})\b{_WITHIN}{_BY}"
    compared = rf"\b(?:{more})\b{_WITHIN}\b(?:by|de|d')"
    return re.compile(rf"(?i)(?:{by}|{compared}|\b(?:{bare})\b){_ABOUT}")


BEFORE = {
    Way.UP: _before(_UP, _MORE, _BARE_UP),
    Way.DOWN: _before(_DOWN, _LESS, _BARE_DOWN),
    Way.EITHER: re.compile(rf"(?i)\b(?:{_EITHER})\b{_WITHIN}{_BY}{_ABOUT}"),
}
# "The difference between Kodo and Kawo is 3".
NAMED = re.compile(
    r"(?i)\b(?:differences?|gap|changes?|increase|rise|growth|decrease|decline|drop|fall|reduction|ecart|hausse|augmentation|baisse|diminution|variation)\b"
    rf"[^.,;:()\d]{{0,80}}\b(?:is|was|were|are|equals|amounts\s+to|comes\s+to|came\s+to|reach\w*|est|etait|atteint){_ABOUT}"
)
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
_A_RISE = r"increases?|rises?|growth|gains?|jumps?|hausses?|augmentations?"
_A_FALL = r"decreases?|falls?|drops?|declines?|reductions?|loss(?:es)?|baisses?|diminutions?|reculs?|cuts?"
_A_CHANGE = r"changes?|differences?|gaps?|shifts?|swings?|ecarts?|variations?|improvements?"
# "A 12 % rise"
_OF_KIND = r"\s*-?\s*(?:(?!(?:of|in|and|a|to)\b)[a-z]+\s+)?"
BEHIND_NAMED = {
    way: re.compile(rf"(?i){_UNIT}{_OF_KIND}(?:{words})\b(?!-)")
    for way, words in ((Way.UP, _A_RISE), (Way.DOWN, _A_FALL), (Way.EITHER, _A_CHANGE))
}
# "rose from 33 to 61 %" and "a augmenté de 33 % à 61 %" name levels.
LEVELS = re.compile(r"(?i)\s*%?(?:\s+(?:a|in|en)\s+@)?\s*(?:to|a|jusqu'a)\s+[-+]?\d")
TIMES = re.compile(r"(?i)\s*(?:times\b|fois\b|[×✕]|-?\s*fold\b)")
FACTOR = re.compile(
    r"(?i)\b(?:factor\s+of|facteur(?:\s+de)?|ratios?\s+(?:of|is|was)|rapport\s+(?:de|est\s+de)|(?:multipli|divid|divis)\w*\s+(?:by|par))"
    rf"{_ABOUT}"
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
    said = [(found.start(), way) for way, pattern in BEFORE.items() if (found := _last(pattern, before))]
    if said and not (LEVELS.match(behind) and before.rstrip().lower().endswith((" de", " d'"))):
        return max(said, key=lambda one: one[0])[1]
    return Way.EITHER if NAMED.search(before) or POINTS.match(behind) else None


def _last(pattern: re.Pattern[str], before: str) -> re.Match[str] | None:
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
