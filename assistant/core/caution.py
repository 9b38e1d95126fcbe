"""What stands against an answer: parts of a message that the answer would leave out.

An answer to half a question looks like an answer to the whole. So whatever was read in a message has to come back in what
is asked of a tool; where it doesn't, these functions name it, and nothing is answered, or the answer says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise, takewhile
from types import MappingProxyType
from typing import Any

from rapidfuzz.distance import OSA

from assistant.core.bounds import BUT, bounds
from assistant.core.caution_amounts import amounts_lost, qualified
from assistant.core.caution_elsewhere import OF_THE_TABLE, OUT_OF, SIGNS, elsewhere, left_behind, orders
from assistant.core.caution_nets import unplanned
from assistant.core.caution_runs import PAIR, choice_lost, is_another_run, report_lost, run_lost
from assistant.core.named import AGES, words_of
from assistant.core.narrowing import HERE
from assistant.core.net_rules import TOWNS, VILLAGES
from assistant.core.net_slots import NET_INTENTS, PERCENT
from assistant.core.reading import Heard, Item, Reading
from assistant.core.slots import OF_EACH, ORDINALS, TIERS, weighing
from assistant.core.taken import OF_EVERYTHING, PICTURES, TAKEN, Slots, taken_by
from assistant.core.units import FITTING, converted

# What has to be known before these can be answered, any one of each group.
NEEDED: Mapping[str, Sequence[frozenset[str]]] = MappingProxyType(
    {
        "value": (frozenset({"ward", "lga"}), frozenset({"measure"})),
        "aggregate": (frozenset({"measure"}),),
        "correlate": (frozenset({"x"}),),
        "compare": (frozenset({"places", "subject"}),),
    }
)
# Said about a ward without narrowing the question about it.
SAID_ANYWAY: Mapping[str, frozenset[str]] = MappingProxyType(
    dict.fromkeys(
        OF_EVERYTHING | {"explain", "stability", "compare", "download", "tpr"},
        frozenset({"number", "variable"}),
    )
    | {"matches": frozenset({"number", "variable", "ward"})}  # whose name is spelled how
)
# What these say is of the whole session, or of nothing in it; a place in the message was its reason, not its question.
OF_THE_WHOLE = frozenset(
    {"greet", "thanks", "yes", "no", "help", "identity", "back", "cancel", "new_chat", "upload", "status", "cant", "methods"}
)  # fmt: skip
# What is asked of places, so that a place that nobody knows changes the answer.
OF_PLACES = frozenset(TAKEN) | PICTURES | OF_EVERYTHING | {"nets", "tpr", "run_risk"}
FILTERED = frozenset({"rank", "list", "count", "aggregate", "rank_lgas"})
_NEGATIONS_TEXT = """
    not no never non pas except excepte without sans sauf excluding exclude excludes minus hors but dont doesnt isnt arent ni
    exclure apart skip ignore ignoring outside besides leave leaving omit omitting remove removing drop dropping excluant omettant hormis
    enlever retirer
"""
NEGATIONS = frozenset(_NEGATIONS_TEXT.split())
# So many words on, a negation still turns something round.
REACH = 4
TURNED = frozenset(
    {"ward", "lga", "number", "variable", "HIGH", "MEDIUM", "LOWTIER", "URBAN", "RURAL", "TOP", "LOW", *SIGNS}
)
# Said of wards as by the words of their surroundings.
SETTLED = TOWNS | VILLAGES
ARTICLES = frozenset({"the", "our", "les", "la", "des", "nos"})
# What follows a negation that is about the answer's form or about the asker.
_HARMLESS_TEXT = """
    know understand list names name adjectives table graph chart map more matter wahala time long stories
    believe sure money idea just only order
"""
HARMLESS = frozenset(_HARMLESS_TEXT.split())
# Before the name of a place, which takes no article, and before what is counted, ordered or drawn.
_NAMING_TEXT = """
    in at for of within inside from under around near between among de d dans en pour chez except excluding without sauf hors hormis
"""
NAMING = frozenset(_NAMING_TEXT.split())
ASKING = frozenset({"HOWMANY", "TOP", "LOW", "MEAN", "SUM", "MEDIAN", "MIN", "MAX", "BY", "LIST", "MAP"})
# "Pour couvrir", "en commencant": what is to be done is no place.
VERBS = ("er", "ir", "re", "ant", "ing")
SHORTEST_NEAR = 6
# What the firmness that is told is of; a variable alone has none.
OF_RANKS = frozenset(
    {"RANKING", "WARD", "ward", "lga", "LGA", "SCORE", "TOPIC_SCORE", "COMPOSITE", "MODELS", "TIER", "RISK", "RESULTS", "ANALYSIS",
     "TOP", "LOW", "HIGH", "BOX", "RUN"}
)  # fmt: skip
# By these a list is asked for as a whole, whatever is said around it.
_ALL_TEXT = "all every everything list liste name names noms full complete tous toutes ls single"
ALL = frozenset(_ALL_TEXT.split())
# Between wards and what is told of them.
_TOLD_OF_TEXT = "we i you they nous je ils vous with having have get that wey where whose avec qui ont"
TOLD_OF = frozenset(_TOLD_OF_TEXT.split())
OR = frozenset({"or", "ou"})
GOOD = frozenset({"best", "better", "meilleur", "meilleurs"})
AND = frozenset({"and", "et", *OR})
# Lists begin at an end, and are in one order.
FURTHER = frozenset({"next", "after", "both", "avant", "penultimate"})
# A correlation is over all wards.
SOME_WARDS = frozenset({*TIERS, "RURAL", "URBAN"})
# "Which LGA has most wards" counts them.
COUNTED = frozenset({"LGA", "WARD", "WHAT", "TOP", "LOW", "LIST", "SHOW", "HOWMANY"})
LEAVING = frozenset(
    {"without", "sans", "excluding", "except", "sauf", "only", "seulement", "leaving out", "leave out"}
)
COMPARING = frozenset(
    {"compare", "compares", "comparing", "comparison", "comparer", "comparez", "versus", "vs"}
)
# By these a message is French, where "a" is a preposition.
FRENCH = frozenset(
    {"le", "la", "les", "des", "du", "un", "une", "quel", "quelle", "quels", "quelles", "combien", "est"}
)
# Parts of a picture that were asked for and are not drawn.
_DRAWN_TEXT = "bar bars scatter scatterplot dots cloud nuage pie line barchart"
NOT_DRAWN = frozenset(_DRAWN_TEXT.split())


def left_out(reading: Reading, intent: str, slots: Slots) -> tuple[str, ...]:
    """Return what was said and would not come back in the answer, in the words of the message.

    Parameters
    ----------
    reading : Reading
        The message taken apart.
    intent : str
        What it is taken for.
    slots : mapping
        As `slots_of` returns them for that intent.

    Returns
    -------
    tuple of str
        Empty when the answer is of all that was said.
    """
    if intent in NET_INTENTS:
        return tuple(dict.fromkeys(unplanned(reading, intent, slots)))
    if intent == "report":
        return tuple(dict.fromkeys(report_lost(reading)))
    if intent == "run_risk":
        return tuple(dict.fromkeys(run_lost(reading)))
    if intent in OF_THE_WHOLE:
        return ()
    asked = taken_by(intent, slots)
    taken = {name: slots[name] for name in asked & set(slots)}
    held = set(_held(taken))
    anyway = SAID_ANYWAY.get(intent, frozenset())
    weight = weighing(reading.items)
    units = {item.unit for item in reading.numbers()}
    lost = [
        item.value.strip()
        for place, item in enumerate(reading.items)
        if place != weight
        and item.kind in ("ward", "lga", "variable", "number")
        and item.kind not in anyway
        and not (intent.startswith("tpr") and item.value == "u5_tpr_rdt")
        and not held & _forms(item, units)
        and item.value not in PAIR
    ]
    if intent in TAKEN:
        lost += [*_signs(reading, taken), *_tiers(reading, intent, taken), *_persons(reading)]
        lost += [*_either(reading, taken), *_numbered(reading, intent, taken)]
        lost += _turned(reading, taken) if intent != "explain" else []
        lost += _beside(reading, intent, taken)
        lost += amounts_lost(reading, intent, taken)
        lost += orders(reading, taken) if intent == "reports" else []
        lost += _surroundings(reading, intent, taken)
    if intent == "stability" and "LIST" in reading.tags and not {"STABLE", "ward", "lga"} & reading.tags:
        lost += [item.words for item in reading.items if item.value == "MODELS"]  # "list the top third"
    if intent == "tpr":
        lost += choice_lost(reading, slots)
    if intent in PICTURES:
        lost += elsewhere(reading, intent)
        lost += [*_some_wards(reading, taken), *qualified(reading, taken)]
    if intent in PICTURES and "other" not in slots:
        lost += [one.word for one in reading.heard if one.word in NOT_DRAWN]
    return tuple(dict.fromkeys(lost))


def _forms(item: Item, units: Collection[str]) -> set[Any]:
    """How an item may stand in slots: a number also in the unit of what it is compared with, from any that was said."""
    if item.kind != "number":
        return {item.value}
    given = [item.unit] if item.unit else units
    forms = {converted(item.amount, one, unit) for one in given for unit in FITTING}
    return {item.amount, item.amount / PERCENT, *forms} - {None}


def lacks(reading: Reading, intent: str, slots: Slots) -> bool:
    """Return whether something is missing without which the question is none."""
    if intent == "explain" and not {"ward", "rank"} & set(slots):
        return not {"TOP", "WARD"} <= reading.tags
    if intent == "stability" and "variable" in reading.tags and not OF_RANKS & reading.tags:
        return True
    return not all(group & set(slots) for group in NEEDED.get(intent, ())) or (
        intent == "compare" and len(slots.get("places", ())) != 2 and "subject" not in slots
    )


def _held(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _held(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _held(inner)
    else:
        yield value


def _signs(reading: Reading, taken: Slots) -> Iterator[str]:
    """Comparisons that no condition carries: "above 30 %" where nothing is compared, "above average"."""
    carried = len(taken.get("where", ()))
    of_a_number = {bound.sign for bound in bounds(reading.items)}
    for place, item in enumerate(reading.items):
        if item.kind != "concept" or item.value not in SIGNS:
            continue
        behind = reading.items[place + 1 : place + 3]
        if place in of_a_number or any(one.kind == "number" for one in behind):
            carried -= 1
            if carried < 0:
                yield item.words
        elif behind and behind[0].value in ("MEAN", "MEDIAN"):
            yield f"{item.words} {behind[0].words}"


def _tiers(reading: Reading, intent: str, taken: Slots) -> Iterator[str]:
    if intent == "correlate":
        yield from _wards_of_a_kind(reading)
    if intent not in FILTERED:
        return
    if "tier" in taken:
        yield from (
            item.words for item in reading.items if TIERS.get(item.value, taken["tier"]) != taken["tier"]
        )
    elif not (_is_an_end(reading, taken) if intent == "rank_lgas" else "ascending" in taken):
        yield from (item.words for item in reading.items if item.value in {*TIERS, "TIER"})


def _wards_of_a_kind(reading: Reading) -> Iterator[str]:
    """ "In high-risk wards", "of rural wards"; a high TPR is of no kind of wards."""
    for item, after in pairwise((*reading.items, Item("unknown", ""))):
        if item.value in SOME_WARDS and (
            after.value == "WARD" or "risk" in item.words or "risque" in item.words
        ):
            yield item.words


def _some_wards(reading: Reading, taken: Slots) -> Iterator[str]:
    """A picture of a variable is of all wards; the map of the tiers shows the wards of each, and that of towns these."""
    if taken.get("subject") == "urban":
        return
    yield from (item.words for item in reading.items if item.value == "RURAL")
    if "variable" in taken:
        yield from _wards_of_a_kind(reading)


def _surroundings(reading: Reading, intent: str, taken: Slots) -> Iterator[str]:
    """Town or country where the answer is of all wards."""
    if intent in FILTERED | {"reports", "tests"} and "urban_percentage" not in set(_held(taken)):
        yield from (item.words for item in reading.items if item.value in ("URBAN", "RURAL"))
        for before, one in pairwise([one for one in reading.heard if one.word not in ARTICLES]):
            if one.word in SETTLED - HERE and before.word in NAMING:
                yield one.word


def _is_an_end(reading: Reading, taken: Slots) -> bool:
    """ "LGAs whose TPR is high" are ordered by it; a risk beside it, or a middle, is something else."""
    tiers = {item.value for item in reading.items if item.value in TIERS}
    of_risk = "RISK" in reading.tags or any(
        "risk" in item.words for item in reading.items if item.value in TIERS
    )
    return "by" in taken and len(tiers) <= 1 and "MEDIUM" not in tiers and not of_risk


def _either(reading: Reading, taken: Slots) -> Iterator[str]:
    """Of several conditions all have to hold; "30 or more" is one, and "below 20 or above 40" are two."""
    if len(taken.get("where", ())) > 1:
        yield from (one.word for one in reading.heard if one.word in OR and one.tag not in {"WHERE", *SIGNS})
        yield from (
            item.words
            for item, after in pairwise(reading.items)
            if item.value in SIGNS and item.words.split()[0] in OR and after.kind == "number"
        )


def _numbered(reading: Reading, intent: str, taken: Slots) -> Iterator[str]:
    """One ward by its place in an order: lists have all of them, and an explanation is of one."""
    if intent == "explain":
        places = [str(int(item.amount)) for item in reading.items if item.kind == "number"]
        yield from (place for place in places if "rank" in taken and place != str(taken["rank"]))
        if not {"ward", "rank"} & set(taken) and "LOW" in reading.tags:
            yield from (item.words for item in reading.items if item.value == "LOW")
    elif intent in ("rank", "list", "rank_lgas"):
        yield from _both_ends(reading)
        for heard, then in pairwise((*reading.heard, Heard(""))):
            if heard.word in FURTHER and (heard.word == "both" or then.tag in ("number", "WARD", "TOP")):
                yield heard.word
        for item, after in pairwise(reading.items):
            if item.words in ORDINALS and after.value in ("TOP", "LOW", "WARD", "LGA"):
                yield item.words
            elif item.words == "number" and after.kind == "number":
                yield f"number {after.value.strip()}"


def _both_ends(reading: Reading) -> Iterator[str]:
    """ "The highest and the lowest", "the best and the worst": a list begins at one end."""
    said = ""
    for place, one in enumerate(reading.heard):
        if one.tag not in ("TOP", "LOW"):
            continue
        before = {other.word for other in reading.heard[max(0, place - 2) : place]}
        end = "GOOD" if one.word in GOOD else one.tag
        if said not in ("", end) and before & AND:
            yield one.word
        said = end


def _persons(reading: Reading) -> Iterator[str]:
    """Test positivity by ward is of children under five."""
    for phrase in words_of(reading).get("AGES", ()):
        if next((code for part, code in AGES if part in phrase), "u5") != "u5":
            yield phrase


def _beside(reading: Reading, intent: str, taken: Slots) -> Iterator[str]:
    """What was asked of something else than the answer is of."""
    yield from elsewhere(reading, intent)
    if intent in OF_THE_TABLE:
        yield from (item.words for item in reading.items if item.words in COMPARING and intent != "rank_lgas")
        yield from left_behind(reading)
    if intent == "rank_lgas" and {"LGA", "WARD"} <= reading.tags <= COUNTED:
        yield from (item.words for item in reading.items if item.value == "WARD")
    if {"WARD", "LGA"} <= reading.tags and _asks_each(intent, reading, taken):
        yield from (one.word for one in reading.heard if one.word in OF_EACH)


def _asks_each(intent: str, reading: Reading, taken: Slots) -> bool:
    """Whether something is asked of each LGA that the answer doesn't give for each."""
    if intent == "count":
        return "of_lgas" not in taken
    if "of_each" in taken:
        return bool({"where", "tier", "lga", "show"} & set(taken))
    return intent in ("rank", "rank_lgas") and not {"HIGH", "MEDIUM", "LOWTIER"} & reading.tags


def _turned(reading: Reading, taken: Slots) -> Iterator[str]:
    """Negations and exceptions before something that the answer would take the wrong way round."""
    settled = frozenset[str]() if "urban_percentage" in set(_held(taken)) else SETTLED
    for place, one in enumerate(reading.heard):
        if one.word not in NEGATIONS or one.tag not in ("", "NO", "NOT", "unknown"):
            continue  # "not more than" and "no reach" are comparisons themselves
        if one.word in BUT and reading.heard[place + 1 : place + 2] and reading.heard[place + 1].tag in SIGNS:
            continue
        behind = reading.heard[place + 1 : place + 1 + REACH]
        stop = next((at for at, other in enumerate(behind) if other.word in HARMLESS), REACH)
        if any(other.tag in TURNED or other.word in settled for other in behind[:stop]):
            yield one.word


def turns_round(reading: Reading, intent: str, slots: Slots) -> bool:
    """Return whether a computation would be started for others than were said, or a picture be of what was to be left out."""
    if intent == "tpr":
        return any(choice_lost(reading, slots))
    if intent in PICTURES:
        return any(_turned(reading, slots))
    if intent != "run_risk":
        return False
    heard = [*reading.heard, Heard("")]
    leaves = any(
        one.word in LEAVING or f"{one.word} {after.word}" in LEAVING for one, after in pairwise(heard)
    )
    return leaves or is_another_run(reading)


def strange(reading: Reading, known: Collection[str]) -> tuple[str, ...]:
    """Return the words that stand where a place or a thing is named, and that no labelled question ever held.

    Parameters
    ----------
    reading : Reading
        The message taken apart.
    known : collection of str
        Words of all labelled messages that can be answered.

    Returns
    -------
    tuple of str
        "In Gotham" and "most tractors" are asked for; a word elsewhere is part of the talk around a question.
    """
    french = any(one.word in FRENCH for one in reading.heard)
    found = [
        one.word
        for place, (before, one) in enumerate(pairwise(reading.heard))
        if one.tag == "unknown"
        and not (
            before.word in OUT_OF and place and reading.heard[place - 1].tag == "NET"
        )  # "nets from UNICEF"
        and (before.word in NAMING or before.tag in ASKING or (french and before.word == "a"))
        and not (one.word in known or one.word.startswith("<") or one.word.endswith(VERBS))
        and not _is_near(one.word, known)
    ]
    return tuple(dict.fromkeys(found))


def unasked(reading: Reading) -> tuple[str, ...]:
    """Return the words that nobody knows where wards are asked for that are or did something: "which wards did we visit"."""
    of_all = ALL & {one.word for one in reading.heard}
    if of_all and "WHAT" not in reading.tags and not _are_some(reading):
        return ()
    return tuple(one.word for one in reading.heard if one.tag == "unknown" and not one.word.startswith("<"))


def _are_some(reading: Reading) -> bool:
    """ "The wards we visited", "wards with electricity": something nobody knows is told of the wards themselves."""
    for place, one in enumerate(reading.heard):
        if one.tag != "WARD":
            continue
        behind = list(takewhile(lambda other: not other.tag, reading.heard[place + 1 :]))
        then = reading.heard[place + 1 + len(behind) :][:1]
        if then and then[0].tag == "unknown" and TOLD_OF & {other.word for other in behind}:
            return True
    return False


def _is_near(word: str, known: Collection[str]) -> bool:
    """Whether a word is one that is known with a letter wrong."""
    if len(word) < SHORTEST_NEAR:
        return False
    return any(
        abs(len(other) - len(word)) <= 1 and OSA.distance(word, other, score_cutoff=1) <= 1 for other in known
    )


def is_foreign(item: Item) -> bool:
    """Return whether a word names another place or illness, or a time."""
    return item.kind == "unknown" and bool(item.words)
