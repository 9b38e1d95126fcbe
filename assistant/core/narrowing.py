"""Words that make a plan of nets one of some wards only: exceptions, "only", and for whom it would be."""

from __future__ import annotations

from assistant.core.denial import (
    EXISTING,
    LAST,
    LEAVE,
    STOCK,
    is_denied,
    is_negation,
    leaves_nothing_out,
    leaves_out,
    states_a_lack,
)
from assistant.core.reading import Reading

_EXCEPTING_TEXT = "except excepte excluant sauf hors hormis besides apart minus outside"
EXCEPTING = frozenset(_EXCEPTING_TEXT.split())
# "All but the towns"; another "but" begins a new thought.
BUT = "but"
OF_ALL = frozenset({"all", "every", "everyone", "everybody", "everything", "anywhere", "everywhere", "any", "ward", "wards"})  # fmt: skip
# So many words on, an exception still reaches what is named.
REACH = 4
_ONLY_TEXT = "only alone solely exclusively seulement uniquement exclusivement seul seule seuls seules"
ONLY = frozenset(_ONLY_TEXT.split())
_WITHIN_TEXT = "for in to within inside at among across towards pour dans aux en chez"
WITHIN = frozenset(_WITHIN_TEXT.split())
# What may stand between these and what they are said of.
_BETWEEN_TEXT = """
    the a an all any every our my those les la le l des de tous toutes ones couvrir servir ward wards area areas zone zones quartier quartiers people everyone everybody
    wey dey serve serves serving cover covers covering reach give that is are <variable>
"""
BETWEEN = frozenset(_BETWEEN_TEXT.split())
SERVING = frozenset({"serve", "cover", "reach", "couvrir", "servir"})
ENDS = frozenset({"TOP", "LOW", "HIGH", "LOWTIER", "ABOVE", "BELOW", "ATLEAST", "ATMOST", "BETWEEN"})
# "In town" says where one is; "in the town" and "in town only" say whom nets would be for.
HERE = frozenset({"town", "ville"})
# Behind town or country these are of an order or of the rule, which has no wards: "no urban preference".
OF_THE_RULE = frozenset(
    {"threshold", "share", "percentage", "cutoff", "cut", "seuil", "rule", "preference", "extent", "percent", "priority", "priorite",
     "bias", "first", "before"}
)  # fmt: skip
# Between a denial and town or country: an order is denied, and no ward.
_ORDERING_TEXT = "prioritise prioritize prioritising prioritizing priority priorite preference begin start commencer commencez favour favor before"
ORDERING = frozenset(_ORDERING_TEXT.split())
# "Leave some for the towns".
IN_PART = frozenset({"some", "few", "part", "rest"})
INCLUDED = frozenset({"included", "including", "inclusive", "inclus", "incluses", "compris", "comprises"})
BEING = frozenset({"be", "are", "is", "been", "being", "get", "etre", "sont", "est", "seront"})


def is_excepted(reading: Reading, place: int) -> bool:
    """Return whether what is named there is to be left out, and nobody denies that."""
    words = [one.word for one in reading.heard]
    behind = _behind(reading, place)
    if _is_left_out_behind(reading, place, behind):
        return not is_denied(reading, place)
    if INCLUDED & set(words[behind : behind + 2]) or OF_THE_RULE & set(words[place + 1 : place + 2]):
        return False
    for at in range(place - 1, max(-1, place - 1 - REACH), -1):
        if leaves_out(reading, at) and not (at and words[at - 1] in BEING):
            return not leaves_nothing_out(reading, at)
        if words[at] in EXCEPTING or (words[at] == BUT and OF_ALL & set(words[max(0, at - 1) : at])):
            return True  # "no wards but the rural ones" are some wards, too
        if is_negation(reading, at) and not reading.breaks & set(range(at + 1, place + 1)):
            return _takes_away(reading, at, place)
    return False


def _takes_away(reading: Reading, at: int, place: int) -> bool:
    """Whether a denial is of the wards that are named: not of their order, of a rule, or of their being there."""
    words = [one.word for one in reading.heard]
    between = words[max(0, at - 1) : place]  # "ne commencez pas par les villes"
    if LAST & set(words[_behind(reading, place) :][:1]) or _is_only_behind(reading, place):
        return False
    if (ORDERING | OF_THE_RULE | ONLY | {"just"}) & set(between) or states_a_lack(reading, at, place):
        return False
    return not is_denied(reading, at) and not any(leaves_out(reading, to) for to in range(max(0, at - 2), at))


def _is_left_out_behind(reading: Reading, place: int, behind: int) -> bool:
    """Whether it is told behind them: "towns should be left out", "urban wards excluded"."""
    words = [one.word for one in reading.heard]
    for at in range(behind, min(len(words), behind + REACH)):
        if at in reading.breaks or is_negation(reading, at):
            return False
        if leaves_out(reading, at):
            end = at + 1 + (words[at + 1 : at + 2] == ["out"])
            is_last = at == behind and (end == len(words) or end in reading.breaks)
            return (is_last or words[at - 1] in BEING) and (words[at] not in LEAVE or end > at + 1)
    return False


def is_within(reading: Reading, place: int) -> bool:
    """Return whether a plan would be for what is named there: "for the high risk wards", "in all rural areas"."""
    words = [one.word for one in reading.heard]
    if words[place] in HERE and words[max(0, place - 1) : place] in (["in"], ["en"]):
        return False
    at = _before(reading, place, BETWEEN)
    if at < 0 or words[at] not in WITHIN:
        return False
    of_an_order = (ORDERING | OF_THE_RULE | IN_PART) & set(words[max(0, at - 1) : at])
    return not of_an_order and not _is_more_than_that(reading, at - 1)


def is_of_an_order(reading: Reading, at: int) -> bool:
    """Return whether what a word denies is who comes first: "sans donner la priorité aux villes"."""
    words = [one.word for one in reading.heard]
    behind = range(at + 1, min(len(words) - 1, at + 1 + REACH))
    return any(words[to] in ORDERING and words[to + 1] in WITHIN for to in behind)


def is_only(reading: Reading, place: int) -> bool:
    """Return whether nothing but what is named there is meant: "only in rural wards", "for high risk wards only"."""
    words = [one.word for one in reading.heard]
    before = _before(reading, place, BETWEEN | WITHIN)
    if before >= 0 and words[before] in ONLY:
        return not _is_more_than_that(reading, before)
    return _is_only_behind(reading, place) and not is_denied(reading, place)


def is_of_the_plan(reading: Reading, place: int) -> bool:
    """Return whether the nets or the plan itself are said to be for what is named: "200k nets for villages", "to cover villages"."""
    heard, behind = reading.heard, _behind(reading, place)
    at = _before(reading, place, BETWEEN | WITHIN | ONLY)
    states = behind < len(heard) and behind not in reading.breaks and heard[behind].word in EXISTING
    serves = SERVING & {one.word for one in heard[at + 1 : place]}
    return not states and bool(serves or (at >= 0 and heard[at].tag in STOCK | {"PLAN"}))


def _is_more_than_that(reading: Reading, at: int) -> bool:
    """ "Not only for towns", "pas seulement les villes"."""
    return at > 0 and reading.heard[at].word in ONLY | {"just"} and is_denied(reading, at)


def _is_only_behind(reading: Reading, place: int) -> bool:
    behind = _behind(reading, place)
    return behind < len(reading.heard) and behind not in reading.breaks and reading.heard[behind].word in ONLY


def _behind(reading: Reading, place: int) -> int:
    """Where the words go on behind what is named, and behind the wards or people that it is said of."""
    heard, behind = reading.heard, place + 1
    while behind < len(heard) and (
        heard[behind].word in BETWEEN - EXISTING or heard[behind].tag == heard[place].tag != "unknown"
    ):
        behind += 1
    return behind


def _before(reading: Reading, place: int, between: frozenset[str]) -> int:
    """Where the word before a place stands, and before what may stand between; -1 at the beginning."""
    at = place - 1
    while at >= 0 and (reading.heard[at].word in between or reading.heard[at].tag in ENDS):
        at -= 1
    return at
