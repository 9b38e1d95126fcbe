"""What stands in a message: places, variables, numbers, concepts, and words that nobody knows."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice, takewhile
from typing import Any, Literal

from analysis.core.variables import lookup
from assistant.core.elsewhere import foreign_at
from assistant.core.number_words import NUMBER_WORDS, number_at, share_at
from assistant.core.spans import RANGING, second_at
from assistant.core.spelling import SHORTEST_MISSPELT, repaired, short_name
from assistant.core.units import UNITS, unit_at
from assistant.core.vocabulary import FILLERS, SUPERLATIVES, known_words, phrases
from assistant.core.words import NUMBER, SCALES, WORDS, amount, fold, spelled

Kind = Literal["concept", "variable", "number", "ward", "lga", "unknown"]
LONGEST_NAME = 6
# Asked for one of them: "which ward has …".
SINGULAR = frozenset(
    {"ward", "quartier", "lga", "government", "area", "district", "facility", "clinic", "centre", "month", "mois"}
)  # fmt: skip
MINUS = ("-", "−")
OF_NUMBERS = frozenset("0123456789%")
# "-20 wards" is a list of 20.
PLACES_COUNTED = frozenset({"WARD", "LGA", "FACILITY"})
# What stands before a year.
IN_TIME = frozenset({"in", "en", "since", "until", "depuis", "year", "of"})
# "More than half": of a hundred percent.
BEFORE_SHARES = frozenset(
    {
        "than",
        "pass",
        "over",
        "under",
        "above",
        "below",
        "reach",
        "exceeds",
        "exceed",
        "depasse",
        "depassent",
        "de",
    }
)
# Behind a number in words: "two lakh", "five dozen".
LARGE_SCALES = frozenset(SCALES) - {
    "k",
    "m",
    "mn",
    "mio",
    "thousand",
    "mille",
    "million",
    "millions",
    "hundred",
}
# What stands before or behind an amount that could be a year.
SIGNS = frozenset({"ABOVE", "ATLEAST", "BELOW", "ATMOST", "BETWEEN"})
COUNTABLE = frozenset({"NET", "population", "PLAN", "EXTRA", "COMPARE"})
FRENCH_ARTICLES = frozenset({"le", "la", "les", "l", "leur", "leurs"})
# "And in Bida?" goes on from the question before; inside a message these join two things of it.
GOING_ON = frozenset({"and", "et"})
ENDING = re.compile(r"[,;:.?!()\n]")
COUNTED_IN_MILLIONS = re.compile(
    r"\b(?:nets?|bednets?|itns?|llins?|milda|moustiquaires?|people|population|habitants)\b"
)
# A column called mean_rainfall must not hide the question for a mean.
AVERAGES = (("mean",), ("avg",), ("median",), ("max",), ("min",))


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in a message. `value`: concept, variable id or column, place name, or the words themselves.

    `amount` is a number's value, and 1 for a noun in the singular; `words` the phrase that named a concept,
    `unit` what a number was given in, as `units` names it, and `ends` whether a comma or a stop stands behind it.
    """

    kind: Kind
    value: str
    amount: float = 0.0
    percent: bool = False
    words: str = ""
    unit: str = ""
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The names of one session's own data, as they are spelled there.

    Parameters
    ----------
    wards, lgas : sequence of str
        Names; repeated ones count once.
    columns : sequence of str
        Variables of the tables that may be asked.
    state : str
        The one state that all wards lie in: to name it narrows nothing. Empty when there are several.
    """

    wards: Sequence[str] = ()
    lgas: Sequence[str] = ()
    columns: Sequence[str] = ()
    state: str = ""
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

    def own_state_at(self, words: Sequence[str], place: int) -> int:
        """Return how many words from a place on name the state, and nothing else of the session's: 0 if none do."""
        named = tuple(word for word in _split(self.state) if word != "state")
        if named in self._names or tuple(words[place : place + len(named)]) != named:
            return 0
        return len(named)


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
class Heard:
    """One word as it was read, with the concept or the kind that it belongs to; no tag for a filler.

    A name or a number is one word: its kind in angle brackets.
    """

    word: str
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One number of a message: the item, and where it stands among the items and among the words."""

    item: Item
    place: int
    word: int


@dataclass(frozen=True)
class Reading:
    """A message taken apart; `tags` holds the concepts and the kinds of everything else, `heard` all words in order.

    `breaks` are the places in `heard` before which a comma, a stop or a new line stands, `begins` where each item
    begins there, and `of_all` how many wards and LGAs the session has.
    """

    items: tuple[Item, ...]
    tags: frozenset[str]
    heard: tuple[Heard, ...] = ()
    breaks: frozenset[int] = frozenset()
    begins: tuple[int, ...] = ()
    of_all: frozenset[tuple[str, int]] = frozenset()
    # By `once`.
    remembered: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """All words in order; read once, as many rules look at the words around each of them."""
        return tuple(one.word for one in self.heard)

    @cached_property
    def said(self) -> tuple[Said, ...]:
        """The numbers, in the order of the message."""
        return tuple(
            Said(item, place, begins)
            for place, (item, begins) in enumerate(zip(self.items, self.begins, strict=True))
            if item.kind == "number"
        )

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
    said = _said(text, lexicon)
    items: list[Item] = []
    heard: list[Heard] = []
    breaks: set[int] = set()
    begins: list[int] = []
    place = 0
    while place < len(said.words):
        word = said.words[place]
        if place and said.ends_before(place):
            breaks.add(len(heard))
        if word in SUPERLATIVES:
            end, variable = SUPERLATIVES[word]
            items += [Item("concept", end), Item("variable", variable)]
            begins += [len(heard)] * 2
            heard.append(Heard(word, end))
            place += 1
            continue
        state = lexicon.own_state_at(said.written, place)
        if state:
            heard.append(Heard("state"))
            place += state
            continue
        if _begins_span(said, place, items, lexicon):
            items.append(Item("concept", "BETWEEN", words="between"))
            heard.append(Heard("between", "BETWEEN"))
        item, length = _item_at(said, place, lexicon)
        if item is not None and item.value == "AND_" and word in GOING_ON and items:
            item, length = None, 1
        if item is None and word not in FILLERS:
            item, length = Item("unknown", said.written[place]), 1
        if item is not None:
            items.append(item)
            begins.append(len(heard))
        heard += _heard(item, said.words[place : place + length])
        place += length
        if item is not None and item.kind == "number" and not item.percent:
            unit, length = unit_at(said.words[place : place + 2])
            heard += [Heard(word) for word in said.words[place : place + length]]
            place += length
            items[-1] = replace(item, unit=unit or item.unit, ends=said.ends_before(place))
    tags = {item.value if item.kind == "concept" else item.kind for item in items}
    of_all = frozenset({("WARD", len(lexicon.wards)), ("LGA", len(lexicon.lgas))})
    return Reading(tuple(items), frozenset(tags), tuple(heard), frozenset(breaks), tuple(begins), of_all)


@dataclass(frozen=True, slots=True)
class _Said:
    """A message as words: as they were written and as they were meant, where each begins, and the numbers by where they begin."""

    folded: str
    written: list[str]
    words: list[str]
    starts: list[int]
    numbers: Mapping[int, re.Match[str]]

    def ends_before(self, place: int) -> bool:
        """Whether a sign of punctuation stands right before a word."""
        if not 0 < place < len(self.starts):
            return True
        last = self.starts[place - 1]
        return bool(ENDING.search(self.folded[last + len(self.written[place - 1]) : self.starts[place]]))


def _said(text: str, lexicon: Lexicon) -> _Said:
    folded = spelled(fold(text))
    found = list(WORDS.finditer(folded))
    written, starts = [match.group() for match in found], [match.start() for match in found]
    numbers = {match.start("digits"): match for match in NUMBER.finditer(folded)}
    meant = {word: repaired(word, known_words(), lexicon._words) for word in set(written)}
    words = [meant[word] for word in written]
    words = [short_name(words, at, lexicon._words) for at in range(len(words))]
    return _Said(folded, written, _in_context(words, starts, numbers), starts, numbers)


def _item_at(said: _Said, place: int, lexicon: Lexicon) -> tuple[Item | None, int]:
    """What begins at a word: a name before a number, a number before a phrase."""
    words = said.words
    item, length = _name_at(words, place, lexicon)
    if item is None:
        item, length = _foreign_at(words, place)
    if item is None and said.starts[place] in said.numbers:
        return _number_at(said, place)
    if item is None:
        item, length = _phrase_at(words, place, phrases())
        if length > 1 and _is_measured(said.numbers.get(said.starts[place + length - 1])):
            item, length = _phrase_at(words[: place + length - 1], place, phrases())  # "under 5 %" is no age
        elif item is not None and item.words.endswith(" pass") and _counts_at(said, place + length):
            sign = {"TOP": "ABOVE", "LOW": "BELOW"}.get(item.value, item.value)  # "people plenty pass 15k"
            item = replace(item, value=sign)
    return (item, length) if item is not None else _spoken_at(words, place)


def _counts_at(said: _Said, place: int) -> bool:
    return _is_number(said.words, said.starts, said.numbers, place)


def _number_at(said: _Said, place: int) -> tuple[Item, int]:
    match = said.numbers[said.starts[place]]
    length = sum(1 for _ in takewhile(lambda start: start < match.end(), islice(said.starts, place, None)))
    counts_places = (
        phrases().get(tuple(said.words[place + length : place + length + 1]), ("", ""))[1] in PLACES_COUNTED
    )
    sign = "-" if _is_negative(match, said.folded) and not counts_places else ""
    size = amount(match["digits"], _scale(match, said.folded)) * (-1 if sign else 1)
    if not math.isfinite(size):
        return Item("unknown", match.group()), length  # hundreds of digits are no amount of anything
    unit = _unit(match, said.folded)
    return Item("number", f"{sign}{match.group()}", size, bool(match["percent"]), unit=unit), length


def _begins_span(said: _Said, place: int, items: Sequence[Item], lexicon: Lexicon) -> bool:
    """Whether "20-40 %" or "20 to 40" of a variable begins at a word: an amount between two, without a sign."""
    first = said.numbers.get(said.starts[place])
    if first is None or _foreign_at(said.words, place)[0]:
        return False
    before = said.words[max(0, place - 3) : place]
    second = said.numbers.get(second_at(said.folded, first.end(), before))
    if second is None:
        return False
    if items and items[-1].kind != "number":
        named = [item for item in items[-2:] if item.value not in RANGING]
        if named and named[-1].kind == "variable":
            return True
        if items[-1].value in SIGNS:
            return False
    behind = sum(start < second.end() for start in said.starts)
    behind += unit_at(said.words[behind : behind + 2])[1]
    while said.words[behind : behind + 1] in (["of"], ["de"]):
        behind += 1
    item, _ = _name_at(said.words, behind, lexicon)
    if item is None:
        item, _ = _phrase_at(said.words, behind, phrases())
    return item is not None and (
        item.kind == "variable" or (item.value == "URBAN" and bool(second["percent"]))
    )


def _heard(item: Item | None, words: Sequence[str]) -> list[Heard]:
    if item is None or (item.kind == "unknown" and not item.words):
        return [Heard(word, item.kind if item else "") for word in words]
    if item.kind == "concept":
        return [Heard(word, item.value) for word in words]
    if item.kind == "unknown":
        return [Heard(f"<{item.words}>", "unknown")]
    return [Heard("<percent>" if item.percent else f"<{item.kind}>", item.kind)]


def _is_measured(match: re.Match[str] | None) -> bool:
    return match is not None and bool(match["percent"] or match["unit"] or match["scale"])


def _is_negative(match: re.Match[str], folded: str) -> bool:
    """Whether a minus stands directly before the digits, and apart from what is before it: not "30-40" and not "30 -40"."""
    before = folded[: match.start()]
    return (
        before.endswith(MINUS) and not before[-2:-1].isalnum() and before[:-1].rstrip()[-1:] not in OF_NUMBERS
    )


def _scale(match: re.Match[str], folded: str) -> str | None:
    """What multiplies a number. A lone "m" is metres where nobody counts nets or people: "above 400 m"."""
    return None if match["scale"] == "m" and not COUNTED_IN_MILLIONS.search(folded) else match["scale"]


def _unit(match: re.Match[str], folded: str) -> str:
    """The unit that is written at a number: "2km", "1000ft", "40in"."""
    if match["scale"] == "m" and _scale(match, folded) is None:
        return "m"
    return UNITS.get(match["unit"] or "", match["unit"] or "")


def _foreign_at(words: list[str], place: int) -> tuple[Item | None, int]:
    """Another place, another illness, a time or a year: nothing that the tables could hold."""
    matter, length = foreign_at(words, place)
    if matter is None and _is_year(words, place):
        matter = "time"
    if matter is None:
        return None, 1
    return Item("unknown", " ".join(words[place : place + length]), words=matter), length


def _is_year(words: Sequence[str], place: int) -> bool:
    """Whether four digits are a year rather than an amount: no sign before them, and nothing counted or measured behind."""
    word = words[place]
    if not (len(word) == 4 and word.isdecimal() and 1990 <= int(word) <= 2060):
        return False
    if place and words[place - 1] in IN_TIME:
        return True
    table = phrases()
    before = [table.get((one,), ("", ""))[1] for one in words[max(0, place - 3) : place]]
    after = [table.get((one,), ("", ""))[1] for one in words[place + 1 : place + 3]]
    return not (SIGNS & set(before) or COUNTABLE & {*before, *after})


def _spoken_at(words: Sequence[str], place: int) -> tuple[Item | None, int]:
    """A number in words, with "percent" behind it."""
    share, length = share_at(words, place) if place and words[place - 1] in BEFORE_SHARES else (0.0, 0)
    if length:
        return Item("number", " ".join(words[place : place + length]), share, True), length
    value, length = number_at(words, place)
    if value is None:
        return None, 1
    while place + length < len(words) and (scale := words[place + length]) in LARGE_SCALES:
        value, length = value * SCALES[scale], length + 1
    behind = tuple(words[place + length : place + length + 2])
    percent = behind[:1] == ("percent",) or behind in (("per", "cent"), ("pour", "cent"))
    length += percent and (1 if behind[0] == "percent" else 2)
    return Item("number", " ".join(words[place : place + length]), value, percent), length


def _in_context(words: list[str], starts: Sequence[int], numbers: Mapping[int, re.Match[str]]) -> list[str]:
    """Words that say something else by their place: "what does it mean", Pidgin "rain pass" (most), "pass 40"."""
    changed = list(words)
    if changed and changed[-1] == "mean":
        changed[-1] = "means"
    for place, word in enumerate(changed):
        if word == "dont" and changed[place + 1 : place + 2] and changed[place + 1] in FRENCH_ARTICLES:
            changed[place] = "whose"
        if changed[place : place + 2] == ["plus", "de"] and _is_number(changed, starts, numbers, place + 2):
            changed[place : place + 2] = ["more", "than"]
        if word == "pass" and not _is_number(changed, starts, numbers, place + 1):
            changed[place] = "most"
    return changed


def _is_number(words: Sequence[str], starts: Sequence[int], numbers: Collection[int], place: int) -> bool:
    if place >= len(words):
        return False
    return starts[place] in numbers or words[place] in NUMBER_WORDS or share_at(words, place)[1] > 0


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
        if known:
            single = float(words[place + length - 1] in SINGULAR)
            phrase = " ".join(words[place : place + length])
            return Item(known[0], known[1], single, words=phrase), length  # type: ignore[arg-type]
    return None, 1
