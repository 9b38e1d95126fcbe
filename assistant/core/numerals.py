"""Numbers in words, written as digits: "thirty-five" is 35, "cinquième" 5th; what states an amount otherwise is named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from assistant.core.number_words import LARGE, NUMBER_WORDS, SMALL, fits, number_at

WORD = re.compile(r"[A-Za-z]+")
# What stands between the words of one number.
JOINER = re.compile(r"[\s\-–]+")
LONGEST = 12
LONGEST_WORD = 60
_FIRST = {"first": 1, "second": 2, "third": 3, "seconde": 2, "premier": 1, "premiere": 1, "unieme": 1}
_SPECIAL = {"five": "fifth", "eight": "eighth", "nine": "ninth", "twelve": "twelfth"}


def _ordinals() -> Iterator[tuple[str, int]]:
    yield from _FIRST.items()
    for word, value in (*SMALL.items(), *LARGE.items()):
        if value > 1:
            yield _SPECIAL.get(word) or (word[:-1] + "ieth" if word.endswith("y") else word + "th"), value
            yield {"cinq": "cinqu", "neuf": "neuv"}.get(word, word.removesuffix("e")) + "ieme", value


ORDINALS: Mapping[str, int] = MappingProxyType(dict(_ordinals()))
# Words of order that are prose first; the rules for a model's own words read them where they state a rank.
OF_ORDER = frozenset({"first", "premier", "premiere"})
# Amounts without a number of their own, and Hausa numbers.
_AMOUNTS = """
    hundreds thousands millions billion billions trillion trillions milliard milliards lakh lakhs crore crores tens
    dozen dozens half halves halved halving quarter quarters quart quarts demi demie moitie couple
    twice thrice fold threescore fourscore millier milliers
    biyu uku hudu biyar shida bakwai takwas tara goma ashirin talatin arba hamsin sittin saba tamanin casa dari dubu
    miliyan rabi kwata
"""
AMOUNTS = frozenset(_AMOUNTS.split())
AINE = re.compile(r"(?:hui|neuv|diz|douz|quinz|vingt|trent|quarant|cinquant|soixant|cent)aines?")
# "doubling", "trebled", "quintuple", "décuplé"
MULTIPLE = re.compile(r"(?:re)?doubl\w*|tripl\w*|trebl\w*|(?:quadr|quint|sext|sept|oct|non|dec|cent)upl\w*")
# Number words that are part of no other word.
INSIDE = re.compile(
    "thirty|forty|fifty|sixty|seventy|eighty|ninety|twenty|(?:thir|four|fif|six|seven|eigh|nine)teen|hundred|thousand|eleven"
    "|twelve|(?:twen|thir|fou?r|fif|six|seven|eigh|nine)ties|trente|quarante|cinquante|soixante|vingt|quatorze|million"
)
TIERS_OF = frozenset({"un", "deux", "le", "du", "au", "premier", "dernier"})
OF_WHOLE = frozenset({"de", "des", "du", "d"})
# "A third of them" is a share, "a third ward" one more.
_COUNTED = "ward wards lga lgas place variable group file plan map model reason one quartier point time"
COUNTED = frozenset(_COUNTED.split())
SPLIT = re.compile(r"(?<![A-Za-z])[A-Za-z]++(?:[-.*_·~][A-Za-z]++)+")
LETTERS = re.compile(r"\b[A-Za-z](?: [A-Za-z]){2,}\b")
SCORE_OF = re.compile(
    r"\b(?:[Aa]|[Oo]ne|[Tt]wo|[Tt]hree|[Ff]our|[Hh]alf a) scores? of (?:[a-z]+ )?(?:[a-z]+s|people|children|women|men)\b"
)
ONE_IN = re.compile(
    r"(?i)\b(?:one(?:\s+\w+)?\s+(?:in|out\s+of|of\s+every)|une?(?:\s+\w+)?\s+sur)\s+\d+(?!\w)|\b(?:one|une?)\s*%"
)
EVERY_OTHER = re.compile(
    r"(?i)\bevery\s+other\s+(?:child|person|woman|man|infant|baby|boy|girl|adult|patient|household|family|test|net)\b"
)
# "in the teens", as "in the forties"
IN_TEENS = re.compile(r"(?i)\b(?:in\s+the|low|mid|high|upper|early|late)[\s-]+teens\b")
SPOKEN_POINT = re.compile(
    r"(?i)\b(?:point|virgule)\s+\d|\d\s+(?:hundreds?|thousands?|millions?|cents|mille)\b"
)
ROMAN = r"M*(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"
CAPITALS = re.compile(rf"\b(?=[IVXLCDM]{{2}}){ROMAN}\b|\b[IVXLCDM]+(?=\s*%)")
SMALL_ROMAN = re.compile(r"(?i)\b(?=[ivx]{2})X{0,3}(?:IX|IV|V?I{0,3})\b")
# Confidence interval, coefficient of variation, units.
NO_ROMAN = frozenset({"CI", "CV", "CD", "MD", "MM", "CM", "ML", "DL"})


def in_digits(text: str) -> tuple[str, list[str]]:
    """Return a plain text with its numbers in words as digits, and what states an amount in another way.

    Parameters
    ----------
    text : str
        As `letters.plain` leaves it.

    Returns
    -------
    (str, list of str)
        Ordinals become "5th"; "first" and "premier" stay, as they are words of order before they are numbers. Shares
        ("a third", "quatre cinquièmes"), multiples ("sixfold", "doubling"), decades ("the forties"), round amounts ("a dozen", "une vingtaine"), Roman
        numerals and number words that are taken apart ("fif-ty") are named in the list.
    """
    words = list(WORD.finditer(text))
    said = [word.group().lower() for word in words]
    wrong = _taken_apart(text, words, said) + _roman(text)
    parts, at, place = [], 0, 0
    while place < len(words):
        if not _begins(said[place]):
            place += 1
            continue
        run = _run(text, words, said, place)
        written, length = _read(run, said[max(0, place - 1)] if place else "", said[place + 1 : place + 2])
        if written is None:
            wrong.append(text[words[place].start() : words[place + length - 1].end()])
        elif written:
            parts += [text[at : words[place].start()], written]
            at = words[place + length - 1].end()
        place += length
    digits = "".join([*parts, text[at:]])
    more = (SCORE_OF, ONE_IN, EVERY_OTHER, IN_TEENS, SPOKEN_POINT)
    return digits, wrong + [found.group() for pattern in more for found in pattern.finditer(digits)]


def _begins(word: str) -> bool:
    known = word in NUMBER_WORDS or word in AMOUNTS or word == "tiers" or word.removesuffix("s") in ORDINALS
    stated = INSIDE.search(word) or AINE.fullmatch(word) or MULTIPLE.fullmatch(word)
    return known or bool(stated) or _is_fold(word) or len(pieces(word)) > 1


def _is_fold(word: str) -> bool:
    return word.endswith("fold") and word.removesuffix("fold") in NUMBER_WORDS


def _run(text: str, words: Sequence[re.Match[str]], said: Sequence[str], place: int) -> list[Sequence[str]]:
    """The words from here on that nothing but space or a hyphen parts; those that are several joined in pieces."""
    run = [pieces(said[place])]
    for at in range(place + 1, min(place + LONGEST, len(words))):
        if not JOINER.fullmatch(text[words[at - 1].end() : words[at].start()]):
            break
        run.append(pieces(said[at]))
    return run


def _read(run: Sequence[Sequence[str]], before: str, behind: Sequence[str]) -> tuple[str | None, int]:
    """What is written for the words that begin here, and how many they are; empty for no number, None for a share."""
    flat = [piece for word in run for piece in word]
    ends = [sum(map(len, run[: at + 1])) for at in range(len(run))]
    value, length = number_at(flat, 0)
    if value is None or (flat[0] == "one" and length == 1):
        return _ordinal(flat[0], before, behind), 1
    follows = flat[length] if length < len(flat) else ""
    ordinal = ORDINALS.get(follows.removesuffix("s"), 0)
    if ordinal == ORDINALS.get(follows, 0) and ordinal and fits(int(value), ordinal):
        return f"{value + ordinal:.0f}th", _taken(ends, length + 1)
    french = flat[length - 1] in ("deux", "trois")
    if (
        ordinal > 2
        or follows in ("quarter", "quarters", "quarts", "halves")
        or (french and follows == "tiers")
    ):
        return None, _taken(ends, length + 1)
    return f"{value:.0f}" if length in ends else None, _taken(ends, length)


def _taken(ends: Sequence[int], read: int) -> int:
    """How many words so many pieces are."""
    return next((at + 1 for at, end in enumerate(ends) if end >= read), len(ends))


def _ordinal(word: str, before: str, behind: Sequence[str]) -> str | None:
    follows = behind[0] if behind else ""
    value = ORDINALS.get(word, 0)
    if word == "tiers":
        return None if before in TIERS_OF else ""
    if word == "one" or word.removesuffix("s") in OF_ORDER or word in ("seconds", "secondes"):
        return ""
    if value > 1 and before in ("every", "each", "chaque"):
        return None
    if value > 2 and (
        (before in ("a", "one") and follows not in COUNTED) or (before == "un" and follows in OF_WHOLE)
    ):
        return None
    return f"{value}th" if value else None


def pieces(word: str) -> Sequence[str]:
    """A word in the number words that it joins ("thirtyfive"); any other word stays whole."""
    beginnings = (word[:end] for end in range(1, min(len(word), LONGEST) + 1))
    if len(word) > LONGEST_WORD or not any(_is_number_word(one) or one == "and" for one in beginnings):
        return (word,)
    best: dict[int, tuple[str, ...]] = {0: ()}
    for end in range(1, len(word) + 1):
        for begin in range(max(0, end - LONGEST), end):
            part = word[begin:end]
            if begin in best and (_is_number_word(part) or part == "and"):
                best.setdefault(end, (*best[begin], part))
    return (word,) if _is_number_word(word) else best.get(len(word), (word,))


def _taken_apart(text: str, words: Sequence[re.Match[str]], said: Sequence[str]) -> list[str]:
    """ "fif-ty", "fif ty", "f i f t y"."""
    found = [one for pattern in (SPLIT, LETTERS) for one in pattern.findall(text)]
    wrong = [one for one in found if _is_number_word(re.sub(r"[^a-z]", "", one.lower()))]
    for one, (first, second) in enumerate(pairwise(words)):
        joined = said[one] + said[one + 1]
        if len(joined) >= 5 and min(len(said[one]), len(said[one + 1])) > 1 and _is_number_word(joined):
            between = text[first.end() : second.start()]
            wrong += [text[first.start() : second.end()]] if between.isspace() else []
    return wrong


def _is_number_word(word: str) -> bool:
    return word in NUMBER_WORDS or word in ORDINALS or word.removesuffix("s") in ORDINALS


def _roman(text: str) -> list[str]:
    capitals = [found for found in CAPITALS.findall(text) if found]
    small = [found for found in SMALL_ROMAN.findall(text) if found and not found.isupper()]
    return [
        found for found in capitals if found not in NO_ROMAN or re.search(rf"\b{found}\s*%", text)
    ] + small
