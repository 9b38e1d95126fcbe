"""What stands in a message: places, variables, numbers, concepts, and words that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rapidfuzz.distance import OSA

from analysis.core.variables import lookup
from assistant.core.vocabulary import FILLERS, SHORT_FORMS, SUPERLATIVES, phrases
from assistant.core.words import NUMBER, WORDS, amount, fold

Kind = Literal["concept", "variable", "number", "ward", "lga", "unknown"]
LONGEST_NAME = 6
SHORTEST_MISSPELT = 4
SHORTEST_MISSPELT_NAME = 5
# Asked for one of them: "which ward has …".
SINGULAR = frozenset({"ward", "quartier", "lga", "government", "area", "district"})
# Of verbs and nouns, the longest first.
ENDINGS = (
    "ations",
    "ation",
    "ments",
    "ment",
    "ings",
    "ing",
    "ent",
    "ees",
    "ed",
    "er",
    "ez",
    "es",
    "ee",
    "s",
    "d",
    "e",
)
# What stands before a year.
IN_TIME = frozenset({"in", "by", "en", "since", "until", "depuis"})
# A column called mean_rainfall must not hide the question for a mean.
AVERAGES = (("mean",), ("avg",), ("median",), ("max",), ("min",))


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in a message. `value`: concept, variable id or column, place name, or the words themselves.

    `amount` is a number's value, and 1 for a noun in the singular; `words` the phrase that named a concept.
    """

    kind: Kind
    value: str
    amount: float = 0.0
    percent: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The names of one session's own data, as they are spelled there.

    Parameters
    ----------
    wards, lgas : sequence of str
        Names; repeated ones count once.
    columns : sequence of str
        Variables of the tables that may be asked.
    """

    wards: Sequence[str] = ()
    lgas: Sequence[str] = ()
    columns: Sequence[str] = ()
    _names: Mapping[tuple[str, ...], tuple[Kind, str]] = field(init=False, repr=False)
    _words: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        names: dict[tuple[str, ...], tuple[Kind, str]] = {}
        known = phrases()
        for column in self.columns:
            words = _split(column)
            if words[:1] not in AVERAGES:
                names[words] = ("variable", column)
        for kind, listed in (("ward", self.wards), ("lga", self.lgas)):
            _add_names(names, kind, listed)  # type: ignore[arg-type]
        for words in [words for words in names if len(words) == 1]:
            if words in known or words[0] in FILLERS:
                del names[words]  # a ward called Map must not take away the word
        names.pop((), None)
        object.__setattr__(self, "_names", names)
        object.__setattr__(self, "_words", frozenset(word for words in names for word in words))


def _split(name: str) -> tuple[str, ...]:
    return tuple(WORDS.findall(fold(name)))


def _add_names(names: dict[tuple[str, ...], tuple[Kind, str]], kind: Kind, listed: Iterable[str]) -> None:
    """Whole names, and the halves of double names (`Kurebe/Kushaka`) that belong to one place only."""
    halves: dict[tuple[str, ...], set[str]] = {}
    for name in listed:
        names[_split(name)] = (kind, name)
        for half in name.split("/") if "/" in name else ():
            halves.setdefault(_split(half), set()).add(name)
    for words, wholes in halves.items():
        if len(wholes) == 1 and words not in names and len("".join(words)) >= SHORTEST_MISSPELT:
            names[words] = (kind, wholes.pop())


@dataclass(frozen=True, slots=True)
class Reading:
    """A message taken apart; `tags` holds the concepts and the kinds of everything else."""

    items: tuple[Item, ...]
    tags: frozenset[str]

    def values(self, kind: Kind) -> list[str]:
        """Return the distinct values of one kind, in the order of the message."""
        return list(dict.fromkeys(item.value for item in self.items if item.kind == kind))

    def numbers(self) -> list[Item]:
        return [item for item in self.items if item.kind == "number"]


def read(text: str, lexicon: Lexicon) -> Reading:
    """Take a message apart, from left to right, the longest known phrase first.

    Parameters
    ----------
    text : str
        The whole message.
    lexicon : Lexicon
        Names of the session's data.

    Returns
    -------
    Reading

    Notes
    -----
    A misspelt word of four letters or more becomes the one vocabulary word at an optimal string alignment distance
    of 1 (2 from eight letters), swapped letters before others; a place name is repaired in the same way from five letters. Repair never applies to
    words that are spelled as something known.
    """
    table = phrases()
    vocabulary = {word for words in table for word in words} | FILLERS | set(SUPERLATIVES)
    folded = fold(text)
    numbers = {match.start("digits"): match for match in NUMBER.finditer(folded)}
    found = list(WORDS.finditer(folded))
    starts = [match.start() for match in found]
    words = [_repaired(match.group(), vocabulary, lexicon) for match in found]
    words = _in_context(words, starts, numbers)
    items: list[Item] = []
    place = 0
    while place < len(words):
        if words[place] in SUPERLATIVES:
            end, variable = SUPERLATIVES[words[place]]
            items += [Item("concept", end), Item("variable", variable)]
            place += 1
            continue
        item, length = _name_at(words, place, lexicon)
        if item is None and _is_year(words, place):
            item, length = Item("unknown", found[place].group()), 1
        if item is None and starts[place] in numbers:
            match = numbers[starts[place]]
            item = Item(
                "number", match.group(), amount(match["digits"], match["scale"]), bool(match["percent"])
            )
            length = sum(match.start() <= start < match.end() for start in starts[place:])
        if item is None:
            item, length = _phrase_at(words, place, table)
        if item is None and words[place] not in FILLERS:
            item, length = Item("unknown", found[place].group()), 1
        if item is not None:
            items.append(item)
        place += length
    tags = {item.value if item.kind == "concept" else item.kind for item in items}
    return Reading(tuple(items), frozenset(tags))


def _is_year(words: Sequence[str], place: int) -> bool:
    """Whether a message ends with a time, as in "in 2030": the tables are of no year, so nothing can be said of one."""
    last = place == len(words) - 1 and place > 0 and words[place - 1] in IN_TIME
    return last and len(words[place]) == 4 and words[place].isdecimal() and words[place][:2] in ("19", "20")


def _in_context(words: list[str], starts: Sequence[int], numbers: Mapping[int, object]) -> list[str]:
    """Words that say something else by their place: "what does it mean", Pidgin "rain pass" (most), "pass 40"."""
    changed = list(words)
    if changed and changed[-1] == "mean":
        changed[-1] = "means"
    for place, word in enumerate(changed):
        if word == "pass" and (place + 1 == len(changed) or starts[place + 1] not in numbers):
            changed[place] = "most"
    return changed


def _name_at(words: Sequence[str], place: int, lexicon: Lexicon) -> tuple[Item | None, int]:
    for length in range(min(LONGEST_NAME, len(words) - place), 0, -1):
        known = lexicon._names.get(tuple(words[place : place + length]))
        if known:
            return Item(known[0], _canonical(known[1]) if known[0] == "variable" else known[1]), length
    return None, 1


def _canonical(column: str) -> str:
    """The registry's id of a column that it knows, so that each variable has one name in a reading."""
    known = lookup(column)
    return known.id if known else column


def _phrase_at(
    words: Sequence[str], place: int, table: Mapping[tuple[str, ...], tuple[str, str]]
) -> tuple[Item | None, int]:
    for length in range(min(LONGEST_NAME, len(words) - place), 0, -1):
        known = table.get(tuple(words[place : place + length]))
        if known and known[0] == "number":
            return Item("number", words[place], float(known[1])), length
        if known:
            single = float(words[place + length - 1] in SINGULAR)
            phrase = " ".join(words[place : place + length])
            return Item(known[0], known[1], single, words=phrase), length  # type: ignore[arg-type]
    return None, 1


def _repaired(word: str, vocabulary: Iterable[str], lexicon: Lexicon) -> str:
    word = SHORT_FORMS.get(word, word)
    if word in vocabulary or word in lexicon._words or word.isdigit():
        return word
    if len(word) < SHORTEST_MISSPELT:
        swapped = [known for known in vocabulary if len(known) == 3 and sorted(known) == sorted(word)]
        return swapped[0] if len(word) == 3 and len(swapped) == 1 else word
    stem = _stem(word, vocabulary)
    if stem:
        return stem
    near = _nearest(word, vocabulary)
    if near is None and len(word) >= SHORTEST_MISSPELT_NAME:
        near = _nearest(word, lexicon._words)
    return near or word


def _stem(word: str, vocabulary: Iterable[str]) -> str | None:
    """The known word that this one is a form of: "mapped", "sorting", "exported", "fiables"."""
    for ending in ENDINGS:
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < SHORTEST_MISSPELT - 1:
            continue
        shorter = stem[:-1] if len(stem) > SHORTEST_MISSPELT and stem[-1] == stem[-2] else stem
        for known in (stem, f"{stem}e", shorter):
            if known in vocabulary and len(known) >= SHORTEST_MISSPELT - 1:
                return known
    return None


def _nearest(word: str, known: Iterable[str]) -> str | None:
    """The closest known word within reach; of several equally close ones the first in the alphabet."""
    reach = 2 if len(word) >= 8 else 1
    close = [
        (distance, sorted(word) != sorted(candidate), candidate)
        for candidate in known
        if len(candidate) >= SHORTEST_MISSPELT
        and abs(len(candidate) - len(word)) <= reach
        and (distance := OSA.distance(word, candidate, score_cutoff=reach)) <= reach
    ]
    return min(close)[2] if close else None
