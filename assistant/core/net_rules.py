"""Who comes first in a plan of nets, and who gets none: what a message says of town and country, and of most risk."""

from __future__ import annotations

from itertools import takewhile

from assistant.core.denial import EXISTING, LAST, LEAVE, is_denied, is_objected_to, leaves_nothing_out
from assistant.core.narrowing import (
    LONGEST_RUN,
    OF_THE_RULE,
    ONLY,
    exception_of,
    is_excepted,
    is_left_out_whole,
    is_of_the_plan,
    is_only,
    is_within,
)
from assistant.core.once import once
from assistant.core.reading import Reading

# What makes a plan or adds to one.
PLANNING = frozenset({"nets", "net_more"})
URBAN_RULES = {"RURALFIRST": "rural_first", "URBANFIRST": "urban_first", "NOURBAN": "exclude"}
# Beside "urban" and "rural", in a message about nets.
TOWNS = frozenset({"town", "towns", "city", "cities", "township", "townships", "ville", "villes"})
VILLAGES = frozenset({"village", "villages", "countryside", "hinterland", "campagne", "campagnes"})
LEFT_OUT = frozenset(
    {"exclude", "excluding", "excluant", "exclure", "leave", "leaving", "without", "sans", "no", "skip", "skipping", "omit", "omitting", "remove"}
)  # fmt: skip
# What may stand between these and the wards that get nothing: "leave out any ward above 40 % urban", "no nets for towns".
_REACHING_TEXT = """
    out the any anything all in of for to from les des de aux a ward wards areas zones that are is which wey with net nets put <percent> <number>
"""
REACHING = frozenset(_REACHING_TEXT.split())
OTHERS = frozenset({"rest", "others", "other", "everybody", "everyone", "reste", "autres"})
FOREMOST, BEFORE = frozenset({"first", "abord"}), frozenset({"before", "avant"})
BEGINNING = frozenset(
    {"first", "abord", "begin", "start", "commencer", "commencez", "commencant", "priority", "prioritise", "prioritize", "prioritising",
     "prioritizing", "priorite", "favour", "favor", "favouring", "favoring", "privilegier", "privilegiez"}
)  # fmt: skip
SHARE_NAMES = frozenset({"threshold", "share", "percentage", "cutoff", "cut", "seuil", "percent"})
# "Treat any ward above 40 % as urban".
TAKEN_AS = frozenset({"as", "comme"})
# Between a beginning and who comes first, and between these and "first".
_LEADING_TEXT = "with to by the from in at for of par au aux les des de a en dans zones areas area side ward wards quartiers milieu"
_FOLLOWING_TEXT = """
    people ward wards area areas zones side dem collect get receive net nets milda must be are is should come served go the theirs d <variable>
"""
# "Rural wards have priority", "villages, then the towns".
HAVING = frozenset({"have", "has", "had", "get", "with", "take", "ont", "given", "top", "high", "highest"})
THEN = frozenset({"then", "puis", "ensuite", "followed"})
LEADING, FOLLOWING = frozenset(_LEADING_TEXT.split()), frozenset(_FOLLOWING_TEXT.split())
DENYING = frozenset(
    {"not", "no", "dont", "doesnt", "never", "without", "sans", "pas", "ne", "neither", "nor"}
)
PRIORITY = frozenset({"priority", "priorite"})
PUT_FIRST = PRIORITY | {"first", "before"}
# "Low priority to villages".
_LITTLE_TEXT = "low lower lowest less least last faible moins moindre second"
LITTLE = frozenset(_LITTLE_TEXT.split())
# "Do not give towns too many nets" gives them some.
_OF_MANY_TEXT = "more too many much all most everything twice extra same until unless yet alone only plus trop autant toutes"
OF_MANY = frozenset(_OF_MANY_TEXT.split())
ORDERED_BEHIND = 4
SERVING = frozenset({"serve", "give", "cover", "reach", "supply", "servir", "couvrir", "donner"})


@once
def rules_said(reading: Reading) -> dict[int, str]:
    """Return the rules that have words of their own by where these begin: "rural first", where nothing denies it."""
    found, heard = {}, reading.heard
    for place, one in enumerate(heard):
        if one.tag not in URBAN_RULES or (place and heard[place - 1].tag == one.tag):
            continue
        end = place
        while end + 1 < len(heard) and heard[end + 1].tag == one.tag:
            end += 1
        of_an_order = one.tag == "NOURBAN" and (OF_THE_RULE | LAST) & set(reading.words[end + 1 : end + 2])
        if not (of_an_order or is_denied(reading, place) or is_objected_to(reading, end)):
            found[place] = "exclude" if heard[end].word in ONLY else URBAN_RULES[one.tag]
    return found


@once
def surroundings_said(reading: Reading) -> dict[int, str]:
    """Where a message speaks of town or country: URBAN or RURAL by the place of the word."""
    kinds = {
        place: one.tag == "URBAN" or one.word in TOWNS
        for place, one in enumerate(reading.heard)
        if one.tag in ("URBAN", "RURAL") or one.word in TOWNS | VILLAGES
    }
    # "Non-urban wards" are rural ones.
    turned = {
        place
        for place in kinds
        if reading.words[max(0, place - 1) : place] == ("non",) and place not in reading.breaks
    }
    return {place: "URBAN" if urban != (place in turned) else "RURAL" for place, urban in kinds.items()}


def is_of_the_share(reading: Reading, place: int) -> bool:
    """Whether a word of town or country names the share from which a ward is urban: "above 30 % urban", "urban threshold"."""
    before, behind = reading.heard[max(0, place - 1) : place], reading.heard[place + 1 : place + 2]
    return any(one.tag == "number" or one.word in SHARE_NAMES for one in (*before, *behind)) or any(
        one.word in TAKEN_AS for one in before
    )


@once
def urban_left_out(reading: Reading) -> dict[int, str]:
    """Return ``exclude`` by the place of the urban wards that are left out as a whole, where no other wards are named."""
    said = {
        place: kind
        for place, kind in surroundings_said(reading).items()
        if not OF_THE_RULE - PUT_FIRST & set(reading.words[place + 1 : place + 2])
    }
    out = {
        place: "exclude"
        for place, kind in said.items()
        if kind == "URBAN"
        and is_left_out_whole(reading, place)
        and not (_is_last(reading, place) or _is_below(reading, place))
        and not (exception_of(reading, place) in range(place) and _is_ordered(reading, place))
    }
    rest = [place for place in said if place not in out and not is_of_the_share(reading, place)]
    return {} if rest else out


def _is_below(reading: Reading, place: int) -> bool:
    """Whether the wards meant there are those of a smaller urban share: "wards under 30 % urban"."""
    near = reading.heard[max(0, place - 4) : place + 3]
    return any(one.tag in ("BELOW", "ATMOST") for one in near)


def is_rural_below(reading: Reading) -> bool:
    """Whether the country is named beside a threshold, as whom a rule is for: "rural below 30 %"."""
    rural = [place for place, one in enumerate(reading.heard) if one.tag == "RURAL"]
    return bool(rural) and not any(
        is_denied(reading, place) or is_excepted(reading, place) or _is_last(reading, place)
        for place in rural
    )


def urban_rule(reading: Reading, intent: str) -> str:
    """Who comes first or gets nothing, where the words of a rule stand apart; nothing where it is denied or not clear.

    "Leave out any urban ward", "begin with the villages", "villages first, then the towns", "villages before towns".
    """
    words = reading.words
    said = {
        place: kind
        for place, kind in surroundings_said(reading).items()
        if not OF_THE_RULE - PUT_FIRST & set(words[place + 1 : place + 2])
    }
    if any(kind == "URBAN" and _is_left_out(reading, place) for place, kind in said.items()):
        return "exclude"
    if intent in PLANNING and urban_left_out(reading):
        return "exclude"
    if {"or", "ou"} & set(words[min(said, default=0) : max(said, default=0)]):
        return ""  # who comes first is asked
    foremost = {kind for place, kind in said.items() if _comes_first(reading, place)}
    kinds = list(dict.fromkeys(said.values()))
    if len(foremost) == 1:
        return f"{foremost.pop().lower()}_first"
    if len(kinds) == 2 and not foremost:
        last, then = (
            max(at for at, kind in said.items() if kind == kinds[0]),
            min(at for at, kind in said.items() if kind == kinds[1]),
        )
        between = set(words[last:then])
        follows = THEN & between and set(words[last + 1 : then]) <= THEN | LEADING | FOLLOWING | {"and", "et"}
        if (BEFORE & between or follows) and not DENYING & between and not is_denied(reading, last):
            return f"{kinds[0].lower()}_first"
    if kinds == ["URBAN"] and all(
        _is_last(reading, place) and not is_denied(reading, place) for place in said
    ):
        return "rural_first"
    is_for_rural = "HOWMANY" not in reading.tags and any(
        (is_only(reading, place) or is_within(reading, place))
        and is_of_the_plan(reading, place)
        and not is_excepted(reading, place)
        for place in said
    )
    return "exclude" if kinds == ["RURAL"] and is_for_rural else ""


@once
def riskiest_first(reading: Reading) -> set[int]:
    """Return where the wards of most risk are said to come first: "high-risk wards first", "starting with the riskiest"."""
    return {
        place
        for place, one in enumerate(reading.heard)
        if one.tag in ("TOP", "HIGH", "RISK")
        and one.word not in BEGINNING | FOREMOST
        and _comes_first(reading, place)
    }


def _is_left_out(reading: Reading, place: int) -> bool:
    """Whether nothing goes to the urban wards that are named there."""
    heard, words = reading.heard, reading.words
    if OF_THE_RULE & set(words[place + 1 : place + 2]) or _is_last(reading, place):
        return False
    at = place - 1
    while at >= 0 and (words[at] in REACHING or heard[at].tag in ("ABOVE", "ATLEAST")):
        at -= 1
    if at < 0:
        return False
    if words[at] in SERVING:
        return is_denied(reading, at) and not _is_ordered(reading, place)
    if words[at] not in LEFT_OUT or is_denied(reading, at):
        return False
    is_what_there_is = EXISTING & set(words[max(0, at - 1) : at])
    if words[at] == "no" and (is_what_there_is or heard[at + 1].tag in ("ABOVE", "ATLEAST")):
        return False
    if words[at] not in ("no", "without", "sans") and leaves_nothing_out(reading, at):
        return False
    return words[at] not in LEAVE or "out" in (words[at + 1], *words[place + 1 : place + 3])


def _is_ordered(reading: Reading, place: int) -> bool:
    """Whether not all nets are denied to the wards named there, but a place in an order or some more of them."""
    reach = range(place + 1, min(len(reading.heard), place + 1 + ORDERED_BEHIND))
    behind = {reading.words[at] for at in takewhile(lambda at: at not in reading.breaks, reach)}
    return bool((PUT_FIRST | FOREMOST | BEFORE | LAST | OF_MANY) & behind)


def _is_last(reading: Reading, place: int) -> bool:
    """Whether the wards that are named there are to be served at the end."""
    behind = place + 1
    words = reading.words
    while behind < len(words) and behind not in reading.breaks and words[behind] in FOLLOWING:
        behind += 1
    return behind < len(words) and words[behind] in LAST


def _comes_first(reading: Reading, place: int) -> bool:
    """Whether the wards that are named there are to be served first."""
    words = reading.words
    if is_denied(reading, place) or _is_last(reading, place):
        return False
    behind = place + 1
    end = min(len(words), place + LONGEST_RUN)
    while behind < end and words[behind] in FOLLOWING:
        behind += 1
    if behind < len(words) and words[behind] in BEFORE and OTHERS & set(words[behind + 1 : behind + 3]):
        return True
    if behind < len(words) and (words[behind] in FOREMOST or words[place + 1] in PRIORITY):
        return not is_objected_to(reading, max(behind, place + 1))
    while behind < len(words) and behind not in reading.breaks and words[behind] in HAVING:
        behind += 1
    if behind < len(words) and behind not in reading.breaks and words[behind] in PRIORITY:
        return not is_objected_to(reading, behind)
    at = place - 1
    while at >= max(0, place - LONGEST_RUN) and words[at] in LEADING:
        at -= 1
    is_little = bool(LITTLE & set(words[max(0, at - 1) : at]))
    return at >= 0 and words[at] in BEGINNING and not is_little and not is_denied(reading, at)
