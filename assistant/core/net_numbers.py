"""Which of the numbers in a message about nets is what: the stock, what comes to it, people of a house, people to a net."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from assistant.core.once import once
from assistant.core.reading import Item, Reading, Said

# Fewer than this are a household or a count of wards, never a stock of nets.
FEWEST_NETS = 1_000
LARGEST_HOUSEHOLD = 30
# No campaign gives so many nets to a house; so many "per household" are people.
FEWEST_PEOPLE = 5
FOR_EACH = frozenset({"per", "a", "each", "every", "par", "for", "chaque"})
# Behind a number these are counted by it, so it is no household: "5 people per household with 2 nets each".
COUNTED = frozenset({"NET", "WARD", "LGA", "FACILITY", "MONTH", "DELIVERY"})
PEOPLE = frozenset({"households", "menages", "people"})
OF_A_SIZE = ("size", "taille", "hh")
# Between people and a net: "1.8 people per net", "one net for every two people".
_TO_A_NET_TEXT = "per for to a an one each every share shares by par pour une chaque"
TO_A_NET = frozenset(_TO_A_NET_TEXT.split())
# Before a number, or behind it and its nets, these say that so many come to a stock.
ADDED_BEFORE = frozenset({"extra", "additional", "another", "further", "add", "adding", "ajouter", "ajoutez"})
ADDED_BEHIND = frozenset({"more", "extra", "additional", "supplementaires"})
# "Less than 30 % urban" is a comparison, "no less" is another.
OF_COMPARISONS = frozenset({"than", "then", "de", "que"})
# "40k instead of 100k": what was before is no part of what is asked.
INSTEAD = frozenset({"instead of", "rather than", "not", "au lieu de"})
# So many words before a number these are looked for, and the longest of them has so many.
NEAR, LONGEST_INSTEAD = 8, 3
FROM, TO = frozenset({"from", "de"}), frozenset({"to", "a"})
# Between what is counted and its number.
_STATING_TEXT = "is are was of about around a the total est de d"
STATING = frozenset(_STATING_TEXT.split())
ARTICLES = frozenset({"the", "our", "my", "les", "nos", "mes"})


def is_bales(item: Item) -> bool:
    """Return whether nets are counted in bales here."""
    return item.words in ("bale", "bales", "balle", "balles")


def is_beside_nets(reading: Reading, said: Said) -> bool:
    """Return whether a number is said of nets themselves: "100,000 nets", "nets: 100,000"."""
    heard, after = reading.heard, said.word + 1
    behind = after not in reading.breaks and [one.tag for one in heard[after : after + 1]] == ["NET"]
    return behind or (said.word > 0 and heard[said.word - 1].tag == "NET")


@once
def counts_people(reading: Reading, said: Said) -> bool:
    """Return whether a number is of people or of their houses: "250,000 people", "our population is 250,000"."""
    at = said.word - 1
    while at >= 0 and reading.words[at] in STATING:
        at -= 1
    stated = said.place > 0 and reading.items[said.place - 1].value == "population"
    if stated and reading.begins[said.place - 1] == at and not is_beside_nets(reading, said):
        return True
    return any(
        item.kind == "variable" or item.words in PEOPLE
        for item in reading.items[said.place + 1 : said.place + 2]
    )


@once
def is_replaced(reading: Reading, said: Said) -> bool:
    """Return whether another number stands in place of this one: "40k instead of 100k", "from 5 to 6"."""
    nearest = (
        word for word in reversed(reading.words[max(0, said.word - NEAR) : said.word]) if word not in ARTICLES
    )
    before = [*islice(nearest, LONGEST_INSTEAD)][::-1]
    if any(" ".join(before[-count:]) in INSTEAD for count in (1, 2, 3)):
        return True
    ahead = reading.heard[said.word + 1 : said.word + 3]
    return (
        before[-1:] != []
        and before[-1] in FROM
        and [one.tag for one in ahead[1:]] == ["number"]
        and ahead[0].word in TO
    )


@once
def added(reading: Reading) -> Said | None:
    """Return the number of nets that come to a stock: "50,000 more nets", "50 000 moustiquaires de plus"."""
    return next((said for said in reading.said if _is_added(reading, said)), None)


def _is_added(reading: Reading, said: Said) -> bool:
    if said.item.percent or said.item.amount < 1:
        return False
    words = (*reading.words[: said.word + 4], "", "", "", "")
    if said.word and words[said.word - 1] in ADDED_BEFORE:
        return True
    behind = said.word + 1
    if (
        reading.heard[behind : behind + 1]
        and reading.heard[behind].tag in ("NET", "EXTRA")
        and words[behind] not in ADDED_BEHIND
    ):
        behind += 1
        if [one.tag for one in reading.heard[behind + 1 : behind + 2]] == ["unknown"]:
            return False  # "500,000 nets, extra care"
    if words[behind] in ("de", "en") and words[behind + 1] == "plus":
        return True
    return words[behind] in ADDED_BEHIND and words[behind + 1] not in OF_COMPARISONS


@once
def is_to_a_net(reading: Reading, said: Said) -> bool:
    """Return whether so many people share one net: "1.8 people per net", "one net for every two people"."""
    heard = reading.heard
    if said.word + 1 < len(heard) and heard[said.word + 1].tag in ("variable", "HOUSEHOLD"):
        at = said.word + 2
        while at < len(heard) and heard[at].word in TO_A_NET:
            at += 1
        if said.word + 2 < at < len(heard) and heard[at].tag == "NET":
            return True
    at = said.word - 1
    while at >= 0 and heard[at].word in TO_A_NET:
        at -= 1
    return 0 <= at < said.word - 1 and heard[at].tag == "NET"


def is_of_each_house(reading: Reading, said: Said) -> bool:
    """Return whether so few are for each house, and nobody says that they are people: "2 per household" may be nets."""
    behind = reading.heard[said.word + 1 : said.word + 2]
    each = any(one.word in FOR_EACH for one in behind)
    return each and said.item.amount < FEWEST_PEOPLE


@once
def households(reading: Reading) -> tuple[Said, ...]:
    """Return the numbers that are said to be the people of a house."""
    return tuple(_households(reading))


def _households(reading: Reading) -> Iterator[Said]:
    for said in reading.said:
        items, place = reading.items, said.place
        near = {other.value for other in items[max(0, place - 2) : place + 4]}
        size = place and any(word in items[place - 1].words for word in OF_A_SIZE)
        counted = {one.tag for one in reading.heard[said.word + 1 : said.word + 2]} if not size else set()
        if (
            "HOUSEHOLD" in near
            and 0 < said.item.amount <= LARGEST_HOUSEHOLD
            and not said.item.percent
            and not COUNTED & counted
            and not (is_of_each_house(reading, said) and not size)
            and not is_to_a_net(reading, said)
            and not is_replaced(reading, said)
        ):
            yield said
