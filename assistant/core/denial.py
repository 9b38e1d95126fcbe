"""Words that deny what stands behind them: "do not exclude", "without skipping", "no need to leave out", "pas de priorité".

To leave something out and not to do so are told by the same words; a rule is only made of what nothing denies.
"""

from __future__ import annotations

from assistant.core.once import once
from assistant.core.reading import Reading

_NEGATIONS_TEXT = """
    not no dont doesnt didnt cant cannot shouldnt mustnt wont wouldnt isnt arent never nobody none neither nor without avoid
    avoiding stop against refuse why pourquoi sans pas jamais ni aucun aucune personne eviter evitez
"""
NEGATIONS = frozenset(_NEGATIONS_TEXT.split())
# "Instead of towns first", "plutôt que les villes d'abord", "it would be wrong to exclude them".
_INSTEAD_TEXT = "instead_of rather_than lieu_de lieu_d plutot_que wrong_to unfair_to bad_to"
INSTEAD = frozenset(_INSTEAD_TEXT.split())
# What nobody denies anything with: "no matter whether", "no wahala", "sans exception".
_EMPTY_TEXT = """
    matter idea doubt difference distinction discrimination exception exceptions wahala problem problems stress delay question
    more less capping reserve buffer doute probleme retard
"""
EMPTY = frozenset(_EMPTY_TEXT.split())
# Behind these nothing is left out at all.
NOTHING = frozenset({"nothing", "none", "nobody", "rien", "personne", "aucun", "aucune"})
# The beginnings of verbs that leave something out, and of those that do so by mistake.
LEAVING_OUT = (
    "exclu", "skip", "omit", "omet", "ignor", "remov", "drop", "exempt", "overlook", "neglect", "neglig", "forg", "oubli",
    "retir", "enlev", "ecart", "comot", "commot",
)  # fmt: skip
# Not to forget to leave something out is to leave it out.
FORGETTING = ("forg", "oubli", "neglect", "neglig", "overlook")
# Some words begin like these verbs.
UNLIKE = ("exclusiv",)
LEAVE = frozenset({"leave", "leaving", "left", "laisser", "laissez"})
# "Leave urban wards for last" leaves none of them out.
FOR = frozenset({"for", "to", "at", "as", "some", "pour"})
# Behind a rule, before what it is said to be not.
_OBJECTING_TEXT = "is was would should est serait makes"
OBJECTING = frozenset(_OBJECTING_TEXT.split())
LAST = frozenset({"last", "later", "lastly", "afterwards", "end", "dernier", "derniers", "dernieres", "fin"})
# A new thought begins with these, and behind a stock.
_TURNS_TEXT = "and but so then because since if while et mais donc alors puis car si"
TURNS = frozenset(_TURNS_TEXT.split())
STOCK = frozenset({"NET", "number"})
# So many words on, a denial reaches what it denies.
REACH = 6
# "There are no towns here", "we have no towns": what there is, and no wish.
_EXISTING_TEXT = "are is was were have has had get dey exist a ont avons avez"
EXISTING = frozenset(_EXISTING_TEXT.split())


def leaves_out(reading: Reading, at: int) -> bool:
    """Return whether a word is of leaving something out, denied or not."""
    word = reading.heard[at].word
    return word in LEAVE or (word.startswith(LEAVING_OUT) and not word.startswith(UNLIKE))


@once
def is_negation(reading: Reading, at: int) -> bool:
    """Return whether a word denies: "don't" is two words, and Pidgin "don" alone is none of them."""
    words = reading.words
    if f"{words[at]}_{' '.join(words[at + 1 : at + 2])}" in INSTEAD:
        return True
    if words[at] == "t":
        return at > 0 and words[at - 1].endswith("n")
    return (
        words[at] in NEGATIONS
        and reading.heard[at].tag not in ("ATMOST", "ATLEAST")  # "no more than"
        and not EMPTY & set(words[at + 1 : at + 2])
    )


@once
def is_denied(reading: Reading, place: int) -> bool:
    """Return whether what is said from a place on is denied by a word before it, in the same thought."""
    heard = reading.heard
    if is_negation(reading, place) and any(leaves_out(reading, at) for at in range(max(0, place - 2), place)):
        return True  # "leave out no towns"
    for at in range(place - 1, max(-1, place - 1 - REACH), -1):
        if at + 1 in reading.breaks or heard[at].word in TURNS or heard[at].tag in STOCK:
            return False
        if is_negation(reading, at):
            # "N'oubliez pas d'exclure les villes"
            return not (at and heard[at - 1].word.startswith(FORGETTING))
        if heard[at].word.startswith(FORGETTING):
            return not is_denied(reading, at)
    return False


def is_objected_to(reading: Reading, end: int) -> bool:
    """Return whether what ends at a place is denied behind it: "rural first is not what we want", "urban first? No"."""
    words = [one.word for one in reading.heard[end + 1 : end + 4]]
    if len(words) == 1:
        return is_negation(reading, end + 1) or words[0] == "non"
    return words[:1] != [] and words[0] in OBJECTING and bool(NEGATIONS & set(words[1:]))


def leaves_nothing_out(reading: Reading, at: int) -> bool:
    """Return whether a word of leaving out, or "without" before one, leaves nothing out: "omit nothing", "sans exclure"."""
    heard = reading.heard
    if heard[at].word in NEGATIONS:
        if not is_negation(reading, at):
            return True  # "without exception"
        behind = range(at + 1, min(len(heard), at + 1 + REACH))
        ends = next((to for to in behind if to in reading.breaks), len(heard))
        return any(leaves_out(reading, to) for to in behind if to < ends)
    words = reading.words
    if NOTHING & set(words[at + 1 : at + 3]) or is_denied(reading, at):
        return True
    if words[at] not in LEAVE:
        # French has its negation behind the verb: "n'oubliez pas les villes".
        return at + 1 < len(heard) and words[at + 1] in ("pas", "jamais", "plus")
    return bool(FOR & set(words[at + 1 : at + 2]) or LAST & set(words[at + 1 : at + 6]))


def states_a_lack(reading: Reading, at: int, place: int) -> bool:
    """Return whether a negation only tells what there is not: "there are no towns", "we don't have towns", "pas de villes ici"."""
    words = reading.words
    between = set(words[at + 1 : place])
    before = set(words[max(0, at - 1) : at])
    return bool(before & EXISTING and words[at] in ("no", "pas")) or bool(
        between and between <= {"have", "has", "get", "exist", "any", "the"} and between & EXISTING
    )
