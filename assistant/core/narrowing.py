"""Words that make a plan of nets one of some wards only: exceptions, "only", and for whom it would be."""

from __future__ import annotations

from assistant.core.denial import (
    EXISTING,
    LAST,
    LEAVE,
    NOTHING,
    STOCK,
    is_denied,
    is_negation,
    leaves_nothing_out,
    leaves_out,
    states_a_lack,
)
from assistant.core.once import once
from assistant.core.reading import Reading

_EXCEPTING_TEXT = "except excepte excluant exclusion sauf hors hormis besides apart minus outside"
EXCEPTING = frozenset(_EXCEPTING_TEXT.split())
# "All but the towns"; another "but" begins a new thought.
BUT = "but"
OF_ALL = frozenset({"all", "every", "everyone", "everybody", "everything", "anywhere", "everywhere", "any", "ward", "wards"})  # fmt: skip
# So many words on, an exception still reaches what is named.
REACH = 4
# Nobody puts more words between what belongs together; a message that repeats one word is read in a bounded time.
LONGEST_RUN = 12
_ONLY_TEXT = "only alone solely exclusively seulement uniquement exclusivement seul seule seuls seules"
ONLY = frozenset(_ONLY_TEXT.split())
_WITHIN_TEXT = "for in to within inside at among across towards pour dans aux en chez"
WITHIN = frozenset(_WITHIN_TEXT.split())
# What may stand between these and what they are said of.
_BETWEEN_TEXT = """
    the a an all any every non our my those les la le l des de tous toutes ones couvrir servir ward wards area areas zone zones quartier quartiers people everyone everybody
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
# Behind the wards that they are of: "no urban wards first".
ORDERED = frozenset({"first", "abord", "bias"})
TARGETING = frozenset(
    {"target", "targeting", "targeted", "targets", "focus", "focusing", "cibler", "ciblant", "ciblez"}
)
# "Leave some for the towns".
IN_PART = frozenset({"some", "few", "part", "rest"})
# Between an exception and the wards that it is of; other words make it one of something else: "except hospitals in towns".
_OF_WARDS_TEXT = "for in to at from of out put <percent> <number>"
# "Wards above 30 % urban", "urban areas at 30 % threshold": the share from which a ward is urban.
_OF_A_SHARE_TEXT = "at from with of above over a urban threshold seuil cutoff <percent> <number>"
OF_A_SHARE = frozenset(_OF_A_SHARE_TEXT.split())
INCLUDED = frozenset({"included", "including", "inclusive", "inclus", "incluses", "compris", "comprises"})
BEING = frozenset({"be", "are", "is", "been", "being", "get", "etre", "sont", "est", "seront"})
OF_WARDS = frozenset(_OF_WARDS_TEXT.split()) | BETWEEN - {"<variable>"} | {"pour", "dans", "aux", "en"}
# "Urban wards should get nothing", "towns get no nets".
_WISHED_TEXT = "should must will would shall may to go doivent devraient doit"
WISHED = frozenset(_WISHED_TEXT.split())
_GETTING_TEXT = "get gets getting receive receives collect have take recoivent recevoir recoit"
GETTING = frozenset(_GETTING_TEXT.split())
_NO_NETS_TEXT = "nothing none zero rien no not aucune"
NO_NETS = frozenset(_NO_NETS_TEXT.split())
# "Get no nets until the villages have theirs": not now, or not so many.
_IN_PART_TEXT = "more extra first until unless before yet than except only too enough all fully covered"
# Before what makes them some of the wards.
QUALIFYING = frozenset({"where", "whose", "having", "with", "of", "avec", "dont", "a"})
QUALITIES = frozenset({"HIGH", "MEDIUM", "LOWTIER", "TOP", "LOW", "RISK", "variable", "SCORE", "RANKING"})
GOT = 6
IN_PART_ONLY = frozenset(_IN_PART_TEXT.split())
# Behind what is left out another thing may be said: "compare urban excluded with rural first".
GOING_ON = frozenset({"with", "and", "but", "so", "versus", "vs", "against", "avec", "et", "mais"})


def is_excepted(reading: Reading, place: int) -> bool:
    """Return whether what is named there is to be left out, and nobody denies that."""
    return exception_of(reading, place) is not None


@once
def exception_of(reading: Reading, place: int) -> int | None:
    """Return where the word stands that leaves out what is named at a place; None where nothing does, or it is denied."""
    words = reading.words
    behind = _behind(reading, place)
    at = _left_out_behind(reading, place, behind)
    if at is not None:
        return None if is_denied(reading, place) else at
    if INCLUDED & set(words[behind : behind + 2]) or OF_THE_RULE & set(words[place + 1 : place + 2]):
        return None
    for at in range(place - 1, max(-1, place - 1 - REACH), -1):
        if leaves_out(reading, at) and not (at and words[at - 1] in BEING):
            return None if leaves_nothing_out(reading, at) else at
        if words[at] in EXCEPTING or (words[at] == BUT and OF_ALL & set(words[max(0, at - 1) : at])):
            return at  # "no wards but the rural ones" are some wards, too
        if is_negation(reading, at) and not reading.breaks & set(range(at + 1, place + 1)):
            return at if _takes_away(reading, at, place) else None
    return None


def is_left_out_whole(reading: Reading, place: int) -> bool:
    """Return whether an exception is of all the wards that are named there, and of nothing else: "except for towns"."""
    at = exception_of(reading, place)
    if at is None or _is_narrowed(reading, place):
        return False
    if at > place:
        return True
    tags = {"ABOVE", "ATLEAST", reading.heard[place].tag} - {"unknown"}
    return not reading.breaks & set(range(at + 1, place + 1)) and all(
        reading.words[to] in OF_WARDS or reading.heard[to].tag in tags for to in range(at + 1, place)
    )


def _is_narrowed(reading: Reading, place: int) -> bool:
    """Whether only some of the wards named there are meant: "urban wards where the risk is low"."""
    behind = _behind(reading, place)
    ahead = [
        to
        for to in range(behind, min(len(reading.heard), behind + REACH))
        if not reading.breaks & {*range(behind, to + 1)}
    ]
    return (
        bool(ahead)
        and reading.words[behind] in QUALIFYING
        and any(reading.heard[to].tag in QUALITIES for to in ahead)
    )


def _takes_away(reading: Reading, at: int, place: int) -> bool:
    """Whether a denial is of the wards that are named: not of their order, of a rule, or of their being there."""
    words = reading.words
    between = words[max(0, at - 1) : place]  # "ne commencez pas par les villes"
    if LAST & set(words[_behind(reading, place) :][:1]) or _is_only_behind(reading, place):
        return False
    if (ORDERING | OF_THE_RULE | ONLY | {"just"}) & set(between) or states_a_lack(reading, at, place):
        return False
    return not is_denied(reading, at) and not any(leaves_out(reading, to) for to in range(max(0, at - 2), at))


def _left_out_behind(reading: Reading, place: int, behind: int) -> int | None:
    """Where it is told behind them: "towns should be left out", "urban wards at 30 % excluded", "towns get no nets"."""
    words = reading.words
    while behind < len(words) and behind not in reading.breaks and words[behind] in OF_A_SHARE:
        behind += 1
    for at in range(behind, min(len(words), behind + REACH)):
        if at in reading.breaks:
            return None
        if words[at] in GETTING | NO_NETS and set(words[behind:at]) <= WISHED and _gets_nothing(reading, at):
            return None if _is_asked(reading, place) else at
        if is_negation(reading, at):
            return None
        if leaves_out(reading, at):
            end = at + 1 + (words[at + 1 : at + 2] == ("out",))
            ends = end == len(words) or end in reading.breaks or words[end] in GOING_ON
            is_last = at == behind and ends
            return (
                at
                if (is_last or words[at - 1] in BEING) and (words[at] not in LEAVE or end > at + 1)
                else None
            )
    return None


def _gets_nothing(reading: Reading, at: int) -> bool:
    """Whether no nets at all are given: "get none", "not get any nets", "receive no nets"; not "get no more nets", "no nets first"."""
    end = min([at + GOT, *(to for to in reading.breaks if to > at)])
    ahead = reading.words[at:end]
    none = NO_NETS & set(ahead[:2])
    said = none and (none & NOTHING or {"nets", "net", "moustiquaires", "any"} & set(ahead))
    return bool(said) and not IN_PART_ONLY & set(ahead[1:])


def _is_asked(reading: Reading, place: int) -> bool:
    """Whether a question is about what is named there: "which urban wards get no nets", "do towns get none"."""
    before = reading.heard[max(0, place - 2) : place]
    return any(
        one.tag in ("WHAT", "WHY", "WHERE", "HOWMANY", "LIST") or one.word in ("do", "does", "did")
        for one in before
    )


@once
def is_within(reading: Reading, place: int) -> bool:
    """Return whether a plan would be for what is named there: "for the high risk wards", "in all rural areas"."""
    words = reading.words
    if words[place] in HERE and words[max(0, place - 1) : place] in (("in",), ("en",)):
        return False
    at = _before(reading, _before_its_share(reading, place), BETWEEN)
    if at < 0 or words[at] not in WITHIN:
        return False
    of_an_order = (ORDERING | OF_THE_RULE | IN_PART) & set(words[max(0, at - 1) : at])
    return not of_an_order and not _is_more_than_that(reading, at - 1)


def is_targeted(reading: Reading, place: int) -> bool:
    """Return whether a plan would be aimed at what is named there: "targeting the worst wards"."""
    at = _before(reading, place, BETWEEN)
    return any(word in TARGETING for word in reading.words[max(0, at) : place]) and not is_denied(
        reading, place
    )


def is_of_an_order(reading: Reading, at: int) -> bool:
    """Return whether what a word denies is who comes first: "sans donner la priorité aux villes"."""
    words = reading.words
    for to in range(at + 1, min(len(words), at + 1 + REACH)):
        if words[to] in ORDERING | ORDERED:
            return to + 1 == len(words) or to + 1 in reading.breaks or words[to + 1] in WITHIN
        if to in reading.breaks:
            return False
    return False


@once
def is_only(reading: Reading, place: int) -> bool:
    """Return whether nothing but what is named there is meant: "only in rural wards", "for high risk wards only"."""
    words = reading.words
    before = _before(reading, _before_its_share(reading, place), BETWEEN | WITHIN)
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
    while behind < min(len(heard), place + LONGEST_RUN) and (
        heard[behind].word in BETWEEN - EXISTING or heard[behind].tag == heard[place].tag != "unknown"
    ):
        behind += 1
    return behind


def _before_its_share(reading: Reading, place: int) -> int:
    """The place itself, or that of the share which it is said with: "wards under 30 % urban"."""
    return place - 1 if reading.words[max(0, place - 1) : place] == ("<percent>",) else place


def _before(reading: Reading, place: int, between: frozenset[str]) -> int:
    """Where the word before a place stands, and before what may stand between; -1 at the beginning."""
    at = place - 1
    while at >= max(0, place - LONGEST_RUN) and (
        reading.heard[at].word in between or reading.heard[at].tag in ENDS
    ):
        at -= 1
    return at
