"""What else a sentence says of its numbers: of which of two plans, who gains, from what to what, and mean or median."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import pairwise
from operator import itemgetter

from assistant.core.changes import ABOUT, DE, DOWN_WORDS, EITHER_WORDS, UP_WORDS, Way, last_of
from assistant.core.evidence import Change, Evidence, Moment
from assistant.core.verifier import Written


class Side(Enum):
    """One of two that are compared."""

    FIRST = "first"
    SECOND = "second"


WHO_CHANGES = frozenset({Change.GAINED, Change.LOST})
# "Second" is read as "2th"; "first," begins a sentence.
_ONES = r"(?P<one>first|premiere?)\b(?!,)|(?P<two>2th|2nd|seconde?)\b"
_AGAINST = (
    r"(?P<against>\b(?:than|compared\s+(?:to|with)|versus|vs\.?|over|unlike|against|instead\s+of|par\s+rapport\s+(?:a|au)|que|contre)"
    r"\s+(?:(?:the|that|of|in|with|by|under|for|le|la|du|au|celui|avec)\s+)*)?"
)
SIDE = re.compile(rf"(?i){_AGAINST}\b(?:{_ONES})")
CLAUSE = re.compile(r"(?i)(?:(?!\b(?:and|et|while|but|tandis|mais)\b)[^.,;:()\d])*")
GAINING = re.compile(
    r"(?i)\b(?:more|gain\w*|win|wins|extra|additional|increas\w*|grow\w*|r[io]se|rises|(?<!les )(?<!le )plus|gagn\w+|augment\w+)\b"
)
LOSING = re.compile(
    r"(?i)\b(?:fewer|less|lose|loses|lost|losing|decreas\w*|drop\w*|f[ae]ll|falls|reduc\w+|moins|perd\w*|baiss\w+|diminu\w+)\b"
)
_GOES = r"went|goes|go|going|gone|pass(?:e|es|ee|ees|ent|ait)"
_BEFORE_FROM = {Way.UP: UP_WORDS, Way.DOWN: DOWN_WORDS, Way.EITHER: rf"{EITHER_WORDS}|{_GOES}"}
_FROM, _TO = r"\bfrom", r"\b(?:to|a|jusqu'a)"
FROM = {
    way: re.compile(rf"(?i)\b(?:{words})\b(?:[^.,;:()\d]{{0,60}}?{_FROM}|{DE}){ABOUT}")
    for way, words in _BEFORE_FROM.items()
}
TO = {
    way: re.compile(rf"(?i)\b(?:{words})\b(?:(?!\bfrom\b)[^.,;:()\d]){{0,60}}?{_TO}{ABOUT}")
    for way, words in _BEFORE_FROM.items()
}
_BETWEEN = r"(?i)^%?[^.;:()\d]{0,60}?(?:(?:19|20)\d\d\b[^.;:()\d]{0,30}?)?"
TO_BEHIND = re.compile(rf"{_BETWEEN}{_TO}{ABOUT}")
FROM_BEHIND = re.compile(rf"{_BETWEEN}{_FROM}{ABOUT}")
RANKS = re.compile(r"(?i)\b(?:rank\w*|rangs?|class\w+|positions?|places?)\b|#")
# What a sentence calls one of several values of the same thing.
_WORDS_OF = {
    "mean": r"mean|average|moyen(?:ne)?",
    "median": r"median|mediane",
    "min": r"minimum|min",
    "max": r"maximum|max",
}
_ENDS_OF = {
    "min": r"lowest|smallest|plus\s+(?:basse|faible|petite)",
    "max": r"highest|largest|greatest|plus\s+(?:haute|elevee|grande|forte)",
}
_FREE = r"(?:(?!\b(?:have|has|had|with|that|which|where|than|while|but|and|or|ont|avec|que|et|ou)\b)[^.,;:()\d]){0,60}?"
_IS = r"(?:\s+(?:values?|one|figure|rates?|positivity|is|was|of|at|found|being|valeurs?|taux|positivite|est|etait|de)\b)*"


def _statistic(words: str, ends: str) -> re.Pattern[str]:
    said = [rf"(?:{words})\b(?:\s*[:=]|{_FREE})", *([rf"(?:{ends})\b{_IS}"] if ends else [])]
    return re.compile(rf"(?i)(?<!than )(?<!above )(?<!below )\b(?:{'|'.join(said)}){ABOUT}")


STATS = {name: _statistic(words, _ENDS_OF.get(name, "")) for name, words in _WORDS_OF.items()}
ON_AVERAGE = re.compile(rf"(?i)\b(?:on\s+average|en\s+moyenne),?\s*{ABOUT}")
# "Mean and median are": each has its own number, and this tells not which.
SEVERAL = re.compile(
    r"(?i)\b(?:mean|average|median\w*|moyen(?:ne)?|min\w*|max\w*)\s*(?:,|/|and|et|or)\s+(?:the\s+|la\s+|le\s+)?(?:mean|average|median\w*|moyen(?:ne)?|min\w*|max\w*)\b"
)


def side_said(before: str, behind: str) -> Side | None:
    """Which of two compared a number is said of: "the second covers 3 more"; "than the first" is the other."""
    against = []
    for text, at in ((before, -1), (behind, 0)):
        said = [
            (found["against"], Side.FIRST if found["one"] else Side.SECOND) for found in SIDE.finditer(text)
        ]
        of = [side for than, side in said if not than]
        if of:
            return of[at]
        against += [side for than, side in said if than]
    if not against:
        return None
    return Side.SECOND if against[0] is Side.FIRST else Side.FIRST


def changed(one: Evidence, way: Way, side: Side | None) -> Iterator[float]:
    """A change as it is said: "fell by 3" of −3; of the first of two the other way round than of the second."""
    turned = one.compares and side is Side.FIRST
    if one.change in WHO_CHANGES:
        if way is Way.EITHER or (way is Way.UP) is ((one.change is Change.GAINED) is not turned):
            yield abs(one.value)
        return
    value = -one.value if turned else one.value
    is_signed = one.change is Change.SLOPE or (one.compares and side is not None)
    if one.change is not Change.NONE and (
        way is Way.EITHER or not is_signed or (value > 0) is (way is Way.UP)
    ):
        yield abs(value)
        if way is not Way.UP:
            yield value


def is_turned_round(one: Evidence, before: str, behind: str, side: Side | None) -> bool:
    """Whether of those that gain it is said that they lose: "31 wards get fewer"."""
    if one.change not in WHO_CHANGES:
        return False
    words = CLAUSE.match(behind)
    said = {
        way
        for way, pattern in ((Way.UP, GAINING), (Way.DOWN, LOSING))
        if words and pattern.search(words.group())
    }
    if not said:
        last = [
            (found.end(), way)
            for way, pattern in ((Way.UP, GAINING), (Way.DOWN, LOSING))
            for found in pattern.finditer(before)
        ]
        said = {max(last, key=itemgetter(0))[1]} if last else set()
    return bool(said) and all(not list(changed(one, way, side)) for way in said)


def turned_round(
    read: Sequence[Written], digits: str, near: Sequence[Evidence], nearby: int
) -> Iterator[str]:
    """The numbers of "rose from 3 to 2", and of "fell from 2 to 3" where 3 came first."""
    numbers = sorted(read, key=lambda one: one.start)
    for one, two in pairwise(numbers):
        before, between = digits[max(0, one.start - nearby) : one.start], digits[one.end : two.start].strip()
        if RANKS.search(before[-40:] + between):
            continue
        for patterns, behind, began, ended in ((FROM, TO_BEHIND, one, two), (TO, FROM_BEHIND, two, one)):
            said = [
                (found.start(), way) for way, each in patterns.items() if (found := last_of(each, before))
            ]
            if (
                said
                and behind.search(between)
                and not _in_order(began, ended, max(said, key=itemgetter(0))[1], near)
            ):
                yield two.text


def _in_order(began: Written, ended: Written, way: Way, near: Sequence[Evidence]) -> bool:
    if way is not Way.EITHER and (ended.value > began.value) is not (way is Way.UP):
        return False
    moments = {moment: [one.value for one in near if one.moment is moment] for moment in Moment}
    return all(
        one.is_one_of(moments[this]) or not one.is_one_of(moments[other])
        for one, this, other in ((began, Moment.BEGAN, Moment.ENDED), (ended, Moment.ENDED, Moment.BEGAN))
    )


def statistic_said(before: str) -> str:
    """Which of several values a number is said to be, as facts name it: mean, median, min, max; empty where it isn't said."""
    if ON_AVERAGE.search(before):
        return "mean"
    said = [(found.start(), name) for name, pattern in STATS.items() if (found := last_of(pattern, before))]
    if not said:
        return ""
    start, name = max(said, key=itemgetter(0))
    return "" if any(found.end() > start for found in SEVERAL.finditer(before)) else name
